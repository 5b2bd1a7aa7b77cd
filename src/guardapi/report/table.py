"""Plain columns. rich's own table takes milliseconds a row, and applications have thousands of routes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.text import Text

GAP: Final = 2
LEAST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text without line breaks, and how it is coloured."""

    text: str
    style: str = ""


Row = Sequence[Cell]


def columns(rows: Sequence[Row], width: int) -> Iterator[Text]:
    """The rows as lines of equal columns; what does not fit is folded."""
    natural = [max(cell_len(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    widths = _fitted(natural, width - GAP * (len(natural) - 1))
    for row in rows:
        yield from _lines(row, widths)


def _fitted(natural: list[int], room: int) -> list[int]:
    """Take from the widest column until all fit."""
    widths = list(natural)
    while sum(widths) > room and max(widths) > LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _lines(row: Row, widths: list[int]) -> Iterator[Text]:
    folded = [
        [cell.text] if cell_len(cell.text) <= width else chop_cells(cell.text, width)
        for cell, width in zip(row, widths, strict=True)
    ]
    for number in range(max(map(len, folded))):
        line = Text(no_wrap=True)
        for cell, parts, width in zip(row, folded, widths, strict=True):
            part = parts[number] if number < len(parts) else ""
            line.append(part, style=cell.style or None)
            line.append(" " * (width + GAP - cell_len(part)))
        yield line
