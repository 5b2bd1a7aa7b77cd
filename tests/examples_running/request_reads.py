"""What the views of an application read of a request, as its model and its source have it. Nothing is sent here."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from guardapi.model import App, LimiterFunction, Route
from guardapi.place import Place

SOURCE: Final = re.compile(r"request\.(\w+)(?:\(\))?\[(['\"])(.+?)\2\]")
"""Caller data as the model writes it: `request.form['name']`."""
CONTAINERS: Final = {
    "args": "query",
    "values": "query",
    "form": "form",
    "files": "files",
    "json": "json",
    "get_json": "json",
    "headers": "headers",
    "cookies": "cookies",
}
BODIES: Final = frozenset({"data", "get_data", "stream"})
NUMBERS: Final = frozenset({"int", "float", "Decimal", "range"})
MAX_DEPTH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A field that a view reads."""

    container: str
    """`query`, `form`, `json`, `files`, `headers`, `cookies`, or `body` for all of it."""
    name: str = ""
    is_number: bool = False
    is_list: bool = False
    is_needed: bool = True
    """The view has no other value where it is missing."""
    literals: tuple[str, ...] = ()
    """What it is compared with."""
    options: tuple[str, ...] = ()
    """What it has to be one of."""
    parts: tuple[str, ...] = ()
    """Of a list: the fields of its items."""


def reads_of(app: App, route: Route, method: str, project: Mapping[str, str]) -> tuple[Read, ...]:
    """What a view reads of a request: as its source has it, and as the model has it.

    Of a session it is also what hooks and key functions read: who has signed in has been here before.
    """
    found: dict[tuple[str, str], Read] = {}
    done = route.work.get(method)
    around = [hook.place for hook in app.hooks] + [function.place for function in app.functions]
    for place in (route.view.place, *around):
        for read in reads_at(place, project) if place is not None else ():
            if place is route.view.place or read.container == "session":
                found[read.container, read.name] = _joined(found.get((read.container, read.name)), read)
    for given in (given for sink in (done.sinks if done else ()) for given in sink.inputs):
        for container, name in sources_in(given.source):
            old = found.get((container, name), Read(container=container, name=name, is_needed=False))
            found[container, name] = replace(
                old,
                is_number=old.is_number or given.kind == "amount",
                is_list=old.is_list or (given.kind == "items" and container == "json"),
            )
    named = {read.container for read in found.values() if read.name}
    return tuple(read for read in found.values() if read.name or read.container not in named)


def sources_in(text: str) -> Iterator[tuple[str, str]]:
    """The fields that a description of caller data names."""
    for match in SOURCE.finditer(text):
        container = CONTAINERS.get(match[1])
        if container:
            yield container, match[3]


def claimed_identities(app: App) -> tuple[tuple[str, str], ...]:
    """The fields by which the key functions of an application tell callers apart."""
    found = {
        source
        for function in app.functions
        if function.role == "key"
        for answer in function.answers
        for text in answer.sources
        for source in sources_in(text)
    }
    if any(
        "access_route" in text
        for function in app.functions
        for answer in function.answers
        for text in answer.sources
    ):
        found.add(("headers", "X-Forwarded-For"))
    return tuple(sorted(found))


def switches(function: LimiterFunction, project: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The fields with the values for which a function may let a request off: container, name, value."""
    for read in reads_at(function.place, project):
        for literal in read.literals or (("0",) if function.role == "cost" else ()):
            yield read.container, read.name, literal


def first_line(place: Place, method: str, project: Mapping[str, str]) -> tuple[str, int] | None:
    """Where a view begins, behind all that is asked before."""
    tree = _parsed(project.get(place.file, ""))
    function = next(_at(tree, place.line), None) if tree else None
    if isinstance(function, ast.ClassDef):
        function = next(
            (
                node
                for node in function.body
                if isinstance(node, ast.FunctionDef) and node.name == method.lower()
            ),
            None,
        )
    if not isinstance(function, ast.FunctionDef):
        return None
    return place.file, function.body[0].lineno


def reads_at(place: Place, project: Mapping[str, str]) -> Iterator[Read]:
    """What the function at a place reads of a request, and what it calls."""
    trees = {path: tree for path, text in project.items() if path.endswith(".py") and (tree := _parsed(text))}
    start = next(_at(trees[place.file], place.line), None) if place.file in trees else None
    if start is None:
        return
    known: dict[str, list[ast.AST]] = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                known.setdefault(node.name, []).append(node)
    functions = list(_reachable(start, known))
    collections = {name: keys for tree in trees.values() for name, keys in _collections(tree)}
    parts = tuple(dict.fromkeys(part for function in functions for part in _parts(function)))
    for function in functions:
        for read in _reads_in(function, collections):
            yield replace(read, parts=parts) if read.is_list else read


def _joined(old: Read | None, new: Read) -> Read:
    if old is None:
        return new
    return replace(
        new,
        is_number=old.is_number or new.is_number,
        is_list=old.is_list or new.is_list,
        is_needed=old.is_needed or new.is_needed,
        literals=tuple(dict.fromkeys((*old.literals, *new.literals))),
        options=old.options or new.options,
        parts=old.parts or new.parts,
    )


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _at(tree: ast.AST, line: int) -> Iterator[ast.AST]:
    """The functions around a line, the innermost first."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and min((node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))))
        <= line
        <= (node.end_lineno or line)
    ]
    yield from sorted(around, key=lambda node: (node.end_lineno or 0) - node.lineno)


def _collections(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The constant mappings and sets of a module, with their texts."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
            if texts := _texts(value):
                yield node.targets[0].id, texts


def _texts(node: ast.expr) -> tuple[str, ...]:
    entries = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
    return tuple(str(entry.value) for entry in entries if isinstance(entry, ast.Constant))


def _parts(function: ast.AST) -> Iterator[str]:
    """The fields of things that are no request: of the items of a list, most likely."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and isinstance(node.slice, ast.Constant)
        ):
            holders = {
                "session",
                *(
                    n.targets[0].id
                    for n in ast.walk(function)
                    if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
                ),
            }
            if isinstance(node.slice.value, str) and node.value.id not in holders:
                yield node.slice.value


def _reachable(start: ast.AST, known: Mapping[str, list[ast.AST]]) -> Iterator[ast.AST]:
    seen: list[ast.AST] = []
    level = [start]
    for _ in range(MAX_DEPTH):
        below: list[ast.AST] = []
        for function in level:
            if any(function is other for other in seen):
                continue
            seen.append(function)
            yield function
            for node in ast.walk(function):
                name = (
                    node.id
                    if isinstance(node, ast.Name)
                    else node.attr
                    if isinstance(node, ast.Attribute)
                    else ""
                )
                below += known.get(name, ())
        level = below


def _reads_in(function: ast.AST, collections: Mapping[str, tuple[str, ...]]) -> Iterator[Read]:
    nodes = list(ast.walk(function))
    names, fields = _names(nodes)
    tests = [node for node in nodes if isinstance(node, ast.Compare)]
    numbers = {
        id(argument)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NUMBERS
        for argument in node.args
    }
    iterated = [node.iter for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    listed = {(read.container, read.name) for node in iterated if (read := _field(node, names, fields))}
    yield from _asked_for(tests, names)
    for node in nodes:
        read = _read(node, names)
        if read is None:
            yield from _whole(node)
            continue
        yield replace(
            read,
            is_number=read.is_number or id(node) in numbers,
            is_list=read.container == "json" and (read.container, read.name) in listed,
            literals=tuple(dict.fromkeys(_literals(read, tests, names, fields))),
            options=next(_options(read, tests, names, fields, collections), ()),
        )


def _names(nodes: list[ast.AST]) -> tuple[dict[str, str], dict[str, Read]]:
    """The variables that hold a part of the request, and those that hold a field of one."""
    names: dict[str, str] = {}
    fields: dict[str, Read] = {}
    for node in nodes:
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name):
            continue
        if container := _container(node.value, names):
            names[target.id] = container
        elif read := _read(node.value, names):
            fields[target.id] = read
    return names, fields


def _whole(node: ast.AST) -> Iterator[Read]:
    """A body that is read as a whole."""
    if isinstance(node, ast.Attribute) and _is_request(node.value) and node.attr in BODIES:
        yield Read(container="body")
    elif isinstance(node, ast.expr) and _container(node, {}) == "json":
        yield Read(container="json")


def _asked_for(tests: list[ast.Compare], names: Mapping[str, str]) -> Iterator[Read]:
    """`"account" in session`."""
    for test in tests:
        if isinstance(test.ops[0], ast.In | ast.NotIn) and isinstance(test.left, ast.Constant):
            container = _container(test.comparators[0], names)
            if container:
                yield Read(container=container, name=str(test.left.value))


def _literals(
    read: Read, tests: list[ast.Compare], names: Mapping[str, str], fields: Mapping[str, Read]
) -> Iterator[str]:
    for test in tests:
        sides = [test.left, *test.comparators]
        if any(_is_same(read, _field(side, names, fields)) for side in sides):
            for side in sides:
                if isinstance(side, ast.Constant) and isinstance(side.value, str):
                    yield side.value


def _options(
    read: Read,
    tests: list[ast.Compare],
    names: Mapping[str, str],
    fields: Mapping[str, Read],
    collections: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[str, ...]]:
    """`topic not in TOPICS`."""
    for test in tests:
        inside = test.comparators[0]
        if isinstance(test.ops[0], ast.In | ast.NotIn) and _is_same(read, _field(test.left, names, fields)):
            accepted = collections.get(inside.id, ()) if isinstance(inside, ast.Name) else _texts(inside)
            if accepted:
                yield accepted


def _is_same(read: Read, other: Read | None) -> bool:
    return other is not None and (read.container, read.name) == (other.container, other.name)


def _field(node: ast.AST, names: Mapping[str, str], fields: Mapping[str, Read]) -> Read | None:
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        inner = _field(node.func.value, names, fields)
        if inner is not None:
            return inner
    if isinstance(node, ast.Name):
        return fields.get(node.id)
    return _read(node, names)


def _read(node: ast.AST, names: Mapping[str, str]) -> Read | None:
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ):
        container = _container(node.value, names)
        return Read(container=container, name=node.slice.value) if container else None
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("get", "getlist")
    ):
        return None
    container = _container(node.func.value, names)
    if not container or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    return Read(
        container=container,
        name=str(node.args[0].value),
        is_number=any(
            word.arg == "type" and isinstance(word.value, ast.Name) and word.value.id in NUMBERS
            for word in node.keywords
        ),
        is_needed=False,
    )


def _container(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """What a part of a request an expression is."""
    if isinstance(node, ast.BoolOp):
        return _container(node.values[0], names)
    if isinstance(node, ast.Name):
        return "session" if node.id == "session" else names.get(node.id)
    if isinstance(node, ast.Call):
        return (
            _container(node.func, names)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "get_json"
            else None
        )
    if isinstance(node, ast.Attribute) and _is_request(node.value):
        return CONTAINERS.get(node.attr)
    return None


def _is_request(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "request") or (
        isinstance(node, ast.Attribute) and node.attr == "request"
    )
