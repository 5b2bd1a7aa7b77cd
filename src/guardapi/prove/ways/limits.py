"""Limits that are stated: so many requests pass and no more, counted for each client, and forgotten in time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.findings import counted, fingerprint
from guardapi.frameworks.limit_text import LimitItem
from guardapi.model import Limit, LimitSource
from guardapi.prove.exchange import Exchange, Sent
from guardapi.prove.judging.limits import another_is_served, refused_after, served_again, unreachable
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import OTHER_CLIENT, Aim, items, sent
from guardapi.prove.requests.reads import sources_in
from guardapi.prove.ways.claims import one_by_one, planned, reach_of, shown

MARGIN: Final = 1.0
"""Seconds beyond a window: a clock that counts whole ones may be one late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One part of one limit of an aim, with the parts that hold beside it."""

    one: Aim
    limit: Limit
    item: LimitItem
    others: tuple[LimitItem, ...]

    @property
    def fingerprint(self) -> str:
        """Of the limit on this route."""
        return fingerprint("limit", self.one.app.id, self.one.route.rule, self.one.method, str(self.item))

    @property
    def is_first(self) -> bool:
        """Whether it is the first one that a burst meets."""
        return all(self.item.amount <= other.amount for other in self.others)


def stated(one: Aim) -> Iterator[Stated]:
    """The limits of an aim, the strictest first; none where not all is known of them."""
    if one.held.undecided or one.held.fails:
        return
    found = [(limit, item) for limit in one.limits if limit.costs for item in items(limit.text)]
    distinct = {str(item): (limit, item) for limit, item in reversed(found)}
    for limit, item in sorted(distinct.values(), key=lambda pair: (pair[1].amount, pair[1].seconds)):
        others = tuple(other for _, other in distinct.values() if other != item)
        yield Stated(one=one, limit=limit, item=item, others=others)


def holds(held: Stated, *, workers: int = 1) -> Iterator[Plan]:
    """The limit refuses after as many requests as it says; in each of the processes that serve it."""
    one, item = held.one, held.item
    claim = f"{one.title} is refused after {shown(item)}"
    if item.amount + workers > one.subject.max_requests:
        yield _not_sent(
            held, claim, f"it is too large to be reached with {one.subject.max_requests} requests"
        )
        return
    rounds = schedule(item, held.others, workers)
    if rounds is None:
        yield _not_sent(held, claim, "the other limits of the route refuse before it is reached")
        return
    exchanges = _in_rounds([one], rounds, item.amount)
    judge = refused_after(
        item.amount,
        reach_of(one),
        is_sure=not held.limit.is_conditional,
        workers=workers,
        window=item.seconds - sum(pause for _, pause in rounds),
    )
    yield planned(one, "limit", claim, exchanges, judge, fingerprint=held.fingerprint)


def forgets(held: Stated) -> Iterator[Plan]:
    """The limit serves the client again in time, and `Retry-After` says when."""
    one, item = held.one, held.item
    left = (*(other.amount for other in held.others), one.subject.max_requests)
    again = min(item.amount, min(left) - item.amount - 2)
    if not held.is_first or again < 1 or held.limit.is_conditional:
        return
    window = float(item.seconds)
    burst = one_by_one([sent(one)] * (item.amount + 1))
    half = one_by_one([sent(one)], window / 2)
    later = one_by_one([sent(one)], window / 2 + MARGIN)
    exchanges = (*burst, *half, *later, *burst[: again - 1])
    yield planned(
        one,
        "reset",
        f"{one.title} is served again {shown_window(item)} after {counted(item.amount, 'request')}",
        exchanges,
        served_again(item.amount, window, reach_of(one), limit=str(item)),
        fingerprint=held.fingerprint,
    )


def tells_apart(held: Stated) -> Iterator[Plan]:
    """Another client is served while one is refused."""
    one, item = held.one, held.item
    if not held.is_first or item.amount + 2 > one.subject.max_requests or held.limit.is_conditional:
        return
    other = another_client(one, held.limit)
    if other is None:
        return
    yield planned(
        one,
        "identity",
        f"{one.title} serves another client while one is refused",
        one_by_one([*[sent(one)] * (item.amount + 1), other]),
        another_is_served(item.amount, reach_of(one)),
        fingerprint=held.fingerprint,
    )


def shared_by(aims: Sequence[Aim], limit: Limit, item: LimitItem, *, workers: int = 1) -> Iterator[Plan]:
    """Several routes together are refused after as many requests as one limit says."""
    first = aims[0]
    if item.amount + workers > first.subject.max_requests or limit.is_conditional:
        return
    others = {part for one in aims for held in one.limits for part in items(held.text)} - {item}
    rounds = schedule(item, tuple(others), workers)
    if rounds is None:
        return
    titles = ", ".join(one.title for one in aims)
    yield planned(
        first,
        "shared",
        f"{titles} together are refused after {shown(item)}",
        _in_rounds(aims, rounds, item.amount),
        refused_after(item.amount, reach_of(first), workers=workers),
        fingerprint=fingerprint("shared", first.app.id, titles, str(item)),
    )


def shared_groups(aims: Sequence[Aim]) -> Iterator[tuple[list[Aim], Limit, LimitItem]]:
    """The limits with one counter for several routes, with these routes."""
    groups: dict[tuple[object, ...], tuple[list[Aim], Limit, LimitItem]] = {}
    for one in aims:
        for held in stated(one):
            limit = held.limit
            if limit.shared or limit.source is LimitSource.APPLICATION:
                key = (limit.place, str(held.item), limit.key)
                groups.setdefault(key, ([], limit, held.item))[0].append(one)
    for members, limit, item in groups.values():
        if len({one.route.rule for one in members}) > 1:
            yield members, limit, item


def _in_rounds(aims: Sequence[Aim], rounds: Iterable[tuple[int, float]], number: int) -> tuple[Exchange, ...]:
    """Requests on several routes in turn: so many and one more for one process, then one for each other one."""
    pauses = [pause for length, pause in rounds for pause in (pause, *[0.0] * (length - 1))]
    return tuple(
        Exchange(sent=(sent(aims[index % len(aims)]),), pause=pause, worker=max(index - number, 0))
        for index, pause in enumerate(pauses)
    )


def schedule(wanted: LimitItem, others: Sequence[LimitItem], over: int = 1) -> list[tuple[int, float]] | None:
    """Rounds of requests, each with the time before it, that meet one limit and no other one; None: they cannot.

    `over`: how many go over it. A pause is as long as the longest window that is full: then it has forgotten under
    every strategy of counting.
    """
    left, elapsed = wanted.amount + over, 0.0
    counts: Mapping[LimitItem, int] = dict.fromkeys(others, 0)
    rounds: list[tuple[int, float]] = []
    pause = 0.0
    while left:
        room = min((other.amount - counts[other] for other in others), default=left)
        if room <= 0:
            full = max((other.seconds for other in others if other.amount <= counts[other]), default=0)
            pause = full + MARGIN
            elapsed += pause
            if not full or elapsed >= wanted.seconds:
                return None
            counts = {other: 0 if other.seconds <= full else count for other, count in counts.items()}
            continue
        number = min(room, left)
        rounds.append((number, pause))
        counts = {other: count + number for other, count in counts.items()}
        left, pause = left - number, 0.0
    return rounds


def another_client(one: Aim, limit: Limit) -> Sent | None:
    """The request of a client that the limit tells from the usual one; None where it is not known how."""
    recipe = one.subject.recipe
    if recipe.second_headers or recipe.second_cookies:
        return sent(one, recipe.of_another(one.request), client=OTHER_CLIENT)
    names = {limit.key} if limit.key else {limiter.key for limiter in one.app.limiters if limiter.bound}
    answers = [
        answer
        for function in one.app.functions
        if function.role == "key" and function.name in names
        for answer in function.answers
    ]
    by_address = not limit.key and any(limiter.by_address for limiter in one.app.limiters if limiter.bound)
    request = one.request
    for container, name in {
        field for answer in answers for text in answer.sources for field in sources_in(text)
    }:
        if name.lower() != "x-forwarded-for":
            request = request.having(container, name, "another")
    if request == one.request and not by_address and not any(answer.has_address for answer in answers):
        return None
    return sent(one, request, client=OTHER_CLIENT)


def shown_window(item: LimitItem) -> str:
    """`1 minute`."""
    return f"{item.multiples} {item.unit}{'s' * (item.multiples > 1)}"


def _not_sent(held: Stated, claim: str, why: str) -> Plan:
    return planned(held.one, "limit", claim, (), unreachable(why), fingerprint=held.fingerprint)
