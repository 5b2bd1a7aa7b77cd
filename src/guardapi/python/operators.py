"""Truth, comparison and arithmetic of values."""

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.formats import percent
from guardapi.python.items import extended, known_items
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
    plain,
    spread,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

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


def truth(ev: "Evaluator", value: Value) -> bool | None:
    """Whether a value counts as true; None where that is undecided."""
    kind = type(value)
    if kind is bool or value is None or kind is str:
        return bool(value)
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


def binary(ev: "Evaluator", op: ast.operator, left: Value, right: Value) -> Value:
    """`left op right`."""
    if type(left) is not Union and type(right) is not Union:
        return _binary(ev, op, left, right)
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
        return percent(ev, a, b)
    if not _is_plain(a) or not _is_plain(b) or _too_large(op, a, b):
        if isinstance(op, ast.BitOr) and (piped := _piped(left, right)) is not None:
            return piped
        return Unknown("an expression that is not known")
    try:
        return function(a, b)
    except (ArithmeticError, TypeError, ValueError, MemoryError):
        return Unknown("an expression that fails")


def in_place(ev: "Evaluator", op: ast.operator, left: Value, right: Value) -> Value:
    """`left op= right`: what the name stands for then."""
    _, name = BINARY[type(op)]
    if type(left) is Instance and (method := left.cls.find(f"__i{name}__")) is not MISSING:
        return ev.call(ev.bind(method, left), Call([right], {}))
    return binary(ev, op, left, right)


def _piped(left: Value, right: Value) -> Value:
    """`prompt | model`: objects of a library that make a chain; None where neither is one."""
    for receiver, other, name in ((left, right, "__or__"), (right, left, "__ror__")):
        if type(receiver) is External and receiver.calls:
            method = receiver.attribute(name)
            return method.called(Call([other], {})) if type(method) is External else method
    return None


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
    kind = type(op)
    if kind is ast.Eq:
        return equal(ev, left, right)
    if kind is ast.NotEq:
        return _negated(equal(ev, left, right))
    if kind is ast.Is:
        return _identical(left, right)
    if kind is ast.IsNot:
        return _negated(_identical(left, right))
    if kind is ast.In:
        return contains(ev, right, left)
    if kind is ast.NotIn:
        return _negated(contains(ev, right, left))
    a, b = plain(left), plain(right)
    if not _is_plain(a) or not _is_plain(b):
        return None
    try:
        return ORDER[kind](a, b)
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
    if type(left) is str and type(right) is str:
        return left == right
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
