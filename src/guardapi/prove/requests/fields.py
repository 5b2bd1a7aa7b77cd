"""The fields of a request that the source of a function reads, found in its syntax."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from guardapi.prove.requests.sources import texts_in

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A field that a view reads."""

    container: str
    """`query`, `form`, `json`, `files`, `headers`, `cookies`, `session`, or `body` for all of it."""
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
    least: int | None = None
    """Of a number; of a text its least length."""
    most: int | None = None


def joined(old: Read | None, new: Read) -> Read:
    """What two places read of the same field."""
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
        least=new.least if old.least is None else old.least,
        most=new.most if old.most is None else old.most,
    )


def reads_in(function: ast.AST, collections: Mapping[str, tuple[str, ...]]) -> Iterator[Read]:
    """What one function reads of a request, with what it compares each field with."""
    nodes = list(ast.walk(function))
    known = _Variables(nodes, collections)
    numbers = {
        id(argument)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NUMBERS
        for argument in node.args
    }
    iterated = [node.iter for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    listed = {(read.container, read.name) for node in iterated if (read := known.field(node))}
    yield from known.asked_for()
    for node in nodes:
        read = known.read(node)
        if read is None:
            yield from _whole(node)
            continue
        yield replace(
            read,
            is_number=read.is_number or id(node) in numbers,
            is_list=read.container == "json" and (read.container, read.name) in listed,
            literals=tuple(dict.fromkeys(known.literals(read))),
            options=next(known.options(read), ()),
        )


def parts_in(function: ast.AST) -> Iterator[str]:
    """The fields of things that are no request: of the items of a list, most likely."""
    nodes = list(ast.walk(function))
    holders = {
        "session",
        *(n.targets[0].id for n in nodes if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)),
    }
    for node in nodes:
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
            and node.value.id not in holders
        ):
            yield node.slice.value


class _Variables:
    """What the variables of a function hold of the request, and the tests that speak of it."""

    def __init__(self, nodes: list[ast.AST], collections: Mapping[str, tuple[str, ...]]) -> None:
        self.collections = collections
        self.tests = [node for node in nodes if isinstance(node, ast.Compare)]
        self.names: dict[str, str] = {}
        """The variables that hold a part of the request."""
        self.fields: dict[str, Read] = {}
        """Those that hold a field of one."""
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    self._assign(target.id, node.value)

    def _assign(self, name: str, value: ast.expr) -> None:
        if container := _container(value, self.names):
            self.names[name] = container
        elif read := self.read(value):
            self.fields[name] = read

    def asked_for(self) -> Iterator[Read]:
        """`"account" in session`."""
        for test in self.tests:
            if isinstance(test.ops[0], ast.In | ast.NotIn) and isinstance(test.left, ast.Constant):
                container = _container(test.comparators[0], self.names)
                if container:
                    yield Read(container=container, name=str(test.left.value))

    def literals(self, read: Read) -> Iterator[str]:
        """The texts that a field is compared with."""
        for test in self.tests:
            sides = [test.left, *test.comparators]
            if any(_is_same(read, self.field(side)) for side in sides):
                for side in sides:
                    if isinstance(side, ast.Constant) and isinstance(side.value, str):
                        yield side.value

    def options(self, read: Read) -> Iterator[tuple[str, ...]]:
        """`topic not in TOPICS`."""
        for test in self.tests:
            inside = test.comparators[0]
            if isinstance(test.ops[0], ast.In | ast.NotIn) and _is_same(read, self.field(test.left)):
                accepted = (
                    self.collections.get(inside.id, ()) if isinstance(inside, ast.Name) else texts_in(inside)
                )
                if accepted:
                    yield accepted

    def field(self, node: ast.AST) -> Read | None:
        """The field that an expression is, slices and methods without arguments aside."""
        while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            inner = self.field(node.func.value)
            if inner is not None:
                return inner
        if isinstance(node, ast.Name):
            return self.fields.get(node.id)
        return self.read(node)

    def read(self, node: ast.AST) -> Read | None:
        """`request.form["name"]`, `request.args.get("n", type=int)`."""
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            container = _container(node.value, self.names)
            return Read(container=container, name=node.slice.value) if container else None
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "getlist")
        ):
            return None
        container = _container(node.func.value, self.names)
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


def _whole(node: ast.AST) -> Iterator[Read]:
    """A body that is read as a whole."""
    if isinstance(node, ast.Attribute) and _is_request(node.value) and node.attr in BODIES:
        yield Read(container="body")
    elif isinstance(node, ast.expr) and _container(node, {}) == "json":
        yield Read(container="json")


def _is_same(read: Read, other: Read | None) -> bool:
    return other is not None and (read.container, read.name) == (other.container, other.name)


def _container(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """What a part of a request an expression is."""
    if isinstance(node, ast.BoolOp):
        return _container(node.values[0], names)
    if isinstance(node, ast.Name):
        return "session" if node.id == "session" else names.get(node.id)
    if isinstance(node, ast.Call):
        is_json = isinstance(node.func, ast.Attribute) and node.func.attr == "get_json"
        return _container(node.func, names) if is_json else None
    if isinstance(node, ast.Attribute) and _is_request(node.value):
        return CONTAINERS.get(node.attr)
    return None


def _is_request(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "request") or (
        isinstance(node, ast.Attribute) and node.attr == "request"
    )
