"""Decorators: put on functions and classes, and moved. Each has lines of its own."""

from typing import Final

import libcst

from guardapi.fix.line_length import over_lines
from guardapi.fix.source import BEHIND, NotFixableError, Source, Splice
from guardapi.place import Place
from guardapi.remedy import Decorate, MoveDecorator, RemoveDecorator

NEAREST: Final = BEHIND + 1
"""The rank of a decorator: other statements that are put before the function stand above it."""


def decorate(edit: Decorate, source: Source) -> list[Splice]:
    """One more decorator: below a given one, above all others, or directly above the definition."""
    node = source.function(edit.function)
    start = source.span(node)[0]
    if edit.below is not None:
        at = source.next_line(source.span(_decorator(edit.below, source, node))[1])
    else:
        at = source.first_line(node) if edit.is_outermost else source.line_start(start)
    indent, decorator = source.indent_of(start), edit.decorator
    if len(f"{indent}@{decorator}") > source.line_length:
        decorator = over_lines(decorator)
    text = "".join(f"{line}{source.newline}" for line in source.laid_out(f"@{decorator}", indent))
    return [Splice(start=at, end=at, text=text, rank=NEAREST)]


def move(edit: MoveDecorator, source: Source) -> list[Splice]:
    """A decorator below another one of the same function, with the comments that stand directly above it."""
    moved = _decorator_at(edit.decorator, source)
    owner = source.parent(moved)
    assert isinstance(owner, libcst.FunctionDef | libcst.ClassDef)  # noqa: S101  # for the type checker
    start = source.line_start(source.span(moved)[0])
    if moved is not owner.decorators[0]:  # what stands above the first one speaks of the function as a whole
        start = _first_comment(start, source)
    end = source.next_line(source.span(moved)[1])
    target = source.next_line(source.span(_decorator(edit.below, source, owner))[1])
    if target <= start:
        return []
    return [
        Splice(start=start, end=end, text=""),
        Splice(start=target, end=target, text=source.text(start, end), rank=NEAREST),
    ]


def remove(edit: RemoveDecorator, source: Source) -> list[Splice]:
    """A decorator goes with its lines; comments above it stay."""
    start, end = source.span(_decorator_at(edit.decorator, source))
    return [Splice(start=source.line_start(start), end=source.next_line(end), text="")]


def _decorator_at(place: Place, source: Source) -> libcst.Decorator:
    """The decorator that stands around a place. Raises NotFixableError."""
    for node in source.nodes(libcst.Decorator):
        if _stands_at(node, place, source):
            return node
    raise NotFixableError(f"no decorator stands at {place}")


def _decorator(place: Place, source: Source, owner: libcst.FunctionDef | libcst.ClassDef) -> libcst.Decorator:
    for node in owner.decorators:
        if _stands_at(node, place, source):
            return node
    raise NotFixableError(f"no decorator of the same function stands at {place}")


def _stands_at(node: libcst.Decorator, place: Place, source: Source) -> bool:
    start, end = source.span(node)
    return source.line_of(start) <= place.line <= source.line_of(end)


def _first_comment(start: int, source: Source) -> int:
    """Where the run of comment lines begins that ends at the beginning of a line."""
    while start and source.line_text(start - 1).lstrip().startswith("#"):
        start = source.line_start(start - 1)
    return start
