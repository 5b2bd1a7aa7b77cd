"""The routes as rows of the page: a row for each group of methods that the same limits hold for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import Coverage, coverage, unlimited_methods
from guardapi.deployment import covering
from guardapi.findings import Finding, Severity
from guardapi.model import App, Deployment, MethodLimits, Route
from guardapi.rank import Stake, exposures, stake
from guardapi.report.html_text import Prose, prose
from guardapi.report.limits import short_form

ORDER: Final = (Coverage.UNLIMITED, Coverage.UNDECIDED, Coverage.EXEMPT, Coverage.LIMITED)
"""As a reader looks for trouble."""
MAX_NOTES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What limits a method of a route."""

    state: Coverage
    limits: tuple[str, ...]
    notes: tuple[Prose, ...]
    """Why these hold, and others do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow:
    """Methods of a route, what limits them, and what a request to them can cause."""

    blueprint: int
    """The number of its blueprint."""
    blueprint_name: str
    methods: tuple[str, ...]
    rule: str
    place: str
    held: Held
    rank: int
    """Of its state, the most troubling first."""
    work: str
    caller: str
    score: int | None
    """How much is at stake; None where something limits, or may."""
    level: Severity | None
    findings: tuple[int, ...]
    """Numbers of the findings on it."""


class _Speaking:
    """Which findings speak of a route: those about it, and those that name its view among others."""

    def __init__(self, app: App, findings: Sequence[Finding]):
        self._by_method: dict[tuple[str, str, str], set[int]] = {}
        self._by_view: dict[tuple[str, int], set[int]] = {}
        for number, finding in enumerate(findings, start=1):
            if finding.app == app.id:
                self._add(number, finding)

    def _add(self, number: int, finding: Finding) -> None:
        about = finding.route
        if about is not None:
            for method in about.methods:
                self._by_method.setdefault((about.rule, about.endpoint, method), set()).add(number)
            return
        for related in finding.related:
            place = related.place
            self._by_view.setdefault((place.file, place.line), set()).add(number)

    def of(self, route: Route, methods: tuple[str, ...]) -> tuple[int, ...]:
        """Numbers of findings, in order."""
        place = route.view.place
        by_view = self._by_view.get((place.file, place.line), set()) if place else set()
        by_method = (self._by_method.get((route.rule, route.endpoint, method), set()) for method in methods)
        return tuple(sorted(by_view.union(*by_method)))


def route_rows(
    app: App, deployment: Deployment, numbers: Mapping[str | None, int], found: Sequence[Finding]
) -> Iterator[RouteRow]:
    """All routes of an application; `numbers` are those of its blueprints, `found` is every finding in its order."""
    speaking = _Speaking(app, found)
    exposed = {
        (exposure.route.rule, exposure.route.endpoint, method): exposure.stake
        for exposure in exposures(app, deployment)
        for method in exposure.methods
    }
    for route in app.routes:
        for held, methods in _groups(app, route, deployment).items():
            open_stakes = [exposed.get((route.rule, route.endpoint, method)) for method in methods]
            at_stake = _worst(open_stakes) if held.state is Coverage.UNLIMITED else None
            usual = at_stake or stake(route, methods, deployment)
            yield RouteRow(
                blueprint=numbers[route.blueprint],
                blueprint_name=route.blueprint or "",
                methods=methods,
                rule=route.rule,
                place=str(route.view.place or route.view.name),
                held=held,
                rank=ORDER.index(held.state),
                work=usual.what if route.work else "",
                caller=usual.who if route.work else "",
                score=at_stake.score if at_stake else None,
                level=at_stake.severity if at_stake else None,
                findings=speaking.of(route, methods),
            )


def held_by(app: App, route: Route, method: str, deployment: Deployment) -> Held:
    """What limits a method of a route, and why."""
    limits, notes = _limits(app, route, method, deployment)
    return Held(state=_state(app, route, method, deployment), limits=limits, notes=notes)


def _groups(app: App, route: Route, deployment: Deployment) -> dict[Held, tuple[str, ...]]:
    """Methods with the same limits for the same reasons."""
    groups: dict[Held, tuple[str, ...]] = {}
    for method in route.methods:
        held = held_by(app, route, method, deployment)
        groups[held] = (*groups.get(held, ()), method)
    return groups


def _state(app: App, route: Route, method: str, deployment: Deployment) -> Coverage:
    if coverage(app, route, deployment) is Coverage.EXEMPT:
        return Coverage.EXEMPT
    if method in unlimited_methods(route, deployment):
        return Coverage.UNLIMITED
    held = route.limits.get(method)
    is_open = held is not None and held.undecided and not covering(deployment, route.rule)
    return Coverage.UNDECIDED if is_open else Coverage.LIMITED


def _limits(
    app: App, route: Route, method: str, deployment: Deployment
) -> tuple[tuple[str, ...], tuple[Prose, ...]]:
    held = route.limits.get(method, MethodLimits())
    outer = covering(deployment, route.rule)
    limits = (
        *(short_form(limit) for limit in held.limits),
        *(f"{limit.text} ({limit.source})" for limit in outer),
    )
    sentences = [
        *([f"Exists only if {route.condition}"] if route.condition else []),
        *([f"Exempt: {route.exempt}"] if coverage(app, route, deployment) is Coverage.EXEMPT else []),
        *(f"{short_form(limit)}: {reason}" for limit in held.limits for reason in limit.reasons),
        *(f"{limit.text}: declared in {limit.place}" for limit in outer),
        *(f"Does not hold: {lost.text or 'a limit'}, {lost.reason}" for lost in held.lost),
        *held.reasons,
        *(f"Undecided: {reason}" for reason in held.undecided),
        *([f"Every request fails: {held.fails}"] if held.fails else []),
    ]
    distinct = dict.fromkeys(sentences)
    return limits, tuple(prose(sentence) for sentence in list(distinct)[:MAX_NOTES])


def _worst(stakes: list[Stake | None]) -> Stake | None:
    return max((found for found in stakes if found), key=lambda found: found.score, default=None)
