"""What holds a worker: a call that is never answered, a stream without an end, a pause."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Finding, counted
from guardapi.prove.deployed import Deployed, deployed
from guardapi.prove.exchange import Exchange
from guardapi.prove.judging.stalls import has_no_end, holds_long, nobody_else_is_served, waits_in_silence
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim, sent
from guardapi.prove.ways.claims import one_by_one, planned, reach_of
from guardapi.sink import Kind, Sink
from guardapi.verdict import Mode

CALLS: Final = frozenset(
    {
        *(Kind.HTTP, Kind.CONNECTION, Kind.MAIL, Kind.MESSAGE, Kind.PAYMENT),
        *(Kind.MODEL_API, Kind.PAID_API, Kind.CLOUD_JOB),
    }
)
"""What waits for another server."""
NO_TIMEOUT: Final = "GA922"
"""The rule of servers that never end a worker."""
LONG: Final = 1.0
"""Seconds of a pause that count."""
SETTLED: Final = 1.0
"""Seconds in which each worker takes what waits for it."""
USUAL_TIMEOUT: Final = 35.0
"""Seconds after which a server with the usual settings has ended a worker that hangs."""
HOLDING: Final = frozenset({"sync", "gthread"})
"""Kinds of workers that a request holds, or a thread of theirs."""
IN_PROCESS: Final = frozenset({Mode.IN_PROCESS})
SERVED: Final = frozenset({Mode.SERVED})


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """The request that waits; under a server, one for each of its workers, and another one that wants to be served."""
    if finding.rule == NO_TIMEOUT:
        if any(map(hangs, one.sinks)):
            yield from never_replaced(one, finding)
        return
    kinds = {sink.kind for sink in one.sinks if sink.place == finding.place}
    if Kind.SLEEP in kinds:
        yield asleep(one, finding)
    if Kind.STREAM in kinds:
        yield endless(one, finding)
        yield from held(one, finding)
    elif kinds & CALLS:
        yield silent(one, finding)
        yield from held(one, finding)


def hangs(sink: Sink) -> bool:
    """Whether a request may wait there without an end."""
    return sink.kind is Kind.STREAM or (sink.kind in CALLS and sink.facts.get("timeout") == "none")


def silent(one: Aim, finding: Finding) -> Plan:
    """What it calls never answers."""
    return planned(
        one,
        "stall",
        f"{one.title} waits as long as what it calls is silent",
        one_by_one([sent(one)]),
        waits_in_silence(reach_of(one)),
        finding=finding,
        is_silent=True,
        modes=IN_PROCESS,
    )


def endless(one: Aim, finding: Finding) -> Plan:
    """The answer goes on, whatever the clock says."""
    return planned(
        one,
        "stall",
        f"{one.title} has an answer without an end",
        one_by_one([sent(one)]),
        has_no_end(reach_of(one)),
        finding=finding,
        modes=IN_PROCESS,
    )


def asleep(one: Aim, finding: Finding) -> Plan:
    """A pause of fixed length; in process its seconds are counted, and not waited for."""
    return planned(
        one,
        "stall",
        f"{one.title} holds its worker for {LONG:g} second and longer",
        one_by_one([sent(one)]),
        holds_long(LONG, reach_of(one)),
        finding=finding,
        modes=IN_PROCESS,
    )


def held(one: Aim, finding: Finding, *, after: float = SETTLED) -> Iterator[Plan]:
    """One request for each worker or thread, and then one of somebody else."""
    found = deployed(one.app, one.subject.deployment, workers=one.subject.workers)
    slots = _slots(found)
    if found.worker_class not in HOLDING or slots + 1 > one.subject.max_requests:
        return
    waiting = Exchange(sent=(sent(one),) * slots, is_left=True)
    other = replace(one.request, method="GET", path=NOWHERE, query={}, form={}, json=None, body="", files=())
    last = Exchange(sent=(sent(one, other),), pause=after)
    yield planned(
        one,
        "stall",
        f"{counted(slots, 'request')} of {one.title} keep all others from being served",
        (waiting, last),
        nobody_else_is_served(slots, after),
        finding=finding,
        is_silent=True,
        modes=SERVED,
    )


NOWHERE: Final = "/guardapi-is-anybody-there"
"""Even that there is nothing has to be answered by a worker."""


def never_replaced(one: Aim, finding: Finding) -> Iterator[Plan]:
    """The same, later than a server waits that ends workers which hang."""
    if deployed(one.app, one.subject.deployment).timeout == 0:
        yield from held(one, finding, after=USUAL_TIMEOUT)


def _slots(found: Deployed) -> int:
    # Threads of one worker may be given what others are free for: more requests than threads hold all of them.
    return found.workers * (2 * found.threads if found.worker_class == "gthread" else 1)
