"""Which routes lie open, and how much is at stake on each, as far as methods, rules and names tell."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from guardapi.coverage import Coverage, coverage, is_health_check, is_of_project, is_static, unlimited_methods
from guardapi.deployment.locations import covering
from guardapi.findings import Confidence, Related, RouteReference, Row, Severity
from guardapi.model import App, Deployment, Route
from guardapi.sink import Audience, Kind, MethodWork, Sink, WorkClass

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
RESET_OF: Final = CREDENTIAL_WORDS | {
    *(
        "account",
        "accounts",
        "api",
        "app",
        "auth",
        "confirm",
        "do",
        "email",
        "get",
        "mail",
        "me",
        "my",
        "post",
    ),
    *("request", "security", "send", "session", "user", "users", "v1", "v2", "view"),
}
"""Words beside which `reset` is of an account; statistics and settings are reset, too."""
VARIABLE: Final = re.compile(r"<[^<>]*>")
WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[a-z]*")
MAX_NAME: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a caller can cause on a route, and how the score comes about.

    `score = 2 work + choice + 2 audience + remains - 2 mitigation`.
    """

    work: int
    """0 (nothing) to 4 (money)."""
    choice: int
    """0: the caller has no part in it; 1: picks the input; 2: picks the amount, or guesses a short secret."""
    audience: int
    """0: staff; 1: any account; 2: anyone."""
    remains: int
    """1 if the effect outlives the request."""
    mitigation: int
    """2: an outer limit for each client; 1: only a loose or shared limit."""
    what: str
    """What the request causes, a phrase: `starts a process`."""
    who: str
    """Who may call: `anyone`, `an account`, `staff`."""
    kind: Kind | None = None
    """Of the costliest sink; None where there is none, or its work is assumed."""
    confidence: Confidence = Confidence.CERTAIN
    picks: str = ""
    """What the caller picks, a phrase, where it is not simply the input or the amount."""

    @property
    def rule(self) -> str:
        """The rule that speaks of such a sink on its own; empty where none does."""
        return RULES_OF.get(self.kind, "") if self.kind is not None else ""

    @property
    def score(self) -> int:
        """On the scale of `level`."""
        return 2 * self.work + self.choice + 2 * self.audience + self.remains - 2 * self.mitigation

    @property
    def severity(self) -> Severity:
        """The severity of leaving the route without a limit; light work is never above low, nor is what staff alone
        does to the own database."""
        most = _HIGHEST_OF_WORK.get(self.work, Severity.CRITICAL)
        if self.audience == Audience.STAFF and self.work <= WorkClass.DATA:
            most = min(most, Severity.LOW)
        return self.confidence.cap(min(level(self.score), most))

    @property
    def why(self) -> str:
        """Why it ranks where it does, a phrase."""
        parts = [self.what, self.picks or CHOICES[self.choice], f"{self.who} may call it"]
        if self.mitigation:
            parts.append("a limit in front of it helps")
        return f"{'; '.join(part for part in parts if part)} (score {self.score})"


_HIGHEST_OF_WORK: Final = {0: Severity.INFO, 1: Severity.LOW}
CHOICES: Final = {0: "", 1: "the caller picks the input", 2: "the caller picks the amount"}
AUDIENCES: Final = {Audience.ANYONE: "anyone", Audience.ACCOUNT: "any account", Audience.STAFF: "staff"}
RULES_OF: Final = {
    **dict.fromkeys((Kind.PASSWORD_CHECK, Kind.SECRET_CHECK), "GA501"),
    Kind.CODE_CHECK: "GA502",
    **dict.fromkeys((Kind.MESSAGE, Kind.MAIL), "GA505"),
    Kind.WHOLE_TABLE: "GA601",
    Kind.PAGE: "GA602",
    **dict.fromkeys((Kind.HTTP, Kind.CONNECTION), "GA603"),
    **dict.fromkeys((Kind.MODEL_API, Kind.PAID_API, Kind.PAYMENT, Kind.CLOUD_JOB), "GA604"),
    **dict.fromkeys((Kind.PROCESS, Kind.IMAGE, Kind.DOCUMENT, Kind.PLOT, Kind.SPREADSHEET), "GA605"),
    **dict.fromkeys((Kind.BROWSER, Kind.INFERENCE), "GA605"),
    Kind.PASSWORD_HASH: "GA606",
    Kind.FILE_WRITE: "GA607",
    Kind.QUEUE: "GA608",
    Kind.SLEEP: "GA609",
}
"""By kind: the rule whose finding closes with the same limit as a route without one."""
ASSUMED: Final = {1: "reads", 2: "changes what is stored", 3: "deals with credentials, by its name"}
LASTING: Final = frozenset(
    {
        *(Kind.WRITE, Kind.FILE_WRITE, Kind.MAIL, Kind.MESSAGE, Kind.PAYMENT, Kind.QUEUE, Kind.CLOUD_JOB),
        *(
            Kind.PASSWORD_HASH,
            Kind.PASSWORD_CHECK,
            Kind.SECRET_CHECK,
            Kind.CODE_CHECK,
            Kind.SIGN_IN,
            Kind.CACHE,
        ),
    }
)
"""What leaves something behind: a row, a file, a message, a job, an account taken."""
FAST: Final = 10
"""Requests a second: a limit above this hardly limits."""


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
        if place is None:
            return ()
        row = Row(
            route=self.title,
            work=self.stake.what,
            caller=self.stake.who,
            score=self.stake.score,
            rule=self.stake.rule,
        )
        return (Related(place=place, message=f"{self.title}: {self.stake.why}", row=row),)


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


def stake(
    route: Route,
    methods: tuple[str, ...],
    deployment: Deployment = Deployment(),  # noqa: B008  # frozen
    *,
    sink: Sink | None = None,
) -> Stake:
    """What a caller can cause with these methods of a route: the worst of them. With `sink`: with this alone."""
    return max(
        (_stake(route, method, deployment, sink) for method in methods or route.methods),
        key=lambda found: (found.score, found.work),
    )


def _stake(route: Route, method: str, deployment: Deployment, sink: Sink | None) -> Stake:
    done = route.work.get(method, MethodWork())
    sinks = done.sinks if sink is None else (sink,)
    worst = max(sinks, key=_cost, default=None)
    work, confidence = (int(worst.work), Confidence.CERTAIN) if worst is not None else (0, Confidence.CERTAIN)
    what = worst.kind.value if worst is not None else "does next to nothing"
    assumed = _assumed(route, method, done)
    if sink is None and assumed > work:
        work, confidence = assumed, Confidence.FIRM
        what = ASSUMED[assumed]
        worst = None
    if worst is not None and (not worst.is_certain or worst.facts.get("by_name")):
        confidence = Confidence.FIRM
    access = done.access
    choice = _choice_of(route, sinks if worst is None else (worst,))
    if worst is not None and worst.kind is Kind.CODE_CHECK and done.of(Kind.LOCKOUT):
        # Who is locked out after a few wrong codes finds none.
        choice = 1
    return Stake(
        work=work,
        choice=choice,
        audience=int(access.audience),
        remains=int(
            method in CHANGING_METHODS
            and work > 1
            and _leaves_something(sinks, assumed if sink is None else 0)
        ),
        mitigation=mitigation(route, method, deployment),
        what=what,
        who=AUDIENCES[access.audience],
        kind=worst.kind if worst is not None else None,
        confidence=confidence,
    )


def _cost(sink: Sink) -> tuple[int, int]:
    """What a sink gives to the score: of two, work weighs more. What another one leaves open does not count with it."""
    return 2 * int(sink.work) + _choice(sink), int(sink.work)


def _choice_of(route: Route, sinks: tuple[Sink, ...]) -> int:
    return max((_choice(found) for found in sinks), default=1 if "<" in route.rule else 0)


def _choice(sink: Sink) -> int:
    if sink.kind is Kind.CODE_CHECK or sink.unbounded is not None or sink.repeated_by is not None:
        return 2
    return 1 if sink.inputs else 0


def _assumed(route: Route, method: str, done: MethodWork) -> int:
    """The work of what could not be read: a view that changes something calls a store, if any."""
    if route.work and not done.opaque and not done.unread:
        return 0
    if method in CHANGING_METHODS:
        # Who has been let in has nothing to guess: there it is a resource that is called so.
        return 3 if done.access.audience is Audience.ANYONE and credential_word(route) else 2
    return 1


def _leaves_something(sinks: tuple[Sink, ...], assumed: int) -> bool:
    return assumed > 1 or any(found.kind in LASTING for found in sinks)


def mitigation(route: Route, method: str, deployment: Deployment) -> int:
    """How far limits that are there make up for what is missing: 2, 1 or 0."""
    if covering(deployment, route.rule):
        return 2
    held = route.limits.get(method)
    if held is None or not held.limits:
        return 0
    return 1 if all(found.shared or _is_fast(found.text) for found in held.limits) else 0


def _is_fast(text: str | None) -> bool:
    found = PER_SECOND.match(text or "")
    return found is not None and int(found[1]) / int(found[2]) > FAST


PER_SECOND: Final = re.compile(r"(\d{1,12}) per (\d{1,9}) second")


def work_class(route: Route, method: str) -> int:
    """How much a request with this method costs, 0 (nothing) to 4 (money), as far as it is known."""
    return stake(route, (method,)).work


def reads_body(route: Route) -> bool:
    """Whether a view reads what the caller sends in the body, without a bound of its own."""
    return next(open_reads(route, "max_content_length", *BODY_READS), None) is not None


def open_reads(route: Route, bound: str, *kinds: Kind) -> Iterator[tuple[str, Sink]]:
    """By method, the reads of a body that the code before them does not bound (`max_content_length`, ...)."""
    for method, done in route.work.items():
        for sink in done.of(*kinds) if method in CHANGING_METHODS else ():
            own = sink.facts.get(bound)
            # The announced length that a view checks says nothing of chunked bodies, but someone has thought of it.
            is_checked = bound == "max_content_length" and sink.facts.get("checked") is True
            is_bounded = isinstance(own, int) and own <= LARGEST_BODY
            if not is_bounded and own != "unknown" and not is_checked:
                yield method, sink


def body_bound(app: App, sink: Sink | None = None) -> float | None:
    """How many bytes a body may hold where a sink reads it: infinity without a bound; None where that is not known."""
    if sink is not None and "max_content_length" in sink.facts:
        own = sink.facts["max_content_length"]
        return math.inf if own is None else float(own) if isinstance(own, int) else None
    found = app.request_bounds.get("max_content_length")
    if found is None or not found.known:
        return None
    return math.inf if found.value is None else float(found.value) if isinstance(found.value, int) else None


BODY_READS: Final = (Kind.BODY, Kind.FORM, Kind.UPLOAD_READ)
LARGEST_BODY: Final = 256 * 1024 * 1024
"""A larger bound keeps no memory free."""


def credential_word(route: Route) -> str | None:
    """The word in a route's names that says it deals with credentials."""
    for words in words_of(route):
        pairs = [" ".join(pair) for pair in pairwise(words)]
        said = words if RESET_OF.issuperset(words) else [word for word in words if word != "reset"]
        for word in (*said, *pairs):
            if word in CREDENTIAL_WORDS or word in CREDENTIAL_PAIRS:
                return word
    return None


def words_of(route: Route) -> Iterator[list[str]]:
    """The words of a route's rule, its endpoint and its view, in lower case."""
    view = route.view.name.rpartition(":")[2].rpartition(".")[2]
    for name in (VARIABLE.sub("/", route.rule[:MAX_NAME]), route.endpoint.rpartition(".")[2], view):
        yield [found.lower() for found in WORD.findall(name[:MAX_NAME])]


def _exposure(app: App, route: Route, deployment: Deployment) -> Exposure | None:
    if not is_of_project(route) or is_static(route) or is_health_check(route):
        return None
    if coverage(app, route, deployment) is Coverage.EXEMPT:
        return None
    open_methods = unlimited_methods(route, deployment)
    methods = tuple(m for m in open_methods if m not in ADDED_METHODS and _is_served(route, m))
    return (
        Exposure(route=route, methods=methods, stake=stake(route, methods, deployment)) if methods else None
    )


def _is_served(route: Route, method: str) -> bool:
    return method not in route.work or route.work[method].is_served


def _most_at_stake(exposure: Exposure) -> tuple[object, ...]:
    route = exposure.route
    return (-exposure.stake.score, route.rule, exposure.methods, route.endpoint)
