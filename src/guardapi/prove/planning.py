"""What is to be shown of an application: plans for the findings that can be tried, and for the limits."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from guardapi.findings import Finding, Probe
from guardapi.model import LimitSource
from guardapi.pipeline import Report
from guardapi.prove.deployed import deployed
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import MAX_REQUESTS, Aim, Subject, aim, aims_of, by_stake
from guardapi.prove.requests.recipes import Recipe
from guardapi.prove.requests.sources import Sources
from guardapi.prove.ways import WAYS, body, bypasses, floods, limits, stall
from guardapi.prove.ways.limits import Stated
from guardapi.rule import catalogue
from guardapi.verdict import Mode

MOST_AIMS: Final = 3
"""Routes on which one finding is tried."""
MOST_TOGETHER: Final = 3
"""Routes of a shared limit that are asked in turn."""
UNPAGED: Final = "GA601"
ON_LIMITED_ROUTES: Final = frozenset({"GA209", "GA401", "GA402", "GA403"})
"""Rules whose fault shows where something is refused, or counted."""
SWITCHED_OFF: Final = "GA210"
UNTRIED: Final = {
    Probe.STALL: "it waits for no other server: what a database, a thread or a process does cannot be held up here",
    Probe.BOOT: "the command of the deployment is not run here; an application that does not start is told at once",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user wants to be shown."""

    mode: Mode = Mode.IN_PROCESS
    apps: frozenset[str] | None = None
    """Ids of applications; None for all."""
    routes: frozenset[str] = frozenset()
    """Rules of the URL map; none for all."""
    every_route: bool = False
    """Each limit on every route; else on the one with the most at stake."""
    max_requests: int = MAX_REQUESTS
    """The most that one claim may send."""
    has_limits: bool = True
    """Whether limits are tried, beside findings."""
    has_bypasses: bool = False
    """Whether ways around the limits are tried, too."""
    workers: int | None = None
    """Processes of the server; None for as many as the deployment says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that is not tried."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """All that is to be sent, in its order."""

    plans: tuple[Plan, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def requests(self) -> int:
        """How many requests are sent at most."""
        return sum(plan.requests for plan in self.plans)


@dataclass(slots=True)
class _Planning:
    """Plans as they come up, with what is left out."""

    wanted: Wanted
    plans: list[Plan] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, what: str, plans: Iterable[Plan], reason: str = "") -> bool:
        """Take what can be tried here; False, and why, where nothing can."""
        found = [plan for plan in plans if plan.requests <= self.wanted.max_requests]
        fit = [plan for plan in found if self.wanted.mode in plan.modes]
        self.plans += fit
        if not fit and (found or reason):
            modes = " or ".join(sorted({mode.value for plan in found for mode in plan.modes}))
            self.left_out.append(LeftOut(what=what, reason=f"it takes --mode {modes}" if found else reason))
        return bool(fit)


def plan_all(report: Report, sources: Sources, recipe: Recipe, wanted: Wanted) -> Planned:
    """The plans for the findings and the limits of a report."""
    planning = _Planning(wanted)
    for app in report.inventory.apps:
        if wanted.apps is None or app.id in wanted.apps:
            subject = Subject(
                app=app,
                deployment=report.inventory.deployment,
                sources=sources,
                recipe=recipe,
                max_requests=wanted.max_requests,
                workers=wanted.workers,
            )
            _add_findings(planning, subject, report.findings)
            if wanted.has_limits:
                _add_limits(planning, subject)
    return Planned(plans=tuple(planning.plans), left_out=tuple(planning.left_out))


def against(subject: Subject, finding: Finding, probes: Iterable[Probe]) -> Iterator[Plan]:
    """The plans for one finding, on the routes that it speaks of."""
    tried = tuple(probes)
    for one in _first_aims(subject, finding, Wanted()):
        yield from _on(one, finding, tried)


def _add_findings(planning: _Planning, subject: Subject, findings: Iterable[Finding]) -> None:
    probes = {rule.id: rule.probes for rule in catalogue()}
    for finding in findings:
        if finding.app != subject.app.id:
            continue
        aims = _first_aims(subject, finding, planning.wanted)
        if not aims:
            if not planning.wanted.routes:
                reason = (
                    "no route is known on which a request hangs"
                    if finding.rule == stall.NO_TIMEOUT
                    else "no limit is known to hold on a route where it would show"
                )
                planning.left_out.append(LeftOut(what=f"{finding.rule} {finding.place}", reason=reason))
            continue
        tried = probes.get(finding.rule, ())
        plans = [plan for one in aims for plan in _on(one, finding, tried)]
        planning.add(f"{finding.rule} {finding.place}", plans, _untried(tried))


def _first_aims(subject: Subject, finding: Finding, wanted: Wanted) -> list[Aim]:
    aims = (one for one in aims_of(subject, finding) if _is_wanted(wanted, one))
    return list(islice((one for one in aims if _may_show(one, finding)), MOST_AIMS))


def _may_show(one: Aim, finding: Finding) -> bool:
    """Whether the limits of a route are what a finding speaks of."""
    if finding.rule in ON_LIMITED_ROUTES:
        return bool(one.limits)
    if finding.rule == stall.NO_TIMEOUT:
        return any(map(stall.hangs, one.sinks))
    if finding.rule == SWITCHED_OFF:
        roles = {function.role for function in one.app.functions if function.declared == finding.place}
        if "request_filter" in roles:
            return bool(one.limits)
        # What is written for one limit lets nobody off the others.
        return any(
            limit.source is LimitSource.DEFAULT
            or (limit.place == finding.place and limit.source is not LimitSource.APPLICATION)
            for limit in one.limits
        )
    return True


def _on(one: Aim, finding: Finding, probes: tuple[Probe, ...]) -> Iterator[Plan]:
    ways = [probe for probe in probes if probe in WAYS]
    if Probe.OUTAGE in ways:
        ways = [Probe.OUTAGE]
    plans = [plan for probe in ways for plan in WAYS[probe](one, finding)]
    if not plans and finding.rule == UNPAGED and not one.limits and not one.held.undecided:
        # Nothing that the caller sends decides how much one request costs: what is left is how often.
        plans = [floods.unlimited(one, finding)]
    yield from plans


def _untried(probes: tuple[Probe, ...]) -> str:
    if not probes:
        return "no request can show it"
    reason = next((UNTRIED[probe] for probe in probes if probe in UNTRIED), None)
    return reason or "no request was found that shows it"


def _add_limits(planning: _Planning, subject: Subject) -> None:
    wanted = planning.wanted
    aims = [
        one
        for route in by_stake(subject)
        for method in route.methods
        if _is_wanted(wanted, one := aim(subject, route, method))
    ]
    workers = deployed(subject.app, subject.deployment, workers=subject.workers).workers
    counting = workers if wanted.mode is Mode.SERVED else 1
    holds = partial(limits.holds, workers=counting)
    ways: list[Callable[[Stated], Iterator[Plan]]] = [holds, limits.forgets, limits.tells_apart]
    members: set[tuple[str, str]] = set()
    for shared, limit, item in limits.shared_groups(aims):
        members |= {(one.title, str(item)) for one in shared if len(shared) > MOST_TOGETHER}
        planning.add("", limits.shared_by(shared[:MOST_TOGETHER], limit, item, workers=counting))
    seen: set[tuple[object, str]] = set()
    told: set[tuple[str, str]] | None = None if wanted.every_route or wanted.routes else set()
    for one in aims:
        for held in limits.stated(one):
            key = (held.limit.place, str(held.item))
            is_told = key in seen or (one.title, str(held.item)) in members
            if is_told and not (wanted.every_route or wanted.routes):
                continue
            seen.add(key)
            for way in ways:
                plans = tuple(way(held))
                planning.add(plans[0].claim if plans else "", plans)
            if wanted.has_bypasses:
                around = bypasses.bypasses(held, workers=workers, told=told)
                planning.add("", around)
        if wanted.has_bypasses:
            planning.add("", bypasses.batches(one))
    bodies = [plan for one in aims for plan in body.holds(one)]
    planning.add("", bodies if wanted.every_route or wanted.routes else bodies[:1])


def _is_wanted(wanted: Wanted, one: Aim) -> bool:
    return not wanted.routes or one.route.rule in wanted.routes
