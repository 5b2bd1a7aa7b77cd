"""Texts made of values: `str()`, `%` and f-strings."""

import ast
import re
from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    Call,
    DictValue,
    Instance,
    Union,
    Unknown,
    Value,
    spread,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

MAX_TEXT: Final = 100_000
"""Characters of a text made of a list."""
MAX_UNIONS: Final = 3
"""Values of one text that may each be one of several: their combinations multiply."""
WIDE: Final = re.compile(r"\d{4}")


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
        return _sequence_text(ev, value)
    return Unknown("a text that is not known")


def _sequence_text(ev: "Evaluator", value: list[Value] | tuple[Value, ...]) -> Value:
    parts: list[Value] = []
    length = 0
    for item in value:
        part = as_text(ev, item)
        # The first that is not known ends it: lists of lists may hold the same one over and over.
        if not isinstance(part, CONSTANTS) or (length := length + len(str(part))) > MAX_TEXT:
            return Unknown("a text that is not known")
        parts.append(part)
    return str(type(value)(parts))


def percent(ev: "Evaluator", template: str, values: Value) -> Value:
    if isinstance(values, DictValue):
        filled: Value = {k: as_text(ev, v) for k, v in values.items() if isinstance(k, str)}
        if any(not isinstance(v, CONSTANTS) for v in filled.values()):
            filled = {k: v for k, v in filled.items() if isinstance(v, CONSTANTS)}
    else:
        filled = tuple(as_text(ev, v) for v in (values if type(values) is tuple else (values,)))
        if 0 < sum(type(v) is Union for v in filled) <= MAX_UNIONS:
            return spread(lambda *texts: percent(ev, template, texts), *filled)
        if not all(isinstance(v, CONSTANTS) for v in filled):
            return Unknown("a text with a part that is not known")
    if WIDE.search(template):
        return Unknown("a text that is too wide")
    try:
        return template % filled
    except (TypeError, ValueError, KeyError):
        return Unknown("a text with a part that is not known")


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
