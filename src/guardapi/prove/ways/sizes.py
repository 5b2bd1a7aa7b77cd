"""In which sizes a kind of sink is asked, and what of such a size is sent to it."""

from typing import Final

from guardapi.prove.requests.building import listed
from guardapi.prove.requests.fields import Read
from guardapi.sink import Kind, Role, Sink

ROWS: Final = (25, 50, 100)
"""Of what there is: a small table has no more."""
FEW: Final = (300, 600, 1_200)
"""Items, calls, rounds: what is counted where it is asked for."""
MANY: Final = (20_000, 40_000, 80_000, 160_000, 320_000)
"""What takes time or memory that can be measured, and not more than a second."""
SECONDS: Final = (1, 2, 4)
BITS: Final = (1_000, 2_000, 4_000, 8_000)
"""More of them are no text any more in Python."""
DIGITS: Final = (1_000, 2_000, 4_000, 8_000, 16_000)
PUMPS: Final = {
    "exponential": (14, 16, 18, 20, 22, 24, 26, 28, 30),
    "polynomial": (500, 1_000, 2_000, 4_000, 8_000),
}
"""How often the part of a text is repeated on which a pattern backtracks."""
BRANCHES: Final = (12, 16, 20, 24, 28)
"""Where each call makes two more."""
ORDERS: Final = (4, 6, 8, 9)
"""Of things that are put into every order."""
ITEMS: Final = (1_000, 2_000, 4_000, 8_000)
LINES: Final = (250, 500, 1_000, 2_000, 4_000)
DEEP: Final = (20, 900)
"""Levels; the parser of JSON itself takes less than a thousand."""
COUNTED: Final = frozenset(
    {
        *(Kind.HTTP, Kind.MAIL, Kind.MESSAGE, Kind.MODEL_API, Kind.PAID_API, Kind.PASSWORD_HASH),
        *(Kind.PAYMENT, Kind.QUEUE, Kind.WRITE, Kind.LOOP),
    }
)


def sizes_for(read: Read, sink: Sink | None) -> tuple[int, ...]:
    """The sizes, the smallest first."""
    if sink is None or sink.kind in COUNTED:
        return FEW
    match sink.kind:
        case Kind.PAGE | Kind.QUERY | Kind.WHOLE_TABLE:
            return ROWS
        case Kind.SLEEP:
            return SECONDS
        case Kind.REGEX:
            return PUMPS.get(str(sink.facts.get("growth")), ROWS)
        case Kind.BIG_NUMBER:
            return BITS if read.is_number else DIGITS
        case Kind.RECURSION:
            return BRANCHES if sink.facts.get("branches") else ROWS
        case Kind.SUPERLINEAR:
            return ORDERS if "permutations" in str(sink.facts.get("operation")) else ITEMS
        case Kind.MARKUP:
            return LINES
        case _:
            return MANY if read.is_number else ITEMS


def value_for(read: Read, sink: Sink | None, size: int) -> object:
    """A value of a size, as the sink takes it."""
    if sink is not None:
        if sink.kind is Kind.REGEX:
            return _matched(sink, size)
        if sink.kind is Kind.MARKUP:
            return _document(str(sink.facts.get("format")), size)
        if sink.kind is Kind.BIG_NUMBER and not read.is_number:
            return "9" * size
    if read.is_number:
        return size
    if read.is_list and sink is not None and sink.kind is Kind.SUPERLINEAR and not read.parts:
        return list(range(size))
    if read.is_list:
        return listed(read, size)
    return ",".join(f"red{index}" for index in range(size))


def _matched(sink: Sink, size: int) -> str:
    """A text on which the pattern backtracks; a pattern that does, where that is the caller's."""
    parts = sink.facts.get("text")
    if not isinstance(parts, tuple):
        return f"{'.*' * size}0" if sink.input(Role.PATTERN) else "a" * size
    first, repeated, last = map(str, parts)
    return f"{first}{repeated * size}{last}"


def _document(kind: str, lines: int) -> str:
    """A plain document of many lines."""
    match kind:
        case "yaml":
            return "- {name: red, size: 3}\n" * lines
        case "xml" | "html":
            return f"<all>{'<one><name>red</name></one>' * lines}</all>"
        case _:
            return "* _red_ [a](b)\n" * lines
