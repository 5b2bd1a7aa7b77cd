"""Built-in functions and classes."""

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    CONSTANTS,
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
    Property,
    SetValue,
    StaticMethod,
    Union,
    Unknown,
    Value,
    Wrapped,
    is_hashable,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

BUILTINS: Final[dict[str, Value]] = {}
MAX_RANGE: Final = 10_000


def native(
    *names: str, into: dict[str, Value] = BUILTINS
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function under its names: `function(ev, *args, **kwargs)`."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        def run(ev: "Evaluator", call: Call) -> Value:
            try:
                return function(ev, *call.args, **call.kwargs)
            except TypeError:
                return Unknown(f"a call of {names[0]}() with arguments that do not fit")

        for name in names:
            into[name] = NativeFunction(name.rpartition(".")[2], run)
        return function

    return register


def _builtin_class(name: str, make: Callable[..., Value], bases: list[Value] | None = None) -> Class:
    cls = Class(name, bases or [], {})
    constructors: dict[str, Value] = {}
    native(name, into=constructors)(make)
    cls.namespace["__construct__"] = constructors[name]
    BUILTINS[name] = cls
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
BUILTINS["bytearray"] = BYTES
BUILTINS["memoryview"] = BYTES

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
    if name in BUILTINS:
        return BUILTINS[name]  # type: ignore[no-any-return]
    bases = [_exception(base.__name__, base) for base in found.__bases__ if base is not object]
    cls = BUILTINS[name] = Class(name, list(bases), {})
    return cls


_exceptions()


@native("dict.fromkeys")
def _fromkeys(ev: "Evaluator", keys: Value, value: Value = None) -> Value:
    return DictValue((key, value) for key in ev.iterate(keys) if is_hashable(key))


DICT.namespace["fromkeys"] = StaticMethod(BUILTINS.pop("dict.fromkeys"))


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


@native("isinstance")
def _isinstance(ev: "Evaluator", value: Value, kinds: Value) -> Value:
    if type(value) is Union:
        return ev.same_for_all(value, lambda option: _isinstance(ev, option, kinds))
    if type(value) is Unknown or type(value) is External:
        return Unknown("the type of something that is not known")
    return _kind_of(ev, type_of(value), kinds)


@native("issubclass")
def _issubclass(ev: "Evaluator", cls: Value, kinds: Value) -> Value:
    return _kind_of(ev, cls, kinds)


def _kind_of(ev: "Evaluator", cls: Value, kinds: Value) -> Value:
    undecided = False
    for kind in ev.known_items(kinds) or [kinds] if type(kinds) is not Class else [kinds]:
        if kind is OBJECT:
            return True
        if type(kind) is Union:
            undecided = True
        elif type(kind) is not Class:
            undecided = undecided or type(cls) is not Class or cls.is_open or cls.name in kind_name(kind)
        elif type(cls) is not Class:
            undecided = True
        elif cls.is_subclass(kind) or (kind is TYPE and cls.metaclass is not None):
            return True
        elif cls.is_open and kind.module is None:
            undecided = True
    return Unknown("the type of something that is not known") if undecided else False


def kind_name(kind: Value) -> str:
    """The name of a class that is not known."""
    return kind.name if type(kind) is External else ""


@native("getattr")
def _getattr(ev: "Evaluator", owner: Value, name: Value, *default: Value) -> Value:
    if type(name) is Union:
        return ev.any_of([_getattr(ev, owner, option, *default) for option in name], "an attribute")
    if not isinstance(plain := ev.plain(name), str):
        return Unknown("an attribute by a name that is not known")
    found = ev.find(owner, plain)
    if found is MISSING:
        return default[0] if default else ev.fails("AttributeError", f"the attribute {plain!r} is not there")
    if default and _is_unmarked(ev, found, plain):
        return default[0]
    if default and type(found) is Unknown and found.truth is None:
        # Something may have it; where nothing is known of it, the default stands.
        return default[0] if default[0] is not None else found
    return found


@native("setattr")
def _setattr(ev: "Evaluator", owner: Value, name: Value, value: Value) -> Value:
    if isinstance(plain := ev.plain(name), str):
        ev.set_attribute(owner, plain, value)


@native("delattr")
def _delattr(ev: "Evaluator", owner: Value, name: Value) -> Value:
    if isinstance(name, str):
        ev.delete_attribute(owner, name)


@native("hasattr")
def _hasattr(ev: "Evaluator", owner: Value, name: Value) -> Value:
    if not isinstance(plain := ev.plain(name), str):
        return Unknown("whether an attribute is there")
    if type(owner) is Union:
        return ev.same_for_all(owner, lambda option: _hasattr(ev, option, name))
    found = ev.find(owner, plain)
    if found is MISSING or _is_unmarked(ev, found, plain):
        return False
    is_guess = type(found) in {Unknown, External} and type(owner) is not Module
    return Unknown("whether an attribute is there") if is_guess else True


def _is_unmarked(ev: "Evaluator", found: Value, name: str) -> bool:
    """Whether something not known surely lacks an attribute, because set-up code marks its functions with it."""
    return type(found) in {Unknown, External} and name in ev.marks


@native("callable")
def _callable(ev: "Evaluator", value: Value) -> Value:
    if isinstance(value, Function | NativeFunction | BoundMethod | Partial | Wrapped | Class):
        return True
    if type(value) is Instance:
        return value.cls.find("__call__") is not MISSING
    if type(value) in {Unknown, External, Union}:
        return Unknown("whether it can be called")
    del ev
    return False


@native("vars")
def _vars(ev: "Evaluator", owner: Value = None) -> Value:
    if type(owner) is Module:
        return ev.namespace_view(owner)
    return ev.attribute(owner, "__dict__")


@native("dir")
def _dir(ev: "Evaluator", owner: Value = None) -> Value:
    names: dict[str, None] = {}
    if type(owner) is Module:
        names.update(dict.fromkeys(owner.namespace))
    if type(owner) is Instance:
        names.update(dict.fromkeys(owner.attributes))
    cls = owner if type(owner) is Class else owner.cls if type(owner) is Instance else None
    for base in cls.mro if cls else ():
        if type(base) is Class:
            names.update(dict.fromkeys(base.namespace))
    del ev
    return sorted(names)


@native("len")
def _len(ev: "Evaluator", value: Value) -> Value:
    items = ev.known_items(value)
    return Unknown("the length of something that is not known") if items is None else len(items)


@native("range")
def _range(_ev: "Evaluator", *bounds: Value) -> Value:
    if not all(isinstance(bound, int) for bound in bounds):
        return Unknown("a range that is not known")
    try:
        return list(range(*bounds)[:MAX_RANGE])
    except ValueError:
        return []


@native("enumerate")
def _enumerate(ev: "Evaluator", items: Value, start: Value = 0) -> Value:
    first = start if isinstance(start, int) else 0
    return [(first + position, item) for position, item in enumerate(ev.iterate(items))]


@native("zip")
def _zip(ev: "Evaluator", *columns: Value, strict: Value = False) -> Value:
    del strict
    return list(zip(*(ev.iterate(column) for column in columns), strict=False))


@native("map")
def _map(ev: "Evaluator", function: Value, *columns: Value) -> Value:
    rows = zip(*(ev.iterate(column) for column in columns), strict=False)
    return [ev.call(function, Call(list(row), {})) for row in rows]


@native("filter")
def _filter(ev: "Evaluator", function: Value, items: Value) -> Value:
    kept = []
    for item in ev.iterate(items):
        verdict = item if function is None else ev.call(function, Call([item], {}))
        if ev.truth(verdict) is not False:
            kept.append(item)
    return kept


@native("sorted")
def _sorted(ev: "Evaluator", items: Value, key: Value = None, reverse: Value = False) -> Value:
    return ev.sort(ev.iterate(items), key, reverse)


@native("reversed")
def _reversed(ev: "Evaluator", items: Value) -> Value:
    return ev.iterate(items)[::-1]


@native("iter")
def _iter(ev: "Evaluator", items: Value, *_sentinel: Value) -> Value:
    return ev.known_items(items) if ev.known_items(items) is not None else items


@native("next")
def _next(ev: "Evaluator", items: Value, *default: Value) -> Value:
    if type(items) is list:
        if items:
            return items.pop(0)
        return default[0] if default else ev.fails("StopIteration", "nothing is left")
    return Unknown("the next of something that is not known")


@native("any")
def _any(ev: "Evaluator", items: Value) -> Value:
    answers = [ev.truth(item) for item in ev.iterate(items)]
    if True in answers:
        return True
    return Unknown("a condition that is not known") if None in answers else False


@native("all")
def _all(ev: "Evaluator", items: Value) -> Value:
    answers = [ev.truth(item) for item in ev.iterate(items)]
    if False in answers:
        return False
    return Unknown("a condition that is not known") if None in answers else True


def _over_constants(name: str, function: Callable[..., Value]) -> None:
    @native(name)
    def run(ev: "Evaluator", *args: Value, **kwargs: Value) -> Value:
        values = (
            ev.known_items(args[0]) if len(args) == 1 and not isinstance(args[0], CONSTANTS) else list(args)
        )
        if values is None or kwargs or not all(isinstance(value, CONSTANTS) for value in values):
            return Unknown(f"{name}() of something that is not known")
        try:
            return function(values)
        except (TypeError, ValueError):
            return Unknown(f"{name}() that fails")


_over_constants("min", min)
_over_constants("max", max)
_over_constants("sum", sum)


def _of_constant(name: str, function: Callable[..., Value]) -> None:
    @native(name)
    def run(ev: "Evaluator", *args: Value) -> Value:
        values = [ev.plain(arg) for arg in args]
        if not all(isinstance(value, CONSTANTS) for value in values):
            return Unknown(f"{name}() of something that is not known")
        try:
            return function(*values)
        except (TypeError, ValueError, OverflowError):
            return Unknown(f"{name}() that fails")


for _name in ("abs", "round", "ord", "chr", "hex", "oct", "bin", "divmod", "repr", "ascii"):
    _of_constant(_name, getattr(builtins, _name))


@native("print", "exit", "quit", "breakpoint")
def _nothing(_ev: "Evaluator", *_args: Value, **_kwargs: Value) -> Value:
    return None


@native("id", "hash", "input", "exec", "eval", "compile", "format", "pow")
def _unknown(_ev: "Evaluator", *_args: Value, **_kwargs: Value) -> Value:
    return Unknown("the answer of a built-in function")


@native("__import__")
def _import(ev: "Evaluator", name: Value, *_args: Value, **_kwargs: Value) -> Value:
    """With `fromlist` given, `__import__` answers the module itself; that is why it is called by hand."""
    return (
        ev.import_by_name(name) if isinstance(name, str) else Unknown("a module by a name that is not known")
    )


@native("open")
def _open(ev: "Evaluator", path: Value, *_args: Value, **_kwargs: Value) -> Value:
    return ev.open_file(path)
