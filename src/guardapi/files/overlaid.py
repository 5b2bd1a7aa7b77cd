"""A tree that stays as it was read, or of which some files have another content: as an editor or a change has them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from guardapi.files.names import PYTHON_SUFFIXES, is_other, is_test_path
from guardapi.files.tree import Content, SourceFile, Tree
from guardapi.model import Problem


class RememberedContent:
    """The content of a tree; a file that was read once stays as it was then."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._read: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """The bytes of a listed file, at the first time they were asked for."""
        if path not in self._read:
            self._read[path] = self._content.read(path)
        return self._read[path]

    def failures(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return self._content.failures()


def remembered(tree: Tree) -> Tree:
    """The same tree, of which every file is read at most once."""
    return replace(tree, content=RememberedContent(tree.content))


class OverlaidContent:
    """The content of a tree, with some of its files in memory."""

    def __init__(self, content: Content, files: Mapping[str, bytes]) -> None:
        self._content = content
        self._files = dict(files)

    def read(self, path: str) -> bytes:
        """The bytes of a listed file."""
        return self._files[path] if path in self._files else self._content.read(path)

    def failures(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return self._content.failures()


def overlaid(tree: Tree, files: Mapping[str, bytes]) -> Tree:
    """The tree with other contents, by path; files that it does not have are added as their names say."""
    known = {file.path for file in (*tree.python, *tree.others)}
    added = [_listed(path, content) for path, content in sorted(files.items()) if path not in known]
    python = (file for file in added if file.path.endswith(PYTHON_SUFFIXES))
    others = (file for file in added if is_other(file.path))
    return replace(
        tree,
        python=tuple(_in_order((*tree.python, *python), files)),
        others=tuple(_in_order((*tree.others, *others), files)),
        content=OverlaidContent(tree.content, files),
    )


def _listed(path: str, content: bytes) -> SourceFile:
    return SourceFile(path=path, size=len(content), is_test=is_test_path(path))


def _in_order(listed: tuple[SourceFile, ...], files: Mapping[str, bytes]) -> Iterator[SourceFile]:
    for file in sorted(listed, key=lambda one: one.path):
        yield _listed(file.path, files[file.path]) if file.path in files else file
