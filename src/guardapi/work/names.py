"""Names inside functions, resolved to what the evaluated set-up says they are."""

import ast
from typing import Final

from guardapi.python.control import OutOfSteps, Raised
from guardapi.python.evaluator import Evaluator
from guardapi.python.expressions import look_up
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    BoundMethod,
    Class,
    ClassMethod,
    DictValue,
    External,
    Frame,
    Function,
    Instance,
    Module,
    NativeFunction,
    Partial,
    Pending,
    Property,
    SetValue,
    StaticMethod,
    Union,
    Value,
    Wrapped,
)
from guardapi.work.flow import NOTHING, UNRESOLVED, Flow, Given
from guardapi.work.specs import keeps_arguments

BUILTIN: Final = "builtins."
CONTAINERS: Final[dict[type, str]] = {
    str: "str",
    bytes: "bytes",
    list: "list",
    tuple: "tuple",
    DictValue: "dict",
    SetValue: "set",
}


class Names:
    """What names and attributes mean, by what one evaluation has built."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._natives = {id(value): name for name, value in ev.natives.items()}
        self._instances: dict[Class, Instance] = {}
        self._converting: set[int] = set()
        self._proxied: dict[tuple[Instance, str], Flow | None] = {}
        self._named: dict[tuple[str, Function | None, Module], Flow] = {}

    def flow(self, value: Value) -> Flow:
        """A value of the evaluator."""
        kind = type(value)
        if kind is External:
            return Flow(path=value.name, calls=self.calls(value) if value.calls else ())
        if kind is NativeFunction:
            return Flow(value, self._natives.get(id(value)) or BUILTIN + value.name)
        if kind is Class:
            return Flow(value, self._class_path(value))
        if kind is Instance:
            return Flow(value, self._instance_path(value.cls))
        if kind is Module:
            return Flow(value, value.name)
        if kind is Union:
            return self._any_of(value)
        if kind is Pending:
            return self.flow(self.ev.settle(value))
        if kind in KNOWN or isinstance(value, CONSTANTS):
            return Flow(value)
        if (name := CONTAINERS.get(kind)) is not None:
            return Flow(value, f"{BUILTIN}{name}()")
        return NOTHING

    def calls(self, value: External | Wrapped) -> tuple[Given, ...]:
        """The calls that made an object of a library, or a decorator, and that a table asks for."""
        if id(value) in self._converting:
            return ()
        self._converting.add(id(value))
        kept = tuple(
            Given(
                path,
                tuple(self.flow(item) for item in call.args),
                {name: self.flow(item) for name, item in call.kwargs.items()},
                is_open=call.open,
                place=call.place,
            )
            for path, call in value.calls or ()
            if call is not None and keeps_arguments(path)
        )
        self._converting.discard(id(value))
        return kept

    def _any_of(self, union: Union) -> Flow:
        flows = [self.flow(option) for option in union]
        usable = [flow for flow in flows if flow.value is not UNRESOLVED or flow.path]
        return next((f for f in usable if f.value is not None), usable[0] if usable else NOTHING)

    def _class_path(self, cls: Class) -> str:
        if cls.module is None:
            return self._natives.get(id(cls)) or BUILTIN + cls.name
        return cls.qualified

    def _instance_path(self, cls: Class) -> str:
        return f"{self._class_path(cls)}()"

    def instance(self, cls: Class, fields: dict[str, Flow] | None = None) -> Flow:
        """Some object of a class of the project."""
        made = self._instances.get(cls)
        if made is None:
            made = self._instances[cls] = Instance(cls)
        return Flow(made, self._instance_path(cls), fields=fields)

    def name(self, name: str, function: Function | None, module: Module) -> Flow:
        """A name that is not a local one of the function."""
        key = (name, function, module)
        found = self._named.get(key)
        if found is None:
            found = self._named[key] = self._name(name, function, module)
        return found

    def _name(self, name: str, function: Function | None, module: Module) -> Flow:
        frame = function.closure if function is not None else None
        value = look_up(frame, name) if frame is not None else module.namespace.get(name, MISSING)
        if value is MISSING:
            value = module.namespace.get(name, MISSING)
        if value is MISSING:
            value = self.ev.global_name(name, Frame(module, {}))
        return self.flow(value)

    def resolved(self, node: ast.expr, function: Function) -> str:
        """The path of a dotted name at the `def` of a function; empty where it is none."""
        if isinstance(node, ast.Attribute):
            owner = self.resolved(node.value, function)
            return f"{owner}.{node.attr}" if owner else ""
        return self.name(node.id, function, function.module).path if isinstance(node, ast.Name) else ""

    def attribute(self, owner: Flow, name: str) -> Flow:
        """`owner.name`."""
        if owner.fields is not None and name in owner.fields:
            return owner.fields[name]
        found = self._of_value(owner, name)
        if found is None:
            base = owner.path or ("data" if owner.taints else "?")
            return Flow(path=f"{base}.{name}", taints=owner.taints, calls=owner.calls)
        return found.tainted(found.taints | owner.taints) if owner.taints else found

    def _of_value(self, owner: Flow, name: str) -> Flow | None:
        value = owner.value
        kind = type(value)
        if kind is Module:
            found = value.namespace.get(name, MISSING)
            if found is MISSING:
                found = self.ev.beyond_namespace(value, name)
            return None if found is MISSING else self.flow(found)
        if kind is Class:
            return self._of_class(value, name)
        if kind is Instance:
            return self._of_instance(owner, value, name)
        if kind is Wrapped:
            return Flow(value, f"{value.by}().{name}")
        if kind is Function:
            found = value.attributes.get(name, MISSING)
            return Flow(path=f"builtins.function.{name}") if found is MISSING else self.flow(found)
        return None

    def _of_class(self, cls: Class, name: str) -> Flow | None:
        found = cls.find(name)
        if found is not MISSING:
            if type(found) is StaticMethod:
                return self.flow(found.function)
            if type(found) is ClassMethod:
                return Flow(BoundMethod(found.function, cls), f"{cls.qualified}.{name}")
            return self.flow(found)
        base = outside_base(cls)
        return Flow(path=f"{base}.{name}") if base else None

    def _of_instance(self, owner: Flow, instance: Instance, name: str) -> Flow | None:
        found = instance.attributes.get(name, MISSING)
        if found is not MISSING:
            return self.flow(found)
        found = instance.cls.find(name)
        kind = type(found)
        if found is MISSING:
            base = outside_base(instance.cls)
            return self._behind(instance, name) or (Flow(path=f"{base}().{name}") if base else None)
        if kind is StaticMethod:
            return self.flow(found.function)
        if kind is ClassMethod:
            return Flow(BoundMethod(found.function, instance.cls), f"{instance.cls.qualified}.{name}")
        if kind in {Function, Wrapped, NativeFunction}:
            path = f"{owner.path}.{name}"
            return Flow(BoundMethod(found, owner), path)
        if kind is Property:
            return Flow(BoundMethod(found.getter, owner), f"{PROPERTY}{owner.path}.{name}")
        return self.flow(found)

    def _behind(self, instance: Instance, name: str) -> Flow | None:
        """What a proxy of a framework hands on that the project has put there (`current_app.client`)."""
        cls = instance.cls
        if cls.module is None or not cls.module.is_model or type(cls.find("__getattr__")) is not Function:
            return None
        # A model answers: its code runs, so each is asked once.
        key = (instance, name)
        if key not in self._proxied:
            self._proxied[key] = self._handed_on(instance, name)
        return self._proxied[key]

    def _handed_on(self, instance: Instance, name: str) -> Flow | None:
        try:
            value = self.ev.attribute(instance, name)
        except (Raised, OutOfSteps):
            return None
        is_own = type(value) is Instance and value.cls.module is not None and not value.cls.module.is_model
        is_own = is_own or (type(value) is External and bool(value.calls))
        return self.flow(value) if is_own or (type(value) is DictValue and value) else None

    def load(self, name: str, module: Module) -> Flow:
        """`import name` in a function."""
        return self.flow(self.ev.import_module(name, Frame(module, {})))

    def load_from(self, node: ast.ImportFrom, name: str, module: Module) -> Flow:
        """`from module import name` in a function."""
        return self.flow(self.ev.import_from(node.module or "", name, node.level, Frame(module, {})))


PROPERTY: Final = "property "
"""In front of the path of an attribute whose reading calls its getter."""
KNOWN: Final = frozenset({Function, BoundMethod, Partial, Wrapped, StaticMethod, ClassMethod, Property})


def outside_base(cls: Class) -> str | None:
    """The first base that is not in the tree, by its qualified name."""
    for base in cls.mro:
        if type(base) is External:
            return base.name
        if type(base) is Class and base.module is not None and base.module.is_model:
            return base.qualified
    return None
