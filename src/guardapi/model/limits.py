"""Limits: which hold for a route and a method, and which are declared and do not."""

from dataclasses import dataclass
from enum import StrEnum

from guardapi.place import Place


class LimitSource(StrEnum):
    """What declared a limit."""

    DECORATOR = "decorator"
    """On the view, its class or one of its methods."""
    BLUEPRINT = "blueprint"
    """On a blueprint that the route belongs to."""
    DEFAULT = "default"
    """The limiter's default limits."""
    APPLICATION = "application"
    """A budget that all routes share, or an outer limit (reverse proxy, hook) for all of them."""


class Loss(StrEnum):
    """Why a limit that is declared for a route does not hold there."""

    INVALID = "invalid"
    """Its text is none that the limiter reads."""
    REPLACED = "replaced"
    """A limit nearer to the view takes its place."""
    FORGOTTEN = "forgotten"
    """It holds only until some request has met a limit inside the view."""
    MISNAMED = "misnamed"
    """It is filed under a name that the route's blueprint is not registered with."""
    CUT = "cut"
    """An exemption of the route's blueprint keeps it from the limits of those around it."""
    META = "meta"
    """It is the budget of refusals of a blueprint's limit: the limiter drops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit that holds for one HTTP method of one route."""

    text: str | None
    """Normal form, `10 per 1 minute`; None where only a request can tell."""
    source: LimitSource
    place: Place | None
    """Where it is declared; None where a dependency does."""
    written: str | None = None
    """As it is written there, with all the parts that are written together; None where that is computed."""
    reasons: tuple[str, ...] = ()
    """Why it holds here: a sentence a step, from the declaration to the route."""
    shared: bool = False
    """One counter for several routes."""
    overrides: bool = False
    """It takes the place of the default limits."""
    key: str = ""
    """The name of its own key function, as `LimiterFunction` has it; empty: the limiter's."""
    is_conditional: bool = False
    """It is counted after the response, and only where a function says so (`deduct_when`)."""
    costs: bool = True
    """False: it is written to cost nothing."""

    @property
    def own_key(self) -> bool:
        """Whether it tells callers apart by another key than the limiter's."""
        return bool(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLimit:
    """A limit that is declared for one HTTP method of one route and does not hold there."""

    text: str | None
    """As it is written; None where only a request can tell."""
    source: LimitSource
    place: Place | None
    """Where it is declared (or the answer written, for one that a function answers with)."""
    loss: Loss
    reason: str
    """A phrase: what is wrong with the text, or what takes it away."""
    target: str = ""
    """What it is declared on: a view, a blueprint, the limiter."""
    by: Place | None = None
    """Where that which takes it away is written."""
    condition: str | None = None
    """Of an answer of a function: the test under which it is given, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodLimits:
    """The limits of one HTTP method of one route.

    `undecided` empty: `limits` is all there is, and if that is empty too, nothing limits.
    Otherwise there may be more (or fewer) and each entry says why that is unknown.
    """

    limits: tuple[Limit, ...] = ()
    undecided: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why declared limits do not hold here, a sentence each."""
    lost: tuple[LostLimit, ...] = ()
    """Declared limits that surely do not hold here. For REPLACED and FORGOTTEN one for each part of a text."""
    fails: str | None = None
    """Why every request is answered with status 500, or None."""

    @property
    def is_unlimited(self) -> bool:
        """Surely nothing limits."""
        return not self.limits and not self.undecided
