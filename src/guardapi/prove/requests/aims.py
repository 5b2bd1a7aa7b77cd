"""What is asked: one method of a route, with the request that reaches it; and which of them a finding speaks of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from guardapi.coverage import is_of_project, is_static
from guardapi.findings import Finding
from guardapi.frameworks.limit_text import LimitItem, LimitTextError, parse_many
from guardapi.model import App, Deployment, Limit, MethodLimits, Proxy, Route
from guardapi.prove.exchange import Request, Sent
from guardapi.prove.requests.building import plan
from guardapi.prove.requests.fields import Read
from guardapi.prove.requests.reads import claimed_identities, reads_of
from guardapi.prove.requests.recipes import Recipe
from guardapi.prove.requests.sources import Sources
from guardapi.rank import stake
from guardapi.sink import MethodWork, Sink

TITLE: Final = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)(?:, [A-Z]+)* (/\S*?)(?=[:;,]?(?:\s|$))")
MAX_REQUESTS: Final = 120
UNLIMITED: Final = 60
"""So many requests show that none is refused."""
OVER: Final = 5
"""Requests beyond what the limits admit."""
CLIENT: Final = "203.0.113.5"
OTHER_CLIENT: Final = "203.0.113.77"
"""Addresses of nobody; a socket of this machine stands for them by one of 127.0.0.0/8."""
Entrance = tuple[Proxy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An application, with all that the planning of requests asks."""

    app: App
    deployment: Deployment = field(default_factory=Deployment)
    sources: Sources
    recipe: Recipe = field(default_factory=Recipe)
    max_requests: int = MAX_REQUESTS
    """The most that one claim may send."""
    workers: int | None = None
    """Processes of the server; None for as many as the deployment says."""

    @property
    def unlimited(self) -> int:
        """How many requests a flood has where nothing limits."""
        return min(UNLIMITED, self.max_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One method of a route, with the request that reaches it."""

    subject: Subject
    route: Route
    method: str
    reads: tuple[Read, ...]
    request: Request

    @property
    def app(self) -> App:
        """The application it belongs to."""
        return self.subject.app

    @property
    def title(self) -> str:
        """`POST /login`."""
        return f"{self.method} {self.route.rule}"

    @property
    def held(self) -> MethodLimits:
        """Its limits, and what is not known of them."""
        return self.route.limits.get(self.method, MethodLimits())

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Those that hold."""
        return self.held.limits

    @property
    def work(self) -> MethodWork:
        """What a request causes."""
        return self.route.work.get(self.method, MethodWork())

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """What the view causes."""
        return self.work.sinks

    @property
    def strictest(self) -> int | None:
        """The least number that its limits let through; None where nothing is known to limit."""
        return min((item.amount for limit in self.limits for item in items(limit.text)), default=None)

    @property
    def loosest(self) -> int | None:
        """The largest number that one of its limits lets through."""
        return max((item.amount for limit in self.limits for item in items(limit.text)), default=None)

    @property
    def reads_a_body(self) -> bool:
        """Whether anything of a body is read."""
        return self.method != "GET" and any(
            read.container in ("form", "json", "body", "files") for read in self.reads
        )

    def having(self, request: Request) -> "Aim":
        """The same, reached by another request."""
        return replace(self, request=request)


def aim(subject: Subject, route: Route, method: str) -> Aim:
    """Plan the request of a route."""
    reads = reads_of(subject.app, route, method, subject.sources)
    request = subject.recipe.applied(plan(route.rule, method, reads, subject.recipe.values))
    return Aim(subject=subject, route=route, method=method, reads=reads, request=request)


def items(text: object) -> tuple[LimitItem, ...]:
    """The parts of a limit; none where it is no limit."""
    try:
        return parse_many(text) if isinstance(text, str) else ()
    except LimitTextError:
        return ()


def aims_of(subject: Subject, finding: Finding) -> Iterator[Aim]:
    """The routes that a finding speaks of, the worst first."""
    pairs = [(route, method) for route in by_stake(subject) for method in route.methods]
    named = finding.route
    if named is not None:
        chosen = [
            (route, method)
            for route, method in pairs
            if route.rule == named.rule and route.endpoint == named.endpoint and method in named.methods
        ]
    else:
        texts = [related.row.route if related.row else related.message for related in finding.related]
        titles = dict.fromkeys(found.groups() for text in texts if (found := TITLE.search(text)))
        chosen = [pair for title in titles for pair in pairs if (pair[1], pair[0].rule) == title]
        chosen = chosen or [pair for pair in pairs if _reaches(*pair, finding)]
    return (aim(subject, *pair) for pair in chosen or pairs)


def _reaches(route: Route, method: str, finding: Finding) -> bool:
    done = route.work.get(method)
    return any(sink.place == finding.place for sink in (done.sinks if done else ()))


def by_stake(subject: Subject) -> list[Route]:
    """The project's routes, those first with the most at stake."""
    routes = [route for route in subject.app.routes if route.methods and not is_static(route)]
    own = [route for route in routes if is_of_project(route)] or routes
    return sorted(own, key=lambda route: -stake(route, route.methods, subject.deployment).score)


def entrances(subject: Subject) -> list[Entrance]:
    """The ways to the application: through the proxies, and past them.

    Where no file says how it is deployed, the proxies are there that it relies on.
    """
    deployment, app = subject.deployment, subject.app
    kinds = {proxy.kind: proxy for proxy in deployment.proxies}
    says_nothing = not (kinds or deployment.published or deployment.starts or deployment.processes)
    if says_nothing and (app.proxy_trust.hops or ("headers", "X-Forwarded-For") in claimed_identities(app)):
        return [(Proxy(kind="assumed", place=app.place),) * (app.proxy_trust.hops or 1)]
    found: list[Entrance] = [tuple(kinds.values())]
    if kinds and any(not port.is_loopback for port in deployment.published):
        found.append(())
    return found


def sent(
    one: Aim,
    request: Request | None = None,
    *,
    entrance: Entrance | None = None,
    client: str = CLIENT,
    claimed: str = "",
) -> Sent:
    """A request as the application gets it from a client: each proxy adds where it has it from."""
    proxies = entrances(one.subject)[0] if entrance is None else entrance
    forwarded = [claimed] if claimed else []
    peer = client
    for number, proxy in enumerate(proxies):
        if proxy.is_transparent:
            continue
        if proxy.appends is not False:
            forwarded.append(peer)
        peer = f"10.0.0.{number + 1}"
    asked = request or one.request
    if forwarded:
        asked = asked.having("headers", "X-Forwarded-For", ", ".join(forwarded))
    return Sent(request=asked, client=peer)
