"""Which routes lie open, and how much is at stake on each, as far as methods, rules and names tell."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from guardapi.coverage import Coverage, coverage, is_health_check, is_of_project, is_static, unlimited_methods
from guardapi.findings import Confidence, Related, RouteReference, Severity
from guardapi.model import App, Deployment, Route

CHANGING_METHODS: Final = frozenset({"DELETE", "PATCH", "POST", "PUT"})
ADDED_METHODS: Final = frozenset({"HEAD", "OPTIONS"})
"""What the framework answers itself, or from another method."""
CREDENTIAL_WORDS: Final = frozenset(
    {
        *("2fa", "authenticate", "credential", "credentials", "forgot", "login", "logon", "mfa", "otp"),
        *("passcode", "passwd", "password", "register", "registration", "reset", "signin", "signup"),
        *("token", "tokens", "totp"),
    }
)
CREDENTIAL_PAIRS: Final = frozenset({"log in", "log on", "sign in", "sign up"})
VARIABLE: Final = re.compile(r"<[^<>]*>")
WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[a-z]*")
MAX_NAME: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a caller can cause on a route."""

    score: int
    """On the scale of `level`: work counts twice, then who may call, who chooses, and what stays behind."""
    why: str
    """What the score comes from, a phrase."""
    confidence: Confidence = Confidence.CERTAIN

    @property
    def severity(self) -> Severity:
        """The severity of leaving the route without a limit."""
        return self.confidence.cap(level(self.score))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A route of the project with methods that nothing limits."""

    route: Route
    methods: tuple[str, ...]
    stake: Stake

    @property
    def title(self) -> str:
        """The route as people name it: `GET, POST /export`."""
        return f"{', '.join(self.methods)} {self.route.rule}"

    @property
    def reference(self) -> RouteReference:
        """The route for a finding."""
        return RouteReference(rule=self.route.rule, methods=self.methods, endpoint=self.route.endpoint)

    @property
    def row(self) -> tuple[Related, ...]:
        """The route as a further place of a finding."""
        place = self.route.view.place
        return (Related(place=place, message=f"{self.title}: {self.stake.why}"),) if place else ()


def exposures(app: App, deployment: Deployment) -> tuple[Exposure, ...]:
    """The open routes of an application, most at stake first; health checks, static files and
    exempt routes are left out, and so is all that is undecided."""
    found = [exposure for route in app.routes if (exposure := _exposure(app, route, deployment))]
    return tuple(sorted(found, key=_most_at_stake))


def level(score: int) -> Severity:
    """The severity that a score stands for."""
    for severity, least in _LEAST.items():
        if score >= least:
            return severity
    return Severity.INFO


_LEAST: Final = {Severity.CRITICAL: 13, Severity.HIGH: 10, Severity.MEDIUM: 7, Severity.LOW: 4}


def stake(route: Route, methods: tuple[str, ...]) -> Stake:
    """What a caller can cause with these methods of a route."""
    changing = next((method for method in methods if method in CHANGING_METHODS), None)
    has_variable = "<" in route.rule
    word = credential_word(route)
    # A page with a login form is called so, too: without input nothing is checked.
    if word and (changing or has_variable):
        why = f"credentials, by its name (`{word}`)"
        return Stake(score=12 if changing else 11, why=why, confidence=Confidence.FIRM)
    if changing:
        return Stake(score=8, why="changes what is stored")
    if has_variable:
        return Stake(score=5, why="reads what the caller names")
    return Stake(score=4, why="reads")


def credential_word(route: Route) -> str | None:
    """The word in a route's names that says it deals with credentials."""
    view = route.view.name.rpartition(":")[2].rpartition(".")[2]
    for name in (VARIABLE.sub("/", route.rule[:MAX_NAME]), route.endpoint.rpartition(".")[2], view):
        words: list[str] = [found.lower() for found in WORD.findall(name[:MAX_NAME])]
        pairs = [" ".join(pair) for pair in pairwise(words)]
        for word in (*words, *pairs):
            if word in CREDENTIAL_WORDS or word in CREDENTIAL_PAIRS:
                return word
    return None


def _exposure(app: App, route: Route, deployment: Deployment) -> Exposure | None:
    if not is_of_project(route) or is_static(route) or is_health_check(route):
        return None
    if coverage(app, route, deployment) is Coverage.EXEMPT:
        return None
    open_methods = unlimited_methods(route, deployment)
    methods = tuple(method for method in open_methods if method not in ADDED_METHODS)
    return Exposure(route=route, methods=methods, stake=stake(route, methods)) if methods else None


def _most_at_stake(exposure: Exposure) -> tuple[object, ...]:
    route = exposure.route
    return (-exposure.stake.score, route.rule, exposure.methods, route.endpoint)
