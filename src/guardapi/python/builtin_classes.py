"""Built-in classes."""

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.native import native
from guardapi.python.values import (
    CONSTANTS,
    BoundMethod,
    Class,
    ClassMethod,
    DictValue,
    Function,
    Instance,
    Module,
    NativeFunction,
    Property,
    SetValue,
    StaticMethod,
    Unknown,
    Value,
    Wrapped,
    is_hashable,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

CLASSES: Final[dict[str, Value]] = {}
"""By name."""


def _builtin_class(name: str, make: Callable[..., Value], bases: list[Value] | None = None) -> Class:
    cls = Class(name, bases or [], {})
    constructors: dict[str, Value] = {}
    native(name, into=constructors)(make)
    cls.namespace["__construct__"] = constructors[name]
    CLASSES[name] = cls
    return cls


def _list(ev: "Evaluator", items: Value = ()) -> Value:
    return ev.iterate(items)


def _tuple(ev: "Evaluator", items: Value = ()) -> Value:
    return tuple(ev.iterate(items))


def _set(ev: "Evaluator", items: Value = ()) -> Value:
    return SetValue(ev.iterate(items))


def _dict(ev: "Evaluator", *sources: Value, **values: Value) -> Value:
    made = DictValue()
    for source in sources:
        ev.merge(made, source)
    made.update(values)
    return made


def _str(ev: "Evaluator", value: Value = "", *_encoding: Value, **_options: Value) -> Value:
    text = ev.as_text(value)
    return str(text) if isinstance(text, CONSTANTS) and not isinstance(text, bytes) else text


def _number(kind: type) -> Callable[..., Value]:
    def make(ev: "Evaluator", value: Value = 0, *base: Value) -> Value:
        plain = ev.plain(value)
        if not isinstance(plain, str | int | float | bytes) or (isinstance(plain, str) and len(plain) > 400):
            return Unknown(f"a number by {kind.__name__}() of something that is not known")
        try:
            return kind(plain, *base)
        except (ValueError, OverflowError):
            return ev.fails("ValueError", f"{kind.__name__}() of a text that is no number")

    return make


def _bool(ev: "Evaluator", value: Value = False) -> Value:
    decided = ev.truth(value)
    return Unknown("a condition that is not known") if decided is None else decided


def _object(ev: "Evaluator") -> Value:
    return Instance(OBJECT, ev.here())


OBJECT: Final[Class] = _builtin_class("object", _object)


def _make_type(ev: "Evaluator", *args: Value) -> Value:
    return _type(ev, *args)


TYPE: Final = _builtin_class("type", _make_type)
LIST: Final = _builtin_class("list", _list)
TUPLE: Final = _builtin_class("tuple", _tuple)
DICT: Final = _builtin_class("dict", _dict)
SET: Final = _builtin_class("set", _set)
FROZENSET: Final = _builtin_class("frozenset", _set)
STR: Final = _builtin_class("str", _str)
INT: Final = _builtin_class("int", _number(int))
FLOAT: Final = _builtin_class("float", _number(float))
BOOL: Final = _builtin_class("bool", _bool, [INT])
BYTES: Final = _builtin_class("bytes", lambda _ev, *_args: Unknown("bytes"))
COMPLEX: Final = _builtin_class("complex", lambda _ev, *_args: Unknown("a complex number"))
FUNCTION_TYPE: Final = Class("function", [], {})
METHOD_TYPE: Final = Class("method", [], {})
MODULE_TYPE: Final = Class("module", [], {})
NONE_TYPE: Final = Class("NoneType", [], {})
SLICE: Final = _builtin_class("slice", lambda _ev, *args: slice(*args))
_builtin_class("property", lambda _ev, getter=None, setter=None, *_rest, **_kw: Property(getter, setter))
_builtin_class("staticmethod", lambda _ev, function: StaticMethod(function))
_builtin_class("classmethod", lambda _ev, function: ClassMethod(function))
CLASSES["bytearray"] = BYTES
CLASSES["memoryview"] = BYTES

TYPES: Final[dict[type, Class]] = {
    list: LIST, tuple: TUPLE, DictValue: DICT, SetValue: SET, str: STR, int: INT, float: FLOAT, bool: BOOL,
    bytes: BYTES, complex: COMPLEX, slice: SLICE, type(None): NONE_TYPE, Class: TYPE, Function: FUNCTION_TYPE,
    Wrapped: FUNCTION_TYPE, BoundMethod: METHOD_TYPE, Module: MODULE_TYPE, NativeFunction: FUNCTION_TYPE,
}  # fmt: skip


def _exceptions() -> None:
    for name, found in vars(builtins).items():
        if isinstance(found, type) and issubclass(found, BaseException):
            _exception(name, found)


def _exception(name: str, found: type) -> Class:
    if name in CLASSES:
        return CLASSES[name]  # type: ignore[no-any-return]
    bases = [_exception(base.__name__, base) for base in found.__bases__ if base is not object]
    cls = CLASSES[name] = Class(name, list(bases), {})
    return cls


_exceptions()


_OF_DICT: Final[dict[str, Value]] = {}


@native("fromkeys", into=_OF_DICT)
def _fromkeys(ev: "Evaluator", keys: Value, value: Value = None) -> Value:
    return DictValue((key, value) for key in ev.iterate(keys) if is_hashable(key))


DICT.namespace["fromkeys"] = StaticMethod(_OF_DICT["fromkeys"])


def type_of(value: Value) -> Value:
    """`type(value)`."""
    if type(value) is Instance:
        return value.cls
    if type(value) is Class:
        return value.metaclass or TYPE
    return TYPES.get(type(value), Unknown("the type of something that is not known"))


def _type(ev: "Evaluator", value: Value, *rest: Value) -> Value:
    if rest:
        names = rest[1] if len(rest) > 1 and isinstance(rest[1], DictValue) else DictValue()
        bases = ev.known_items(rest[0]) or []
        strings = {k: v for k, v in names.items() if isinstance(k, str)}
        return ev.build_class(value if isinstance(value, str) else "?", bases, strings)
    return type_of(value)
