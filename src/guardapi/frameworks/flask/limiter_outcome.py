"""What one request meets of the declared limits, and the limits as they are told apart."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from guardapi.frameworks.flask.limiter_state import DeclaredLimit
from guardapi.frameworks.limit_text import LimitItem, LimitTextError, parse_many
from guardapi.model import LimitSource, LostLimit

World = Mapping[Hashable, object]
"""An answer for everything that is not known: `enabled`, `bound`, `(declared limit, its unknown)`, ..."""

parsed = lru_cache(maxsize=1024)(parse_many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One part of a declared limit, where the library applies it."""

    declared: DeclaredLimit
    item: LimitItem | None
    source: LimitSource
    origin: str
    """Identity of the callable, or name of the blueprint."""
    in_body: bool = False

    @property
    def likeness(self) -> Hashable:
        """Equal for what the library takes for the same limit within one request."""
        limit = self.declared
        general = self.source in {LimitSource.DEFAULT, LimitSource.APPLICATION}
        return (
            self.source is LimitSource.APPLICATION,
            self.item,
            limit if self.item is None else limit.likeness,
            limit.methods,
            None if general else limit.override_defaults,
            limit.per_method,
            limit.shared,
            limit.exempt_when,
        )


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one request met."""

    stated: list[Stated] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    """Why something declared did not apply; a dict for its order."""
    exempt: str | None = None
    fails: str | None = None
    lost: dict[LostLimit, None] = field(default_factory=dict)
    """What is declared for it and does not hold; a dict for its order."""


class UnreadableLimitError(Exception):
    """A default or application limit that does not parse: the library raises within the request."""


def distinct(limits: Iterable[DeclaredLimit]) -> list[DeclaredLimit]:
    """Without repetitions, as the library's ordered set of declarations."""
    kept = {
        limit
        if limit.text is None
        else (
            limit.text,
            limit.likeness,
            tuple(name.lower() for name in limit.methods or ()),
            limit.override_defaults,
            limit.exempt_when,
            limit.shared,
            limit.per_method,
        ): limit
        for limit in reversed(list(limits))
    }
    return list(kept.values())[::-1]


def complaint(text: str) -> str | None:
    """Why the library reads no limit from a text; None where it does."""
    if not text:
        return "an empty text is no limit"
    try:
        parsed(text)
    except LimitTextError as error:
        return str(error)
    return None


def written(stated: Stated) -> str:
    return str(stated.item or stated.declared.text or "computed at run time")
