"""Items between commas (arguments, imported names): one more, in the way the others are laid out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from guardapi.fix.source import Source, Splice

REST_OF_LINE: Final = re.compile(r"[ \t]*(?:#.*)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """What stands between two brackets; offsets, as in a Splice."""

    opened: int
    """Behind the opening bracket."""
    closed: int
    """At the closing one; where there are no brackets, behind the last item."""
    spans: tuple[tuple[int, int], ...]
    comma: int | None = None
    """Behind the comma that follows the last item, if one does."""
    rank: int = 0
    """Of what is put in, behind all that belongs to the last item."""
    needs_brackets: bool = False
    """There are none, and items on several lines need them."""


def appended(items: Items, text: str, source: Source) -> list[Splice]:
    """One more item at the end: on a line of its own where the last one has it."""
    if not items.spans:
        return [Splice(start=items.opened, end=items.opened, text=text, is_alone=True)]
    start, end = items.spans[-1]
    if not is_on_own_line(start, source):
        if len(f"{_code_of_line(items.closed, source)}, {text}") > source.line_length and (
            broken := _broken(items, text, source)
        ):
            return broken
        if items.comma is not None:
            return _put(items, items.comma, f" {text},")
        return _put(items, end, f", {text}")
    line = f"{source.newline}{source.indent_of(start)}{text}"
    if items.comma is not None:
        return _put(items, end_of_line(items.comma, source), f"{line},")
    behind = end_of_line(end, source)
    if behind == end or behind > items.closed:
        return _put(items, end, f",{line}")
    comma, added = _put(items, end, ","), _put(items, behind, line)
    return [
        Splice(start=one.start, end=one.end, text=one.text, rank=one.rank, is_alone=True)
        for one in (*comma, *added)
    ]


def _broken(items: Items, text: str, source: Source) -> list[Splice]:
    """Each item on a line of its own, where they share one that would become too long."""
    first, (_, end) = items.spans[0], items.spans[-1]
    last_line = source.line_of(end)
    if items.comma is not None or source.line_of(items.opened) != source.line_of(first[0]):
        # The others stand on lines of their own already, several on each.
        comma = "" if items.comma is None else ","
        line = f"{source.newline}{source.indent_of(end)}{text}{comma}"
        return _put(items, end if items.comma is None else items.comma, line if comma else f",{line}")
    if not source.line_of(items.opened) == last_line == source.line_of(items.closed):
        return []
    outer = source.indent_of(items.opened)
    inner = f"{source.newline}{outer}{source.indentation}"
    gaps = ((one[1], other[0]) for one, other in pairwise(items.spans))
    return [
        Splice(start=items.opened, end=first[0], text="(" * items.needs_brackets + inner),
        *(Splice(start=behind, end=before, text=f",{inner}") for behind, before in gaps),
        *_put(items, end, f",{inner}{text}"),
        Splice(
            start=items.closed,
            end=items.closed,
            text=f",{source.newline}{outer}" + ")" * items.needs_brackets,
            rank=items.rank + 1,
        ),
    ]


def _code_of_line(offset: int, source: Source) -> str:
    """A line without the comment that may end it."""
    start, end = source.line_start(offset), source.next_line(offset)
    rest = source.text(offset, end).partition("#")[0].rstrip()
    return source.text(start, offset) + rest


def put_before(index: int, items: Items, texts: Iterable[str], source: Source) -> list[Splice]:
    """More items before one of those that are there, on lines of their own if that is on one."""
    start = items.spans[index][0]
    gap = f"{source.newline}{source.indent_of(start)}" if is_on_own_line(start, source) else " "
    return [Splice(start=start, end=start, text="".join(f"{text},{gap}" for text in texts))]


def is_on_own_line(start: int, source: Source) -> bool:
    """Whether nothing but blanks stands before it."""
    return not source.text(source.line_start(start), start).strip()


def end_of_line(offset: int, source: Source) -> int:
    """The end of the line, if nothing but a comment follows; otherwise the offset itself."""
    rest = source.text(offset, source.next_line(offset)).rstrip("\r\n")
    return offset + len(rest.encode()) if REST_OF_LINE.match(rest) else offset


def _put(items: Items, at: int, text: str) -> list[Splice]:
    return [Splice(start=at, end=at, text=text, rank=items.rank)]
