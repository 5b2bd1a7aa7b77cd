"""What a set-up told Flask-Limiter, and what is known of a route: the question `effective` answers.

The evaluator fills these in; nothing here knows how it found them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum, auto

from guardapi.model import Limit, LostLimit
from guardapi.place import Place

Version = tuple[int, ...]

LATEST: Version = (4, 1, 1)
"""The release these semantics were compared with, and the one assumed where none is named."""

# Each is the first release with the behaviour, found by comparing the sources of the releases.
SEES_ROUTE_BELOW: Version = (2, 1)
"""Before it a view registered undecorated, and decorated afterwards, was limited nevertheless."""
NESTS_BLUEPRINTS: Version = (2, 3)
"""Blueprint limits are inherited by dotted name, and exemptions have scopes. Before it an exemption was
total, a blueprint's limits held for its exact dotted name, and also for its decorated views."""
HOOKS_EVERY_LIMITER: Version = (2, 5)
"""Before it only the first limiter bound to an application ran before its requests."""
CHECKS_BY_CALLABLE: Version = (2, 9)
"""Every limited callable evaluates its own limits. Before it the first wrapper of a request evaluated those
filed under the name of the registered view, and no other wrapper did anything."""
UNIFIES_BLUEPRINT_LIMITS: Version = (3, 0)
"""Before it a limit computed at run time was never inherited from a parent blueprint, and one that is a
text ignored exemptions of its own blueprint."""
ALLOWS_EMPTY: Version = (3, 1)
"""An empty text is no limit; before it, it did not parse."""
MARKS_WRAPPERS: Version = (3, 2)
"""Stacked wrappers know each other by a mark on the wrapped function. Before it by its name."""
EXEMPTS_NESTED_STATIC: Version = (3, 4)
"""Every endpoint that ends in `.static` is exempt; before it only `static` itself."""
EXEMPTS_META: Version = (3, 6)
"""A plain `exempt` covers meta limits too, and with them the limits of an exempt blueprint itself."""


LAST_RELEASES: tuple[Version, ...] = ((1, 5), (2, 9, 2), (3, 13), LATEST)
"""The last release of each major version."""


def release_of(specifier: str) -> Version:
    """The release that a version specifier most likely installs: the pinned one, else the newest it allows."""
    pinned = re.search(r"===?\s*(\d+(?:\.\d+){0,3})", specifier)
    if pinned:
        return tuple(map(int, pinned[1].split(".")))
    compatible = re.search(r"~=\s*(\d+)", specifier)
    below = re.search(r"<(=?)\s*(\d+(?:\.\d+){0,3})", specifier)
    if compatible:
        return next((last for last in LAST_RELEASES if last[0] == int(compatible[1])), LATEST)
    if below:
        bound = tuple(map(int, below[2].split(".")))
        fits = [last for last in LAST_RELEASES if last < bound or (below[1] and last == bound)]
        return fits[-1] if fits else bound
    return LATEST


class Scope(IntFlag):
    """What an exemption covers; the flags of `flask_limiter.ExemptionScope`."""

    NONE = 0
    APPLICATION = auto()
    META = auto()
    DEFAULT = auto()
    DESCENDENTS = auto()
    ANCESTORS = auto()


def plain_exemption(version: Version = LATEST) -> Scope:
    """The flags of an `exempt` that names none."""
    scope = Scope.APPLICATION | Scope.DEFAULT
    return scope | Scope.META if version >= EXEMPTS_META else scope


def identity(module: str, name: str, qualname: str, version: Version = LATEST) -> str:
    """The name under which the library files a callable: it never looks at the object."""
    if version >= CHECKS_BY_CALLABLE:
        return f"{module}.{name}.{qualname}"
    return f"{module}.{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A constant that a function answers with when it is asked for a limit's text."""

    text: str
    place: Place
    condition: str | None = None
    """The test under which it is given, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLimit:
    """One limit as it was declared; a compound text is one declaration."""

    text: str | None
    """None where a request computes it, or where it is not known (then `why_unknown`)."""
    place: Place | None = None
    target: str = ""
    """What it is declared on, for people: `shop.views:login`. Its key in the state where empty."""
    methods: tuple[str, ...] | None = None
    methods_known: bool = True
    """False: it is restricted to methods that are not known."""
    override_defaults: bool | None = True
    """None where not known. Only decorated and blueprint limits have it: see `LimiterState`."""
    exempt_when: bool = False
    """It has a condition under which it is skipped."""
    shared: bool = False
    per_method: bool = False
    likeness: str = ""
    """Stands for the arguments without a field (key function, scope, cost, ...): two declarations in one
    place are one for the library if this and all other fields but `place` and `target` are equal."""
    why_unknown: str | None = None
    uncertain: str | None = None
    """Why it may not be declared at all; None where it surely is."""
    answers: tuple[Answer, ...] = ()
    """Of one that a function computes: the constants among what it can be."""
    key: str = ""
    """The name of its own key function; empty: the limiter's."""
    is_conditional: bool = False
    """It is counted after the response, where `deduct_when` says so."""
    costs: bool = True
    """False: its cost is written as 0."""
    meta: tuple[str, ...] = ()
    """Texts of the meta limits declared with it."""


class Filter(StrEnum):
    """What decides whether a request filter lets a request pass every limit."""

    ALWAYS = "always"
    """It always does."""
    BY_ROUTE = "by route"
    """The route or the method that is asked for: for some routes it may always do so."""
    BY_CALLER = "by caller"
    """Something else of the request: for an ordinary caller the limits hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterState:
    """One limiter after the whole set-up has run."""

    name: str
    version: Version = LATEST
    enabled: bool | None = True
    bound: bool | None = True
    """Whether this application was given to it."""
    bound_elsewhere: bool = False
    """Another application was: its decorators then work in this one as well."""
    hooked: bool = True
    """It was the first limiter bound to this application; matters before `HOOKS_EVERY_LIMITER` only."""
    defaults: tuple[DeclaredLimit, ...] = ()
    """Their `override_defaults` does not count, nor that of the application limits."""
    application: tuple[DeclaredLimit, ...] = ()
    decorated: Mapping[str, tuple[DeclaredLimit, ...]] = field(default_factory=dict)
    """By `identity`, in the order in which the decorators ran; also those of `with` statements, under any
    name of their own."""
    blueprints: Mapping[str, tuple[DeclaredLimit, ...]] = field(default_factory=dict)
    """By the simple name that the blueprint object carries."""
    route_exemptions: Mapping[str, Scope | None] = field(default_factory=dict)
    """By `identity`; None where the flags are not known."""
    blueprint_exemptions: Mapping[str, Scope | None] = field(default_factory=dict)
    blueprint_exemption_places: Mapping[str, Place] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    """Identities of what a limit decorator was applied to, whether its result is used or not."""
    request_filters: tuple[Filter, ...] = ()
    """What each request filter goes by."""
    swallow_errors: bool = False
    own_identifier: bool = False
    """A `request_identifier` is set."""
    auto_check: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A place on the way of a request where the limiter looks: a wrapper, or a limit inside the view."""

    identity: str
    """Of what is wrapped, when the decorator ran."""
    stacked: bool = False
    """What it wraps carries the mark of a wrapper of the same limiter: it is one, or `functools.wraps`
    copied it. Such a wrapper does nothing. The mark of another limiter replaces the first one's."""
    always: bool = True
    """It is passed on every path; a limit in one branch of the view is not."""
    in_body: bool = False
    """Called by the view itself (a limited function, or `with limiter.limit(...)`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What serves one endpoint."""

    endpoint: str
    blueprint: str | None = None
    """The dotted name under which it is registered; None also where the endpoint's prefix is none."""
    blueprint_own_name: str | None = None
    """The simple name that the blueprint object carries."""
    registered_name: str
    """Identity of the callable in `view_functions`."""
    limited_itself: bool | None = None
    """A limit decorator was applied to this very object; None where only names tell. Matters before
    `SEES_ROUTE_BELOW` only."""
    checks: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    """By HTTP method, for *all* methods of the endpoint, in the order a request meets them. HEAD is as GET
    where it is missing; an OPTIONS that Flask answers itself has none."""

    def checks_of(self, method: str) -> tuple[Check, ...]:
        """The checks that a request with this method passes."""
        if method == "HEAD" and method not in self.checks:
            return self.checks.get("GET", ())
        return self.checks.get(method, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The limits that one limiter applies to a request for one route and method."""

    limits: tuple[Limit, ...] = ()
    """Decorated, blueprint, default, application; each as often as a request counts against it. Where
    something is undecided, only those that hold in any case."""
    undecided: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why declared limits do not hold, a sentence each."""
    exempt: str | None = None
    """Why no limit of this limiter can apply, or None."""
    at_first: tuple[Limit, ...] = ()
    """Limits that hold only until each method of the endpoint has been requested once in a process."""
    fails: str | None = None
    """Why a request is answered with status 500."""
    lost: tuple[LostLimit, ...] = ()
    """Declared limits that do not hold in any case."""
