"""Limits by other means than Flask-Limiter: decorators and hooks of the project that refuse with 429.

They are recognised by what they do, not by their names. What they admit is not evaluated, so a route behind
one is undecided; one that the user declares as a limiter counts as a limit without a text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from guardapi.frameworks.flask.own_counters import racing_write
from guardapi.frameworks.flask.roots import CALLED, function_in, source_of
from guardapi.frameworks.flask.views import chain_of
from guardapi.model import Limit, Limiter, LimitSource, MethodLimits
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.expressions import look_up
from guardapi.python.values import DictValue, Frame, Function, Instance, Value, Wrapped

REFUSES: Final = re.compile(r"(?<!\w)429\b|TOO_MANY_REQUESTS|TooManyRequests|RateLimitExceeded")
COUNTS: Final = re.compile(r"\b(?:FixedWindow|MovingWindow|SlidingWindowCounter)\w*RateLimiter\b|\.hit\(")
"""The engine of `limits`, called directly."""
HINTS: Final = ("429", "TOO_MANY", "TooMany", "RateLimit", ".hit(")
"""One of these stands in every text that the patterns find; to look for it is much cheaper."""
DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Guard:
    """A function of the project that refuses requests."""

    name: str
    place: Place
    declared: bool
    """The user says that it limits."""
    race: Place | None = None
    """Where it writes back a counter that it has read and compared."""

    @property
    def sentence(self) -> str:
        """Why a route behind it is undecided."""
        return f"`{self.name}` answers 429 on the way to the view; what it admits is not evaluated ({self.place})"


class OwnLimits:
    """The guards of one application."""

    def __init__(self, ev: Evaluator, app: Instance, declared: Iterable[str]) -> None:
        self.ev = ev
        self.app = app
        self.declared = frozenset(declared)
        self._known: dict[tuple[Function, int], Guard | None] = {}
        """By function and how many calls deep it was looked at."""
        self._texts: dict[object, tuple[bool, tuple[str, ...]]] = {}
        """By definition: whether its text refuses, and the names that it calls."""
        self._found: dict[Place, Guard] = {}

    def guards(self, endpoint: str, registered: Value) -> list[Guard]:
        """Those that a request to an endpoint passes: hooks first, then decorators, then the view itself."""
        links = [*self._hooks(endpoint), *chain_of(self.ev, registered)]
        found = [guard for link in links if (guard := self._guard(link)) is not None]
        self._found.update((guard.place, guard) for guard in found)
        return list(dict.fromkeys(found))

    def _hooks(self, endpoint: str) -> Iterator[Value]:
        functions = self.app.attributes.get("before_request_funcs")
        if not isinstance(functions, DictValue):
            return
        parts = endpoint.split(".")[:-1]
        names = [None, *(".".join(parts[: end + 1]) for end in range(len(parts)))]
        for name in names:
            hooks = functions.get(name)
            yield from hooks if isinstance(hooks, list) else ()

    def _guard(self, link: Value) -> Guard | None:
        if type(link) is Wrapped:
            name = link.by.rpartition(".")
            if {link.by, f"{name[0]}:{name[2]}"} & self.declared and (inner := function_in(link)) is not None:
                place = inner.place
                return Guard(link.by, place, declared=True) if place is not None else None
            return None
        function = link if type(link) is Function else function_in(link)
        if function is None or function.module.is_model:
            return None
        return self._judged(function, DEPTH)

    def _judged(self, function: Function, depth: int) -> Guard | None:
        key = (function, depth)
        if key not in self._known:
            self._known[key] = None  # a call of itself shows nothing new
            self._known[key] = self._judge(function, depth)
        return self._known[key]

    def _judge(self, function: Function, depth: int) -> Guard | None:
        place = function.place
        if place is None:
            return None
        name = f"{function.module.name}:{function.qualname.partition('.<locals>')[0]}"
        if name in self.declared:
            return Guard(name, place, declared=True)
        refuses, calls = self._read(function)
        if refuses:
            return Guard(name, place, declared=False, race=racing_write(self.ev, function))
        if depth:
            frame = Frame(function.module, {}, function.closure, function)
            for called in calls:
                for helper in self._behind(look_up(frame, called)):
                    guard = self._judged(helper, depth - 1) if helper is not function else None
                    if guard is not None:
                        return guard
        return None

    def _behind(self, called: Value) -> Iterator[Function]:
        """The functions of the project that a call of a name passes: its decorators, too."""
        for link in chain_of(self.ev, called):
            function = link if type(link) is Function else None
            if function is not None and not function.module.is_model:
                yield function

    def _read(self, function: Function) -> tuple[bool, tuple[str, ...]]:
        if (known := self._texts.get(function.node)) is None:
            text = source_of(function)
            refuses = any(hint in text for hint in HINTS) and bool(
                REFUSES.search(text) or COUNTS.search(text)
            )
            known = self._texts[function.node] = refuses, tuple(dict.fromkeys(CALLED.findall(text)))
        return known

    def applied(self, held: MethodLimits, guards: list[Guard]) -> MethodLimits:
        """The limits of a method with those of the guards in front of it."""
        declared = tuple(
            Limit(
                text=None,
                source=LimitSource.DECORATOR,
                place=guard.place,
                reasons=(f"`{guard.name}` is declared as a limiter in the configuration",),
            )
            for guard in guards
            if guard.declared
        )
        sentences = tuple(guard.sentence for guard in guards if not guard.declared)
        return replace(held, limits=(*held.limits, *declared), undecided=(*held.undecided, *sentences))

    def described(self) -> Iterator[Limiter]:
        """The guards for the inventory."""
        for guard in self._found.values():
            yield Limiter(
                name=guard.name,
                kind="project",
                place=guard.place,
                bound=True,
                storage=None,
                uses=1,
                race=guard.race,
            )
