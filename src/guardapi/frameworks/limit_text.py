"""Limit texts, as the library `limits` reads them: `10 per 2 hours; 100/day`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

MAX_LENGTH = 2000
"""Longer texts are refused unread: no limit that somebody wrote comes near it."""

SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "month": 30 * 86_400,
    "year": 360 * 86_400,
}

_SEPARATOR = re.compile(r"[,;|]")
_ITEM = re.compile(r"\s*([0-9]+)\s*(?:/|per)\s*(?:([0-9]+)\s*)?([a-z]+)\s*", re.IGNORECASE)
_AMOUNT = re.compile(r"\s*[0-9]+\s*(?:/|per)", re.IGNORECASE)


class LimitTextError(ValueError):
    """A text that `limits` refuses; its message says which part and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitItem:
    """One part of a limit text."""

    amount: int
    multiples: int
    unit: str
    """A key of `SECONDS`."""

    def __str__(self) -> str:
        return f"{self.amount} per {self.multiples} {self.unit}"

    @property
    def seconds(self) -> int:
        """The window. A month has 30 days here, and a year twelve of them."""
        return self.multiples * SECONDS[self.unit]

    @property
    def granularity(self) -> int:
        """What the library sorts by: it leaves the multiples out, so `1/120 minutes` precedes `1/hour`."""
        return SECONDS[self.unit]


def parse_many(text: str) -> tuple[LimitItem, ...]:
    """The parts of a text in their order; raises `LimitTextError` where `limits` raises ValueError."""
    if len(text) > MAX_LENGTH:
        raise LimitTextError(f"a limit text of {len(text)} characters is not read")
    parts = _SEPARATOR.split(text)
    # NOTE: `limits` accepts a colon in front of a separator, though no document says so.
    items = [_item(part.removesuffix(":"), text) for part in parts[:-1]]
    return (*items, _item(parts[-1], text))


def _item(part: str, text: str) -> LimitItem:
    match = _ITEM.fullmatch(part)
    if match is None:
        raise LimitTextError(_complaint(part, text))
    amount, multiples, word = match.groups()
    unit = word.lower()
    if unit not in SECONDS:
        unit = unit.removesuffix("s")
    if unit not in SECONDS:
        raise LimitTextError(f"{word!r} is no unit; {', '.join(SECONDS)} are")
    return LimitItem(amount=int(amount), multiples=int(multiples or 1) or 1, unit=unit)


def _complaint(part: str, text: str) -> str:
    if not text.strip():
        return "the text is empty"
    if not part.strip():
        return f"a part of {text!r} is empty"
    if not _AMOUNT.match(part):
        return f"{part.strip()!r} does not begin with a whole number and `/` or `per`"
    return f"{part.strip()!r} does not end in one unit"


_MEANT: Final = {
    **dict.fromkeys(("s", "sec", "secs"), "second"),
    **dict.fromkeys(("m", "min", "mins"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs"), "hour"),
    "d": "day",
    **dict.fromkeys(("week", "weeks", "w"), "7 days"),
}
_SLIP: Final = re.compile(r"\s*([0-9][0-9_,.]*)\s*(/|per)\s*([a-z]+)\s*", re.IGNORECASE)


def suggestion(text: str) -> str | None:
    """What an invalid text most likely means, where that is a known slip."""
    match = _SLIP.fullmatch(text[:MAX_LENGTH])
    if match is None:
        return None
    amount, word, unit = match.groups()
    grouped = re.fullmatch(r"[0-9]{1,3}([,_.])[0-9]{3}(\1[0-9]{3})*|[0-9_]+", amount)
    if grouped is None:
        return None
    digits = re.sub(r"[_,.]", "", amount)
    fixed = f"{digits} {word} " if word != "/" else f"{digits}/"
    meant = fixed + _MEANT.get(unit.lower(), unit)
    try:
        parse_many(meant)
    except LimitTextError:
        return None
    return meant


def parts_of(texts: Iterable[str | None]) -> list[LimitItem]:
    """The parts of several limits; none where one of them is not known."""
    found: list[LimitItem] = []
    for text in texts:
        if text is None:
            return []
        try:
            found += parse_many(text)
        except LimitTextError:
            return []
    return found


def admitted(parts: list[LimitItem], seconds: int) -> int:
    """The most requests that all of some limits let through in so many seconds."""
    return min(part.amount * ceil(seconds / part.seconds) for part in parts)
