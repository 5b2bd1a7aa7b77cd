"""Files of a tree that the user excludes, by patterns as ignore files write them."""

from collections.abc import Sequence
from dataclasses import replace

from guardapi.files.ignoring import UNSAFE_PATTERN
from guardapi.files.tree import Tree


def is_usable(pattern: str) -> bool:
    """Whether a pattern is one, and can be matched in little time."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  # only where something is excluded

    if not pattern.strip(" !/") or UNSAFE_PATTERN.search(pattern):
        return False
    try:
        GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return False
    return True


def without(tree: Tree, patterns: Sequence[str], *, prefix: str = "") -> Tree:
    """The tree without the files that the patterns fit; `prefix` stands before its paths, as the patterns see them."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  # only where something is excluded

    if not patterns:
        return tree
    spec = GitIgnoreSpec.from_lines(patterns)
    return replace(
        tree,
        python=tuple(file for file in tree.python if not spec.match_file(prefix + file.path)),
        others=tuple(file for file in tree.others if not spec.match_file(prefix + file.path)),
    )
