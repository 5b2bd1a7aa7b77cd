"""Texts that are known in part: statements that f-strings, `+`, `%` and `format` put together."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from guardapi.work.flow import MAKES_ABSTRACT, Abstract, Flow, Taint, taints_of

if TYPE_CHECKING:
    from guardapi.work.specs import Invocation

STATEMENT: Final = re.compile(
    r"\s*\(?\s*(?:--[^\n]{0,200}\n\s*|/\*[^*]{0,200}\*/\s*)?"
    r"(?:select|with|insert|update|delete|replace|merge|match|explain|pragma|show|call|truncate|from|upsert)\b",
    re.IGNORECASE,
)
"""How a text begins that is worth keeping: a statement for a database."""
PLACE: Final = re.compile(r"%(?:\(\w{1,40}\))?[-+#0 ]{0,4}\d{0,4}(?:\.\d{1,4})?[sdrif]|\{[^{}]{0,60}\}")
MAX_OPTIONS: Final = 6
MAX_PARTS: Final = 60
MAX_LENGTH: Final = 8_000

Part = str | frozenset[Taint]
"""A known piece, or the caller data in one that is not known."""


@dataclass(frozen=True, slots=True)
class Text(Abstract):
    """A statement, written in one of some ways."""

    options: frozenset[tuple[Part, ...]]

    def joined(self, other: Abstract) -> Abstract | None:
        """Either."""
        if not isinstance(other, Text):
            return None
        options = self.options | other.options
        return Text(options) if len(options) <= MAX_OPTIONS else self

    def combined(self, operator: ast.operator | ast.cmpop | ast.unaryop, other: Flow) -> Flow | None:
        """`self + other`, `self % other`."""
        if isinstance(operator, ast.Add):
            return _together([self.options, _options(other)])
        if isinstance(operator, ast.Mod):
            return _filled(self, [other, *(other.items or ())])
        return None

    def called(self, made: "Invocation") -> Flow | None:
        """`text.format(...)`, and methods that leave a statement what it is."""
        name = made.path.rpartition(".")[2]
        if name == "format":
            return _filled(self, [*made.args, *made.kwargs.values()])
        if name in {"strip", "lstrip", "rstrip", "upper", "lower", "encode"}:
            return made.receiver
        return None


def of_constant(value: object) -> Text | None:
    """A constant statement."""
    if not isinstance(value, str) or not STATEMENT.match(value[:MAX_LENGTH]):
        return None
    return Text(frozenset({(value[:MAX_LENGTH],)}))


MAKES_ABSTRACT.append(of_constant)


def text_of(flow: Flow) -> Text | None:
    """The statement that a value is."""
    return flow.value if isinstance(flow.value, Text) else of_constant(flow.value)


def written(parts: list[Flow]) -> Flow | None:
    """An f-string, if it is a statement."""
    if of_constant(parts[0].value) is None:
        return None
    return _together([_options(part) for part in parts[:MAX_PARTS]])


def combined(left: Flow, operator: ast.operator, right: Flow) -> Flow | None:
    """A constant statement with something behind it, or put into it."""
    text = of_constant(left.value)
    return text.combined(operator, right) if text is not None else None


def formatted(made: "Invocation") -> Flow | None:
    """`"SELECT ...".format(...)`."""
    text = of_constant(made.receiver.value)
    return _filled(text, [*made.args, *made.kwargs.values()]) if text is not None else None


def _options(flow: Flow) -> frozenset[tuple[Part, ...]]:
    if isinstance(flow.value, Text):
        return flow.value.options
    if isinstance(flow.value, str | int):
        return frozenset({(str(flow.value)[:MAX_LENGTH],)})
    return frozenset({(flow.taints,)})


def _together(parts: Iterable[frozenset[tuple[Part, ...]]]) -> Flow:
    made: frozenset[tuple[Part, ...]] = frozenset({()})
    for options in parts:
        longer = frozenset(_flat(one, two) for one, two in product(made, options))
        made = longer if len(longer) <= MAX_OPTIONS else frozenset(sorted(longer, key=_order)[:MAX_OPTIONS])
    taints = frozenset(t for option in made for part in option if isinstance(part, frozenset) for t in part)
    return Flow(Text(made), "builtins.str()", frozenset(t.turned("text") for t in taints))


def _flat(one: tuple[Part, ...], two: tuple[Part, ...]) -> tuple[Part, ...]:
    if one and two and isinstance(one[-1], str) and isinstance(two[0], str):
        return (*one[:-1], (one[-1] + two[0])[:MAX_LENGTH], *two[1:])[:MAX_PARTS]
    return (*one, *two)[:MAX_PARTS]


def _order(option: tuple[Part, ...]) -> tuple[int, str]:
    return len(option), repr(option[:1])[:200]


def _filled(text: Text, values: list[Flow]) -> Flow:
    """Each place in a template is one of some values, which one is not told apart."""
    taints = taints_of(values)
    whole: set[tuple[Part, ...]] = set()
    for option in text.options:
        parts: list[Part] = []
        for part in option:
            if isinstance(part, frozenset):
                parts.append(part)
                continue
            pieces = PLACE.split(part)
            for index, piece in enumerate(pieces):
                parts += [taints, piece] if index else [piece]
        whole.add(tuple(parts[:MAX_PARTS]))
    return Flow(Text(frozenset(whole)), "builtins.str()", frozenset(t.turned("text") for t in taints))
