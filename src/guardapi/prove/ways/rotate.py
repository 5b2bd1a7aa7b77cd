"""One client floods as if it were many, or as if it were let off."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Finding
from guardapi.prove.judging.limits import another_is_served, more_than, never_refused, reversed_judge
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import OTHER_CLIENT, OVER, Aim, entrances, sent
from guardapi.prove.requests.reads import claimed_identities, switches
from guardapi.prove.ways.claims import one_by_one, planned, reach_of

SWITCHED_OFF: Final = "GA210"


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """Every way that a finding on an aim leaves to pretend."""
    if finding.rule == SWITCHED_OFF:
        if (one.strictest or 0) + OVER <= one.subject.max_requests:
            yield from let_offs(one, finding)
    elif (one.loosest or 0) + OVER <= one.subject.max_requests:
        yield from identities(one, finding)
        yield from let_offs(one, finding)
        yield from crowds(one, finding)


def identities(one: Aim, finding: Finding) -> Iterator[Plan]:
    """Another claimed identity in every request."""
    number = (one.loosest or one.subject.unlimited - OVER) + OVER
    fields = dict.fromkeys((*claimed_identities(one.app), ("headers", "X-Forwarded-For")))
    for container, name in fields:
        for entrance in entrances(one.subject):
            asked = []
            for index in range(number):
                forged = f"198.51.{index // 250}.{index % 250 + 1}"
                if container == "headers" and name.lower() == "x-forwarded-for":
                    asked.append(sent(one, entrance=entrance, claimed=forged))
                else:
                    value = f"user{index}@example.com" if "mail" in name else forged
                    asked.append(sent(one, one.request.having(container, name, value), entrance=entrance))
            yield planned(
                one,
                "rotate",
                f"{one.title} never refuses a client that changes `{name}` each time",
                one_by_one(asked),
                more_than(one.loosest, reach_of(one))
                if one.loosest is not None
                else never_refused(reach_of(one)),
                finding=finding,
            )


def let_offs(one: Aim, finding: Finding) -> Iterator[Plan]:
    """Each request says what a function of the limiter looks for."""
    number = (one.strictest or one.subject.unlimited - OVER) + OVER
    decides = {related.place for related in finding.related}
    for function in one.app.functions:
        if finding.rule == SWITCHED_OFF and function.place not in decides:
            continue
        if function.role in ("exempt_when", "request_filter", "cost"):
            for container, name, value in switches(function, one.subject.sources):
                yield planned(
                    one,
                    "switch",
                    f"{one.title} never refuses a client that sends {value!r} as `{name}`",
                    one_by_one([sent(one, one.request.having(container, name, value))] * number),
                    never_refused(reach_of(one)),
                    finding=finding,
                )


def crowds(one: Aim, finding: Finding) -> Iterator[Plan]:
    """A second client, when the first one is refused."""
    number = one.strictest
    if number is None or number + 2 > one.subject.max_requests:
        return
    for entrance in entrances(one.subject):
        asked = [
            *[sent(one, entrance=entrance)] * (number + 1),
            sent(one, entrance=entrance, client=OTHER_CLIENT),
        ]
        yield planned(
            one,
            "crowd",
            f"{one.title} refuses another client when one has used up the limit",
            one_by_one(asked),
            reversed_judge(another_is_served(number, reach_of(one))),
            finding=finding,
        )
