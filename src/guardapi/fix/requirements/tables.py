"""Tables of requirements: Poetry's in pyproject.toml, and Pipfile."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Final

from guardapi.deployment.requirements import normalised
from guardapi.fix.requirements.arrays import HEADER
from guardapi.fix.requirements.listing import Changed, Entry, Listing, Wanted, release
from guardapi.fix.source import NotFixableError

KEY: Final = re.compile(r"""\s*(?:([\w.-]+)|"([^"]+)"|'([^']+)')\s*=\s*(.*)""")
VERSION: Final = re.compile(r"""["']([^"']*)["']""")


def poetry(path: str, lines: tuple[str, ...]) -> Listing | None:
    """`[tool.poetry.dependencies]`."""
    return _table(path, lines, ("tool", "poetry", "dependencies"))


def pipfile(path: str, lines: tuple[str, ...]) -> Listing | None:
    """`[packages]`."""
    return _table(path, lines, ("packages",))


def _table(path: str, lines: tuple[str, ...], keys: tuple[str, ...]) -> Listing | None:
    entries = tuple(_entries(lines, ".".join(keys)))
    if not entries:
        return None
    return Listing(
        path=path,
        lines=lines,
        entries=entries,
        insert=_insert,
        spell=_spelled,
        extend=_extended,
        read=_reader(keys),
    )


def _entries(lines: tuple[str, ...], table: str) -> Iterator[Entry]:
    current, number = "", 0
    while number < len(lines):
        line, first = lines[number], number
        header = HEADER.fullmatch(line)
        found = KEY.fullmatch(line)
        if header is not None:
            current = re.sub(r"\s*\.\s*", ".", header[1])
        elif current == table and found is not None:
            # Several lines where a list of alternatives is opened.
            while found[4].startswith("[") and "]" not in lines[number] and number + 1 < len(lines):
                number += 1
            name = found[1] or found[2] or found[3]
            version = VERSION.search(found[4])
            yield Entry(
                name=normalised(name),
                written=name,
                specifier=_specifier(version[1] if version else ""),
                extras=_extras(found[4]),
                line=first,
                column=len(line) - len(line.lstrip()),
                last=number,
                end=len(lines[number]),
            )
        number += 1


def _specifier(version: str) -> str:
    if version in {"", "*"}:
        return ""
    return f"=={version}" if version[0].isdigit() else version


def _extras(value: str) -> tuple[str, ...]:
    found = re.search(r"extras\s*=\s*\[([^\]]*)\]", value)
    return tuple(normalised(name) for name in re.findall(r"[\w.-]+", found[1])) if found else ()


def _spelled(listing: Listing, asked: Wanted) -> str:
    beside = listing.names("flask") or listing.entries[0]
    name = asked.name if beside.written[:1].isupper() else asked.name.lower()
    version = release(listing, asked) or "*"
    if (
        version.startswith("==")
        and beside.specifier.startswith("==")
        and "==" not in listing.lines[beside.line]
    ):
        version = version.removeprefix("==")
    equals = " = " if " = " in listing.lines[beside.line] else "="
    if not asked.extras:
        return f'{name}{equals}"{version}"'
    extras = ", ".join(f'"{extra}"' for extra in asked.extras)
    return f'{name}{equals}{{version = "{version}", extras = [{extras}]}}'


def _insert(listing: Listing, index: int, text: str) -> Changed:
    entry = listing.entries[max(index, 0)]
    indent = listing.lines[entry.line][: entry.column]
    if index < 0:
        return {entry.line: f"{indent}{text}\n{listing.lines[entry.line]}"}
    return {entry.last: f"{listing.lines[entry.last]}\n{indent}{text}"}


def _extended(listing: Listing, entry: Entry, extras: tuple[str, ...]) -> Changed:
    line = listing.lines[entry.line]
    added = ", ".join(f'"{extra}"' for extra in extras)
    has = re.search(r"extras\s*=\s*\[\s*", line)
    if has is not None:
        comma = "" if line[has.end()] == "]" else ", "
        return {entry.line: f"{line[: has.end()]}{added}{comma}{line[has.end() :]}"}
    plain = re.fullmatch(r"""(.*?=\s*)(["'][^"']*["'])(\s*(?:#.*)?)""", line)
    if plain is not None:
        return {entry.line: f"{plain[1]}{{version = {plain[2]}, extras = [{added}]}}{plain[3]}"}
    inline = re.fullmatch(r"(.*?=\s*\{.*?)(\s*)\}(\s*(?:#.*)?)", line)
    if inline is None:
        raise NotFixableError(f"{listing.path} requires {entry.written} in a way that is not understood")
    return {entry.line: f"{inline[1]}, extras = [{added}]{inline[2]}}}{inline[3]}"}


def _reader(keys: tuple[str, ...]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        document = tomllib.loads(text)
        table = document
        for key in keys:
            table = table[key]
        items = [json.dumps({key: value}, default=str) for key, value in table.items()]
        table.clear()
        return [*items, json.dumps(document, sort_keys=True, default=str)]

    return read
