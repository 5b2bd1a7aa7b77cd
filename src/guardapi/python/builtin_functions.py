"""Built-in functions."""

import builtins
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from guardapi.python.builtin_classes import OBJECT, TYPE, type_of
from guardapi.python.native import native
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    BoundMethod,
    Call,
    Class,
    External,
    Function,
    Instance,
    Module,
    NativeFunction,
    Partial,
    Union,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

FUNCTIONS: Final[dict[str, Value]] = {}
"""By name."""
MAX_RANGE: Final = 10_000
builtin = partial(native, into=FUNCTIONS)


@builtin("isinstance")
def _isinstance(ev: "Evaluator", value: Value, kinds: Value) -> Value:
    if type(value) is Union:
        return ev.same_for_all(value, lambda option: _isinstance(ev, option, kinds))
    if type(value) is Unknown or type(value) is External:
        return Unknown("the type of something that is not known")
    return _kind_of(ev, type_of(value), kinds)


@builtin("issubclass")
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


@builtin("getattr")
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


@builtin("setattr")
def _setattr(ev: "Evaluator", owner: Value, name: Value, value: Value) -> Value:
    if isinstance(plain := ev.plain(name), str):
        ev.set_attribute(owner, plain, value)


@builtin("delattr")
def _delattr(ev: "Evaluator", owner: Value, name: Value) -> Value:
    if isinstance(name, str):
        ev.delete_attribute(owner, name)


@builtin("hasattr")
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


@builtin("callable")
def _callable(ev: "Evaluator", value: Value) -> Value:
    if isinstance(value, Function | NativeFunction | BoundMethod | Partial | Wrapped | Class):
        return True
    if type(value) is Instance:
        return value.cls.find("__call__") is not MISSING
    if type(value) in {Unknown, External, Union}:
        return Unknown("whether it can be called")
    del ev
    return False


@builtin("vars")
def _vars(ev: "Evaluator", owner: Value = None) -> Value:
    if type(owner) is Module:
        return ev.namespace_view(owner)
    return ev.attribute(owner, "__dict__")


@builtin("dir")
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


@builtin("len")
def _len(ev: "Evaluator", value: Value) -> Value:
    items = ev.known_items(value)
    return Unknown("the length of something that is not known") if items is None else len(items)


@builtin("range")
def _range(_ev: "Evaluator", *bounds: Value) -> Value:
    if not all(isinstance(bound, int) for bound in bounds):
        return Unknown("a range that is not known")
    try:
        return list(range(*bounds)[:MAX_RANGE])
    except ValueError:
        return []


@builtin("enumerate")
def _enumerate(ev: "Evaluator", items: Value, start: Value = 0) -> Value:
    first = start if isinstance(start, int) else 0
    return [(first + position, item) for position, item in enumerate(ev.iterate(items))]


@builtin("zip")
def _zip(ev: "Evaluator", *columns: Value, strict: Value = False) -> Value:
    del strict
    return list(zip(*(ev.iterate(column) for column in columns), strict=False))


@builtin("map")
def _map(ev: "Evaluator", function: Value, *columns: Value) -> Value:
    rows = zip(*(ev.iterate(column) for column in columns), strict=False)
    return [ev.call(function, Call(list(row), {})) for row in rows]


@builtin("filter")
def _filter(ev: "Evaluator", function: Value, items: Value) -> Value:
    kept = []
    for item in ev.iterate(items):
        verdict = item if function is None else ev.call(function, Call([item], {}))
        if ev.truth(verdict) is not False:
            kept.append(item)
    return kept


@builtin("sorted")
def _sorted(ev: "Evaluator", items: Value, key: Value = None, reverse: Value = False) -> Value:
    return ev.sort(ev.iterate(items), key, reverse)


@builtin("reversed")
def _reversed(ev: "Evaluator", items: Value) -> Value:
    return ev.iterate(items)[::-1]


@builtin("iter")
def _iter(ev: "Evaluator", items: Value, *_sentinel: Value) -> Value:
    return ev.known_items(items) if ev.known_items(items) is not None else items


@builtin("next")
def _next(ev: "Evaluator", items: Value, *default: Value) -> Value:
    if type(items) is list:
        if items:
            return items.pop(0)
        return default[0] if default else ev.fails("StopIteration", "nothing is left")
    return Unknown("the next of something that is not known")


@builtin("any")
def _any(ev: "Evaluator", items: Value) -> Value:
    answers = [ev.truth(item) for item in ev.iterate(items)]
    if True in answers:
        return True
    return Unknown("a condition that is not known") if None in answers else False


@builtin("all")
def _all(ev: "Evaluator", items: Value) -> Value:
    answers = [ev.truth(item) for item in ev.iterate(items)]
    if False in answers:
        return False
    return Unknown("a condition that is not known") if None in answers else True


def _over_constants(name: str, function: Callable[..., Value]) -> None:
    @builtin(name)
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
    @builtin(name)
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


@builtin("print", "exit", "quit", "breakpoint")
def _nothing(_ev: "Evaluator", *_args: Value, **_kwargs: Value) -> Value:
    return None


@builtin("id", "hash", "input", "exec", "eval", "compile", "format", "pow")
def _unknown(_ev: "Evaluator", *_args: Value, **_kwargs: Value) -> Value:
    return Unknown("the answer of a built-in function")


@builtin("__import__")
def _import(
    ev: "Evaluator",
    name: Value,
    _globals: Value = None,
    _locals: Value = None,
    fromlist: Value = (),
    level: Value = 0,
    **_scopes: Value,
) -> Value:
    """The module where `fromlist` has something, else the top package of its name."""
    if not isinstance(name, str):
        return Unknown("a module by a name that is not known")
    dots = "." * level if isinstance(level, int) and 0 < level < 10 else ""
    module = ev.import_by_name(dots + name)
    if dots or "." not in name or ev.truth(fromlist) is not False:
        return module
    return ev.import_by_name(name.partition(".")[0])


@builtin("open")
def _open(ev: "Evaluator", path: Value, *_args: Value, **_kwargs: Value) -> Value:
    return ev.open_file(path)
