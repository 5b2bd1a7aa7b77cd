"""Where the set-up of a project starts: files that make applications, entry points, factories."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.frameworks.flask.recording import is_application, is_application_class
from guardapi.frameworks.flask.stand_ins import factories_of, made_applications
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

APPLICATIONS: Final = (
    "Flask",
    "APIFlask",
    "Dash",
    "FlaskApp",
    "FlaskAPI",
    "OpenAPI",
    "connexion.App",
    "APIFairy",
)
"""Names under which distributions offer application classes; only a first guess at which files to look at."""
ENTRY_FILES: Final = {
    "__main__.py", "app.py", "application.py", "asgi.py", "autoapp.py", "main.py", "manage.py", "run.py",
    "server.py", "serve.py", "start.py", "web.py", "wsgi.py",
}  # fmt: skip
MAIN_GUARD: Final = re.compile(rb"__name__\s*==\s*[\"']__main__[\"']")
ASSEMBLED: Final = re.compile(rb"^(?:if [^\n]+\n[ \t]++)?+\w++\.register_blueprint\(", re.MULTILINE)
"""In a module's own statements, under a test at most."""
SUBCLASS: Final = re.compile(rb"^[ \t]*class\s+(\w+)\s*\(([^)]{0,300})\)\s*:", re.MULTILINE)
ALIAS: Final = re.compile(rb"^(\w+) *= *([A-Z]\w*)[ \t]*$", re.MULTILINE)
RENAMED: Final = re.compile(
    rb"(?:^|,|\(|\bimport )[ \t]*+([A-Z]\w*+) as (\w++)[ \t]*+(?=[,)#\\]|\r?$)", re.MULTILINE
)
"""In an import: prose says "Flask as a server" too."""
CALLED: Final = re.compile(r"\b(\w++)\s*+\(")
MAX_FACTORIES: Final = 60
REGISTERING: Final = frozenset(
    {"add_api", "add_resource", "add_url_rule", "init_app", "register", "register_blueprint", "route"}
)
"""Calls by which set-up code adds routes."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The Python files that may matter, by path."""

    contents: dict[str, bytes]

    def making(self, names: Iterable[str]) -> list[str]:
        """Paths of the files that call something of one of these names."""
        pattern, texts = _calls_of(names), [name.encode() for name in names]
        return [
            path
            for path, content in self.contents.items()
            if any(text in content for text in texts) and pattern.search(content)
        ]

    def application_classes(self) -> set[str]:
        """Names of application classes: the known ones, what is derived from them, and their other names."""
        known = {name.encode() for name in APPLICATIONS}
        bases: list[tuple[bytes, set[bytes]]] = []
        unread = dict(self.contents)
        fresh = set(known)
        while fresh:
            # Only a file that names a class can derive from it: most of a tree is never looked at closely.
            for path in [path for path, text in unread.items() if any(name in text for name in fresh)]:
                bases += _other_names(unread.pop(path))
            fresh = _derived(bases, known)
            known |= fresh
        return {name.decode() for name in known}

    def entries(self, makers: Iterable[str]) -> list[str]:
        """Paths of the files that are started (by their name, or with a main guard) and that name Flask or one
        of the modules that make applications."""
        stems = {path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py") for path in makers}
        named = re.compile(
            b"[Ff]lask|" + b"|".join(rb"\b" + re.escape(stem.encode()) + rb"\b" for stem in sorted(stems))
        )
        return [
            path
            for path, content in self.contents.items()
            if (path.rpartition("/")[2] in ENTRY_FILES or MAIN_GUARD.search(content))
            and named.search(content)
        ]

    def assembling(self, makers: Iterable[str]) -> list[str]:
        """Paths of the files whose own statements register blueprints on an application that they import: a
        server may start with one of them."""
        stems = {path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py") for path in makers}
        either = b"|".join(re.escape(stem.encode()) for stem in sorted(stems))
        imported = re.compile(rb"^from [\w.]*?\b(?:" + either + rb") import \b", re.MULTILINE)
        return [
            path
            for path, content in self.contents.items()
            if stems and ASSEMBLED.search(content) and imported.search(content)
        ]

    def calling(self, makers: Iterable[tuple[str, str]]) -> list[str]:
        """Paths of the files that call one of some functions: (path of its module, name)."""
        stems: dict[bytes, set[bytes]] = {}
        for path, name in makers:
            stem = path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")
            stems.setdefault(name.encode(), set()).add(stem.encode())
        if not stems:
            return []
        either = b"|".join(re.escape(name) for name in sorted(stems))
        calling = re.compile(rb"(?<!def )\b(" + either + rb")\s*\(")
        return [
            path
            for path, content in self.contents.items()
            if any(
                name in content and any(stem in content for stem in found) for name, found in stems.items()
            )
            and any(stem in content for name in calling.findall(content) for stem in stems[name])
        ]


def _other_names(content: bytes) -> Iterator[tuple[bytes, set[bytes]]]:
    """Names of classes in a file, each with what it is derived from, or stands for."""
    for name, parents in SUBCLASS.findall(content):
        yield name, set(re.findall(rb"[\w.]+", parents))
    for name, meant in ALIAS.findall(content):
        yield name, {meant}
    for meant, name in RENAMED.findall(content):
        yield name, {meant}


def _derived(bases: Iterable[tuple[bytes, set[bytes]]], known: set[bytes]) -> set[bytes]:
    """The names that come from known ones, directly or through each other."""
    found: set[bytes] = set()
    grown = True
    while grown:
        before = len(found)
        reached = known | found
        found.update(
            name
            for name, parents in bases
            if name not in reached and any(p in reached or p.rpartition(b".")[2] in reached for p in parents)
        )
        grown = len(found) > before
    return found


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
class _Code:
    """A function, or what a module does when it is started, and the names that its text calls."""

    module: Module
    text: str
    calls: frozenset[str]
    function: Function | None = None
    cls: Class | None = None

    @property
    def called_as(self) -> str:
        """The name in a call of it."""
        if self.function is None:
            return ""
        return (
            self.cls.name if self.cls is not None and self.function.name == "__init__" else self.function.name
        )

    def calls_it(self, maker: "_Code") -> bool:
        """Whether it calls the maker, as far as names and what they mean in its module tell."""
        function, cls = maker.function, maker.cls
        if maker is self or function is None:
            return False
        if cls is None:
            return function.name in self.calls and self._means(function.name, function)
        if function.name == "__init__":
            return cls.name in self.calls and self._means(cls.name, cls)
        if function.name not in self.calls:
            return False
        if self.cls is not None and self.cls.is_subclass(cls):
            return True
        return cls.name in self.calls and self._means(cls.name, cls)

    def hands_on(self, maker: "_Code") -> bool:
        """Whether it returns what the maker makes: directly, or under the name that it gave it."""
        made = rf"[\w.]*\b{re.escape(maker.called_as)}\s*\("
        if re.search(rf"\breturn\s+{made}", self.text):
            return True
        names = re.findall(rf"^[ \t]*(\w+)(?:\s*:[^=\n]+)?\s*=\s*{made}", self.text, re.MULTILINE)
        return any(re.search(rf"\breturn\s+{re.escape(name)}\b(?!\s*[.(\[])", self.text) for name in names)

    def _means(self, name: str, wanted: Function | Class) -> bool:
        found = self.module.namespace.get(name)
        if found is not None and (found is wanted or function_in(found) is wanted):
            return True
        if found is None and re.search(rf"\bimport\b[^\n]*\b{re.escape(name)}\b", self.text):
            return True
        # A name of the module's own says nothing of the same name behind a dot: `factory.create_app()`.
        return (found is None or f".{name}" in self.text) and any(
            type(value) is Module and (member := value.namespace.get(name)) is not None
            and (member is wanted or function_in(member) is wanted)
            for value in self.module.namespace.values()
        )  # fmt: skip


class Factories:
    """Code that makes an application when it runs, directly or through each other."""

    def __init__(self, ev: Evaluator, classes: set[str]) -> None:
        self.ev = ev
        self.classes = frozenset(name.rpartition(".")[2] for name in classes)
        self.seen: dict[str, list[_Code]] = {}
        """By the path of the module: its functions and its main block."""
        self.guessed: set[str] = set()
        """What was called though nothing in the tree calls it: `module:qualified name`."""
        self._calling: dict[str, list[_Code]] = {}
        """By name: the code that calls something of that name."""
        self._receivers: dict[Class, Value] = {}
        self._held: dict[str, re.Pattern[str] | None] = {}
        """By the path of the module: the names of the applications it holds, None where it holds none."""

    def run(self, sources: Sources) -> None:
        """Run what nothing has run yet, the outermost first, until none is left."""
        self._run_callers(sources)
        tried: set[int] = set()
        for _ in range(MAX_FACTORIES):
            makers = self._makers()
            waiting = self._waiting([m for m in makers if id(m) not in tried], makers)
            if not waiting:
                break
            among = set(map(id, waiting))
            # What is started says what it is started with, so it comes before functions that nothing calls.
            started = next((m for m in waiting if m.function is None), None)
            uncalled = (m for m in waiting if not self._is_called_by(among, m))
            outermost = started or next(uncalled, waiting[0])
            tried.add(id(outermost))
            # A command that only uses the application takes the one that is there.
            makes_it = outermost.calls & REGISTERING or id(outermost) in self._outer(makers)
            self.ev.stand_ins = {} if makes_it else factories_of(self.ev)
            if outermost.function is None:
                self.ev.run_main(outermost.module)
            else:
                self._call(outermost.function, outermost.cls)
        self._make_uncalled_classes()

    def _make_uncalled_classes(self) -> None:
        """Make an object of each application class that only those make who use the project as a library."""
        made = {id(cls) for app in made_applications(self.ev) for cls in app.cls.mro}
        for module in list(self.ev.modules.values()):
            for value in [] if module.is_model else list(module.namespace.values()):
                if type(value) is not Class or value.module is not module or value.subclasses:
                    continue
                if id(value) not in made and any(is_application_class(base) for base in value.mro):
                    self._receiver(value)

    def _run_callers(self, sources: Sources) -> None:
        """Evaluate the modules that call a factory that nothing has called: they know its arguments."""
        made = [m for m in self._makers() if m.cls is None and m.calls & self.classes]
        functions = [m.function for m in made if m.function is not None]
        waiting = [f for f in functions if f.node not in self.ev.called]
        for path in sources.calling((f.module.path, f.name) for f in waiting):
            if path not in self.ev.modules:
                self.ev.run_root_module(path)

    def _waiting(self, candidates: list[_Code], makers: list[_Code]) -> list[_Code]:
        """What may show something new: many commands build the application, and only use it."""
        called = self.ev.called
        fresh = [m for m in makers if m.function is not None and m.function.node not in called]
        leading = {id(caller) for maker in fresh for caller in self._callers(maker)}
        leading |= self._outer(makers)
        registering = [m for m in self._registering() if m.function and m.function.node not in called]
        return [
            m
            for m in candidates
            if (m.function is None or m.function.node not in called)
            and (
                m.calls & (self.classes | REGISTERING)
                or id(m) in leading
                or self._adds_to_known(m, registering)
            )
        ]

    def _outer(self, makers: list[_Code]) -> set[int]:
        """Factories around others: they may give these what those that called them so far did not."""
        return {id(outer) for maker in makers for outer in self._callers(maker) if outer.hands_on(maker)}

    def _callers(self, maker: _Code) -> Iterator[_Code]:
        return (code for code in self._calling.get(maker.called_as, ()) if code.calls_it(maker))

    def _is_called_by(self, among: set[int], maker: _Code) -> bool:
        calling = self._calling.get(maker.called_as, ())
        return any(id(code) in among and code.calls_it(maker) for code in calling)

    def _makers(self) -> list[_Code]:
        """What calls an application class, and in turn what calls one of these."""
        for path, module in list(self.ev.modules.items()):
            if not module.is_model and path not in self.seen:
                self.seen[path] = list(_code_of(module))
                for code in self.seen[path]:
                    for name in code.calls:
                        self._calling.setdefault(name, []).append(code)
        every = [code for codes in self.seen.values() for code in codes]
        registering = self._registering()
        found = [
            code for code in every if code.calls & self.classes or self._adds_to_known(code, registering)
        ]
        known = set(map(id, found))
        for maker in found:  # grows while it is walked
            for caller in self._callers(maker):
                if id(caller) not in known:
                    known.add(id(caller))
                    found.append(caller)
        return found

    def _registering(self) -> list[_Code]:
        """Functions that register something, on whatever they are given."""
        every = (code for codes in self.seen.values() for code in codes)
        return [code for code in every if code.function is not None and code.calls & REGISTERING]

    def _adds_to_known(self, code: _Code, registering: list[_Code]) -> bool:
        """Whether it adds routes to an application that its module holds, itself or by a helper."""
        if code.module.path not in self._held:
            names = [n for n, v in code.module.namespace.items() if is_application(v)]
            text = rf"\b(?:{'|'.join(map(re.escape, names))})\b"
            self._held[code.module.path] = re.compile(text) if names else None
        held = self._held[code.module.path]
        if held is None or not held.search(code.text):
            return False
        return bool(code.calls & REGISTERING) or any(code.calls_it(other) for other in registering)

    def _call(self, function: Function, cls: Class | None) -> None:
        self.guessed.add(f"{function.module.name}:{function.qualname}")
        if cls is None:
            # As its module knows it: a command's decorators bring the defaults of its options.
            held = function.module.namespace.get(function.name)
            self.ev.run_root(held if function_in(held) is function else function, Call([], {}))
            return
        kind = cls.namespace.get(function.name)
        if type(kind) is StaticMethod:
            self.ev.run_root(function, Call([], {}))
        elif type(kind) is ClassMethod:
            self.ev.run_root(function, Call([cls], {}))
        elif function.name == "__init__":
            self._receiver(cls)
        else:
            receiver = self._receiver(cls)
            if function.node not in self.ev.called:
                bound = receiver if receiver is not None else Unknown("an object that is not known")
                self.ev.run_root(function, Call([bound], {}))

    def _receiver(self, cls: Class) -> Value:
        """An object of the class, one for all its methods: to make another would show nothing new."""
        if cls not in self._receivers:
            self._receivers[cls] = self.ev.run_root(cls, Call([], {}))
        return self._receivers[cls]


def _code_of(module: Module) -> Iterator[_Code]:
    for function, cls in functions_of(module):
        text = source_of(function)
        yield _Code(module, text, frozenset(CALLED.findall(text)), function, cls)
    if module.main_blocks:
        text = "\n".join(module.lines[module.main_blocks[0].lineno :])
        yield _Code(module, text, frozenset(CALLED.findall(text)))


def source_of(function: Function) -> str:
    """The text of a function's body, without its own `def` line's name."""
    module, node = function.module, function.node
    lines = module.lines[node.lineno - 1 : node.end_lineno]
    return "\n".join([lines[0].partition("(")[2], *lines[1:]]) if lines else ""
