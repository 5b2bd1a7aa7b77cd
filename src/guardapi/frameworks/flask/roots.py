"""Where the set-up of a project starts: files that make applications, entry points, factories."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    BoundMethod,
    Call,
    Class,
    ClassMethod,
    Function,
    Module,
    Property,
    StaticMethod,
    Unknown,
    Value,
    Wrapped,
)

APPLICATIONS: Final = ("Flask", "APIFlask", "FlaskApp", "FlaskAPI", "OpenAPI", "connexion.App", "APIFairy")
"""Names under which distributions offer application classes; only a first guess at which files to look at."""
ENTRY_FILES: Final = {
    "__main__.py", "app.py", "application.py", "asgi.py", "autoapp.py", "main.py", "manage.py", "run.py",
    "server.py", "serve.py", "start.py", "web.py", "wsgi.py",
}  # fmt: skip
MAIN_GUARD: Final = re.compile(rb"__name__\s*==\s*[\"']__main__[\"']")
SUBCLASS: Final = re.compile(rb"^[ \t]*class\s+(\w+)\s*\(([^)]{0,300})\)\s*:", re.MULTILINE)
CALLED: Final = re.compile(r"(\w+)\s*\(")
MAX_FACTORIES: Final = 60


@dataclass(frozen=True, slots=True)
class Sources:
    """The Python files that may matter, by path."""

    contents: dict[str, bytes]

    def making(self, names: Iterable[str]) -> list[str]:
        """Paths of the files that call something of one of these names."""
        pattern = _calls_of(names)
        return [path for path, content in self.contents.items() if pattern.search(content)]

    def application_classes(self) -> set[str]:
        """Names of application classes: the known ones and what is derived from them, by name."""
        known = {name.encode() for name in APPLICATIONS}
        bases: list[tuple[bytes, set[bytes]]] = []
        for content in self.contents.values():
            if b"class " in content:
                found = SUBCLASS.findall(content)
                bases += [(name, set(re.findall(rb"[\w.]+", parents))) for name, parents in found]
        grown = True
        while grown:
            grown = False
            for name, parents in bases:
                if name not in known and any(p in known or p.rpartition(b".")[2] in known for p in parents):
                    known.add(name)
                    grown = True
        return {name.decode() for name in known}

    def entries(self) -> list[str]:
        """Paths of the files that are started: by their name, or with a main guard."""
        return [
            path
            for path, content in self.contents.items()
            if path.rpartition("/")[2] in ENTRY_FILES or MAIN_GUARD.search(content)
        ]


def _calls_of(names: Iterable[str]) -> re.Pattern[bytes]:
    either = b"|".join(re.escape(name.encode()) for name in sorted(names))
    return re.compile(rb"\b(?:" + either + rb")\s*\(")


def functions_of(module: Module) -> Iterator[tuple[Function, Class | None]]:
    """The functions and methods that a module defines, with their classes, in the order of the source."""
    found: list[tuple[int, Function, Class | None]] = []
    for value in list(module.namespace.values()):
        if (function := function_in(value)) is not None and function.module is module:
            found.append((function.node.lineno, function, None))
        elif type(value) is Class and value.module is module:
            for member in list(value.namespace.values()):
                method = function_in(member)
                if method is not None and method.module is module:
                    found.append((method.node.lineno, method, value))
    seen: set[int] = set()
    for line, function, cls in sorted(found, key=lambda entry: entry[0]):
        if line not in seen:
            seen.add(line)
            yield function, cls


def function_in(value: Value) -> Function | None:
    """The function behind decorators and descriptors."""
    for _ in range(30):
        if type(value) is Function:
            inner = value.attributes.get("__wrapped__")
            if inner is None:
                return value
            value = inner
        elif type(value) is Wrapped:
            value = value.inner
        elif type(value) is StaticMethod or type(value) is ClassMethod or type(value) is BoundMethod:
            value = value.function
        elif type(value) is Property:
            value = value.getter
        else:
            return None
    return None


@dataclass(frozen=True, slots=True)
class _Maker:
    """A function, the names that its body calls, and the name under which others call it."""

    function: Function
    cls: Class | None
    calls: frozenset[str]

    @property
    def called_as(self) -> frozenset[str]:
        """Names that a caller's body must call; a method needs its class called as well."""
        if self.cls is None:
            return frozenset({self.function.name})
        if self.function.name == "__init__":
            return frozenset({self.cls.name})
        return frozenset({self.cls.name, self.function.name})

    def is_called_by(self, other: "_Maker") -> bool:
        """As far as names tell."""
        return other is not self and self.called_as <= other.calls


class Factories:
    """Functions that make an application when they are called, directly or through each other."""

    def __init__(self, ev: Evaluator, classes: set[str]) -> None:
        self.ev = ev
        self.classes = {name.rpartition(".")[2] for name in classes}
        self.seen: dict[str, list[_Maker]] = {}
        """By the path of the module: its functions."""

    def run(self) -> None:
        """Call those that nothing has called yet, the outermost first, until none is left."""
        tried: set[Function] = set()
        for _ in range(MAX_FACTORIES):
            makers = self._makers()
            waiting = [m for m in makers if m.function not in tried and m.function.node not in self.ev.called]
            if not waiting:
                return
            outermost = next((m for m in waiting if not any(m.is_called_by(other) for other in waiting)), waiting[0])
            tried.add(outermost.function)
            self._call(outermost.function, outermost.cls)

    def _makers(self) -> list[_Maker]:
        """Those that call an application class, and in turn those that call one of them."""
        for path, module in list(self.ev.modules.items()):
            if not module.is_model and path not in self.seen:
                self.seen[path] = [
                    _Maker(function, cls, frozenset(CALLED.findall(source_of(function))))
                    for function, cls in functions_of(module)
                ]
        waiting = [maker for makers in self.seen.values() for maker in makers]
        found: list[_Maker] = []
        fresh = [maker for maker in waiting if maker.calls & self.classes]
        while fresh:
            found += fresh
            known = set(map(id, found))
            waiting = [maker for maker in waiting if id(maker) not in known]
            fresh = [maker for maker in waiting if any(new.is_called_by(maker) for new in fresh)]
        return found

    def _call(self, function: Function, cls: Class | None) -> None:
        if cls is None:
            self.ev.run_root(function, Call([], {}))
            return
        kind = cls.namespace.get(function.name)
        if type(kind) is StaticMethod:
            self.ev.run_root(function, Call([], {}))
        elif type(kind) is ClassMethod:
            self.ev.run_root(function, Call([cls], {}))
        elif function.name == "__init__":
            self.ev.run_root(cls, Call([], {}))
        else:
            receiver = self.ev.run_root(cls, Call([], {}))
            if function.node not in self.ev.called:
                bound = receiver if receiver is not None else Unknown("an object that is not known")
                self.ev.run_root(function, Call([bound], {}))


def source_of(function: Function) -> str:
    """The text of a function's body, without its own `def` line's name."""
    module, node = function.module, function.node
    if not module.lines:
        module.lines = module.text.split("\n")
    lines = module.lines[node.lineno - 1 : node.end_lineno]
    return "\n".join([lines[0].partition("(")[2], *lines[1:]]) if lines else ""
