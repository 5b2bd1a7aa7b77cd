"""Whether something limits a route, the reverse proxy in front of it included."""

import re
from enum import StrEnum
from typing import Final

from guardapi.deployment.locations import covering
from guardapi.model import App, Deployment, Limiter, Misuse, Route
from guardapi.place import Place

PROJECT_LIMITER: Final = "project"
"""The kind of a limiter that the project wrote itself."""
HEALTH_WORDS: Final = frozenset(
    {
        *("alive", "health", "healthcheck", "healthy", "healthz", "heartbeat", "live", "liveness", "livez"),
        *("ping", "readiness", "ready", "readyz", "startup"),
    }
)
DOCUMENTATION: Final = frozenset({"doc", "docs", "sphinx"})
EXAMPLES: Final = frozenset({"doc", "docs", "example", "examples", "sample", "samples"})
READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Coverage(StrEnum):
    """What is known about the limits of a route; the least protected method decides."""

    LIMITED = "limited"
    EXEMPT = "exempt"
    UNLIMITED = "unlimited"
    UNDECIDED = "undecided"


def coverage(app: App, route: Route, deployment: Deployment) -> Coverage:
    """What is known about the limits of a route of an application."""
    if covering(deployment, route.rule):
        return Coverage.LIMITED
    # Where no limiter is active an exemption protects from nothing, and hides nothing.
    if route.exempt and (is_static(route) or active_limiters(app)):
        return Coverage.EXEMPT
    if any(held.is_unlimited for held in route.limits.values()):
        return Coverage.UNLIMITED
    return Coverage.UNDECIDED if route.is_undecided else Coverage.LIMITED


def unlimited_methods(route: Route, deployment: Deployment) -> tuple[str, ...]:
    """The HTTP methods of a route that surely nothing limits, exemptions not regarded."""
    open_methods = tuple(method for method in route.methods if _is_unlimited(route, method))
    return () if covering(deployment, route.rule) else open_methods


def is_static(route: Route) -> bool:
    """Whether the framework itself serves files here."""
    return route.view.place is None and route.endpoint.rpartition(".")[2] == "static"


def is_health_check(route: Route) -> bool:
    """Whether a route only says that the application lives: read, without a parameter, called so."""
    if "<" in route.rule or not READING_METHODS.issuperset(route.methods):
        return False
    last = (route.rule.rstrip("/").rpartition("/")[2] or route.endpoint.rpartition(".")[2]).lower()
    return not HEALTH_WORDS.isdisjoint(re.split(r"[-_.]", last))


def is_for_documentation(app: App) -> bool:
    """Whether an application is only made to write down its routes (Sphinx asks for one): no server serves it."""
    return not DOCUMENTATION.isdisjoint(app.id.rpartition(":")[2].lower().split("_"))


def is_of_example(place: Place) -> bool:
    """Whether a file shows how something is used: examples and documentation that a project brings along."""
    return not EXAMPLES.isdisjoint(place.file.lower().split("/")[:-1])


def is_of_project(route: Route) -> bool:
    """Whether the project wrote the view: what a dependency brings cannot be decorated."""
    return route.view.place is not None


def active_limiters(app: App) -> tuple[Limiter, ...]:
    """The limiter extensions that work for an application, or may."""
    return tuple(
        limiter
        for limiter in app.limiters
        if limiter.kind != PROJECT_LIMITER and limiter.bound and limiter.enabled is not False
    )


def idle_limiters(app: App) -> tuple[Limiter, ...]:
    """The limiter extensions that limits are declared on and that surely do not work."""
    return tuple(
        limiter
        for limiter in app.limiters
        if limiter.kind != PROJECT_LIMITER
        and limiter.uses
        and (not limiter.bound or limiter.enabled is False)
    )


def project_limiters(app: App) -> tuple[Limiter, ...]:
    """What the project wrote to limit callers, which is not evaluated."""
    return tuple(limiter for limiter in app.limiters if limiter.kind == PROJECT_LIMITER)


def misused_on(route: Route, misuse: Misuse) -> bool:
    """Whether a limit was meant for the view of a route, and is not attached to it."""
    if ":" in misuse.function:
        return route.view.name == misuse.function
    place = route.view.place
    return place is not None and place.file == misuse.place.file and _last_name(route) == misuse.function


def is_misused(app: App, route: Route) -> bool:
    """Whether an active limiter has a limit that was meant for the route and is not attached to it."""
    return any(misused_on(route, misuse) for limiter in active_limiters(app) for misuse in limiter.misuses)


def _last_name(route: Route) -> str:
    return route.view.name.rpartition(":")[2].rpartition(".")[2]


def _is_unlimited(route: Route, method: str) -> bool:
    held = route.limits.get(method)
    return held is not None and held.is_unlimited
