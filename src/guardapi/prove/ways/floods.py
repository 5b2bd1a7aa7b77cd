"""One client asks until it must have been refused: one request after the other, spread over time, or all at once."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Finding, counted
from guardapi.frameworks.limit_text import LimitItem, admitted, parts_of
from guardapi.model import App, Loss, Sharing
from guardapi.prove.exchange import Exchange, Request, Sent
from guardapi.prove.judging.answers import Reach
from guardapi.prove.judging.limits import (
    always_fails,
    another_is_served,
    hides_refusals,
    more_than,
    never_refused,
    reversed_judge,
    works_while_refusing,
)
from guardapi.prove.plans import Plan, Store
from guardapi.prove.requests.aims import OTHER_CLIENT, OVER, Aim, aim, items, sent
from guardapi.prove.requests.building import variants, without_options
from guardapi.prove.requests.reads import reads_at
from guardapi.prove.ways import growth
from guardapi.prove.ways.claims import one_by_one, per, planned, reach_of, to_each
from guardapi.reached import is_free
from guardapi.sink import Kind, Role, Sink
from guardapi.verdict import Mode

MOST_WORKERS: Final = 4
HOUR: Final = 3600
LATE: Final = 1.01
"""A little more than the time after which a limit admits one more."""
BEFORE_THE_LIMITER: Final = "GA208"
COUNTED_APART: Final = "GA401"
HIDDEN: Final = "GA209"
GUESSED: Final = "GA503"
OF_LIMITS: Final = frozenset({COUNTED_APART, HIDDEN, GUESSED})
"""Rules that speak of limits that hold."""


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """The floods that a finding on an aim calls for."""
    if fails(one, finding):
        yield failing(one, finding)
        return
    if _is_beside_the_limits(one, finding):
        return
    if finding.rule in OF_LIMITS:
        yield from _of_limits(one, finding)
        return
    lost = [entry for entry in one.held.lost if entry.loss is not Loss.META]
    dead = [entry for entry in one.app.dead_settings if entry.place == finding.place]
    promised = (*(entry.text for entry in lost), *(_promised(one.app, entry.key) for entry in dead))
    intended = [item for text in promised for item in items(text) if _admit_more(one, item)]
    if intended:
        forgotten = any(entry.loss is Loss.FORGOTTEN for entry in lost)
        yield paced(one, finding, min(intended, key=lambda item: item.amount), forgets=forgotten)
    elif not one.limits:
        yield from _unlimited(one, finding)
    elif any(entry.loss is Loss.META for entry in one.held.lost):
        return
    elif _is_too_loose(one, finding):
        yield admitted_at_all(one, finding)
    elif any(sink.place == finding.place and _is_endless(sink) for sink in one.sinks):
        yield from growth.against(one, finding)
    else:
        yield from _limited(one, finding)


def _of_limits(one: Aim, finding: Finding) -> Iterator[Plan]:
    if one.strictest is None:
        return
    if finding.rule == GUESSED:
        yield patient(one, finding)
    elif not _can_be_met(one):
        return
    elif finding.rule == HIDDEN:
        yield hidden(one, finding)
    else:
        processes = max((count.count or 2 for count in one.subject.deployment.processes), default=2)
        yield over_workers(one, finding, processes)


def unlimited(one: Aim, finding: Finding, request: Request | None = None) -> Plan:
    """Nothing limits: one client is never refused."""
    number = one.subject.unlimited
    return planned(
        one,
        "flood",
        f"{one.title} is never refused",
        one_by_one([sent(one, request)] * number),
        never_refused(reach_of(one)),
        finding=finding,
    )


def beyond(one: Aim, finding: Finding, request: Request | None = None) -> Plan:
    """Limits are stated, and let more through."""
    number = one.strictest or 0
    is_before = finding.rule == BEFORE_THE_LIMITER
    judge = works_while_refusing if is_before else more_than
    # Who runs before the limiter turns callers away: that is the work.
    reach = Reach(accepts_refusals=True) if is_before else reach_of(one)
    return planned(
        one,
        "flood",
        f"{one.title} serves more than the {counted(number, 'request')} that its limits admit"
        if judge is more_than
        else f"{one.title} does work for requests that are refused",
        one_by_one([sent(one, request)] * (number + OVER)),
        judge(number, reach),
        finding=finding,
    )


def hidden(one: Aim, finding: Finding) -> Plan:
    """Limits refuse, and say that they do not."""
    number = one.strictest or 0
    return planned(
        one,
        "flood",
        f"{one.title} answers refused requests as if they were served",
        one_by_one([sent(one)] * (number + OVER)),
        hides_refusals(number, reach_of(one)),
        finding=finding,
    )


def admitted_at_all(one: Aim, finding: Finding) -> Plan:
    """A limit holds, and lets too much through."""
    number = min(one.strictest or one.subject.unlimited, one.subject.max_requests)
    return planned(
        one,
        "flood",
        f"{one.title} serves {counted(number, 'request')} of one client at once",
        one_by_one([sent(one)] * number),
        never_refused(reach_of(one)),
        finding=finding,
    )


def patient(one: Aim, finding: Finding) -> Plan:
    """One client, as fast as its limits admit in the long run."""
    pause = max(1 / per(item) for limit in one.limits for item in items(limit.text))
    number = one.subject.unlimited
    asked = (*one_by_one([sent(one)]), *one_by_one([sent(one)] * (number - 1), pause * LATE))
    return planned(
        one,
        "paced",
        f"{one.title} serves {HOUR / pause:,.0f} requests an hour, one every {pause:g} seconds",
        asked,
        never_refused(reach_of(one)),
        finding=finding,
    )


def paced(one: Aim, finding: Finding, lost: LimitItem, *, forgets: bool) -> Plan:
    """One client, spread over the window of a limit that is lost."""
    first = list(_before(one)) if forgets else []
    number = min(lost.amount, one.subject.max_requests - OVER - len(first))
    usual = without_options(one.request, one.reads) if forgets else one.request
    pause = lost.seconds / (number + OVER + 1)
    return planned(
        one,
        "paced",
        f"{one.title} serves more than {lost}",
        (*one_by_one(first), *one_by_one([sent(one, usual)] * (number + OVER), pause)),
        more_than(number, reach_of(one), skipped=len(first)),
        finding=finding,
    )


def together(one: Aim, finding: Finding, hold: tuple[str, int] | None = None) -> Plan:
    """One client, all at once; `hold`: where its requests wait for each other."""
    most = one.subject.max_requests - OVER
    number = min(one.loosest, most) if one.loosest is not None else min(one.subject.unlimited, most)
    judge = more_than(number, reach_of(one)) if one.loosest is not None else never_refused(reach_of(one))
    return planned(
        one,
        "together",
        f"{one.title} serves more than it admits where all requests come at once",
        (Exchange(sent=(sent(one),) * (number + OVER)),),
        judge,
        finding=finding,
        hold=hold,
    )


def over_workers(one: Aim, finding: Finding, number: int) -> Plan:
    """One client, whose requests reach several workers that count apart."""
    amount = one.strictest or 0
    workers, most = min(max(number, 2), MOST_WORKERS), one.subject.max_requests
    return planned(
        one,
        "workers",
        f"{one.title} serves more than {counted(amount, 'request')}, since {number} processes count apart",
        to_each(sent(one), amount + 1, workers=workers, most=most),
        more_than(amount, reach_of(one)),
        finding=finding,
        modes=frozenset({Mode.SERVED}),
    )


def crowded_out(one: Aim, finding: Finding) -> Plan:
    """One client uses up what another one needs."""
    number = min(one.strictest or 0, one.subject.max_requests - 2)
    return planned(
        one,
        "crowd",
        f"{one.title} refuses another client when one has used up the limit",
        one_by_one([*[sent(one)] * (number + 1), sent(one, client=OTHER_CLIENT)]),
        reversed_judge(another_is_served(number, reach_of(one))),
        finding=finding,
    )


def failing(one: Aim, finding: Finding) -> Plan:
    """Nothing is served at all."""
    return planned(
        one,
        "fails",
        f"{one.title} answers every request with 500",
        one_by_one([sent(one)] * OVER),
        always_fails(),
        finding=finding,
        store=Store.REFUSES if _is_keyless(one, finding) else Store.WORKING,
    )


def fails(one: Aim, finding: Finding) -> bool:
    """Whether the fault is that nothing is served at all."""
    return bool(one.held.fails) or _is_keyless(one, finding)


def _is_keyless(one: Aim, finding: Finding) -> bool:
    return finding.place in {limiter.fallback.keyless_at for limiter in one.app.limiters}


def start_of(one: Aim) -> tuple[str, int] | None:
    """Where the view begins, behind the limits that its decorators ask."""
    place = one.route.view.place
    line = one.subject.sources.first_line(place, one.method) if place is not None else None
    return (place.file, line) if place is not None and line is not None else None


def _unlimited(one: Aim, finding: Finding) -> Iterator[Plan]:
    race = next((limiter.race for limiter in one.app.limiters if limiter.race is not None), None)
    if race is not None:
        yield together(one, finding, (race.file, race.line))
    else:
        yield unlimited(one, finding)
        yield from (unlimited(one, finding, request) for request in _looked_for(one, finding))


def _limited(one: Aim, finding: Finding) -> Iterator[Plan]:
    if any(limit.is_conditional for limit in one.limits):
        yield together(one, finding, start_of(one))
    elif _can_be_met(one):
        yield beyond(one, finding)
        yield from (beyond(one, finding, request) for request in _looked_for(one, finding))
        if any(answer.is_constant for function in one.app.functions for answer in function.answers):
            yield crowded_out(one, finding)


def _can_be_met(one: Aim) -> bool:
    """Whether a claim may send more requests than the limits admit."""
    return (one.strictest or 0) + OVER <= one.subject.max_requests


def _looked_for(one: Aim, finding: Finding) -> Iterator[Request]:
    """The request with what the code of the finding asks for."""
    yield from variants(one.request, tuple(reads_at(finding.place, one.subject.sources)))


def _before(one: Aim) -> Iterator[Sent]:
    """What other requests may have done before: with everything, with what is looked for, with other methods."""
    for request in (one.request, *variants(one.request, one.reads)):
        yield sent(one, request)
    for method in one.route.methods:
        if method != one.method:
            yield sent(aim(one.subject, one.route, method))


def _is_beside_the_limits(one: Aim, finding: Finding) -> bool:
    """Whether a finding does not say that a request is let through which should be refused."""
    if any(event.place == finding.place for event in one.app.sockets) or one.work.of(Kind.SOCKET):
        return True
    clashes = [clash for limiter in one.app.limiters for clash in limiter.clashes]
    if any(clash.sharing is Sharing.LIMIT and clash.place == finding.place for clash in clashes):
        return True
    dead = [setting for setting in one.app.dead_settings if setting.place == finding.place]
    if dead and not any(_promised(one.app, setting.key) for setting in dead):
        return True
    return bool(one.limits) and any(use.place == finding.place for use in one.app.removed)


def _admit_more(one: Aim, lost: LimitItem) -> bool:
    """Whether the limits that hold let more through than one that is lost would."""
    parts = parts_of(limit.text for limit in one.limits)
    return not parts or admitted(parts, int(lost.seconds)) > lost.amount


def _is_endless(sink: Sink) -> bool:
    """Whether one request suffices: the caller chooses how much it causes."""
    return is_free(sink) or any(
        not given.is_bounded and given.role in (Role.DATA, Role.TEXT) for given in sink.inputs
    )


def _promised(app: App, key: str) -> object:
    setting = app.settings.get(key)
    return setting.value if setting is not None and items(setting.value) else None


def _is_too_loose(one: Aim, finding: Finding) -> bool:
    """Whether the finding speaks of the limits that hold: they are met, and let too much through."""
    places = {related.place for related in finding.related}
    return all(limit.place in places and not limit.is_conditional for limit in one.limits)
