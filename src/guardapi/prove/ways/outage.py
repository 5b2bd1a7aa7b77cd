"""The store of the limiter refuses every connection, or never answers."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Finding
from guardapi.prove.judging.limits import more_than, never_refused
from guardapi.prove.judging.measures import hangs
from guardapi.prove.plans import Plan, Store
from guardapi.prove.requests.aims import OVER, Aim, items, sent
from guardapi.prove.ways.claims import one_by_one, planned, reach_of
from guardapi.prove.ways.floods import failing, fails

ASKED: Final = 2
FAILS_OPEN: Final = "GA402"


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """What limits while the store is gone, or how long a request waits for it."""
    if fails(one, finding):
        yield failing(one, finding)
    elif finding.rule == FAILS_OPEN:
        yield open_in_outage(one, finding)
    else:
        yield planned(
            one,
            "outage",
            f"{one.title} waits while the store does not answer",
            one_by_one([sent(one)] * ASKED),
            hangs(),
            finding=finding,
            store=Store.HANGS,
        )


def open_in_outage(one: Aim, finding: Finding) -> Plan:
    """A flood while the store refuses connections."""
    meanwhile = [
        item.amount
        for limiter in one.app.limiters
        for text in limiter.fallback.limits
        for item in items(text)
    ]
    admits = min(meanwhile, default=one.strictest)
    if admits is not None and admits + OVER > one.subject.max_requests:
        admits = None
    number = one.subject.unlimited if admits is None else admits + OVER
    return planned(
        one,
        "outage",
        f"{one.title} is not limited while the store cannot be reached",
        one_by_one([sent(one)] * number),
        never_refused(reach_of(one)) if admits is None else more_than(admits, reach_of(one)),
        finding=finding,
        store=Store.REFUSES,
    )
