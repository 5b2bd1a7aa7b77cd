"""Limits that are declared and do not hold, with the routes that go without them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import is_of_project
from guardapi.deployment.locations import covering
from guardapi.findings import Confidence, Related, RouteReference, Severity
from guardapi.model import App, Deployment, Loss, LostLimit, Route
from guardapi.place import Place
from guardapi.rank import ADDED_METHODS, Stake, stake, work_class

HEAVY: Final = 3
"""The work class from which on a request is expensive."""
MAX_RELATED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprived:
    """A route with the methods of it that go without a limit."""

    route: Route
    methods: tuple[str, ...]

    @property
    def title(self) -> str:
        """As people name it: `GET, POST /export`."""
        return f"{', '.join(self.methods)} {self.route.rule}"

    @property
    def reference(self) -> RouteReference:
        """The route for a finding."""
        return RouteReference(rule=self.route.rule, methods=self.methods, endpoint=self.route.endpoint)

    @property
    def stake(self) -> Stake:
        """What a caller can cause there."""
        return stake(self.route, self.methods)

    @property
    def work(self) -> int:
        """The class of the most expensive of the methods."""
        return max(work_class(self.route, method) for method in self.methods)

    @property
    def is_unlimited(self) -> bool:
        """Whether one of the methods surely goes without any limit."""
        return any(self.route.limits[method].is_unlimited for method in self.methods)

    @property
    def related(self) -> tuple[Related, ...]:
        """The route as a further place."""
        place = self.route.view.place
        return (Related(place=place, message=f"{self.title} goes without it"),) if place else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Losing:
    """A declared limit (or several of one place) with all routes that go without it."""

    limits: tuple[LostLimit, ...]
    routes: tuple[Deprived, ...]
    """The one with most at stake first."""

    @property
    def limit(self) -> LostLimit:
        """The first of them."""
        return self.limits[0]

    @property
    def worst(self) -> Deprived:
        """The route with most at stake."""
        return self.routes[0]

    @property
    def related(self) -> tuple[Related, ...]:
        """The routes as further places."""
        return tuple(entry for route in self.routes[:MAX_RELATED] for entry in route.related)

    @property
    def severity(self) -> Severity:
        """That of leaving the worst of the routes without a limit; low where others hold on all."""
        bare = [route.stake for route in self.routes if route.is_unlimited]
        return max((found.severity for found in bare), default=Severity.LOW)

    @property
    def confidence(self) -> Confidence:
        """How sure that severity is."""
        bare = [route.stake for route in self.routes if route.is_unlimited]
        return max(bare, key=lambda found: found.severity).confidence if bare else Confidence.CERTAIN


def losing(app: App, deployment: Deployment, *losses: Loss, by_culprit: bool = False) -> Iterator[Losing]:
    """The lost limits of an application, one entry for each place of a declaration.

    `by_culprit`: for each place of what takes limits away instead. Routes that the reverse proxy limits are left out.
    """
    limits: dict[tuple[Place | None, str], dict[LostLimit, None]] = {}
    methods: dict[tuple[Place | None, str], dict[int, tuple[Route, list[str]]]] = {}
    for route in app.routes:
        if not is_of_project(route) or covering(deployment, route.rule):
            continue
        for method, held in route.limits.items():
            if method in ADDED_METHODS and route.methods != (method,):
                continue
            for lost in held.lost:
                if lost.loss not in losses:
                    continue
                key = (lost.by, "") if by_culprit else (lost.place, lost.text or "")
                limits.setdefault(key, {}).setdefault(lost)
                known = methods.setdefault(key, {}).setdefault(id(route), (route, []))[1]
                if method not in known:
                    known.append(method)
    for key, lost_here in limits.items():
        routes = [Deprived(route=route, methods=tuple(found)) for route, found in methods[key].values()]
        yield Losing(limits=tuple(lost_here), routes=tuple(sorted(routes, key=_most_at_stake)))


def _most_at_stake(deprived: Deprived) -> tuple[object, ...]:
    route = deprived.route
    return (not deprived.is_unlimited, -deprived.stake.score, route.rule, deprived.methods, route.endpoint)
