"""The rules of ignore files: what a scan of a folder, and of a commit, leaves out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILES: Final = (".gitignore", ".ignore", ".guardapiignore")
"""Later ones outvote earlier ones of the same folder."""
MAX_IGNORE_BYTES: Final = 200_000
MAX_PATTERNS: Final = 2_000
UNSAFE_PATTERN: Final = re.compile(r"(?:[^/*]*\*){4}|(?:[^*]*\*\*+){4}|.{400}")
"""So many wildcards that matching a long name could take for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """The rules of one folder's ignore files."""

    start: int
    """Where, in a path, the part below that folder begins."""
    spec: "GitIgnoreSpec"

    def verdict(self, path: str) -> bool | None:
        """Whether a path (a folder's ends with a slash) is left out; None where no rule says so."""
        return self.spec.check_file(path[self.start :]).include


def patterns_in(content: bytes) -> tuple[list[str], int]:
    """The patterns of an ignore file, and how many lines of it are too long, too many or too costly."""
    text = content.decode("utf-8", "surrogateescape")
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    lines = [line for line in lines if line.strip(" !/") and line[0] != "#"]
    patterns = [line for line in lines[:MAX_PATTERNS] if not UNSAFE_PATTERN.search(line)]
    return patterns, len(lines) - len(patterns)


def ignore_of(prefix: str, patterns: Iterable[str]) -> Ignore:
    """The rules of a folder, whose path ends with a slash or is empty."""
    return Ignore(start=len(prefix), spec=_spec(list(patterns)))


def is_ignored(path: str, ignores: Iterable[Ignore]) -> bool:
    """What the innermost ignore file with an opinion says; they are given in that order."""
    for ignore in ignores:
        verdict = ignore.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _spec(patterns: list[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  # most folders have no ignore file

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        # One line that is no pattern matches nothing in git, and leaves the others alone.
        return GitIgnoreSpec.from_lines(pattern for pattern in patterns if _is_pattern(pattern))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
