"""Methods of constants and containers."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    CONSTANTS,
    Call,
    DictValue,
    External,
    NativeFunction,
    SetValue,
    Unknown,
    Value,
    is_hashable,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

METHODS: Final[dict[tuple[type, str], NativeFunction]] = {}
"""By the type of the receiver and the name; the receiver is the first argument."""

Method = Callable[..., Value]
MAX_TEXT: Final = 200_000
WIDE: Final = re.compile(r"\d{4}")


def method(kind: type, *names: str) -> Callable[[Method], Method]:
    """Register a method of a type under its names: `function(ev, receiver, *args, **kwargs)`."""

    def register(function: Method) -> Method:
        for name in names:

            def run(ev: "Evaluator", call: Call, function: Method = function) -> Value:
                try:
                    return function(ev, *call.args, **call.kwargs)
                except TypeError:
                    return Unknown("a call with arguments that do not fit")

            METHODS[kind, name] = NativeFunction(name, run)
        return function

    return register


def _constant_method(kind: type, name: str) -> None:
    function = getattr(kind, name)
    is_test = name in {"startswith", "endswith"}

    def run(ev: "Evaluator", call: Call) -> Value:
        del ev
        if is_test and not call.kwargs and set(map(type, call.args)) == {str}:
            return function(*call.args)  # the filter of many a long comprehension
        values = [*call.args, *call.kwargs.values()]
        if not all(_is_constant(value) for value in values):
            return Unknown(f"a text by .{name}() of something that is not known")
        if (
            sum(len(v) if isinstance(v, str | bytes) else (v if isinstance(v, int) else 0) for v in values)
            > MAX_TEXT
        ):
            return Unknown("a text that is too long")
        try:
            return function(*call.args, **call.kwargs)
        except (TypeError, ValueError, LookupError, OverflowError):
            return Unknown(f"a text by .{name}() that fails")

    METHODS[kind, name] = NativeFunction(name, run)


def _is_constant(value: Value) -> bool:
    return isinstance(value, CONSTANTS) or (
        type(value) is tuple and all(isinstance(v, CONSTANTS) for v in value)
    )


for _name in (
    "capitalize", "casefold", "center", "count", "encode", "endswith", "find", "index", "isalnum", "isalpha",
    "isdigit", "isidentifier", "islower", "isspace", "istitle", "isupper", "isnumeric", "isdecimal", "ljust",
    "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
    "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper",
    "zfill",
):  # fmt: skip
    _constant_method(str, _name)
for _name in ("decode", "hex", "startswith", "endswith", "strip", "lower", "upper", "split"):
    _constant_method(bytes, _name)


@method(str, "format")
def _format(ev: "Evaluator", template: str, *args: Value, **kwargs: Value) -> Value:
    if "{" not in template and "}" not in template:
        return template
    shown = [ev.as_text(arg) for arg in args]
    named = {name: ev.as_text(arg) for name, arg in kwargs.items() if name in template}
    if not all(isinstance(v, CONSTANTS) for v in (*shown, *named.values())) or WIDE.search(template):
        return Unknown("a text with a part that is not known")
    try:
        return template.format(*shown, **named)
    except (IndexError, KeyError, ValueError, AttributeError):
        return Unknown("a text by .format() that fails")


@method(str, "join")
def _join(ev: "Evaluator", separator: str, parts: Value) -> Value:
    known = ev.known_items(parts)
    texts = [ev.plain(part) for part in (known if known is not None else [None])]
    if not all(isinstance(text, str) for text in texts) or sum(map(len, texts)) > MAX_TEXT:
        return Unknown("a text joined from parts that are not known")
    return separator.join(texts)


@method(list, "append")
def _append(_ev: "Evaluator", receiver: list[Value], value: Value) -> Value:
    receiver.append(value)


@method(list, "extend")
def _extend(ev: "Evaluator", receiver: list[Value], values: Value) -> Value:
    ev.extend(receiver, ev.iterate(values))


@method(list, "insert")
def _insert(_ev: "Evaluator", receiver: list[Value], index: Value, value: Value) -> Value:
    receiver.insert(index if isinstance(index, int) else len(receiver), value)


@method(list, "pop")
def _list_pop(ev: "Evaluator", receiver: list[Value], index: Value = -1) -> Value:
    if isinstance(index, int) and -len(receiver) <= index < len(receiver):
        return receiver.pop(index)
    return ev.fails("IndexError", "nothing to pop")


@method(list, "remove")
def _remove(ev: "Evaluator", receiver: list[Value], value: Value) -> Value:
    for position, entry in enumerate(receiver):
        if ev.equal(entry, value):
            del receiver[position]
            return None
    return ev.fails("ValueError", "nothing to remove")


@method(list, "reverse")
def _reverse(_ev: "Evaluator", receiver: list[Value]) -> Value:
    receiver.reverse()


@method(list, "clear")
def _list_clear(_ev: "Evaluator", receiver: list[Value]) -> Value:
    receiver.clear()


@method(list, "copy")
def _list_copy(_ev: "Evaluator", receiver: list[Value]) -> Value:
    return list(receiver)


@method(list, "sort")
def _sort(ev: "Evaluator", receiver: list[Value], key: Value = None, reverse: Value = False) -> Value:
    receiver[:] = ev.sort(receiver, key, reverse)


@method(list, "index")
@method(tuple, "index")
def _index(ev: "Evaluator", receiver: list[Value], value: Value) -> Value:
    for position, entry in enumerate(receiver):
        if ev.equal(entry, value):
            return position
    return ev.fails("ValueError", "the value is not in the list")


@method(list, "count")
@method(tuple, "count")
def _count(ev: "Evaluator", receiver: list[Value], value: Value) -> Value:
    return sum(1 for entry in receiver if ev.equal(entry, value))


@method(DictValue, "get")
def _get(ev: "Evaluator", receiver: DictValue, key: Value, default: Value = None) -> Value:
    if isinstance(key, Unknown | External) or not is_hashable(key):
        return ev.any_of([*receiver.values(), default], "a value by a key that is not known")
    if key in receiver:
        return receiver[key]
    if receiver.open and default is None:
        # What nothing is seen to set counts as unset.
        return Unknown(f"{key!r} may come from {receiver.open}", truth=False)
    return default


@method(DictValue, "setdefault")
def _setdefault(ev: "Evaluator", receiver: DictValue, key: Value, default: Value = None) -> Value:
    if isinstance(key, Unknown | External) or not is_hashable(key):
        return Unknown("a value by a key that is not known")
    if key not in receiver:
        receiver[key] = default
        ev.wrote(receiver, key)
    return receiver[key]


@method(DictValue, "items")
def _items(_ev: "Evaluator", receiver: DictValue) -> Value:
    return list(receiver.items())


@method(DictValue, "keys")
def _keys(_ev: "Evaluator", receiver: DictValue) -> Value:
    return list(receiver)


@method(DictValue, "values")
def _values(_ev: "Evaluator", receiver: DictValue) -> Value:
    return list(receiver.values())


@method(DictValue, "pop")
def _dict_pop(ev: "Evaluator", receiver: DictValue, key: Value, *default: Value) -> Value:
    if is_hashable(key) and key in receiver:
        return receiver.pop(key)
    if default:
        return default[0]
    return Unknown("a value to pop") if receiver.open else ev.fails("KeyError", "nothing to pop")


@method(DictValue, "popitem")
def _popitem(ev: "Evaluator", receiver: DictValue) -> Value:
    return receiver.popitem() if receiver else ev.fails("KeyError", "nothing to pop")


@method(DictValue, "update")
def _update(ev: "Evaluator", receiver: DictValue, *others: Value, **values: Value) -> Value:
    for other in others:
        ev.merge(receiver, other)
    ev.merge(receiver, DictValue(values))


@method(DictValue, "copy")
def _dict_copy(_ev: "Evaluator", receiver: DictValue) -> Value:
    copied = DictValue(receiver)
    copied.open = receiver.open
    return copied


@method(DictValue, "clear")
@method(SetValue, "clear")
def _clear(_ev: "Evaluator", receiver: DictValue) -> Value:
    receiver.clear()


@method(SetValue, "add")
def _add(_ev: "Evaluator", receiver: SetValue, value: Value) -> Value:
    if is_hashable(value):
        receiver[value] = None


@method(SetValue, "discard", "remove")
def _discard(_ev: "Evaluator", receiver: SetValue, value: Value) -> Value:
    if is_hashable(value):
        receiver.pop(value, None)


@method(SetValue, "pop")
def _set_pop(ev: "Evaluator", receiver: SetValue) -> Value:
    return receiver.popitem()[0] if receiver else ev.fails("KeyError", "nothing to pop")


@method(SetValue, "update")
def _set_update(ev: "Evaluator", receiver: SetValue, *others: Value) -> Value:
    for other in others:
        receiver.update(SetValue(ev.iterate(other)))


@method(SetValue, "union")
def _union(ev: "Evaluator", receiver: SetValue, *others: Value) -> Value:
    return SetValue([*receiver, *(item for other in others for item in ev.iterate(other))])


@method(SetValue, "copy")
def _set_copy(_ev: "Evaluator", receiver: SetValue) -> Value:
    return SetValue(receiver)


@method(SetValue, "intersection")
def _intersection(ev: "Evaluator", receiver: SetValue, other: Value) -> Value:
    wanted = SetValue(ev.iterate(other))
    return SetValue(item for item in receiver if item in wanted)


@method(SetValue, "difference")
def _difference(ev: "Evaluator", receiver: SetValue, *others: Value) -> Value:
    unwanted = SetValue(item for other in others for item in ev.iterate(other))
    return SetValue(item for item in receiver if item not in unwanted)


@method(SetValue, "issubset")
def _issubset(ev: "Evaluator", receiver: SetValue, other: Value) -> Value:
    items = ev.known_items(other)
    return Unknown("a comparison") if items is None else all(item in SetValue(items) for item in receiver)


@method(SetValue, "issuperset")
def _issuperset(ev: "Evaluator", receiver: SetValue, other: Value) -> Value:
    items = ev.known_items(other)
    return Unknown("a comparison") if items is None else all(is_hashable(i) and i in receiver for i in items)


def _dunders() -> None:
    """`super().__setitem__(...)` and the like, in subclasses of the containers."""

    @method(DictValue, "__setitem__")
    @method(list, "__setitem__")
    def _set(ev: "Evaluator", receiver: Value, key: Value, value: Value) -> Value:
        ev.set_item(receiver, key, value)

    @method(DictValue, "__getitem__")
    @method(list, "__getitem__")
    def _getitem(ev: "Evaluator", receiver: Value, key: Value) -> Value:
        return ev.item(receiver, key)

    @method(DictValue, "__contains__")
    @method(list, "__contains__")
    @method(SetValue, "__contains__")
    def _contains(ev: "Evaluator", receiver: Value, key: Value) -> Value:
        answer = ev.contains(receiver, key)
        return Unknown("a comparison") if answer is None else answer

    @method(DictValue, "__iter__")
    @method(list, "__iter__")
    @method(SetValue, "__iter__")
    def _iter(ev: "Evaluator", receiver: Value) -> Value:
        return ev.iterate(receiver)

    @method(list, "__len__")
    @method(DictValue, "__len__")
    @method(SetValue, "__len__")
    def _len(_ev: "Evaluator", receiver: Value) -> Value:
        return len(receiver)

    @method(DictValue, "__init__")
    def _dict_init(ev: "Evaluator", receiver: DictValue, *others: Value, **values: Value) -> Value:
        _update(ev, receiver, *others, **values)

    @method(list, "__init__")
    def _list_init(ev: "Evaluator", receiver: list[Value], *others: Value) -> Value:
        for other in others:
            receiver.extend(ev.iterate(other))


_dunders()
