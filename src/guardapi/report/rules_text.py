"""The catalogue of rules for people: a line or two a rule, family by family."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from guardapi.catalogue import Family
from guardapi.report.escape import visible
from guardapi.report.fold import fold, padded
from guardapi.report.frame import STYLES
from guardapi.report.terminal import Terminal, draw
from guardapi.rule import Rule

COLUMNS: Final = 4
LEAST_SUMMARY: Final = 36
"""Cells that a summary needs beside the facts; with less it starts a line of its own."""


def render(families: Iterable[Family], terminal: Terminal = Terminal()) -> str:  # noqa: B008  # frozen
    """Every rule: what it is called, how bad it is, and what it finds."""
    known = tuple(families)
    rules = [rule for family in known for rule in family.rules]
    widths = [max(cell_len(line[column]) for line in map(_facts, rules)) for column in range(COLUMNS)]
    return draw(_lines(known, widths, terminal.width), terminal)


def _lines(families: tuple[Family, ...], widths: list[int], width: int) -> Iterator[Text]:
    for family in families:
        yield Text(f"{family.prefix}  {visible(family.title)}", style="bold", no_wrap=True)
        for rule in family.rules:
            yield from _rule(rule, widths, width)
        yield Text()
    number = sum(len(family.rules) for family in families)
    yield Text(f"{number} rules. guardapi explain ID shows one of them.", no_wrap=True)


def _rule(rule: Rule, widths: list[int], width: int) -> Iterator[Text]:
    cells = [padded(cell, wanted) for cell, wanted in zip(_facts(rule), widths, strict=True)]
    line = Text("  ".join(cells), no_wrap=True)
    start = sum(widths[:2]) + 4
    line.stylize(STYLES[rule.severity], start, start + len(rule.severity.label))
    indent = cell_len(line.plain) + 2
    if width - indent >= LEAST_SUMMARY:
        first, *others = fold(rule.summary(), width - indent)
        yield line.append(f"  {first}")
    else:
        indent = widths[0] + 2
        others = fold(rule.summary(), width - indent)
        yield line
    yield from (Text(f"{'':{indent}}{other}", no_wrap=True) for other in others)


def _facts(rule: Rule) -> tuple[str, ...]:
    """Id, name, severity, and what what is out of the ordinary."""
    marks = [*(["advice"] if rule.is_advisory else []), *(["fixable"] if rule.is_fixable() else [])]
    return rule.id, rule.name, rule.severity.label, ", ".join(marks)
