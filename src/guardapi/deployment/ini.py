"""Sections and keys of INI files and systemd units, with the line of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`key = value` below `[section]`."""

    section: str
    key: str
    value: str
    line: int


def entries(lines: Iterable[tuple[int, str]], *, indented: bool = False) -> Iterator[Entry]:
    """The entries in order; with `indented`, a line that starts with a blank continues the value."""
    section = ""
    last: Entry | None = None
    for number, line in lines:
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if indented and last is not None and line[0] in " \t":
            yield Entry(section=section, key=last.key, value=text, line=number)
            continue
        if text.startswith("[") and text.endswith("]"):
            section, last = text[1:-1].strip(), None
            continue
        key, equals, value = text.partition("=")
        if not equals:
            continue
        last = Entry(section=section, key=key.strip(), value=value.strip(), line=number)
        yield last
