"""Where something stands in the scanned tree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A span of a file of the scanned tree.

    Lines and columns count from 1, in characters, as editors show them; an end is inclusive of its line and
    exclusive of its column, and 0 where it is not known.
    """

    file: str
    """Path below the scanned root, with forward slashes."""
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
