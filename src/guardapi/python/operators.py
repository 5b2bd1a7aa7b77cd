"""Truth, comparison, arithmetic, items and iteration of values."""

import ast
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    Call,
    Class,
    DictValue,
    External,
    Instance,
    SetValue,
    Union,
    Unknown,
    Value,
    is_hashable,
    join,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

MAX_ITEMS: Final = 50_000
"""Elements that a list may grow to."""
MAX_SIZE: Final = 100_000
"""Characters, elements or bits that a computed constant may have."""

BINARY: Final[dict[type, tuple[Callable[[Value, Value], Value], str]]] = {
    ast.Add: (operator.add, "add"),
    ast.Sub: (operator.sub, "sub"),
    ast.Mult: (operator.mul, "mul"),
    ast.Div: (operator.truediv, "truediv"),
    ast.FloorDiv: (operator.floordiv, "floordiv"),
    ast.Mod: (operator.mod, "mod"),
    ast.Pow: (operator.pow, "pow"),
    ast.BitOr: (operator.or_, "or"),
    ast.BitAnd: (operator.and_, "and"),
    ast.BitXor: (operator.xor, "xor"),
    ast.LShift: (operator.lshift, "lshift"),
    ast.RShift: (operator.rshift, "rshift"),
    ast.MatMult: (operator.matmul, "matmul"),
}

ORDER: Final[dict[type, Callable[[Value, Value], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def plain(value: Value) -> Value:
    """The container or text that an instance of a subclass of a built-in type is; else the value."""
    if type(value) is Instance and value.payload is not None:
        return value.payload
    return value


def truth(ev: "Evaluator", value: Value) -> bool | None:
    """Whether a value counts as true; None where that is undecided."""
    kind = type(value)
    if kind is Unknown:
        return value.truth  # type: ignore[no-any-return]
    if isinstance(value, DictValue):
        return True if value else (None if value.open else False)
    if isinstance(value, CONSTANTS) or kind in {tuple, list, SetValue}:
        return bool(value)
    if kind is External:
        return _external_truth(value)
    if kind is Union:
        answers = {truth(ev, option) for option in value}
        return answers.pop() if len(answers) == 1 else None
    if kind is Instance:
        if value.payload is not None:
            return truth(ev, value.payload)
        for name in ("__bool__", "__len__"):
            if (method := value.cls.find(name)) is not MISSING:
                return truth(ev, ev.call(ev.bind(method, value), Call([], {})))
    return True


def _external_truth(value: External) -> bool | None:
    """A module or a class is true; of anything else of a dependency nothing is known."""
    last = value.name.rpartition(".")[2]
    is_class = last[:1].isupper() and not last.isupper()
    return True if "()" not in value.name and ("." not in value.name or is_class) else None


def spread(function: Callable[..., Value], *values: Value) -> Value:
    """The function over every combination of the options of unions, joined."""
    for position, value in enumerate(values):
        if type(value) is Union:
            answer: Value = MISSING
            for option in value:
                part = spread(function, *values[:position], option, *values[position + 1 :])
                answer = part if answer is MISSING else join(answer, part)
            return answer
    return function(*values)


def binary(ev: "Evaluator", op: ast.operator, left: Value, right: Value) -> Value:
    """`left op right`."""
    return spread(lambda a, b: _binary(ev, op, a, b), left, right)


def _binary(ev: "Evaluator", op: ast.operator, left: Value, right: Value) -> Value:
    function, name = BINARY[type(op)]
    for receiver, other, prefix in ((left, right, ""), (right, left, "r")):
        if type(receiver) is Instance and (method := receiver.cls.find(f"__{prefix}{name}__")) is not MISSING:
            return ev.call(ev.bind(method, receiver), Call([other], {}))
    a, b = plain(left), plain(right)
    if isinstance(a, DictValue) and isinstance(b, DictValue) and isinstance(op, ast.BitOr):
        merged = DictValue(a)
        ev.merge(merged, b)
        return merged
    if isinstance(a, SetValue) and isinstance(b, SetValue):
        return _combine_sets(op, a, b)
    if type(a) is list and type(b) is list and isinstance(op, ast.Add):
        return extended(list(a), b)
    if isinstance(a, str) and isinstance(op, ast.Mod):
        return _percent(ev, a, b)
    if not _is_plain(a) or not _is_plain(b) or _too_large(op, a, b):
        return Unknown("an expression that is not known")
    try:
        return function(a, b)
    except (ArithmeticError, TypeError, ValueError, MemoryError):
        return Unknown("an expression that fails")


def extended(items: list[Value], more: list[Value]) -> list[Value]:
    """`items.extend(more)`, up to a size that no set-up needs."""
    items.extend(more[: max(0, MAX_ITEMS - len(items))])
    return items


def _is_plain(value: Value) -> bool:
    return isinstance(value, (*CONSTANTS, tuple, list))


def _too_large(op: ast.operator, left: Value, right: Value) -> bool:
    if isinstance(op, ast.Pow | ast.LShift):
        return not (isinstance(right, int) and abs(right) <= 64 and _size(left) <= 64)
    if isinstance(op, ast.Mult):
        pair = (left, right)
        count = next((v for v in pair if isinstance(v, int)), 1)
        if any(isinstance(v, str | bytes | tuple | list) for v in pair):
            longest = max(len(v) for v in pair if isinstance(v, str | bytes | tuple | list))
            return longest * max(count, 0) > MAX_SIZE
        return _size(left) + _size(right) > 4096
    return isinstance(op, ast.Add) and _size(left) + _size(right) > MAX_SIZE


def _size(value: Value) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return len(value) if isinstance(value, str | bytes | tuple | list) else 1


def _combine_sets(op: ast.operator, left: SetValue, right: SetValue) -> Value:
    if isinstance(op, ast.BitOr):
        return SetValue([*left, *right])
    if isinstance(op, ast.BitAnd):
        return SetValue(item for item in left if item in right)
    if isinstance(op, ast.Sub):
        return SetValue(item for item in left if item not in right)
    if isinstance(op, ast.BitXor):
        only_right = [item for item in right if item not in left]
        return SetValue([*(item for item in left if item not in right), *only_right])
    return Unknown("an expression that fails")


WIDE: Final = re.compile(r"\d{4}")


def _percent(ev: "Evaluator", template: str, values: Value) -> Value:
    if isinstance(values, DictValue):
        filled: Value = {k: as_text(ev, v) for k, v in values.items() if isinstance(k, str)}
        if any(not isinstance(v, CONSTANTS) for v in filled.values()):
            filled = {k: v for k, v in filled.items() if isinstance(v, CONSTANTS)}
    else:
        filled = tuple(as_text(ev, v) for v in (values if type(values) is tuple else (values,)))
        if not all(isinstance(v, CONSTANTS) for v in filled):
            return Unknown("a text with a part that is not known")
    if WIDE.search(template):
        return Unknown("a text that is too wide")
    try:
        return template % filled
    except (TypeError, ValueError, KeyError):
        return Unknown("a text with a part that is not known")


def as_text(ev: "Evaluator", value: Value) -> Value:
    """What `str()` or a format gives for it: a constant, or something unknown."""
    if isinstance(value, CONSTANTS):
        return value
    if type(value) is Instance:
        if (method := value.cls.find("__str__")) is not MISSING:
            return ev.call(ev.bind(method, value), Call([], {}))
        return value.payload if isinstance(value.payload, CONSTANTS) else Unknown("an object's text")
    if type(value) is Union:
        return spread(lambda option: as_text(ev, option), value)
    if type(value) is list or type(value) is tuple:
        parts = [as_text(ev, item) for item in value]
        if all(isinstance(part, CONSTANTS) for part in parts):
            return str(type(value)(parts))
    return Unknown("a text that is not known")


def formatted(ev: "Evaluator", part: ast.FormattedValue, frame: Value) -> Value:
    """One `{...}` of an f-string."""
    value = as_text(ev, ev.evaluate(part.value, frame))
    spec = ev.evaluate(part.format_spec, frame) if part.format_spec else ""
    if part.conversion == ord("r") and isinstance(value, CONSTANTS):
        value = repr(value)
    return spread(_format_one, value, spec)


def _format_one(value: Value, spec: Value) -> Value:
    if not isinstance(value, CONSTANTS):
        return value
    if not isinstance(spec, str) or WIDE.search(spec):
        return Unknown("a format that is not known")
    try:
        return format(value, spec)
    except (TypeError, ValueError):
        return Unknown("a format that fails")


def unary(op: ast.unaryop, value: Value) -> Value:
    """`-value`, `+value`, `~value`."""
    if not isinstance(value, int | float):
        return Unknown("an expression that is not known")
    if isinstance(op, ast.USub):
        return -value
    if isinstance(op, ast.Invert) and isinstance(value, int):
        return ~value
    return +value


def compare(ev: "Evaluator", op: ast.cmpop, left: Value, right: Value) -> bool | None:
    """One comparison; None where it is undecided."""
    if type(left) is Union or type(right) is Union:
        lefts = left.options if type(left) is Union else (left,)
        rights = right.options if type(right) is Union else (right,)
        answers = {compare(ev, op, a, b) for a in lefts for b in rights}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(op, ast.NotIn):
        return _negated(contains(ev, right, left))
    if isinstance(op, ast.In):
        return contains(ev, right, left)
    if isinstance(op, ast.IsNot):
        return _negated(_identical(left, right))
    if isinstance(op, ast.Is):
        return _identical(left, right)
    if isinstance(op, ast.NotEq):
        return _negated(equal(ev, left, right))
    if isinstance(op, ast.Eq):
        return equal(ev, left, right)
    a, b = plain(left), plain(right)
    if not _is_plain(a) or not _is_plain(b):
        return None
    try:
        return ORDER[type(op)](a, b)
    except TypeError:
        return None


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _identical(left: Value, right: Value) -> bool | None:
    if type(left) is Unknown or type(right) is Unknown:
        unknown, other = (left, right) if type(left) is Unknown else (right, left)
        if unknown.truth is False and other is None:
            return True
        return False if unknown.truth is True and other is None else None
    if type(left) is External or type(right) is External:
        if type(left) is External and type(right) is External:
            return True if left.name == right.name and "()" not in left.name else None
        external, other = (left, right) if type(left) is External else (right, left)
        certain = _external_truth(external)
        return False if certain or not isinstance(other, CONSTANTS) else None
    return left is right or (isinstance(left, CONSTANTS) and type(left) is type(right) and left == right)


def equal(ev: "Evaluator", left: Value, right: Value) -> bool | None:
    """`left == right`; None where it is undecided."""
    a, b = plain(left), plain(right)
    if type(a) is Unknown or type(b) is Unknown:
        unknown, other = (a, b) if type(a) is Unknown else (b, a)
        # What is unset by default equals no set constant.
        return False if unknown.truth is False and isinstance(other, CONSTANTS) and other else None
    if type(a) is External or type(b) is External:
        return _identical(a, b)
    if isinstance(a, CONSTANTS) and isinstance(b, CONSTANTS):
        return bool(a == b)
    if type(a) in {list, tuple} and type(a) is type(b):
        if len(a) != len(b):
            return False
        answers = [equal(ev, x, y) for x, y in zip(a, b, strict=True)]
        return False if False in answers else (None if None in answers else True)
    if isinstance(a, DictValue | SetValue) and type(a) is type(b):
        return None if a is not b and (a or b) else True
    if type(left) is Instance and (method := left.cls.find("__eq__")) is not MISSING:
        return truth(ev, ev.call(ev.bind(method, left), Call([right], {})))
    return left is right


def contains(ev: "Evaluator", container: Value, item: Value) -> bool | None:
    """`item in container`; None where it is undecided."""
    if type(container) is Instance and (method := container.cls.find("__contains__")) is not MISSING:
        return truth(ev, ev.call(ev.bind(method, container), Call([item], {})))
    holder = plain(container)
    if isinstance(holder, str):
        text = plain(item)
        return text in holder if isinstance(text, str) else None
    if isinstance(holder, DictValue) and not isinstance(item, Unknown | External) and is_hashable(item):
        return True if plain(item) in holder else (None if holder.open else False)
    items = known_items(ev, holder)
    if items is None:
        return None
    answers = [equal(ev, item, entry) for entry in items]
    return True if True in answers else (None if None in answers else False)


def item(ev: "Evaluator", container: Value, key: Value) -> Value:
    """`container[key]`."""
    return spread(lambda c, k: _item(ev, c, k), container, key)


def _item(ev: "Evaluator", container: Value, key: Value) -> Value:
    if type(container) is Instance and (method := container.cls.find("__getitem__")) is not MISSING:
        return ev.call(ev.bind(method, container), Call([key], {}))
    holder, index = plain(container), plain(key)
    if isinstance(holder, DictValue):
        return _dict_item(ev, container, holder, index)
    if isinstance(holder, list | tuple | str | bytes) and isinstance(index, int | slice):
        try:
            return holder[index]
        except (IndexError, ValueError):
            return ev.fails("IndexError", "an index that is out of range")
    if type(holder) is Class:
        return ev.class_item(holder, key)
    if type(holder) is External and "()" not in holder.name:
        return holder  # `Generic[T]`, `List[int]`: the same class
    if type(holder) is Instance and (fields := holder.cls.record_fields) and isinstance(index, int):
        return ev.attribute(holder, fields[index]) if -len(fields) <= index < len(fields) else MISSING
    return Unknown("an item of something that is not known")


def _dict_item(ev: "Evaluator", container: Value, holder: DictValue, key: Value) -> Value:
    if isinstance(key, Unknown | External) or not is_hashable(key):
        return any_of(list(holder.values()), "an item by a key that is not known")
    if key in holder:
        return holder[key]
    if type(container) is Instance:
        factory = container.attributes.get("default_factory")
        if factory is not None:
            holder[key] = ev.call(factory, Call([], {}))
            return holder[key]
        if (method := container.cls.find("__missing__")) is not MISSING:
            return ev.call(ev.bind(method, container), Call([key], {}))
    if holder.open:
        return Unknown(f"{key!r} may come from {holder.open}")
    return ev.fails("KeyError", f"the key {str(key)[:40]!r} is not there")


def any_of(options: list[Value], reason: str) -> Value:
    """One of several values, where few enough to follow them all."""
    if not options or len(options) > 64:
        return Unknown(reason)
    answer = options[0]
    for option in options[1:]:
        answer = join(answer, option)
    return answer


def set_item(ev: "Evaluator", container: Value, key: Value, value: Value) -> None:
    """`container[key] = value`."""
    if type(container) is Union:
        for option in container:
            set_item(ev, option, key, value)
        return
    if type(container) is Instance and (method := container.cls.find("__setitem__")) is not MISSING:
        ev.call(ev.bind(method, container), Call([key, value], {}))
        return
    holder, index = plain(container), plain(key)
    if isinstance(holder, DictValue):
        if isinstance(index, Unknown | External) or not is_hashable(index):
            holder.open = "a key that is not known"
        else:
            holder[index] = value
            ev.wrote(holder, index)
    elif type(holder) is list and isinstance(index, int) and -len(holder) <= index < len(holder):
        holder[index] = value
    elif type(holder) is list and isinstance(index, slice):
        items = known_items(ev, value)
        if items is not None and index.step in (None, 1):
            holder[index] = items


def delete_item(container: Value, key: Value) -> None:
    """`del container[key]`."""
    holder = plain(container)
    if isinstance(holder, DictValue | SetValue) and is_hashable(key):
        holder.pop(key, None)
    elif type(holder) is list and isinstance(key, int) and -len(holder) <= key < len(holder):
        del holder[key]


def known_items(ev: "Evaluator", value: Value) -> list[Value] | None:
    """The items of an iterable, or None where it is not known."""
    if type(value) is Instance and (method := value.cls.find("__iter__")) is not MISSING:
        return known_items(ev, ev.call(ev.bind(method, value), Call([], {})))
    holder = plain(value)
    if isinstance(holder, list | tuple | DictValue | SetValue):
        return list(holder)
    if isinstance(holder, str | bytes):
        return list(holder) if len(holder) <= 4096 else None
    if type(holder) is Union:
        parts = [known_items(ev, option) for option in holder]
        return None if all(part is None for part in parts) else [x for part in parts for x in part or ()]
    if type(holder) is Class:
        return ev.class_items(holder)
    if type(holder) is Instance and holder.cls.record_fields:
        return [ev.attribute(holder, name) for name in holder.cls.record_fields]
    return None


def iterate(ev: "Evaluator", value: Value) -> list[Value]:
    """The items of an iterable; of one that is not known, one item that is not known."""
    items = known_items(ev, value)
    if items is None:
        return [] if value is None else [element_of(value)]
    return items


def element_of(value: Value) -> Value:
    """Any element of something that is not known."""
    if type(value) is External:
        return Unknown(f"an element of {value.name}")
    return Unknown("an element of something that is not known")


def merge(ev: "Evaluator", target: DictValue, source: Value) -> None:
    """`target.update(source)`."""
    mapping = as_mapping(ev, source)
    if isinstance(mapping, DictValue):
        target.update(mapping)
        target.open = target.open or mapping.open
        for key in mapping:
            ev.wrote(target, key)
        return
    items = known_items(ev, source)
    pairs = [known_items(ev, entry) for entry in items] if items is not None else [None]
    for pair in pairs:
        if pair is not None and len(pair) == 2 and is_hashable(pair[0]):
            target[pair[0]] = pair[1]
            ev.wrote(target, pair[0])
        else:
            target.open = "an update that is not known"


def as_mapping(ev: "Evaluator", value: Value) -> Value:
    """The mapping that `**value` gives, or an unknown value."""
    holder = plain(value)
    if isinstance(holder, DictValue):
        return holder
    if type(holder) is Union:
        merged = DictValue()
        for option in holder:
            part = as_mapping(ev, option)
            if isinstance(part, DictValue):
                merged.update(part)
            elif option is not None:
                merged.open = "an option that is not known"
        return merged
    if type(holder) is Instance and (keys := ev.attribute(holder, "keys")) and not isinstance(keys, Unknown):
        names = known_items(ev, ev.call(keys, Call([], {})))
        if names is not None:
            return DictValue((name, item(ev, holder, name)) for name in names if is_hashable(name))
    return Unknown("a mapping that is not known")


def catches(ev: "Evaluator", guard: Value, raised: Value) -> bool:
    """Whether `except guard` catches what was raised; in doubt it does."""
    for option in known_items(ev, guard) or [guard] if type(guard) is not Class else [guard]:
        cls = raised.cls if type(raised) is Instance else raised
        if type(option) is not Class or type(cls) is not Class:
            if type(option) is External and type(cls) is Class and not cls.is_open:
                continue
            return True
        if cls.is_subclass(option):
            return True
    return False
