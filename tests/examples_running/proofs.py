"""What is sent to an example, and what its answers prove."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from typing import Final

from request_planning import (
    Read,
    Request,
    claimed_identities,
    first_line,
    listed,
    plan,
    reads_at,
    reads_of,
    switches,
    variants,
    without_options,
)
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from running import Answer, Job, Ran, Sent
from stand_ins import LIBRARIES

from guardapi.config import Options, Profile
from guardapi.coverage import is_of_project, is_static
from guardapi.files import from_mapping
from guardapi.findings import Finding, Probe
from guardapi.frameworks.limit_text import LimitItem, LimitTextError, admitted, parse_many, parts_of
from guardapi.model import App, Deployment, Limit, Loss, Proxy, Route, Sharing
from guardapi.rank import stake
from guardapi.reached import is_free
from guardapi.rule import Example, Rule
from guardapi.scan import Report, scan_tree
from guardapi.sink import Kind, Role, Sink

REFUSALS: Final = frozenset({429, 413, 503})
MISSED: Final = frozenset({400, 404, 405, 415, 422})
"""The request did not reach the work of the view: it was planned wrongly."""
MOST: Final = 120
UNLIMITED: Final = 60
OVER: Final = 5
LARGE: Final = 2 * 10**6
"""Bytes of a body that no example needs."""
IMPORTS: Final = re.compile(r"^ *(?:import (\w+)|from (\w+)[\w.]* import)", re.MULTILINE)
TITLE: Final = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)(?:, [A-Z]+)* (/\S*?)(?=[:;,]?(?:\s|$))")


class LeftOut(StrEnum):
    """Why an example is not sent anything."""

    DEPLOYMENT = "the fault stands in files of the deployment, and a server would have to be started"
    TIMED = "the proof is a time, or a size of memory"
    LIBRARY = "it imports a library that the tests do not install"
    TOO_STRICT = "its fault is a limit too much"
    OTHER = "the setting that has no effect is no limit"
    REFUSALS_COUNTED = "what is lost is a budget of refusals"
    BY_REQUEST = "one request suffices, and what it costs is not counted"
    NO_LIMIT = "it is right without a limit, since its requests cost nothing"
    MANY = "it is right with a limit that is too large to be reached here"
    RELEASE = "it names another release of a library than the one that is installed"
    SOCKET = "its fault is in the messages of a socket"
    NO_ROUTE = "it has no route that could be asked"


class Way(StrEnum):
    """How the limits of an application are got past."""

    FLOOD = "one client, one request after the other"
    PACED = "one client, spread over the time for which the lost limit counts"
    PARALLEL = "one client, all at once"
    ROTATE = "one client, with another claimed identity in every request"
    SWITCH = "one client, that asks to be let off"
    SHARED = "one client uses up what another one needs"
    WORKERS = "one client, whose requests are dealt out to the workers"
    OUTAGE = "one client, while the store cannot be reached"
    BODY = "a large body"
    GROWTH = "the same request with more in it"
    FAILS = "every request fails"
    BOOT = "the application is started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is sent in one way."""

    way: Way
    title: str
    steps: tuple[tuple[tuple[Sent, ...], float], ...] = ()
    """Requests that are sent together, and the seconds before them."""
    skipped: int = 0
    """The first steps only prepare."""
    admitted: int | None = None
    """How many requests the limits that hold let through."""
    workers: int = 1
    is_in_outage: bool = False
    """The store cannot be reached meanwhile."""
    hold: tuple[str, int] | None = None

    def jobs(self) -> Iterator[Job]:
        """One for each worker."""
        for worker in range(self.workers):
            yield Job(
                steps=self.steps[worker :: self.workers], hold=self.hold, outage=self.way is Way.OUTAGE or self.is_in_outage
            )


class Outcome(StrEnum):
    """What answers mean."""

    EXHAUSTED = "not refused"
    REFUSED = "refused"
    UNCLEAR = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a proof came to."""

    proof: Proof
    outcome: Outcome
    detail: str

    def __str__(self) -> str:
        return f"{self.proof.way.name} {self.proof.title}: {self.outcome} ({self.detail})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An example and what the scan says of it."""

    example: Example
    report: Report

    @property
    def app(self) -> App | None:
        return next(iter(self.report.inventory.apps), None)

    @property
    def deployment(self) -> Deployment:
        return self.report.inventory.deployment

    def findings(self, rule: Rule) -> tuple[Finding, ...]:
        """Those of one rule."""
        return tuple(found for found in (*self.report.findings, *self.report.hidden) if found.rule == rule.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One method of a route, with the request that reaches it."""

    known: Known
    app: App
    route: Route
    method: str
    reads: tuple[Read, ...]
    request: Request

    @property
    def title(self) -> str:
        return f"{self.method} {self.route.rule}"

    @property
    def limits(self) -> tuple[Limit, ...]:
        return self.route.limits[self.method].limits if self.method in self.route.limits else ()

    @property
    def strictest(self) -> int | None:
        """The least number that its limits let through; None where nothing is known to limit."""
        amounts = [item.amount for limit in self.limits for item in items(limit.text)]
        return min(amounts, default=None)

    @property
    def loosest(self) -> int | None:
        """The largest number that one of its limits lets through."""
        amounts = [item.amount for limit in self.limits for item in items(limit.text)]
        return max(amounts, default=None)


def missing_libraries(project: Mapping[str, str]) -> frozenset[str]:
    """The libraries that an example imports, and that are neither here nor stood in for."""
    own = {part.removesuffix(".py") for path in project for part in path.split("/")}
    wanted = {
        name
        for path, text in project.items()
        if path.endswith(".py")
        for found in IMPORTS.finditer(text)
        if (name := found[1] or found[2]) not in own | LIBRARIES
    }
    return frozenset(name for name in wanted if find_spec(name) is None)


def known(example: Example) -> Known:
    """Scan an example."""
    return Known(example=example, report=scan_tree(from_mapping(example.project), Options(profile=Profile.AUDIT)))


def target(seen: Known, app: App, route: Route, method: str) -> Target:
    """Plan the request of a route."""
    reads = reads_of(app, route, method, seen.example.project)
    return Target(
        known=seen, app=app, route=route, method=method, reads=reads, request=plan(route, method, reads)
    )


def items(text: object) -> tuple[LimitItem, ...]:
    """The parts of a limit; none where it is no limit."""
    try:
        return parse_many(text) if isinstance(text, str) else ()
    except LimitTextError:
        return ()


# --- which routes ---


def targets_of(seen: Known, finding: Finding) -> list[Target]:
    """The routes that a finding speaks of, the worst first."""
    app = next(app for app in seen.report.inventory.apps if app.id == finding.app)
    pairs = [(route, method) for route in by_stake(seen, app) for method in route.methods]
    named = finding.route
    if named is not None:
        chosen = [
            (route, method)
            for route, method in pairs
            if route.rule == named.rule and route.endpoint == named.endpoint and method in named.methods
        ]
    else:
        texts = [related.row.route if related.row else related.message for related in finding.related]
        titles = [found.groups() for text in texts if (found := TITLE.search(text))]
        chosen = [pair for title in titles for pair in pairs if (pair[1], pair[0].rule) == title]
        chosen = chosen or [pair for pair in pairs if _reaches(*pair, finding)]
    return [target(seen, app, *pair) for pair in chosen or pairs]


def _reaches(route: Route, method: str, finding: Finding) -> bool:
    done = route.work.get(method)
    return any(sink.place == finding.place for sink in (done.sinks if done else ()))


def by_stake(seen: Known, app: App) -> list[Route]:
    """The project's routes, those first with the most at stake."""
    routes = [route for route in app.routes if route.methods and not is_static(route)]
    own = [route for route in routes if is_of_project(route)] or routes
    return sorted(own, key=lambda route: -stake(route, route.methods, seen.deployment).score)


# --- what shows that a vulnerable example is one ---


def proofs_against(seen: Known, rule: Rule, finding: Finding) -> list[Proof] | LeftOut:  # noqa: C901, PLR0912
    """The ways to exhaust what a finding speaks of."""
    if not finding.place.file.endswith(".py") or finding.place.file.endswith(".conf.py"):
        return LeftOut.DEPLOYMENT
    if names_another_release(seen.deployment):
        return LeftOut.RELEASE
    if missing_libraries(seen.example.project):
        return LeftOut.LIBRARY
    if Probe.BOOT in rule.probes and not _runs(seen, finding):
        return [Proof(way=Way.BOOT, title=finding.place.file)]
    if TIMED.issuperset(rule.probes or (Probe.FLOOD,)):
        return LeftOut.TIMED
    targets = targets_of(seen, finding)
    if not targets:
        return LeftOut.NO_ROUTE
    app = targets[0].app
    probes = tuple(Probe.FLOOD if probe is Probe.BOOT else probe for probe in rule.probes) or (Probe.FLOOD,)
    if is_of_socket(targets[0], finding):
        return LeftOut.SOCKET
    if any(
        clash.sharing is Sharing.LIMIT and clash.place == finding.place
        for limiter in app.limiters
        for clash in limiter.clashes
    ):
        return LeftOut.TOO_STRICT
    found: list[Proof] = []
    for one in targets[:2]:
        if fails(one, finding):
            found.append(replace(flood(one, Way.FAILS), is_in_outage=Probe.OUTAGE in probes))
        elif Probe.OUTAGE in probes and Probe.FLOOD in probes:
            found.append(flood(one, Way.OUTAGE))
        elif Probe.FLOOD in probes:
            found += _floods(one, finding)
        if Probe.ROTATE in probes:
            found += [*rotations(one), *let_offs(one), *shared(one)]
        if Probe.BODY in probes:
            found += large(one)
        if Probe.GROWTH in probes:
            found += growths(one, finding)
    if found:
        return found
    return _nothing_for(targets[0], finding, probes)


def names_another_release(deployment: Deployment) -> bool:
    """Whether a requirement excludes what is installed: the example is about other code then."""
    for name, wanted in deployment.packages.items():
        try:
            if wanted and not SpecifierSet(wanted).contains(metadata.version(name), prereleases=True):
                return True
        except (InvalidSpecifier, metadata.PackageNotFoundError):
            continue
    return False


def fails(one: Target, finding: Finding) -> bool:
    """Whether the fault is that nothing is served at all."""
    held = one.route.limits.get(one.method)
    keyless = {limiter.fallback.keyless_at for limiter in one.app.limiters}
    return bool(held and held.fails) or finding.place in keyless


def is_of_socket(one: Target, finding: Finding) -> bool:
    """Whether the finding speaks of the messages of a socket, which are no requests."""
    done = one.route.work.get(one.method)
    return any(event.place == finding.place for event in one.app.sockets) or bool(done and done.of(Kind.SOCKET))


def _runs(seen: Known, finding: Finding) -> bool:
    return any(use.in_call and use.place == finding.place for app in seen.report.inventory.apps for use in app.removed)


def _nothing_for(one: Target, finding: Finding, probes: tuple[Probe, ...]) -> LeftOut:
    if any(dead.place == finding.place for dead in one.app.dead_settings):
        return LeftOut.OTHER
    if any(lost.loss is Loss.META for lost in one.route.limits[one.method].lost):
        return LeftOut.REFUSALS_COUNTED
    if Probe.FLOOD in probes:
        return LeftOut.BY_REQUEST
    return LeftOut.TIMED


def _floods(one: Target, finding: Finding) -> Iterator[Proof]:
    held = one.route.limits.get(one.method)
    dead = [dead for dead in one.app.dead_settings if dead.place == finding.place]
    if dead and not any(_promised(one.app, setting.key) for setting in dead):
        return
    lost = [lost for lost in (held.lost if held else ()) if lost.loss is not Loss.META]
    promised = (*(entry.text for entry in lost), *(_promised(one.app, entry.key) for entry in dead))
    intended = [item for text in promised for item in items(text) if _admit_more(one, item)]
    if intended:
        forgets = any(entry.loss is Loss.FORGOTTEN for entry in lost)
        yield paced(one, min(intended, key=lambda item: item.amount), forgets=forgets)
        return
    if one.limits and any(entry.loss is Loss.META for entry in (held.lost if held else ())):
        return
    if is_too_loose(one, finding):
        yield replace(flood(one), steps=flood(one).steps[: min(one.strictest or MOST, MOST)])
        return
    done = one.route.work.get(one.method)
    free = [sink for sink in (done.sinks if done else ()) if sink.place == finding.place and _is_endless(sink)]
    if free and one.limits:
        yield from growths(one, finding)
        return
    race = next((limiter.race for limiter in one.app.limiters if limiter.race is not None), None)
    processes = [count.count or 2 for count in one.known.deployment.processes]
    if race is not None:
        yield parallel(one, hold=(race.file, race.line))
    elif any(limit.is_conditional for limit in one.limits):
        yield parallel(one, hold=_start_of(one))
    elif max(processes, default=1) > 1 and one.limits:
        yield workers(one, max(processes))
    else:
        yield flood(one)
        for request in variants(one.request, tuple(reads_at(finding.place, one.known.example.project))):
            yield flood(replace(one, request=request))
        if any(answer.is_constant for function in one.app.functions for answer in function.answers):
            yield from shared(one)


def _admit_more(one: Target, lost: LimitItem) -> bool:
    """Whether the limits that hold let more through than one that is lost would."""
    parts = parts_of(limit.text for limit in one.limits)
    return not parts or admitted(parts, int(lost.seconds)) > lost.amount


def _is_endless(sink: Sink) -> bool:
    return is_free(sink) or any(not given.is_bounded and given.role in (Role.DATA, Role.TEXT) for given in sink.inputs)


def _start_of(one: Target) -> tuple[str, int] | None:
    view = one.route.view.place
    return first_line(view, one.method, one.known.example.project) if view is not None else None


def _promised(app: App, key: str) -> object:
    setting = app.settings.get(key)
    return setting.value if setting is not None and items(setting.value) else None


def is_too_loose(one: Target, finding: Finding) -> bool:
    """Whether the finding speaks of the limits that hold: they are met, and let too much through."""
    places = {related.place for related in finding.related}
    return bool(one.limits) and all(limit.place in places and not limit.is_conditional for limit in one.limits)


# --- what shows that a secure example is none ---


def proofs_for(seen: Known, rule: Rule, ways: frozenset[Way]) -> list[Proof] | LeftOut:
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
    if not targets:
        return LeftOut.NO_ROUTE
    if Way.BODY in ways:
        return [proof for one in targets if reads_a_body(one) for proof in large(one)] or LeftOut.NO_LIMIT
    limited = [one for one in targets if one.limits or one.route.limits[one.method].undecided]
    if not limited:
        return LeftOut.NO_LIMIT
    reachable = [one for one in limited if (one.strictest or 0) <= MOST]
    if not reachable:
        return LeftOut.MANY
    way = Way.OUTAGE if Way.OUTAGE in ways else Way.FLOOD
    found = [flood(one, way) for one in reachable[:3]]
    worst = reachable[0]
    if Way.ROTATE in ways:
        found += rotations(worst)
    if Way.SHARED in ways:
        found += shared(worst)
    if Way.PARALLEL in ways:
        found.append(parallel(worst, hold=_start_of(worst)))
    return found


# --- what is sent ---


def flood(one: Target, way: Way = Way.FLOOD) -> Proof:
    """One client, until it must have been refused."""
    admits = one.strictest
    if way is Way.OUTAGE:
        meanwhile = [item.amount for limiter in one.app.limiters for text in limiter.fallback.limits for item in items(text)]
        admits = min(meanwhile, default=admits)
    unlimited = MOST if one.route.limits[one.method].undecided else UNLIMITED
    number = (unlimited if admits is None else min(admits, MOST)) + OVER
    return replace(_proof(one, way, [_sent(one)] * number), admitted=admits)


def paced(one: Target, lost: LimitItem, *, forgets: bool) -> Proof:
    """One client, spread over the window of a limit that is lost."""
    number = min(lost.amount, MOST) + OVER
    first = [_sent(one, request) for request in (one.request, *variants(one.request, one.reads))] if forgets else []
    usual = without_options(one.request, one.reads) if forgets else one.request
    proof = _proof(one, Way.PACED, [*first, *[_sent(one, usual)] * number])
    pause = lost.seconds / (number + 1)
    steps = tuple((sent, pause if index >= len(first) else 0.0) for index, (sent, _) in enumerate(proof.steps))
    return replace(proof, steps=steps, skipped=len(first))


def parallel(one: Target, hold: tuple[str, int] | None = None) -> Proof:
    """One client, all at once."""
    number = min(one.strictest if one.strictest is not None else UNLIMITED, 20) + OVER
    return replace(
        _proof(one, Way.PARALLEL, []), steps=(((_sent(one),) * number, 0.0),), admitted=one.strictest, hold=hold
    )


def workers(one: Target, number: int) -> Proof:
    """One client, whose requests reach one worker after the other."""
    return replace(flood(one, Way.WORKERS), workers=min(number, 4))


def rotations(one: Target) -> Iterator[Proof]:
    """One client, with another claimed identity in every request."""
    number = min(one.loosest or UNLIMITED, MOST) + OVER
    if one.loosest is not None and one.loosest > MOST:
        return
    fields = (*claimed_identities(one.app), ("headers", "X-Forwarded-For"))
    for container, name in dict.fromkeys(fields):
        for entrance in entrances(one.known, one.app):
            sent = []
            for index in range(number):
                forged = f"198.51.{index // 250}.{index % 250 + 1}"
                if container == "headers" and name.lower() == "x-forwarded-for":
                    sent.append(_sent(one, entrance=entrance, claimed=forged))
                else:
                    value = f"user{index}@example.com" if "mail" in name else forged
                    sent.append(_sent(one, one.request.having(container, name, value), entrance=entrance))
            yield replace(_proof(one, Way.ROTATE, sent), title=f"{one.title} by {container} {name}")


def let_offs(one: Target) -> Iterator[Proof]:
    """One client, with what a function of the limiter looks for."""
    number = min(one.strictest or UNLIMITED, MOST) + OVER
    for function in one.app.functions:
        if function.role in ("exempt_when", "request_filter", "cost"):
            for container, name, value in switches(function, one.known.example.project):
                sent = [_sent(one, one.request.having(container, name, value))] * number
                yield replace(_proof(one, Way.SWITCH, sent), title=f"{one.title} with {container} {name}")


def shared(one: Target) -> Iterator[Proof]:
    """A second client, when the first one is refused."""
    number = min(one.strictest or UNLIMITED, MOST) + 1
    for entrance in entrances(one.known, one.app):
        sent = [*[_sent(one, entrance=entrance)] * number, _sent(one, entrance=entrance, client="203.0.113.77")]
        yield _proof(one, Way.SHARED, sent)


def large(one: Target) -> Iterator[Proof]:
    """A body that is larger than any the route needs, in the forms that it may have."""
    text = "x" * LARGE
    request = one.request
    read = next((read for read in one.reads if read.container in ("form", "json") and read.name), None)
    if read is not None:
        request = request.having(read.container, read.name, text)
    elif request.json is not None:
        request = replace(request, json={"text": text})
    else:
        request = replace(request, body=text)
    for is_multipart in (False, True) if request.form else (False,):
        yield _proof(one, Way.BODY, [replace(_sent(one, request), is_multipart=is_multipart)])


COUNTED: Final = frozenset(
    {
        *(Kind.HTTP, Kind.MAIL, Kind.MESSAGE, Kind.MODEL_API, Kind.PASSWORD_HASH, Kind.PAID_API, Kind.PAYMENT),
        *(Kind.QUEUE, Kind.SLEEP, Kind.WRITE),
    }
)
"""Work whose number, or size, is counted where it is asked for."""
TIMED: Final = frozenset({Probe.MEMORY, Probe.STALL, Probe.OUTAGE})


def growths(one: Target, finding: Finding) -> Iterator[Proof]:
    """The same request with twice as much in it, each time, where the caller sends amounts, lists or texts."""
    done = one.route.work.get(one.method)
    for sink in done.sinks if done else ():
        if sink.place != finding.place or sink.kind not in COUNTED:
            continue
        for given in (sink.repeated_by, sink.unbounded, *sink.inputs):
            read = next((read for read in one.reads if given and read.name and f"'{read.name}'" in given.source), None)
            if given is None or read is None or given.is_bounded:
                continue
            yield _proof(one, Way.GROWTH, [_sent(one, _of_size(one, read, size, is_amount=given.role is Role.AMOUNT and given.kind == "amount")) for size in (10, 20, 40)])
            return


def _of_size(one: Target, read: Read, size: int, *, is_amount: bool) -> Request:
    if is_amount:
        value: object = size if read.container == "json" else str(size)
    elif read.is_list:
        value = listed(read, size)
    else:
        value = ",".join(f"red{index}" for index in range(100 * size))
    return replace(one.request, **{read.container: {**(getattr(one.request, read.container) or {}), read.name: value}})


def reads_a_body(one: Target) -> bool:
    """Whether anything of a body is read."""
    return one.method != "GET" and any(read.container in ("form", "json", "body", "files") for read in one.reads)


def _proof(one: Target, way: Way, sent: Iterable[Sent]) -> Proof:
    return Proof(way=way, title=one.title, steps=tuple(((request,), 0.0) for request in sent), admitted=one.strictest)


Entrance = tuple[Proxy, ...]


def entrances(seen: Known, app: App) -> list[Entrance]:
    """The ways to the application: through the proxies, and past them.

    Where no file says how it is deployed, the proxies are there that it relies on.
    """
    deployment = seen.deployment
    kinds = {proxy.kind: proxy for proxy in deployment.proxies}
    says_nothing = not (kinds or deployment.published or deployment.starts or deployment.processes)
    if says_nothing and (app.proxy_trust.hops or ("headers", "X-Forwarded-For") in claimed_identities(app)):
        return [(Proxy(kind="assumed", place=app.place),) * (app.proxy_trust.hops or 1)]
    found: list[Entrance] = [tuple(kinds.values())]
    if kinds and any(not port.is_loopback for port in deployment.published):
        found.append(())
    return found


def _sent(
    one: Target,
    request: Request | None = None,
    *,
    entrance: Entrance | None = None,
    client: str = "203.0.113.5",
    claimed: str = "",
) -> Sent:
    """A request as the application gets it from a client: each proxy adds where it has it from."""
    proxies = entrances(one.known, one.app)[0] if entrance is None else entrance
    forwarded = [claimed] if claimed else []
    peer = client
    for number, proxy in enumerate(proxies):
        if proxy.is_transparent:
            continue
        if proxy.appends is not False:
            forwarded.append(peer)
        peer = f"10.0.0.{number + 1}"
    sent = request or one.request
    if forwarded:
        sent = sent.having("headers", "X-Forwarded-For", ", ".join(forwarded))
    return Sent(request=sent, client=peer)


# --- what comes back ---


def judge(proof: Proof, ran: list[Ran]) -> Verdict:
    """What the answers of all workers mean."""
    failed = next((one.failure for one in ran if one.failure), "")
    if proof.way is Way.BOOT:
        outcome = Outcome.EXHAUSTED if failed else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=failed[-300:] or "it starts")
    if failed:
        return Verdict(proof=proof, outcome=Outcome.UNCLEAR, detail=failed[-700:])
    answers = [answer for one in ran for step in one.steps for answer in step][proof.skipped :]
    if proof.way is Way.FAILS:
        statuses = sorted({answer.status for answer in answers})
        outcome = Outcome.EXHAUSTED if statuses == [500] else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=f"answered with {statuses}")
    missed = next((answer for answer in answers if is_missed(answer)), None)
    if missed is not None:
        return Verdict(proof=proof, outcome=Outcome.UNCLEAR, detail=str(missed))
    if proof.way is Way.GROWTH:
        return _judged_growth(proof, answers)
    refused = [index for index, answer in enumerate(answers) if answer.status in REFUSALS]
    if proof.way is Way.SHARED:
        is_shared = refused == [len(answers) - 2, len(answers) - 1]
        outcome = Outcome.EXHAUSTED if is_shared else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=f"refused are {refused} of {len(answers)}")
    served = len(answers) - len(refused)
    if proof.way in (Way.PARALLEL, Way.WORKERS):
        is_exhausted = served > (proof.admitted if proof.admitted is not None else len(answers) - 1)
    else:
        is_exhausted = not refused
    detail = f"served {served} of {len(answers)}"
    if refused and refused[0] > (proof.admitted if proof.admitted is not None else len(answers)):
        detail += f", the first refusal is late: {refused[0]}, not {proof.admitted}"
        is_exhausted = True
    return Verdict(proof=proof, outcome=Outcome.EXHAUSTED if is_exhausted else Outcome.REFUSED, detail=detail)


def _judged_growth(proof: Proof, answers: list[Answer]) -> Verdict:
    counts = {
        "sizes": [float(answer.size) for answer in answers],
        "calls": [float(answer.calls) for answer in answers],
        "amounts": [answer.amount for answer in answers],
    }
    grows = any(all(more >= 1.5 * less > 0 for less, more in pairwise(numbers)) for numbers in counts.values())
    detail = str(counts)
    return Verdict(proof=proof, outcome=Outcome.EXHAUSTED if grows else Outcome.REFUSED, detail=detail)


def is_missed(answer: Answer) -> bool:
    """Whether the request did not reach what it should; what fails in the work itself has reached it."""
    return (answer.status in MISSED or answer.status == 500) and not answer.calls
