"""Arrays of quoted requirements: `[project] dependencies` of pyproject.toml, `install_requires` of setup.py."""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from guardapi.fix.requirements.listing import Changed, Entry, Listing, named, requirement
from guardapi.fix.requirements.textfiles import extended

HEADER: Final = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?")
OPENED: Final = re.compile(r"""\s*["']?([\w.-]+)["']?\s*=\s*\[""")
OPTIONAL: Final = "optional-dependencies"
TOKEN: Final = re.compile(r"""#.*|"(?:[^"\\]|\\.)*"|'[^']*'|[\[\]{}]""")


def pep621(path: str, lines: tuple[str, ...]) -> Listing | None:
    """`dependencies = [...]` below `[project]`, or the optional ones that Flask is among."""
    table, found = "", []
    for number, line in enumerate(lines):
        header = HEADER.fullmatch(line)
        if header is not None:
            table = header[1]
        opened = OPENED.match(line)
        is_usual = table == "project" and opened is not None and opened[1] == "dependencies"
        if opened is not None and (is_usual or table == f"project.{OPTIONAL}"):
            entries = tuple(_toml_items(lines, number, opened.end()))
            found.append(
                (not any(entry.name == "flask" for entry in entries), not is_usual, opened[1], entries)
            )
    if not found:
        return None
    _, is_optional, name, entries = min(found, key=lambda one: one[:2])
    keys = ("project", OPTIONAL, name) if is_optional else ("project", "dependencies")
    return _listing(path, lines, entries, _reader(keys))


def setup_py(path: str, lines: tuple[str, ...]) -> Listing | None:
    """The list that `setup(install_requires=...)` names, where it is written out."""
    found = _install_requires("\n".join(lines))
    if found is None:
        return None
    return _listing(path, lines, tuple(_python_items(lines, found)), _setup)


def _listing(
    path: str, lines: tuple[str, ...], entries: tuple[Entry, ...], read: Callable[[str], Sequence[str]]
) -> Listing | None:
    if not entries:
        return None
    return Listing(
        path=path,
        lines=lines,
        entries=entries,
        insert=_insert,
        extend=extended,
        spell=requirement,
        read=read,
    )


def _toml_items(lines: tuple[str, ...], number: int, column: int) -> Iterator[Entry]:
    """The strings up to the bracket that closes the array; the places of what is within their quotes."""
    while number < len(lines):
        for token in TOKEN.finditer(lines[number], column):
            if token[0] == "]":
                return
            if token[0][0] in "\"'":
                where = {"line": number, "column": token.start() + 1, "last": number, "end": token.end() - 1}
                entry = named(token[0][1:-1], **where)
                if entry is not None:
                    yield entry
        number, column = number + 1, 0


def _python_items(lines: tuple[str, ...], found: ast.List | ast.Tuple) -> Iterator[Entry]:
    for item in found.elts:
        if (
            not isinstance(item, ast.Constant)
            or not isinstance(item.value, str)
            or item.end_col_offset is None
        ):
            continue
        line = lines[item.lineno - 1]
        start = len(line.encode()[: item.col_offset].decode())
        end = len(line.encode()[: item.end_col_offset].decode())
        if (
            item.end_lineno != item.lineno
            or line[start] not in "\"'"
            or line[start : start + 3] in {'"""', "'''"}
        ):
            continue
        where = {"line": item.lineno - 1, "column": start + 1, "last": item.lineno - 1, "end": end - 1}
        entry = named(item.value, **where)
        if entry is not None:
            yield entry


def _insert(listing: Listing, index: int, text: str) -> Changed:
    entry = listing.entries[max(index, 0)]
    line = listing.lines[entry.line]
    quote = line[entry.column - 1]
    item = f"{quote}{text}{quote}"
    before, after = line[: entry.column - 1], line[entry.end + 1 :]
    if index < 0:
        own = not before.strip()
        return {
            entry.line: f"{before}{item},\n{line}" if own else f"{before}{item}, {line[entry.column - 1 :]}"
        }
    if before.strip() or not re.fullmatch(r"\s*,?\s*(?:#.*)?", after):
        return {entry.line: f"{line[: entry.end + 1]}, {item}{after}"}
    kept = line if after.lstrip().startswith(",") else f"{line[: entry.end + 1]},{after}"
    # A last item without a comma behind it: the new one has none either.
    comma = "," if kept == line else ""
    return {entry.line: f"{kept}\n{before}{item}{comma}"}


def _reader(keys: tuple[str, ...]) -> Callable[[str], Sequence[str]]:
    def read(text: str) -> list[str]:
        document = tomllib.loads(text)
        table = document
        for key in keys[:-1]:
            table = table[key]
        items = [str(item) for item in table.pop(keys[-1])]
        return [*items, json.dumps(document, sort_keys=True, default=str)]

    return read


def _setup(text: str) -> list[str]:
    found = _install_requires(text)
    if found is None:
        raise ValueError("no list of requirements")
    return [ast.unparse(item) for item in found.elts]


def _install_requires(text: str) -> ast.List | ast.Tuple | None:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    bound = {
        target.id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg != "install_requires":
                continue
            value = bound.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
            return value if isinstance(value, ast.List | ast.Tuple) else None
    return None
