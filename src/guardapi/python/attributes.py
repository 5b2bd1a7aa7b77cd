"""Reading and writing attributes, with Python's own look-up rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from guardapi.python.methods import METHODS
from guardapi.python.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    ClassMethod,
    DictValue,
    External,
    Function,
    Instance,
    Module,
    NativeFunction,
    Partial,
    Pending,
    Property,
    StaticMethod,
    Super,
    Union,
    Unknown,
    Value,
    Wrapped,
    spread,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

CALLABLES: Final = (Function, NativeFunction, Wrapped)


def attribute(ev: "Evaluator", owner: Value, name: str) -> Value:
    """`owner.name`; something unknown where it is not there."""
    found = find(ev, owner, name)
    if found is MISSING:
        return ev.fails("AttributeError", f"the attribute {name!r} is not there")
    return found


def find(ev: "Evaluator", owner: Value, name: str) -> Value:
    """`owner.name`, or MISSING where it surely is not there."""
    kind = type(owner)
    if kind in READERS:
        return READERS[kind](ev, owner, name)
    return _builtin(ev, owner, name)


def _builtin(ev: "Evaluator", owner: Value, name: str) -> Value:
    """A method of a constant or container."""
    for kind in type(owner).__mro__:
        if method := METHODS.get((kind, name)):
            return BoundMethod(method, owner)
    if name == "__class__":
        return ev.type_of(owner)
    if isinstance(owner, slice | int | float) and name in {"start", "stop", "step", "real", "imag"}:
        return getattr(owner, name, MISSING)
    return MISSING


def _unknown(_ev: "Evaluator", owner: Unknown, name: str) -> Value:
    return Unknown(f".{name} of {owner.reason}"[:200])


def _external(ev: "Evaluator", owner: External, name: str) -> Value:
    if owner.name == "sys" and name in PACKED:
        return MISSING
    found = ev.external(owner.name, name)
    if type(found) is External and found.calls is None:
        found.calls = owner.calls
    return found


PACKED: Final = frozenset({"frozen", "_MEIPASS", "_MEIPASS2", "real_prefix"})
"""What `sys` has only in a program that was packed into one file, or under old virtual environments."""


def _union(ev: "Evaluator", owner: Union, name: str) -> Value:
    known = [option for option in owner if option is not None and type(option) is not Unknown]
    if not known:
        return Unknown(f".{name} of something that is not known")
    return spread(lambda option: attribute(ev, option, name), Union(tuple(known)))


def _module(ev: "Evaluator", owner: Module, name: str) -> Value:
    value = owner.namespace.get(name, MISSING)
    if type(value) is Pending:
        return ev.settle(value)
    if value is not MISSING:
        return value
    if name == "__dict__":
        return owner.namespace
    return ev.beyond_namespace(owner, name)


def _instance(ev: "Evaluator", owner: Instance, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "__class__":
        return owner.cls
    if name == "__dict__":
        return owner.attributes
    found = owner.cls.find(name)
    if found is not MISSING:
        value = ev.bind(found, owner)
        if type(found) is Property and found.cached:
            owner.attributes[name] = value
        return value
    if owner.payload is not None and (method := _builtin(ev, owner.payload, name)) is not MISSING:
        return method
    if (hook := owner.cls.find("__getattr__")) is not MISSING and name != "__deepcopy__":
        return ev.call(ev.bind(hook, owner), Call([name], {}))
    return _inherited(ev, owner.cls, name, called=True)


def _inherited(ev: "Evaluator", cls: Class, name: str, *, called: bool = False) -> Value:
    """What a base that is not known may bring."""
    for base in cls.mro:
        if type(base) is External:
            holder = base.called() if called else base
            return holder.attribute(name) if type(holder) is External else holder
        if type(base) is not Class:
            return Unknown(f".{name} of a base class that is not known")
    del ev
    return MISSING


def _class(ev: "Evaluator", owner: Class, name: str) -> Value:
    found = owner.find(name)
    if found is not MISSING:
        return ev.bind_to_class(found, owner)
    if name in CLASS_FACTS:
        return CLASS_FACTS[name](owner)
    if owner.module is None and (found := _unbound(ev, owner, name)) is not MISSING:
        return found
    if owner.metaclass is not None and (found := owner.metaclass.find(name)) is not MISSING:
        return ev.bind(found, owner)
    if owner.metaclass is not None and (hook := owner.metaclass.find("__getattr__")) is not MISSING:
        return ev.call(ev.bind(hook, owner), Call([name], {}))
    if name in ev.presumed and owner.is_open:
        return BoundMethod(ev.external(*ev.presumed[name]), owner)
    return _inherited(ev, owner, name)


def _unbound(ev: "Evaluator", owner: Class, name: str) -> Value:
    """`dict.update`, `object.__new__`, `type.__call__`: a method of a built-in class, not bound yet."""
    for kind in ev.python_types(owner):
        if method := METHODS.get((kind, name)):
            return _of_plain(method)
    if owner.name in {"object", "type"}:
        return ev.object_function(name)
    return MISSING


def _of_plain(method: NativeFunction) -> NativeFunction:
    """The method, for a receiver that may be an object of a subclass of the container."""
    return NativeFunction(
        method.name, lambda ev, call: method.run(ev, replace(call, args=_plain_first(ev, call)))
    )


def _plain_first(ev: "Evaluator", call: Call) -> list[Value]:
    return [ev.plain(call.args[0]), *call.args[1:]] if call.args else []


CLASS_FACTS: Final[dict[str, Callable[[Class], Value]]] = {
    "__name__": lambda cls: cls.name,
    "__qualname__": lambda cls: cls.qualname,
    "__module__": lambda cls: cls.module.name if cls.module else "builtins",
    "__mro__": lambda cls: tuple(cls.mro),
    "__bases__": lambda cls: tuple(cls.bases),
    "__base__": lambda cls: cls.bases[0] if cls.bases else None,
    "__dict__": lambda cls: DictValue(cls.namespace),
    "__doc__": lambda _cls: None,
    "__annotations__": lambda _cls: DictValue(),
    "__subclasses__": lambda cls: NativeFunction("__subclasses__", lambda _ev, _call: list(cls.subclasses)),
    "mro": lambda cls: NativeFunction("mro", lambda _ev, _call: list(cls.mro)),
    "__class__": lambda cls: cls.metaclass or External("builtins.type"),
}


def _function(_ev: "Evaluator", owner: Function, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "__dict__":
        return owner.attributes
    if name == "__code__":
        return _code_of(owner)
    facts = {
        "__name__": owner.name,
        "__qualname__": owner.qualname,
        "__module__": owner.module.name,
        "__doc__": Unknown("a doc string", truth=True),
    }
    return facts.get(name, MISSING)


def _code_of(function: Function) -> Instance:
    """What decorators ask of a function's code: which arguments it takes."""
    spec = function.node.args
    rest = [one.arg for one in (spec.vararg, spec.kwarg) if one is not None]
    code = Instance(CODE)
    code.attributes = DictValue(
        {
            "co_name": function.name,
            "co_argcount": len(function.parameters),
            "co_posonlyargcount": len(spec.posonlyargs),
            "co_kwonlyargcount": len(spec.kwonlyargs),
            "co_varnames": (*function.parameters, *(one.arg for one in spec.kwonlyargs), *rest),
        }
    )
    return code


CODE: Final = Class("code", [], {})


def _native(_ev: "Evaluator", owner: NativeFunction, name: str) -> Value:
    if name in {"__name__", "__qualname__"}:
        return owner.name
    return "builtins" if name == "__module__" else MISSING


def _wrapped(ev: "Evaluator", owner: Wrapped, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "__wrapped__":
        return owner.inner
    found = find(ev, owner.inner, name)
    return External(f"{owner.by}().{name}") if found is MISSING else found


def _bound(ev: "Evaluator", owner: BoundMethod, name: str) -> Value:
    if name == "__self__":
        return owner.receiver
    if name == "__func__":
        return owner.function
    return find(ev, owner.function, name)


def _partial(_ev: "Evaluator", owner: Partial, name: str) -> Value:
    facts = {"func": owner.function, "args": tuple(owner.args), "keywords": DictValue(owner.kwargs)}
    return facts.get(name, MISSING)


def _property(ev: "Evaluator", owner: Property, name: str) -> Value:
    if name == "fget":
        return owner.getter
    return find(ev, owner.getter, name)


def _static(ev: "Evaluator", owner: StaticMethod | ClassMethod, name: str) -> Value:
    return owner.function if name in {"__func__", "__wrapped__"} else find(ev, owner.function, name)


def _super(ev: "Evaluator", owner: Super, name: str) -> Value:
    receiver = owner.receiver
    cls = receiver.cls if type(receiver) is Instance else receiver
    if type(cls) is not Class:
        return Unknown("super() of something that is not known")
    order = cls.mro if owner.cls in cls.mro else (cls.metaclass.mro if cls.metaclass else cls.mro)
    behind = order[order.index(owner.cls) + 1 :] if owner.cls in order else order
    for base in behind:
        if type(base) is Class and name in base.namespace:
            # A base that is not known may come first; if it has the method too, it is a mixin that calls this one.
            value = base.namespace[name]
            return (
                ev.bind(value, receiver) if type(receiver) is Instance else _of_class(ev, value, owner, cls)
            )
    for base in behind:
        if type(base) is not Class:
            return base.attribute(name) if type(base) is External else Unknown("a base that is not known")
    return ev.object_method(name, receiver, cls)


def _of_class(ev: "Evaluator", value: Value, owner: Super, receiver: Class) -> Value:
    """`super().name` in a class method, in `__new__`, or in a method of a metaclass."""
    if receiver.metaclass is not None and owner.cls in receiver.metaclass.mro:
        return ev.bind(value, receiver)
    return ev.bind_to_class(value, receiver)


READERS: Final[dict[type, Callable[..., Value]]] = {
    Unknown: _unknown,
    External: _external,
    Union: _union,
    Module: _module,
    Instance: _instance,
    Class: _class,
    Function: _function,
    NativeFunction: _native,
    Wrapped: _wrapped,
    BoundMethod: _bound,
    Partial: _partial,
    Property: _property,
    StaticMethod: _static,
    ClassMethod: _static,
    Super: _super,
}


def bind(ev: "Evaluator", value: Value, receiver: Value) -> Value:
    """What a class attribute is when it is read from an instance."""
    kind = type(value)
    if kind is Function or kind is NativeFunction or kind is Wrapped:
        return BoundMethod(value, receiver)
    if kind is Property:
        return ev.call(value.getter, Call([receiver], {}))
    if kind is StaticMethod:
        return value.function
    if kind is ClassMethod:
        return BoundMethod(value.function, receiver.cls if type(receiver) is Instance else receiver)
    if kind is Instance and (getter := value.cls.find("__get__")) is not MISSING:
        cls = receiver.cls if type(receiver) is Instance else receiver
        return ev.call(bind(ev, getter, value), Call([receiver, cls], {}))
    return value


def bind_to_class(ev: "Evaluator", value: Value, cls: Class) -> Value:
    """What a class attribute is when it is read from the class."""
    kind = type(value)
    if kind is StaticMethod:
        return value.function
    if kind is ClassMethod:
        return BoundMethod(value.function, cls)
    if kind is Instance and (getter := value.cls.find("__get__")) is not MISSING:
        return ev.call(bind(ev, getter, value), Call([None, cls], {}))
    return value


def set_attribute(ev: "Evaluator", owner: Value, name: str, value: Value) -> None:
    """`owner.name = value`."""
    if type(owner) is Instance:
        found = owner.cls.find(name)
        if type(found) is Property and not found.cached:
            if found.setter is not None:
                ev.call(found.setter, Call([owner, value], {}))
        elif (hook := owner.cls.find("__setattr__")) is not MISSING:
            ev.call(bind(ev, hook, owner), Call([name, value], {}))
        else:
            if ev.written is not None:
                ev.written.append((owner, name, owner.attributes.get(name, MISSING)))
            owner.attributes[name] = value
    elif type(owner) is Class or type(owner) is Module:
        owner.namespace[name] = value
    elif type(owner) is Function or type(owner) is Wrapped:
        owner.attributes[name] = value
        if name.startswith("_"):
            ev.marks.add(name)
    elif type(owner) is BoundMethod:
        set_attribute(ev, owner.function, name, value)
    elif type(owner) is Union:
        for option in owner:
            set_attribute(ev, option, name, value)


def delete_attribute(owner: Value, name: str) -> None:
    """`del owner.name`."""
    if type(owner) is Instance or type(owner) is Function:
        owner.attributes.pop(name, None)
    elif type(owner) is Class or type(owner) is Module:
        owner.namespace.pop(name, None)
