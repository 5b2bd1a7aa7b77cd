"""Prose folded to a width that is counted in cells, as terminals count it."""

from typing import Final

from rich.cells import cell_len, chop_cells

HELD_TOGETHER: Final = "\ue000"
"""Stands for a blank that no fold may break; a character that no one writes."""


def unbroken(text: str) -> str:
    """A text that stays on one line, so that a command can be copied."""
    return text.replace(" ", HELD_TOGETHER)


def fold(text: str, width: int, *, first: int | None = None) -> list[str]:
    """Lines of at most `width` cells, the first of at most `first`; only a word that is longer is cut."""
    lines: list[str] = []
    line, room = "", width if first is None else first
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= room:
            line = longer
            continue
        if line or room < width:
            lines.append(line)
            room = width
        *full, line = chop_cells(word, max(room, 2))
        lines += full
    return [part.replace(HELD_TOGETHER, " ") for part in (*lines, line)]


def shortened(text: str, width: int) -> str:
    """The text, its end cut off where it is wider."""
    if cell_len(text) <= width:
        return text
    return f"{chop_cells(text, max(width - 1, 1))[0]}\N{HORIZONTAL ELLIPSIS}"


def padded(text: str, width: int) -> str:
    """The text with blanks up to a width."""
    return text + " " * (width - cell_len(text))
