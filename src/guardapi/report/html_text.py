"""Texts as the page shows them: prose with its code spans told apart, blocks of documentation, lines of code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from guardapi.pipeline import CONTEXT
from guardapi.place import Place
from guardapi.report.inert import SPAN
from guardapi.report.rule_marks import ITEM, MARK
from guardapi.rule import Example, Rule

TAB: Final = 4
MAX_TEXT: Final = 1_000
MAX_SPAN: Final = 10
"""Lines of a span that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a sentence."""

    text: str
    is_code: bool = False


Prose = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a list, or code."""

    kind: str
    """`paragraph`, `list` or `code`."""
    items: tuple[Prose, ...] = ()
    """One for a paragraph."""
    code: tuple[str, ...] = ()
    """Lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """A line of source, cut where a mark begins and ends."""

    number: int
    before: str
    marked: str = ""
    after: str = ""
    is_found: bool = False
    """It is what the finding speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFile:
    """A file of a rule's example."""

    path: str
    lines: tuple[CodeLine, ...]


def prose(text: str) -> Prose:
    """A sentence; what stands in backticks is code."""
    shown, parts, end = text[:MAX_TEXT], [], 0
    for found in SPAN.finditer(shown):
        parts += [Part(text=shown[end : found.start()]), Part(text=found[1], is_code=True)]
        end = found.end()
    return tuple(part for part in (*parts, Part(text=shown[end:])) if part.text)


def blocks(text: str) -> tuple[Block, ...]:
    """A section of a rule's documentation."""
    return tuple(_block(block) for block in re.split(r"\n\s*\n", text) if block.strip())


def frame(source: Mapping[tuple[str, int], str], place: Place) -> tuple[CodeLine, ...]:
    """The lines around a place, as far as the report has them, without the indentation that all share."""
    known = {number: source[place.file, number] for number in _numbers(source, place)}
    last = max(place.line, place.end_line)
    lines = [
        _marked(number, text.rstrip(), place) if place.line <= number <= last else _plain(number, text)
        for number, text in known.items()
    ]
    return _dedented(_trimmed(lines))


def example_files(rule: Rule, example: Example) -> tuple[ExampleFile, ...]:
    """The files of an example, without the comments that are meant for the tests."""
    return tuple(
        ExampleFile(
            path=path,
            lines=tuple(
                CodeLine(
                    number=number,
                    before=MARK.sub("", line).rstrip().expandtabs(TAB),
                    is_found=f"finds: {rule.id}" in line,
                )
                for number, line in enumerate(text.rstrip().splitlines(), start=1)
            ),
        )
        for path, text in example.project.items()
    )


def _block(text: str) -> Block:
    if text.startswith("    "):
        return Block(kind="code", code=tuple(line.removeprefix("    ") for line in text.splitlines()))
    items = re.split(rf"\n(?={ITEM.pattern})", text)
    kind = "list" if ITEM.match(items[0]) else "paragraph"
    return Block(kind=kind, items=tuple(prose(ITEM.sub("", " ".join(item.split()), 1)) for item in items))


def _numbers(source: Mapping[tuple[str, int], str], place: Place) -> list[int]:
    """The lines that are known without a gap, from those before the place to those behind it."""
    last = min(max(place.line, place.end_line), place.line + MAX_SPAN - 1)

    def known(numbers: range) -> list[int]:
        return list(takewhile(lambda number: (place.file, number) in source, numbers))

    behind = known(range(place.line, last + CONTEXT + 1))
    before = known(range(place.line - 1, place.line - CONTEXT - 1, -1)) if behind else []
    return [*reversed(before), *behind]


def _plain(number: int, text: str) -> CodeLine:
    return CodeLine(number=number, before=text.rstrip().expandtabs(TAB))


def _marked(number: int, text: str, place: Place) -> CodeLine:
    """The part of a line that lies within the span."""
    first = len(text) - len(text.lstrip())
    if number == place.line:
        first = min(max(place.column - 1, first), len(text))
    is_end_known = number == place.end_line and place.end_column > 1
    last = min(place.end_column - 1, len(text)) if is_end_known else len(text)
    # Each part is drawn as it stands in the whole line: the width of a tab depends on what is before it.
    start, end, whole = (len(text[:cut].expandtabs(TAB)) for cut in (first, max(first, last), len(text)))
    drawn = text.expandtabs(TAB)
    return CodeLine(
        number=number,
        before=drawn[:start],
        marked=drawn[start:end],
        after=drawn[end:whole],
        is_found=True,
    )


def _trimmed(lines: Sequence[CodeLine]) -> list[CodeLine]:
    """Without blank lines at either end."""
    kept = list(lines)
    while kept and _is_blank(kept[-1]):
        kept.pop()
    while kept and _is_blank(kept[0]):
        kept.pop(0)
    return kept


def _is_blank(line: CodeLine) -> bool:
    return not line.is_found and not line.before.strip()


def _dedented(lines: Sequence[CodeLine]) -> tuple[CodeLine, ...]:
    margin = min((_margin(line) for line in lines if (line.before + line.marked).strip()), default=0)
    return tuple(
        CodeLine(
            number=line.number,
            before=line.before[margin:],
            marked=line.marked,
            after=line.after,
            is_found=line.is_found,
        )
        for line in lines
    )


def _margin(line: CodeLine) -> int:
    return len(line.before) - len(line.before.lstrip())
