"""Which ways are tried on an example, or why none is."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Final

from attacks import (
    MOST,
    Proof,
    Way,
    flood,
    growth,
    growths,
    large,
    let_offs,
    paced,
    parallel,
    reads_a_body,
    rotations,
    shared,
    start_of,
    workers,
)
from request_planning import variants
from request_reads import reads_at
from targets import (
    Known,
    Target,
    by_stake,
    items,
    missing_libraries,
    names_another_release,
    target,
    targets_of,
)

from guardapi.findings import Finding, Probe
from guardapi.frameworks.limit_text import LimitItem, admitted, parts_of
from guardapi.model import App, Loss, Sharing
from guardapi.reached import is_free
from guardapi.rule import Rule
from guardapi.sink import Kind, Role, Sink

TIMED: Final = frozenset({Probe.MEMORY, Probe.STALL, Probe.OUTAGE})
"""Probes whose answer is a time, or a size of memory."""
MOST_TARGETS: Final = 2
MOST_LIMITED: Final = 3


class LeftOut(StrEnum):
    """Why an example is not sent anything."""

    DEPLOYMENT = "the fault stands in files of the deployment, and a server would have to be started"
    TIMED = "the proof is a time, or a size of memory"
    LIBRARY = "it imports a library that the tests do not install"
    TOO_STRICT = "its fault is a limit too much"
    OTHER = "what has no effect is no limit"
    REFUSALS_COUNTED = "what is lost is a budget of refusals"
    BY_REQUEST = "one request suffices, and what it costs is not counted"
    NO_LIMIT = "it is right without a limit, since its requests cost nothing"
    MANY = "it is right with a limit that is too large to be reached here"
    RELEASE = "it names another release of a library than the one that is installed"
    SOCKET = "its fault is in the messages of a socket"
    NO_ROUTE = "it has no route that could be asked"


def proofs_against(seen: Known, rule: Rule, finding: Finding) -> list[Proof] | LeftOut:
    """The ways to exhaust what a finding speaks of."""
    reason = _unfit(seen, rule, finding)
    if reason is not None:
        return reason
    if Probe.BOOT in rule.probes and not _is_met_in_calls(seen, finding):
        return [Proof(way=Way.BOOT, title=finding.place.file)]
    targets = targets_of(seen, finding)
    if not targets:
        return LeftOut.NO_ROUTE
    reason = _beside_the_limits(targets[0], finding)
    if reason is not None:
        return reason
    probes = tuple(Probe.FLOOD if probe is Probe.BOOT else probe for probe in rule.probes) or (Probe.FLOOD,)
    found = [proof for one in targets[:MOST_TARGETS] for proof in _proofs(one, finding, probes)]
    return found or _nothing_for(targets[0], probes)


def _unfit(seen: Known, rule: Rule, finding: Finding) -> LeftOut | None:
    """Why a project cannot be run here, or what it would show is no status."""
    if not finding.place.file.endswith(".py") or finding.place.file.endswith(".conf.py"):
        return LeftOut.DEPLOYMENT
    if names_another_release(seen.deployment):
        return LeftOut.RELEASE
    if missing_libraries(seen.example.project):
        return LeftOut.LIBRARY
    return LeftOut.TIMED if rule.probes and TIMED.issuperset(rule.probes) else None


def _beside_the_limits(one: Target, finding: Finding) -> LeftOut | None:
    """Why a finding does not say that a request is let through which should be refused."""
    done = one.route.work.get(one.method)
    if any(event.place == finding.place for event in one.app.sockets) or (done and done.of(Kind.SOCKET)):
        return LeftOut.SOCKET
    clashes = [clash for limiter in one.app.limiters for clash in limiter.clashes]
    if any(clash.sharing is Sharing.LIMIT and clash.place == finding.place for clash in clashes):
        return LeftOut.TOO_STRICT
    dead = [setting for setting in one.app.dead_settings if setting.place == finding.place]
    if dead and not any(_promised(one.app, setting.key) for setting in dead):
        return LeftOut.OTHER
    gone = any(use.place == finding.place for use in one.app.removed)
    return LeftOut.OTHER if gone and one.limits else None


def _proofs(one: Target, finding: Finding, probes: tuple[Probe, ...]) -> Iterator[Proof]:
    if fails(one, finding):
        yield replace(flood(one, Way.FAILS), is_in_outage=Probe.OUTAGE in probes)
        return
    if Probe.FLOOD in probes and Probe.OUTAGE in probes:
        yield flood(one, Way.OUTAGE)
    elif Probe.FLOOD in probes:
        yield from _floods(one, finding)
    if Probe.ROTATE in probes:
        yield from (*rotations(one), *let_offs(one), *shared(one))
    if Probe.BODY in probes:
        yield from large(one)
    if Probe.GROWTH in probes:
        yield from growths(one, finding)


def fails(one: Target, finding: Finding) -> bool:
    """Whether the fault is that nothing is served at all."""
    held = one.route.limits.get(one.method)
    keyless = {limiter.fallback.keyless_at for limiter in one.app.limiters}
    return bool(held and held.fails) or finding.place in keyless


def _is_met_in_calls(seen: Known, finding: Finding) -> bool:
    return any(
        use.in_call and use.place == finding.place
        for app in seen.report.inventory.apps
        for use in app.removed
    )


def _nothing_for(one: Target, probes: tuple[Probe, ...]) -> LeftOut:
    if any(lost.loss is Loss.META for lost in one.route.limits[one.method].lost):
        return LeftOut.REFUSALS_COUNTED
    return LeftOut.BY_REQUEST if Probe.FLOOD in probes else LeftOut.TIMED


def _floods(one: Target, finding: Finding) -> Iterator[Proof]:
    """The floods that the limits of a route call for."""
    held = one.route.limits[one.method]
    dead = [entry for entry in one.app.dead_settings if entry.place == finding.place]
    lost = [entry for entry in held.lost if entry.loss is not Loss.META]
    promised = (*(entry.text for entry in lost), *(_promised(one.app, entry.key) for entry in dead))
    intended = [item for text in promised for item in items(text) if _admit_more(one, item)]
    if intended:
        forgets = any(entry.loss is Loss.FORGOTTEN for entry in lost)
        yield paced(one, min(intended, key=lambda item: item.amount), forgets=forgets)
    elif not one.limits:
        yield from _unlimited(one, finding)
    elif any(entry.loss is Loss.META for entry in held.lost):
        return
    elif is_too_loose(one, finding):
        meant = flood(one)
        yield replace(meant, steps=meant.steps[: one.strictest])
    elif any(sink.place == finding.place and _is_endless(sink) for sink in one.sinks):
        yield from growths(one, finding)
    else:
        yield from _limited(one, finding)


def _unlimited(one: Target, finding: Finding) -> Iterator[Proof]:
    race = next((limiter.race for limiter in one.app.limiters if limiter.race is not None), None)
    if race is not None:
        yield parallel(one, hold=(race.file, race.line))
    else:
        yield flood(one)
        yield from _looked_for(one, finding)


def _limited(one: Target, finding: Finding) -> Iterator[Proof]:
    processes = max((count.count or 2 for count in one.known.deployment.processes), default=1)
    if any(limit.is_conditional for limit in one.limits):
        yield parallel(one, hold=start_of(one))
    elif processes > 1:
        yield workers(one, processes)
    else:
        yield flood(one)
        yield from _looked_for(one, finding)
        if any(answer.is_constant for function in one.app.functions for answer in function.answers):
            yield from shared(one)


def _looked_for(one: Target, finding: Finding) -> Iterator[Proof]:
    """The flood again, with what the code of the finding asks for."""
    for request in variants(one.request, tuple(reads_at(finding.place, one.known.example.project))):
        yield flood(replace(one, request=request))


def _admit_more(one: Target, lost: LimitItem) -> bool:
    """Whether the limits that hold let more through than one that is lost would."""
    parts = parts_of(limit.text for limit in one.limits)
    return not parts or admitted(parts, int(lost.seconds)) > lost.amount


def _is_endless(sink: Sink) -> bool:
    return is_free(sink) or any(
        not given.is_bounded and given.role in (Role.DATA, Role.TEXT) for given in sink.inputs
    )


def _promised(app: App, key: str) -> object:
    setting = app.settings.get(key)
    return setting.value if setting is not None and items(setting.value) else None


def is_too_loose(one: Target, finding: Finding) -> bool:
    """Whether the finding speaks of the limits that hold: they are met, and let too much through."""
    places = {related.place for related in finding.related}
    return bool(one.limits) and all(
        limit.place in places and not limit.is_conditional for limit in one.limits
    )


def proofs_for(seen: Known, ways: frozenset[Way]) -> list[Proof] | LeftOut:
    """What has to be refused (or, of growth, to stay small) in an example that is right."""
    app = seen.app
    if app is None:
        return LeftOut.NO_ROUTE
    if names_another_release(seen.deployment):
        return LeftOut.RELEASE
    if missing_libraries(seen.example.project):
        return LeftOut.LIBRARY
    if Way.BOOT in ways:
        return [Proof(way=Way.BOOT, title=app.id)]
    targets = [target(seen, app, route, method) for route in by_stake(seen, app) for method in route.methods]
    if ways == {Way.GROWTH}:
        sized = [growth(one, read) for one in targets for read in one.reads if read.is_list or read.is_number]
        return sized or LeftOut.NO_LIMIT
    if Way.BODY in ways:
        return [proof for one in targets if reads_a_body(one) for proof in large(one)] or LeftOut.NO_LIMIT
    return _refusals(targets, ways)


def _refusals(targets: list[Target], ways: frozenset[Way]) -> list[Proof] | LeftOut:
    """The floods that the limits of the project's routes must stop, and other ways on the worst of them."""
    limited = [one for one in targets if one.limits or one.route.limits[one.method].undecided]
    reachable = [one for one in limited if (one.strictest or 0) <= MOST]
    if not reachable:
        return LeftOut.MANY if limited else LeftOut.NO_LIMIT
    found = [flood(one, Way.OUTAGE if Way.OUTAGE in ways else Way.FLOOD) for one in reachable[:MOST_LIMITED]]
    worst = reachable[0]
    if Way.ROTATE in ways:
        found += rotations(worst)
    if Way.SWITCH in ways:
        found += let_offs(worst)
    if Way.SHARED in ways:
        found += shared(worst)
    if Way.PARALLEL in ways and not (worst.limits and all(limit.is_conditional for limit in worst.limits)):
        found.append(parallel(worst, hold=start_of(worst)))
    return found
