"""From a route to a request that reaches its view: path, fields, and how the view tells callers apart.

It reads the model, and the source for what a view reads without handing it to a sink. Nothing is sent here.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
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
OPTIONAL: Final = frozenset({"headers", "cookies", "session"})
"""Left out where the view can do without: what tells callers apart is often among them."""
BODIES: Final = frozenset({"data", "get_data", "stream"})
NUMBERS: Final = frozenset({"int", "float", "Decimal", "range"})
CONVERTERS: Final = {
    "int": "1",
    "float": "1.5",
    "path": "some/where",
    "uuid": "6f1e7f0c-9a52-4a43-8a2d-0d1f7f3a2b11",
}
VALUES: Final = (
    ("mail", "ann@example.com"),
    ("phone", "+15550123"),
    ("number", "3"),
    ("amount", "3"),
    ("account", "ann"),
    ("count", "3"),
    ("user", "ann"),
    ("name", "ann"),
    ("url", "http://example.com/"),
    ("code", "123456"),
    ("date", "2025-01-31"),
)
"""A plausible value by a part of the field's name."""
MAX_DEPTH: Final = 4
ARGUMENT: Final = re.compile(r"<(?:(\w+)(?:\((.*?)\))?:)?(\w+)>")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    json: Mapping[str, object] | None = None
    session: Mapping[str, str] = field(default_factory=dict)
    """What the application remembers of the client."""
    body: str = ""

    def having(self, container: str, name: str, value: str) -> "Request":
        """The same with another value of one field."""
        if container == "body":
            return replace(self, body=value)
        if container == "files":
            return self
        given: Mapping[str, object] = getattr(self, container) or {}
        return replace(self, **{container: {**given, name: value}})


def plan(route: Route, method: str, reads: tuple[Read, ...]) -> Request:
    """A request that reaches the view of a route, as an honest client may send it."""
    request = Request(method=method, path=path_of(route.rule))
    kinds = {read.container for read in reads}
    for read in reads:
        if read.container in OPTIONAL and not read.is_needed:
            continue
        if read.container == "json" and "form" in kinds:
            continue
        if read.container == "files":
            request = replace(request, files=tuple(dict.fromkeys((*request.files, read.name))))
        elif read.container == "body":
            request = replace(request, body=request.body or "some text")
        elif read.container == "json":
            request = replace(request, json={**(request.json or {}), **({read.name: value_of(read)} if read.name else {})})
        else:
            request = request.having(read.container, read.name, str(value_of(read)))
    return request


def variants(request: Request, reads: tuple[Read, ...]) -> Iterator[Request]:
    """The same request for each value that the view looks for."""
    for read in reads:
        for literal in read.literals:
            yield request.having(read.container, read.name, literal)


def value_of(read: Read) -> object:
    """A plausible value of a field."""
    if read.options:
        return read.options[0]
    if read.is_list:
        return listed(read, 2)
    if read.is_number:
        return 3 if read.container == "json" else "3"
    return next((value for part, value in VALUES if part in read.name.lower()), "red")


def listed(read: Read, number: int) -> list[object]:
    """A list with so many items."""
    if read.parts:
        return [{part: f"red{index}" for part in read.parts} for index in range(number)]
    return [f"red{index}" for index in range(number)]


def without_options(request: Request, reads: tuple[Read, ...]) -> Request:
    """The same without what the view can do without."""
    for read in reads:
        given = getattr(request, read.container, None)
        if not read.is_needed and isinstance(given, Mapping):
            request = replace(request, **{read.container: {key: value for key, value in given.items() if key != read.name}})
    return request


def first_line(place: Place, method: str, project: Mapping[str, str]) -> tuple[str, int] | None:
    """Where a view begins, behind all that is asked before."""
    tree = _parsed(project.get(place.file, ""))
    function = next(_at(tree, place.line), None) if tree else None
    if isinstance(function, ast.ClassDef):
        function = next(
            (node for node in function.body if isinstance(node, ast.FunctionDef) and node.name == method.lower()), None
        )
    if not isinstance(function, ast.FunctionDef):
        return None
    return place.file, function.body[0].lineno


def path_of(rule: str) -> str:
    """A path that a rule matches."""
    return ARGUMENT.sub(_argument, rule)


def _argument(match: re.Match[str]) -> str:
    converter, options, _ = match.groups()
    if converter == "any" and options:
        return options.partition(",")[0].strip(" '\"")
    return CONVERTERS.get(converter or "", "red")


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
    if any("access_route" in text for function in app.functions for answer in function.answers for text in answer.sources):
        found.add(("headers", "X-Forwarded-For"))
    return tuple(sorted(found))


def switches(function: LimiterFunction, project: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The fields with the values for which a function may let a request off: container, name, value."""
    for read in reads_at(function.place, project):
        for literal in read.literals or (("0",) if function.role == "cost" else ()):
            yield read.container, read.name, literal


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


# --- the source ---


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


def _collections(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The constant mappings and sets of a module, with their texts."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Call) and value.args:
                value = value.args[0]
            entries = value.keys if isinstance(value, ast.Dict) else getattr(value, "elts", ())
            texts = [entry.value for entry in entries if isinstance(entry, ast.Constant)]
            if texts:
                yield node.targets[0].id, tuple(str(text) for text in texts)


def _parts(function: ast.AST) -> Iterator[str]:
    """The fields of things that are no request: of the items of a list, most likely."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
            holders = {"session", *(n.targets[0].id for n in ast.walk(function) if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name))}
            if isinstance(node.slice.value, str) and node.value.id not in holders:
                yield node.slice.value


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
        if isinstance(node, kinds) and min((node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ())))) <= line <= (node.end_lineno or line)
    ]
    yield from sorted(around, key=lambda node: (node.end_lineno or 0) - node.lineno)


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
                name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
                below += known.get(name, ())
        level = below


def _reads_in(function: ast.AST, collections: Mapping[str, tuple[str, ...]]) -> Iterator[Read]:
    names: dict[str, str] = {}
    fields: dict[str, Read] = {}
    numbers = {
        id(argument)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NUMBERS
        for argument in node.args
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            container = _container(node.value, names)
            if isinstance(target, ast.Name) and container:
                names[target.id] = container
            elif isinstance(target, ast.Name) and (read := _read(node.value, names)):
                fields[target.id] = read
    compared: dict[tuple[str, str], list[str]] = {}
    options: dict[tuple[str, str], tuple[str, ...]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            if isinstance(node.ops[0], ast.In | ast.NotIn):
                inside = node.comparators[0]
                asked = _field(node.left, names, fields)
                if asked is not None and isinstance(inside, ast.Name) and inside.id in collections:
                    options[asked.container, asked.name] = collections[inside.id]
                if isinstance(node.left, ast.Constant) and (container := _container(inside, names)):
                    yield Read(container=container, name=str(node.left.value))
            sides = [node.left, *node.comparators]
            literals = [item.value for item in sides if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            for side in sides:
                read = _field(side, names, fields)
                if read is not None:
                    compared.setdefault((read.container, read.name), []).extend(literals)
    listed = {
        (read.container, read.name)
        for node in ast.walk(function)
        for iterated in ([node.iter] if isinstance(node, ast.For | ast.comprehension) else ())
        if (read := _field(iterated, names, fields))
    }
    for node in ast.walk(function):
        read = _read(node, names)
        if read is None:
            if isinstance(node, ast.Attribute) and _is_request(node.value) and node.attr in BODIES:
                yield Read(container="body")
            elif isinstance(node, ast.expr) and _container(node, {}) == "json":
                yield Read(container="json")
            continue
        key = (read.container, read.name)
        is_number = read.is_number or id(node) in numbers
        yield replace(
            read,
            is_number=is_number,
            is_list=key in listed and read.container == "json",
            literals=tuple(dict.fromkeys(compared.get(key, ()))),
            options=options.get(key, ()),
        )


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
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        container = _container(node.value, names)
        return Read(container=container, name=node.slice.value) if container else None
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getlist")):
        return None
    container = _container(node.func.value, names)
    if not container or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    return Read(
        container=container,
        name=str(node.args[0].value),
        is_number=any(word.arg == "type" and isinstance(word.value, ast.Name) and word.value.id in NUMBERS for word in node.keywords),
        is_needed=False,
    )


def _container(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """What a part of a request an expression is."""
    if isinstance(node, ast.BoolOp):
        return _container(node.values[0], names)
    if isinstance(node, ast.Name):
        return "session" if node.id == "session" else names.get(node.id)
    if isinstance(node, ast.Call):
        return _container(node.func, names) if isinstance(node.func, ast.Attribute) and node.func.attr == "get_json" else None
    if isinstance(node, ast.Attribute) and _is_request(node.value):
        return CONTAINERS.get(node.attr)
    return None


def _is_request(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "request") or (
        isinstance(node, ast.Attribute) and node.attr == "request"
    )
