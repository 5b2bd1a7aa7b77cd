"""Which routes depend on which function that tells callers apart, and what else limits them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Related, RouteReference
from guardapi.model import App, Deployment, Limit, LimiterFunction, Route
from guardapi.rank import Stake, credential_word, stake
from guardapi.sink import Kind, WorkClass

FORWARDED: Final = re.compile(
    r"x-forwarded-for|x-real-ip|\bforwarded\b|true-client-ip|\bclient-ip|cf-connecting-ip|x-client-ip|x-cluster-client-ip"
    r"|http_x_forwarded_for|http_x_real_ip|access_route",
    re.IGNORECASE,
)
"""Caller data that says which address a request comes from."""
CREDENTIALS = (Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK)
MAX_RELATED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """One HTTP method of a route, with the limits that one key function counts for."""

    route: Route
    method: str
    limits: tuple[Limit, ...]
    others: tuple[Limit, ...]
    """Its other limits."""
    stake: Stake

    @property
    def title(self) -> str:
        """`POST /login`."""
        return f"{self.method} {self.route.rule}"

    @property
    def is_precious(self) -> bool:
        """Whether a credential or money is at stake."""
        done = self.route.work.get(self.method)
        checks = done is not None and bool(done.of(*CREDENTIALS))
        return (
            checks
            or self.stake.work >= WorkClass.MONEY
            or (self.method != "GET" and bool(credential_word(self.route)))
        )

    @property
    def related(self) -> tuple[Related, ...]:
        """The route as a further place."""
        place = self.route.view.place
        return (Related(place=place, message=f"{self.title} is limited by it"),) if place is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFunction:
    """A key function with all that depends on it, the worst first."""

    function: LimiterFunction
    uses: tuple[Keyed, ...]

    @property
    def name(self) -> str:
        """As the project calls it."""
        return self.function.name.rpartition(":")[2].partition("@")[0]

    @property
    def reference(self) -> RouteReference | None:
        """The route, where one alone depends on it."""
        endpoints = {use.route.endpoint for use in self.uses}
        if len(endpoints) != 1:
            return None
        route = self.uses[0].route
        methods = tuple(sorted({use.method for use in self.uses}))
        return RouteReference(rule=route.rule, methods=methods, endpoint=route.endpoint)

    @property
    def related(self) -> list[Related]:
        """Where it is handed over, and the routes."""
        declared = self.function.declared
        found = (
            [Related(place=declared, message="it is given to the limit here")] if declared is not None else []
        )
        return [*found, *(entry for use in self.uses[:MAX_RELATED] for entry in use.related)]


def key_functions(app: App, deployment: Deployment) -> Iterator[KeyFunction]:
    """The project's own key functions of active limiters, as far as some route depends on them."""
    limiters = active_limiters(app)
    own = {limiter.key for limiter in limiters}
    for function in app.functions:
        if function.role != "key":
            continue
        # With several limiters a limit without a key of its own does not tell which one counts it.
        is_default = own == {function.name}
        uses = [
            use
            for route in app.routes
            for use in _uses(route, function.name, deployment, is_default=is_default)
        ]
        if uses and limiters:
            uses.sort(key=lambda use: (-use.stake.score, use.route.rule, use.method))
            yield KeyFunction(function=function, uses=tuple(uses))


def _uses(route: Route, name: str, deployment: Deployment, *, is_default: bool) -> Iterator[Keyed]:
    for method, held in route.limits.items():
        mine = [limit for limit in held.limits if limit.key == name or (is_default and not limit.key)]
        if mine:
            yield Keyed(
                route=route,
                method=method,
                limits=tuple(mine),
                others=tuple(limit for limit in held.limits if limit not in mine),
                stake=stake(route, (method,), deployment),
            )
