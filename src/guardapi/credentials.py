"""Routes that check what a caller claims to be, with what limits and brakes the attempts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import is_misused, is_of_project
from guardapi.findings import Confidence, Related, RouteReference
from guardapi.model import App, Deployment, MethodLimits, Route
from guardapi.rank import CHANGING_METHODS, credential_word, stake
from guardapi.reached import Reached, Use, is_open
from guardapi.sink import Audience, Kind, MethodWork, Sink

ORDER: Final = (Kind.CODE_CHECK, Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.SIGN_IN)
"""Of several on one route the first tells most."""
EXTERNAL: Final = re.compile(r"oauth|authorize_access_token|fetch_token|saml|oidc|openid", re.IGNORECASE)
"""Another server has checked the caller."""
SIGN_IN_WORDS: Final = frozenset(
    {"authenticate", "log in", "log on", "login", "logon", "sign in", "signin", "token", "tokens"}
)
"""What a route is called that signs in who shows a password; after a reset or a registration one is signed in, too."""
WORK: Final = 3
PHRASES: Final = {
    Kind.CODE_CHECK: "checks a short code",
    Kind.PASSWORD_CHECK: "checks a password",
    Kind.SECRET_CHECK: "compares a password",
    Kind.SIGN_IN: "signs callers in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check of a credential, with the routes that make it, the worst first."""

    reached: Reached

    @property
    def sink(self) -> Sink:
        """The check."""
        return self.reached.sink

    @property
    def title(self) -> str:
        """The worst route, and how many more there are: `POST /login`."""
        return self.reached.title

    @property
    def does(self) -> str:
        """What the route does, a phrase."""
        return PHRASES[self.sink.kind]

    @property
    def method_limits(self) -> MethodLimits:
        """The limits of the worst use."""
        return self.reached.worst.route.limits[self.reached.worst.method]

    @property
    def is_open(self) -> bool:
        """Whether surely nothing limits one of the routes."""
        return self.reached.worst.is_open

    @property
    def audience(self) -> Audience:
        """Who may try; what guards a route is tried by anyone."""
        if self.sink.facts.get("is_guard"):
            return Audience.ANYONE
        return _done(self.reached.worst).access.audience

    @property
    def score(self) -> int:
        """The route score, for a guess that is worth an account."""
        use = self.reached.worst
        choice = 2 if self.sink.kind is Kind.CODE_CHECK else 1
        return 2 * WORK + choice + 2 * self.audience + 1 - 2 * use.stake.mitigation

    @property
    def confidence(self) -> Confidence:
        """Firm where only names say that it is a secret."""
        is_named = (
            self.sink.facts.get("by_name") or self.sink.kind is Kind.SIGN_IN or not self.sink.is_certain
        )
        return Confidence.FIRM if is_named else Confidence.CERTAIN

    @property
    def reference(self) -> RouteReference | None:
        """The route, where one alone makes the check."""
        return self.reached.reference

    @property
    def related(self) -> list[Related]:
        """The way to the check."""
        return self.reached.related()

    @property
    def why(self) -> str:
        """Why it ranks where it does."""
        who = {Audience.ANYONE: "anyone", Audience.ACCOUNT: "any account", Audience.STAFF: "staff"}[
            self.audience
        ]
        return f"{who} may try (score {self.score})"


def credential_checks(app: App, deployment: Deployment) -> Iterator[Check]:
    """The checks that nothing but a limit would brake: one for each place, its open routes first."""
    uses: dict[object, list[Use]] = {}
    for route in app.routes:
        if not is_of_project(route):
            continue
        for method, done in route.work.items():
            sink = check_of(route, method, done)
            if sink is not None:
                use = Use(
                    route=route,
                    method=method,
                    sink=sink,
                    stake=stake(route, (method,), deployment, sink=sink),
                    is_open=is_open(route, method, deployment) and not is_misused(app, route),
                )
                uses.setdefault((sink.place, sink.kind), []).append(use)
    for group in uses.values():
        yield Check(reached=Reached(uses=tuple(sorted(group, key=_open_first))))


def _open_first(use: Use) -> tuple[object, ...]:
    return (not use.is_open, -_done(use).access.audience, use.route.rule, use.method)


def _done(use: Use) -> MethodWork:
    return use.route.work[use.method]


def check_of(route: Route, method: str, done: MethodWork) -> Sink | None:
    """The check that a request makes, unless something else brakes it."""
    if done.of(Kind.LOCKOUT):
        return None
    for kind in ORDER:
        for sink in done.of(kind):
            if kind is not Kind.SIGN_IN or (not sink.facts.get("fixed") and _is_sign_in(route, method, done)):
                return sink
    return None


def _is_sign_in(route: Route, method: str, done: MethodWork) -> bool:
    """Whether signing in follows a check that could not be read, and not one by another server."""
    if (
        method not in CHANGING_METHODS
        or credential_word(route) not in SIGN_IN_WORDS
        or done.access.audience is not Audience.ANYONE
    ):
        return False
    names = (*done.opaque, *(sink.name for sink in done.sinks), route.rule, route.view.name)
    return not any(EXTERNAL.search(name) for name in names)
