"""The abstract evaluator: runs the set-up code of a project without running the project.

`Evaluator` holds what one evaluation knows and joins the parts: `statements`, `expressions`, `calls`,
`definitions`, `attributes`, `operators` and `imports` each say how one part of Python works.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from guardapi.model import Problem, Undecided
from guardapi.place import Place
from guardapi.python import attributes, calls, definitions, imports, operators
from guardapi.python.builtins import BUILTINS, OBJECT, TYPES, type_of
from guardapi.python.expressions import EXPRESSIONS
from guardapi.python.for_models import MODEL_BUILTINS
from guardapi.python.modules import ModuleIndex
from guardapi.python.statements import Raised, run_block
from guardapi.python.stdlib import STDLIB
from guardapi.python.values import (
    MISSING,
    Call,
    Class,
    DictValue,
    External,
    Frame,
    Function,
    Instance,
    Managed,
    Module,
    NativeFunction,
    Pending,
    Super,
    Union,
    Unknown,
    Value,
    place_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an evaluation goes. To reach a bound is an answer ("undecided, because"), not an error."""

    steps: int = 190_000
    """Statements below one root."""
    call_steps: int = 150_000
    """Statements below one call that a module body makes."""
    depth: int = 250
    """Functions, class bodies and modules running at once."""
    iterations: int = 2_000
    """Runs of one loop."""
    notes: int = 500
    """Undecided places that are kept."""


class Files(Protocol):
    """The contents of a tree, by path."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none."""

    def paths(self) -> list[str]:
        """All paths."""


class Evaluator:
    """One evaluation of one tree."""

    def __init__(
        self,
        files: Files,
        python_files: list[str],
        *,
        root_name: str = "",
        models: Mapping[str, bytes] | None = None,
        natives: Mapping[str, Value] | None = None,
        packages: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.files = files
        self.index = ModuleIndex(python_files, root_name)
        self.models = models or {}
        self.model_index = ModuleIndex(self.models)
        self.model_names = {path.partition("/")[0].removesuffix(".py") for path in self.models}
        self.natives = {**STDLIB, **(natives or {})}
        self.packages = packages or {}
        """Required distributions, normalised name to version specifier, as far as the project says."""
        self.distributed = imports.distributed(self.model_names, self.natives, self.packages)
        self.tree_listing = ModuleIndex([*python_files, *files.paths()], root_name)
        self.bounds = bounds or Bounds()
        self.modules: dict[str, Module] = {}
        """By path."""
        self.by_name: dict[str, Module] = {}
        self.stack: list[Frame] = []
        self.conditions: list[tuple[Module, ast.AST]] = []
        """Tests of the undecided branches that are being evaluated."""
        self.written: list[tuple[Instance, str, Value]] | None = None
        """In an arm of an undecided branch: attributes that it sets, with what they were before."""
        self.stand_ins: dict[ast.AST, Value] = {}
        """By definition: what a function is known to return, so that it need not run again."""
        self.standing: list[tuple[Place | None, str | None]] = []
        """Places and conditions of what was recorded earlier and runs now."""
        self.running: dict[ast.AST, int] = {}
        """How often each function is running."""
        self.undecided_calls: dict[ast.AST, int] = {}
        """How often each running function has called itself under undecided tests."""
        self.entered_under: dict[ast.AST, int] = {}
        """How many undecided tests were open when each running function was first called."""
        self.generators: dict[ast.AST, bool] = {}
        self.class_node: tuple[ast.ClassDef, Module] | None = None
        self.object_class = OBJECT
        self.problems: list[Problem] = []
        self.undecided: dict[tuple[Place | None, str], Undecided] = {}
        self.marks: set[str] = set()
        """Private attributes that set-up code has put on functions, to find them again (`_urls`)."""
        self.endless: set[ast.AST] = set()
        """Loops that no test was seen to end."""
        self.called: set[ast.AST] = set()
        """Definitions that were called so far."""
        self.steps = 0
        self.limit = self.bounds.steps

    # -- running ---------------------------------------------------------------------------------

    def step(self, node: ast.AST, frame: Frame) -> None:
        """Count one statement; raises OutOfSteps beyond the bound."""
        frame.node = node
        self.steps += 1
        if self.steps > self.limit:
            raise calls.OutOfSteps

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression."""
        handler = EXPRESSIONS.get(type(node))
        return handler(self, node, frame) if handler else Unknown("an expression of a newer Python")

    def call(self, function: Value, call: Call) -> Value:
        """What a call gives."""
        if type(function) is Function:
            self.called.add(function.node)
        return calls.call(self, function, call)

    def construct(self, cls: Class, call: Call) -> Value:
        """`type.__call__(cls, ...)`."""
        return calls.construct(self, cls, call)

    def decorate(self, decorator: Value, value: Value, node: ast.expr, frame: Frame) -> Value:
        """`@decorator` on a definition."""
        outer, frame.node = frame.node, node
        try:
            name = ast.unparse(node.func if isinstance(node, ast.Call) else node)[:80]
            return calls.decorate(self, decorator, value, name)
        finally:
            frame.node = outer

    def decorated(self, decorator: Value, value: Value) -> Value:
        """A decorator applied by a call."""
        return calls.decorate(self, decorator, value, "a decorator that is not known")

    def make_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame
    ) -> Function:
        """A function out of its definition."""
        return definitions.make_function(self, node, frame)

    def make_class(
        self, node: ast.ClassDef, bases: list[Value], keywords: dict[str, Value], frame: Frame
    ) -> Value:
        """A class out of its definition."""
        return definitions.make_class(self, node, bases, keywords, frame)

    def build_class(self, name: str, bases: list[Value], names: dict[str, Value]) -> Value:
        """`type(name, bases, names)`."""
        self.class_node = None
        return definitions.build_class(self, name, bases, names, {})

    def body_of(self, function: Function) -> tuple[list[ast.stmt], bool]:
        """The statements of a function, and whether it is a generator."""
        return imports.body_of(self, function)

    # -- roots -----------------------------------------------------------------------------------

    def run_root(self, function: Value, call: Call) -> Value:
        """Call something that nothing calls; whatever happens, the evaluation goes on."""
        self.limit = self.steps + self.bounds.steps
        try:
            return self.call(function, call)
        except Raised:
            return Unknown("a call that raises")
        except calls.OutOfSteps:
            self.note_at(None, f"the evaluation of {function!r} takes too many steps"[:200])
            return Unknown("a call that takes too many steps")
        finally:
            self._reset()

    def run_root_module(self, path: str) -> None:
        """Evaluate a file that nothing imports."""
        self.limit = self.steps + self.bounds.steps
        try:
            self.load(path)
        except Raised:
            pass
        except calls.OutOfSteps:
            self.note_at(None, f"the evaluation of {path} takes too many steps")
        finally:
            self._reset()

    def run_main(self, module: Module) -> None:
        """Evaluate what a module does when it is started."""
        blocks, module.main_blocks = module.main_blocks, []
        for block in blocks:
            self.limit = self.steps + self.bounds.steps
            frame = Frame(module, module.namespace)
            self.stack.append(frame)
            try:
                run_block(self, block.body, frame)
            except (Raised, calls.OutOfSteps):
                continue
            finally:
                self._reset()

    def _reset(self) -> None:
        self.stack.clear()
        self.running.clear()
        self.conditions.clear()
        self.standing.clear()
        self.written = None

    # -- attributes ------------------------------------------------------------------------------

    def attribute(self, owner: Value, name: str) -> Value:
        """`owner.name`."""
        return attributes.attribute(self, owner, name)

    def find(self, owner: Value, name: str) -> Value:
        """`owner.name`, or MISSING where it surely is not there."""
        return attributes.find(self, owner, name)

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        """`owner.name = value`."""
        attributes.set_attribute(self, owner, name, value)

    def delete_attribute(self, owner: Value, name: str) -> None:
        """`del owner.name`."""
        attributes.delete_attribute(owner, name)

    def bind(self, value: Value, receiver: Value) -> Value:
        """A class attribute, read from an instance."""
        return attributes.bind(self, value, receiver)

    def bind_to_class(self, value: Value, cls: Class) -> Value:
        """A class attribute, read from the class."""
        return attributes.bind_to_class(self, value, cls)

    def object_method(self, name: str, receiver: Value, cls: Class) -> Value:
        """A method of `object` or `type`."""
        return definitions.object_method(self, name, receiver, cls)

    def object_function(self, name: str) -> Value:
        """`object.name` or `type.name`, not bound."""
        return definitions.object_function(name)

    def python_types(self, cls: Class) -> list[type]:
        """The types of values that are objects of a built-in class."""
        return [kind for kind, known in TYPES.items() if known is cls]

    def make_super(self, cls: Value, receiver: Value) -> Value:
        """`super(cls, receiver)`."""
        return Super(cls, receiver) if type(cls) is Class else Unknown("super() of something not known")

    def type_of(self, value: Value) -> Value:
        """`type(value)`."""
        return type_of(value)

    # -- operators -------------------------------------------------------------------------------

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true, None where undecided."""
        return operators.truth(self, value)

    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        """`left op right`."""
        return operators.binary(self, op, left, right)

    def unary(self, op: ast.unaryop, value: Value) -> Value:
        """`-value` and the like."""
        return operators.unary(op, operators.plain(value))

    def compare(self, op: ast.cmpop, left: Value, right: Value) -> bool | None:
        """One comparison."""
        return operators.compare(self, op, left, right)

    def equal(self, left: Value, right: Value) -> bool | None:
        """`left == right`."""
        return operators.equal(self, left, right)

    def contains(self, container: Value, item: Value) -> bool | None:
        """`item in container`."""
        return operators.contains(self, container, item)

    def item(self, container: Value, key: Value) -> Value:
        """`container[key]`."""
        return operators.item(self, container, key)

    def set_item(self, container: Value, key: Value, value: Value) -> None:
        """`container[key] = value`."""
        operators.set_item(self, container, key, value)

    def delete_item(self, container: Value, key: Value) -> None:
        """`del container[key]`."""
        operators.delete_item(container, key)

    def iterate(self, value: Value) -> list[Value]:
        """The items of an iterable; of one that is not known, one unknown item."""
        return operators.iterate(self, value)

    def extend(self, items: list[Value], more: list[Value]) -> None:
        """`items.extend(more)`, within bounds."""
        operators.extended(items, more)

    def known_items(self, value: Value) -> list[Value] | None:
        """The items of an iterable, None where it is not known."""
        return operators.known_items(self, value)

    def element_of(self, value: Value) -> Value:
        """Any element of something that is not known."""
        return operators.element_of(value)

    def merge(self, target: DictValue, source: Value) -> None:
        """`target.update(source)`."""
        operators.merge(self, target, source)

    def as_mapping(self, value: Value) -> Value:
        """The mapping behind `**value`."""
        return operators.as_mapping(self, value)

    def as_text(self, value: Value) -> Value:
        """What a format shows of it."""
        return operators.as_text(self, value)

    def formatted(self, part: ast.FormattedValue, frame: Frame) -> Value:
        """One `{...}` of an f-string."""
        return operators.formatted(self, part, frame)

    def plain(self, value: Value) -> Value:
        """The constant or container that an object of a subclass of a built-in type is."""
        return operators.plain(value)

    def any_of(self, options: list[Value], reason: str) -> Value:
        """One of several values."""
        return operators.any_of(options, reason)

    def catches(self, guard: Value, raised: Value) -> bool:
        """Whether `except guard` catches it."""
        return operators.catches(self, guard, raised)

    def same_for_all(self, options: Union, predicate: Callable[[Value], Value]) -> Value:
        """The predicate's answer where it is one for all options."""
        answers = {self.truth(predicate(option)) for option in options}
        found = answers.pop() if len(answers) == 1 else None
        return Unknown("a condition that is not known") if found is None else found

    def class_item(self, cls: Class, key: Value) -> Value:
        """`Class[key]`: a generic class is itself; a metaclass may know better."""
        if cls.metaclass is not None and (hook := cls.metaclass.find("__getitem__")) is not MISSING:
            return self.call(self.bind(hook, cls), Call([key], {}))
        return cls

    def class_items(self, cls: Class) -> list[Value] | None:
        """The items of `for x in Class`, as its metaclass gives them."""
        if cls.metaclass is not None and (hook := cls.metaclass.find("__iter__")) is not MISSING:
            return self.known_items(self.call(self.bind(hook, cls), Call([], {})))
        return None

    def sort(self, items: list[Value], key: Value, reverse: Value) -> list[Value]:
        """The items in order where their keys are known constants, else as they are."""
        keys = [operators.plain(i if key is None else self.call(key, Call([i], {}))) for i in items]
        try:
            order = sorted(range(len(items)), key=lambda position: keys[position])
        except TypeError:
            return list(items)
        ordered = [items[position] for position in order]
        return ordered[::-1] if reverse is True else ordered

    def enter(self, manager: Value) -> Value:
        """`with manager as value`."""
        if type(manager) is Instance and manager.cls.find("__enter__") is not MISSING:
            return self.call(self.attribute(manager, "__enter__"), Call([], {}))
        if type(manager) is Managed:
            yielded = self.call(manager.function, manager.arguments)
            return yielded[0] if type(yielded) is list and yielded else None
        return manager

    def manage(self, manager: Managed, block: Callable[[Value], None]) -> Value:
        """Run the generator of a context manager, and the block where it yields."""
        return calls.manage(self, manager, block)

    def leave(self, manager: Value) -> None:
        """The end of a `with` block."""
        if type(manager) is Instance and manager.cls.find("__exit__") is not MISSING:
            self.call(self.attribute(manager, "__exit__"), Call([None, None, None], {}))

    # -- modules and names -----------------------------------------------------------------------

    def load(self, path: str) -> Module:
        """The module of a file of the tree."""
        return imports.load(self, path)

    def load_as_python(self, path: str) -> Module:
        """A file with another suffix that holds Python (`settings.cfg`)."""
        return imports.load(self, path, path, as_python=True)

    def import_module(self, name: str, frame: Frame) -> Value:
        """`import name`."""
        return imports.import_module(self, name, frame.module)

    def import_from(self, module: str, name: str, level: int, frame: Frame) -> Value:
        """`from module import name`."""
        return imports.import_from(self, module, name, level, frame.module)

    def import_star(self, module: str, level: int, frame: Frame) -> None:
        """`from module import *`."""
        imports.import_star(self, module, level, frame)

    def import_by_name(self, name: str, package: str = "") -> Value:
        """`importlib.import_module(name, package)`."""
        return imports.import_by_name(self, name, package)

    def module_attribute(self, module: Module, name: str) -> Value:
        """An attribute that the module's namespace does not hold."""
        return imports.module_attribute(self, module, name)

    def beyond_namespace(self, module: Module, name: str) -> Value:
        """The same, or MISSING where it surely is not there."""
        return imports.beyond_namespace(self, module, name)

    def settle(self, pending: Pending) -> Value:
        """What a pending name has become."""
        return imports.settle(self, pending)

    def external_name(self, name: str) -> Value:
        """A module that is not in the tree."""
        return self.natives.get(name) or External(name)

    def external(self, owner: str, name: str, *, known_module: bool = False) -> Value:
        """`owner.name`, where the source of `owner` is not in the tree."""
        qualified = f"{owner}.{name}"
        if (found := self.natives.get(qualified, MISSING)) is not MISSING:
            return found
        if not known_module and owner.partition(".")[0] in self.model_names and "()" not in owner:
            path = self.model_index.at(owner.replace(".", "/"))
            if path is not None:
                return self.attribute(imports.load(self, f"{imports.MODEL}{path}"), name)
        return External(owner).attribute(name)

    def global_name(self, name: str, frame: Frame) -> Value:
        """A name that no scope has: a built-in, or one of a star import from outside the tree."""
        if (found := BUILTINS.get(name, MISSING)) is not MISSING:
            return found
        if frame.module.is_model and name in MODEL_BUILTINS:
            return MODEL_BUILTINS[name]
        for star in frame.module.star_externals:
            return self.external(star, name)
        return self.fails("NameError", f"the name {name!r} is not defined")

    def builtin(self, name: str) -> Value:
        """A built-in by name."""
        return BUILTINS[name]

    def namespace_view(self, module: Module) -> Value:
        """`globals()`."""
        return module.namespace

    # -- files of the tree -----------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        """The bytes of a file of the tree; none where it is not there."""
        return self.files.read(path) or b""

    def read_model(self, path: str) -> bytes:
        """The source of an extension model."""
        return self.models[path]

    def tree_path(self, path: Value) -> str | None:
        """The path below the root of a path as the scanned code sees it; None where it is not known."""
        text = operators.plain(path)
        if not isinstance(text, str):
            return None
        if text == imports.ROOT or text.startswith(f"{imports.ROOT}/"):
            text = text[len(imports.ROOT) + 1 :]
        elif text.startswith("/"):
            return None
        parts: list[str] = []
        for part in text.split("/"):
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part not in {"", "."}:
                parts.append(part)
        return "/".join(parts)

    def open_file(self, path: Value) -> Value:
        """`open(path)`: the text of a file of the tree."""
        found = self.tree_path(path)
        content = self.files.read(found) if found else None
        if content is None:
            return Unknown("a file that is not in the tree")
        opened = Instance(FILE, self.here())
        opened.attributes["text"] = content.decode("utf-8", "replace")
        opened.attributes["name"] = path
        return opened

    # -- what is said about it -------------------------------------------------------------------

    def here(self) -> Place | None:
        """Where the project's own code stands: the innermost statement or call that is not a model's."""
        if self.standing:
            return self.standing[-1][0]
        for frame in reversed(self.stack):
            if not frame.module.is_model and frame.node is not None:
                return place_of(frame.module, frame.node)
        return None

    def project_function(self) -> Function | None:
        """The project's function that is running, None at module level."""
        for frame in reversed(self.stack):
            if not frame.module.is_model:
                if frame.function is not None:
                    return frame.function
                if not frame.is_class:
                    return None
        return None

    def condition(self) -> str | None:
        """The undecided test under which the current statement runs."""
        if self.standing and self.standing[-1][1]:
            return self.standing[-1][1]
        for module, node in reversed(self.conditions):
            if not module.is_model:
                text = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
                return f"{text[:80]} ({module.path}:{getattr(node, 'lineno', 1)})"
        return None

    def fails(self, kind: str, reason: str) -> Value:
        """Something that raises in Python: to the handler that expects it, else it is unknown."""
        if self.stack:
            cls = BUILTINS[kind]
            for guards in self.stack[-1].guards:
                if any(operators.catches(self, guard, cls) for guard in guards):
                    raise Raised(Instance(cls))
        return Unknown(reason)

    def is_guarded(self, raised: Value) -> bool:
        """Whether some `try` around the current statement, here or in a caller, catches an exception."""
        return any(
            operators.catches(self, guard, raised)
            for frame in self.stack
            for guards in frame.guards
            for guard in guards
        )

    def wrote(self, target: DictValue, key: Value) -> None:
        """A key of a mapping is set here."""
        if target.places is not None:
            target.places[key] = self.here()

    def note(self, node: ast.AST | None, frame: Frame, reason: str) -> None:
        """Remember that something could not be decided."""
        if frame.module.is_model or len(self.undecided) >= self.bounds.notes:
            return
        place = place_of(frame.module, node) if node is not None else None
        self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def note_here(self, reason: str) -> None:
        """Remember that something could not be decided, where the project's code stands."""
        if len(self.undecided) < self.bounds.notes:
            place = self.here()
            self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def note_at(self, place: Place | None, reason: str) -> None:
        """Remember that something could not be decided at a place."""
        self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def problems_at(self, path: str, message: str) -> None:
        """Remember that a file could not be evaluated."""
        self.problems.append(Problem(file=path, line=1, message=message))

    def passed_out(self, function: Value, call: Call) -> None:
        """Objects are handed to code that is not known; a framework may want to know."""


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for scanned code that nests deeply; restored afterwards."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 12_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _file_class() -> Class:
    def text_of(call: Call) -> str:
        return str(call.args[0].attributes["text"])

    methods: dict[str, Callable[[Any, Call], Value]] = {
        "read": lambda _ev, call: text_of(call),
        "readlines": lambda _ev, call: text_of(call).splitlines(keepends=True),
        "__iter__": lambda _ev, call: text_of(call).splitlines(keepends=True),
        "__enter__": lambda _ev, call: call.args[0],
        "__exit__": lambda _ev, _call: None,
        "close": lambda _ev, _call: None,
    }
    return Class("TextIOWrapper", [], {name: NativeFunction(name, run) for name, run in methods.items()})


FILE = _file_class()
