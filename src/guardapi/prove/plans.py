"""A plan: a claim about the application, the requests that test it, and how their answers are judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardapi.prove.exchange import Answer, Exchange
from guardapi.verdict import Mode, Ruling

ANYWHERE: Final = frozenset(Mode)
Answers = Sequence[tuple[Answer, ...]]
"""By exchange, in the order of the plan."""


class Store(StrEnum):
    """What the application finds where its limits are counted."""

    WORKING = "working"
    REFUSES = "refuses"
    """Every connection is refused."""
    HANGS = "hangs"
    """Connections are taken, and nothing is ever answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the answers mean for the claim of a plan."""

    ruling: Ruling
    detail: str
    """What decided, a sentence with numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One claim and how it is tested. It knows nothing of who carries the requests."""

    claim: str
    """A sentence that is true or false: `GET /search is refused after 5 requests in 1 minute`."""
    way: str
    """The function of `prove.ways` that made it: `flood`, `rotate`, `body`."""
    app: str
    route: str
    methods: tuple[str, ...]
    fingerprint: str
    rule: str | None
    exchanges: tuple[Exchange, ...]
    judge: Callable[[Answers], Judgement]
    is_stated: bool = True
    """False: that nothing leads around a limit; its text says only how many requests pass."""
    modes: frozenset[Mode] = ANYWHERE
    """Where it can be tested: what puts the clock forward by more than a minute is not waited for."""
    store: Store = Store.WORKING
    is_silent: bool = False
    """Other servers take every connection, and never answer."""
    hold: tuple[str, int] | None = None
    """In process: the line of a file at which requests that are sent together wait for each other."""

    @property
    def requests(self) -> int:
        """How many requests it sends."""
        return sum(len(exchange.sent) for exchange in self.exchanges)
