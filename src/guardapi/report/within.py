"""Places as other tools want them: paths from the root of the repository, with both ends of the span."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.report.escape import visible

MAX_PATH: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place of a file, ends included; a column is 0 where it is not known."""

    line: int
    column: int
    end_line: int
    end_column: int
    """Behind the last character."""

    @property
    def is_one_line(self) -> bool:
        """Whether it begins and ends on the same line."""
        return self.line == self.end_line


def path(place: Place, prefix: str) -> str:
    """The path of a place below the root of the repository."""
    return visible(f"{prefix}{place.file}"[:MAX_PATH])


def uri(place: Place, prefix: str) -> str:
    """The same as a relative reference, in which every odd character is encoded."""
    return quote(f"{prefix}{place.file}"[:MAX_PATH].encode("utf-8", "backslashreplace"), safe="/")


def span(place: Place, report: Report) -> Span:
    """The span of a place; an end that is not known is that of its line, as far as that is known."""
    line, column = max(place.line, 1), max(place.column, 1)
    if place.end_line >= line and (place.end_line, place.end_column) > (line, column):
        return Span(line=line, column=column, end_line=place.end_line, end_column=max(place.end_column, 1))
    text = report.source_lines.get((place.file, place.line), "").rstrip()
    end = len(text) + 1 if len(text) >= column else 0
    return Span(line=line, column=column, end_line=line, end_column=end)
