"""The project's source as the planning of requests asks for it: parsed once, functions by place and by name."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeVar

from guardapi.place import Place

MAX_DEPTH: Final = 4
MAX_FUNCTIONS: Final = 60
MAX_NAMESAKES: Final = 3
"""A name that more functions bear says nothing of which one is called."""
T = TypeVar("T")
MAX_METHODS: Final = 1
"""The same behind a dot, where it may be something of a library."""
ANSWERING: Final = frozenset(
    {"response", "alt_response", "output", "marshal_with", "marshal_list_with", "marshal_model", "doc"}
)
"""Decorators whose schemas say what is answered, and not what is asked for."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Sources:
    """The Python files of a project, by path; a text is fetched when it is asked for."""

    def __init__(self, texts: Mapping[str, Callable[[], str]]) -> None:
        self._texts = {path: text for path, text in texts.items() if path.endswith(".py")}
        self._trees: dict[str, ast.Module | None] = {}
        self._names: dict[ast.AST, tuple[str, ...]] = {}
        self._kept: dict[object, Any] = {}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> "Sources":
        """Files that are in memory already."""
        return cls({path: lambda text=text: text for path, text in texts.items()})  # type: ignore[misc]

    def tree(self, path: str) -> ast.Module | None:
        """A file's syntax; None where there is no such file, or none that can be parsed."""
        if path not in self._trees:
            text = self._texts.get(path)
            self._trees[path] = _parsed(text()) if text is not None else None
        return self._trees[path]

    @property
    def trees(self) -> Iterator[ast.Module]:
        """All that can be parsed."""
        for path in self._texts:
            tree = self.tree(path)
            if tree is not None:
                yield tree

    @cached_property
    def collections(self) -> Mapping[str, tuple[str, ...]]:
        """The constant mappings and sets of all modules, with their texts, by name."""
        return {name: keys for tree in self.trees for name, keys in _collections(tree)}

    def _known_names(self, function: ast.AST) -> Iterator[str]:
        for name, is_attribute in dict.fromkeys(_names_in(function)):
            most = MAX_METHODS if is_attribute else MAX_NAMESAKES
            if 0 < len(self._definitions.get(name, ())) <= most:
                yield name

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """What was made for a key before: many routes share hooks, helpers and schemas."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def definition(self, place: Place) -> ast.AST | None:
        """The innermost function or class around a place."""
        spans = self.kept(("spans", place.file), lambda: list(_spans(self.tree(place.file))))
        around = [(end - start, node) for start, end, node in spans if start <= place.line <= end]
        return min(around, key=lambda entry: entry[0])[1] if around else None

    def first_line(self, place: Place, method: str) -> int | None:
        """Where the body of a view begins: of a function, or of the method of a class that serves an HTTP method."""
        found = self.definition(place)
        inside = found.body if isinstance(found, ast.ClassDef) else [found]
        for node in inside:
            is_meant = node is found or getattr(node, "name", "") == method.lower()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_meant:
                return node.body[0].lineno
        return None

    def reachable(self, place: Place) -> Iterator[ast.AST]:
        """The function at a place, and what it names, some calls deep."""
        start = self.definition(place)
        seen: set[int] = set()
        level = [] if start is None else [start]
        for _ in range(MAX_DEPTH):
            below: list[ast.AST] = []
            for function in level:
                if id(function) in seen or len(seen) >= MAX_FUNCTIONS:
                    continue
                seen.add(id(function))
                yield function
                if function not in self._names:
                    self._names[function] = tuple(self._known_names(function))
                for name in self._names[function]:
                    below += self._definitions[name]
            level = below

    @cached_property
    def _definitions(self) -> Mapping[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for tree in self.trees:
            for node in ast.walk(tree):
                if isinstance(node, Definition):
                    found.setdefault(node.name, []).append(node)
        return found


def texts_in(node: ast.expr) -> tuple[str, ...]:
    """The texts of a literal collection."""
    entries = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
    return tuple(str(entry.value) for entry in entries if isinstance(entry, ast.Constant))


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _names_in(function: ast.AST) -> Iterator[tuple[str, bool]]:
    """Names, and whether each stands behind a dot; without those of schemas that a decorator answers with."""
    waiting = [function]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Name):
            yield node.id, False
        elif isinstance(node, ast.Attribute):
            yield node.attr, True
        answering = [entry for entry in getattr(node, "decorator_list", ()) if _is_answering(entry)]
        waiting += [child for child in ast.iter_child_nodes(node) if child not in answering]


def _is_answering(decorator: ast.expr) -> bool:
    """`@blueprint.response(200, OrderSchema)`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        isinstance(called, ast.Attribute | ast.Name)
        and (called.attr if isinstance(called, ast.Attribute) else called.id) in ANSWERING
    )


def _spans(tree: ast.AST | None) -> Iterator[tuple[int, int, ast.AST]]:
    """The functions and classes of a file, each from its first decorator to its end."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, kinds):
            starts = (node.lineno, *(entry.lineno for entry in getattr(node, "decorator_list", ())))
            yield min(starts), node.end_lineno or node.lineno, node


def _collections(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
            if texts := texts_in(value):
                yield node.targets[0].id, texts
