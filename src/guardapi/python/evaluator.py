"""The abstract evaluator: runs the set-up code of a project without running the project.

`Evaluator` joins the parts: each of the modules named here says how one part of Python works, by functions whose
first argument is the evaluator; `State` is what they work on.
"""

import ast
from collections.abc import Callable, Mapping

from guardapi.model import Distribution
from guardapi.python import (
    attributes,
    calls,
    context_managers,
    definitions,
    formats,
    imports,
    items,
    open_files,
    operators,
    statements,
)
from guardapi.python.builtin_classes import OBJECT, TYPES, type_of
from guardapi.python.builtins import BUILTINS
from guardapi.python.control import OutOfSteps, Raised
from guardapi.python.expressions import EXPRESSIONS
from guardapi.python.for_models import MODEL_BUILTINS
from guardapi.python.state import Bounds, Files, State
from guardapi.python.stdlib import STDLIB
from guardapi.python.values import (
    MISSING,
    Call,
    Class,
    External,
    Frame,
    Instance,
    Module,
    Super,
    Union,
    Unknown,
    Value,
    plain,
)


class Evaluator(State):
    """One evaluation of one tree."""

    def __init__(
        self,
        files: Files,
        python_files: list[str],
        *,
        root_name: str = "",
        models: Mapping[str, bytes] | None = None,
        natives: Mapping[str, Value] | None = None,
        distribution: Distribution | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__(
            files,
            python_files,
            root_name=root_name,
            models=models,
            natives={**STDLIB, **(natives or {})},
            distribution=distribution,
            bounds=bounds,
        )
        self.distributed = imports.distributed(self.model_names, self.natives, self.packages)
        self.object_class = OBJECT

    # -- running ---------------------------------------------------------------------------------

    run_block = statements.run_block
    call = calls.call
    construct = calls.construct
    make_function = definitions.make_function
    make_class = definitions.make_class
    body_of = imports.body_of

    def step(self, node: ast.AST, frame: Frame) -> None:
        """Count one statement; raises OutOfSteps beyond the bound."""
        frame.node = node
        self.steps += frame.module.step
        if self.steps > self.limit:
            raise OutOfSteps

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression."""
        return EXPRESSIONS[type(node)](self, node, frame)

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

    def build_class(self, name: str, bases: list[Value], names: dict[str, Value]) -> Value:
        """`type(name, bases, names)`."""
        self.class_node = None
        return definitions.build_class(self, name, bases, names, {})

    # -- roots -----------------------------------------------------------------------------------

    def run_root(self, function: Value, call: Call) -> Value:
        """Call something that nothing calls; whatever happens, the evaluation goes on."""
        self.limit = self.steps + self.bounds.steps
        try:
            return self.call(function, call)
        except Raised:
            return Unknown("a call that raises")
        except OutOfSteps:
            self.note_at(None, f"the evaluation of {function!r} takes too many steps"[:200])
            return Unknown("a call that takes too many steps")
        finally:
            self.reset()

    def run_root_module(self, path: str) -> None:
        """Evaluate a file that nothing imports."""
        self.limit = self.steps + self.bounds.steps
        try:
            self.load(path)
        except Raised:
            pass
        except OutOfSteps:
            self.note_at(None, f"the evaluation of {path} takes too many steps")
        finally:
            self.reset()

    def run_main(self, module: Module) -> None:
        """Evaluate what a module does when it is started."""
        blocks, module.main_blocks = module.main_blocks, []
        for block in blocks:
            self.limit = self.steps + self.bounds.steps
            frame = Frame(module, module.namespace)
            self.stack.append(frame)
            try:
                self.run_block(block.body, frame)
            except (Raised, OutOfSteps):
                continue
            finally:
                self.reset()

    # -- attributes ------------------------------------------------------------------------------

    attribute = attributes.attribute
    find = attributes.find
    set_attribute = attributes.set_attribute
    delete_attribute = staticmethod(attributes.delete_attribute)
    bind = attributes.bind
    bind_to_class = attributes.bind_to_class
    object_method = definitions.object_method
    object_function = staticmethod(definitions.object_function)
    type_of = staticmethod(type_of)

    def python_types(self, cls: Class) -> list[type]:
        """The types of values that are objects of a built-in class."""
        return [kind for kind, known in TYPES.items() if known is cls]

    def make_super(self, cls: Value, receiver: Value) -> Value:
        """`super(cls, receiver)`."""
        return Super(cls, receiver) if type(cls) is Class else Unknown("super() of something not known")

    # -- operators and containers ----------------------------------------------------------------

    truth = operators.truth
    binary = operators.binary
    compare = operators.compare
    equal = operators.equal
    contains = operators.contains
    catches = operators.catches
    item = items.item
    set_item = items.set_item
    delete_item = staticmethod(items.delete_item)
    iterate = items.iterate
    known_items = items.known_items
    element_of = staticmethod(items.element_of)
    extend = staticmethod(items.extended)
    merge = items.merge
    as_mapping = items.as_mapping
    any_of = staticmethod(items.any_of)
    sort = items.sort
    class_item = items.class_item
    class_items = items.class_items
    as_text = formats.as_text
    formatted = formats.formatted
    plain = staticmethod(plain)
    enter = context_managers.enter
    manage = context_managers.manage
    leave = context_managers.leave

    def unary(self, op: ast.unaryop, value: Value) -> Value:
        """`-value` and the like."""
        return operators.unary(op, plain(value))

    def same_for_all(self, options: Union, predicate: Callable[[Value], Value]) -> Value:
        """The predicate's answer where it is one for all options."""
        answers = {self.truth(predicate(option)) for option in options}
        found = answers.pop() if len(answers) == 1 else None
        return Unknown("a condition that is not known") if found is None else found

    # -- modules and names -----------------------------------------------------------------------

    load = imports.load
    import_by_name = imports.import_by_name
    module_attribute = imports.module_attribute
    beyond_namespace = imports.beyond_namespace
    settle = imports.settle

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

    # -- files -----------------------------------------------------------------------------------

    tree_path = open_files.tree_path
    open_file = open_files.open_file

    def read(self, path: str) -> bytes:
        """The bytes of a file of the tree; none where it is not there."""
        return self.files.read(path) or b""

    def read_model(self, path: str) -> bytes:
        """The source of an extension model."""
        return self.models[path]

    # -- what goes wrong -------------------------------------------------------------------------

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
