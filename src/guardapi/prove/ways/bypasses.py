"""Ways around a limit that holds: each is a claim that the limit withstands it, and the requests that try."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from guardapi.findings import counted, fingerprint
from guardapi.model import Proxy
from guardapi.prove.exchange import Exchange, Request, Sent
from guardapi.prove.judging.bypasses import (
    LONGEST,
    answers_in_time,
    fails_closed,
    no_more_than,
    nothing_through,
    one_at_a_time,
    success_resets_nothing,
)
from guardapi.prove.judging.limits import Judge
from guardapi.prove.plans import ANYWHERE, Plan, Store
from guardapi.prove.requests.aims import CLIENT, OVER, Aim, Entrance, entrances, sent
from guardapi.prove.ways import disguises
from guardapi.prove.ways.claims import CHECKS, one_by_one, planned, reach_of, shown, to_each
from guardapi.prove.ways.disguises import FORWARDED, Form
from guardapi.prove.ways.limits import Stated
from guardapi.sink import Kind
from guardapi.verdict import Mode

SHORT: Final = 10
"""Seconds; a window that is shorter may end while its requests are still on their way to a server."""
BURST: Final = 20
OPERATIONS: Final = 25
NEIGHBOURS: Final = 5
SERVED: Final = frozenset({Mode.SERVED})
STATED: Final = frozenset({"burst", "workers"})
"""Ways past which more requests of one client pass in one window than the limit says."""
OWN_STORE: Final = frozenset({Mode.IN_PROCESS, Mode.SERVED})
"""Where the store can be taken away."""
IN_PROCESS: Final = frozenset({Mode.IN_PROCESS})
Way = Callable[[Stated], Iterator[Plan]]


def bypasses(held: Stated, *, workers: int = 1, told: set[tuple[str, str]] | None = None) -> Iterator[Plan]:
    """All ways around one limit of a route, where they fit it. `workers`: the processes that serve it.

    What has been told of a key, or of the store, on one route is left out on others that have the same.
    """
    if held.limit.is_conditional or not held.is_first:
        return
    for own in (paths, methods, noise, accounts, successes, edge, burst):
        yield from own(held)
    yield from over_workers(held, workers)
    of_key: tuple[Way, ...] = (forwarded, address_headers, client_headers, neighbours)
    for way in (*of_key, store_gone, store_silent):
        mark = (way.__name__, held.limit.key if way in of_key else "")
        plans = () if told is not None and mark in told else tuple(way(held))
        if plans and told is not None:
            told.add(mark)
        yield from plans


def forwarded(held: Stated) -> Iterator[Plan]:
    """With other addresses in `X-Forwarded-For`, through the proxies and past them."""
    subject = held.one.subject
    for entrance in entrances(subject):
        behind, where = entrance, ""
        if not entrance and subject.deployment.proxies:
            where = " past the proxy"
        elif not entrance and subject.app.proxy_trust.hops:
            # No file names them, and the application relies on them: they are there.
            behind = (Proxy(kind="assumed", place=subject.app.place),) * subject.app.proxy_trust.hops
            where = " behind what it trusts"
        tried = [
            (f"`X-Forwarded-For` with {name}", sent(held.one, entrance=behind, claimed=value))
            for name, value in FORWARDED.items()
        ]
        claim = f"`X-Forwarded-For` opens no new count on {held.one.title}{where}"
        yield from _tried(held, "forwarded", claim, tried, entrance=behind)


def address_headers(held: Stated) -> Iterator[Plan]:
    """With an address in one of the headers that some proxies set."""
    claim = f"no other header that names an address opens a new count on {held.one.title}"
    yield from _tried(held, "address-headers", claim, _carried(held, disguises.with_addresses))


def client_headers(held: Stated) -> Iterator[Plan]:
    """As another program or host, with another key or cookie."""
    claim = f"no other host, agent, key or cookie opens a new count on {held.one.title}"
    yield from _tried(held, "client-headers", claim, _carried(held, disguises.as_other_client))


def paths(held: Stated) -> Iterator[Plan]:
    """By other paths that may lead to the same view."""
    claim = f"no other spelling of the path opens a new count on {held.one.title}"
    yield from _tried(held, "paths", claim, _carried(held, disguises.other_paths))


def methods(held: Stated) -> Iterator[Plan]:
    """With other methods for which the same limit is written."""
    one = held.one
    same = tuple(
        method
        for method, limits in one.route.limits.items()
        if any(limit.place == held.limit.place for limit in limits.limits)
    )
    tried = [(name, sent(one, request)) for name, request in disguises.other_methods(one.request, same)]
    yield from _tried(held, "methods", f"no other method opens a new count on {one.title}", tried)


def noise(held: Stated) -> Iterator[Plan]:
    """With parameters that mean nothing, or in another encoding."""
    claim = f"no parameter and no other encoding opens a new count on {held.one.title}"
    yield from _tried(held, "noise", claim, _carried(held, disguises.with_noise))


def accounts(held: Stated) -> Iterator[Plan]:
    """By one client that tries one account after the other."""
    if held.one.work.of(*CHECKS):
        claim = f"another account name opens no new count on {held.one.title}"
        yield from _tried(held, "accounts", claim, _carried(held, disguises.as_other_accounts))


def successes(held: Stated) -> Iterator[Plan]:
    """Failing tries, with a successful one before each limit is reached. The recipe says what succeeds."""
    one, number = held.one, held.item.amount
    login = one.subject.recipe.login
    if login is None or (login.method, login.path) != (one.method, one.request.path) or number < 2:
        return
    rounds = min(3, one.subject.max_requests // number)
    asked = [*[one.request] * (number - 1), login.request] * rounds
    right = frozenset(range(number - 1, len(asked), number))
    yield _plan(
        held,
        "successes",
        f"a success on {one.title} does not reset the count",
        one_by_one(sent(one, request) for request in asked),
        success_resets_nothing(number, right, reach_of(one)),
    )


def edge(held: Stated) -> Iterator[Plan]:
    """As much as is left at the end of a window, and as much as there is at the beginning of the next one."""
    one, number = held.one, held.item.amount
    if number < 2 or 2 * number > one.subject.max_requests or held.others:
        return
    (ask,) = one_by_one([sent(one)])
    exchanges = (
        ask,
        replace(ask, pause=held.item.seconds - 1.0),
        *[ask] * (number - 2),
        replace(ask, pause=1.5),
        *[ask] * (number - 1),
    )
    judge = no_more_than(number, reach_of(one), among=slice(1, None), how=" within 2 seconds")
    yield _plan(
        held, "edge", f"{one.title} serves no more than {shown(held.item)} across its edge", exchanges, judge
    )


def burst(held: Stated) -> Iterator[Plan]:
    """All at once."""
    one, number = held.one, held.item.amount
    asked = min(number + max(OVER, min(number, BURST)), one.subject.max_requests)
    if asked <= number:
        return
    exchanges = (Exchange(sent=(sent(one),) * asked),)
    judge = no_more_than(number, reach_of(one), how=" at once")
    claim = f"{one.title} serves no more than {counted(number, 'request')} that come at once"
    yield _plan(held, "burst", claim, exchanges, judge)


def over_workers(held: Stated, workers: int) -> Iterator[Plan]:
    """As much as is written and one more to each of several processes."""
    one, number = held.one, held.item.amount
    if workers < 2 or number + workers > one.subject.max_requests:
        return
    asked = to_each(sent(one), number + 1, workers=workers, most=one.subject.max_requests)
    judge = no_more_than(number, reach_of(one), how=f" by {workers} processes")
    claim = f"{workers} processes serve no more than {counted(number, 'request')} of {one.title} together"
    yield _plan(held, "workers", claim, asked, judge, modes=SERVED)


def store_gone(held: Stated) -> Iterator[Plan]:
    """While the store of the limiter refuses every connection."""
    one, number = held.one, held.item.amount
    if not _has_store(held) or number + OVER > one.subject.max_requests:
        return
    yield _plan(
        held,
        "store-gone",
        f"{one.title} serves no more than {counted(number, 'request')} while its store refuses connections",
        one_by_one([sent(one)] * (number + OVER)),
        fails_closed(number, reach_of(one)),
        modes=OWN_STORE,
        store=Store.REFUSES,
    )


def store_silent(held: Stated) -> Iterator[Plan]:
    """While the store of the limiter takes connections, and never answers."""
    if _has_store(held):
        claim = f"{held.one.title} is answered within {LONGEST:.0f} seconds while its store is silent"
        exchanges = one_by_one([sent(held.one)] * 2)
        yield _plan(
            held, "store-silent", claim, exchanges, answers_in_time(), modes=OWN_STORE, store=Store.HANGS
        )


def neighbours(held: Stated) -> Iterator[Plan]:
    """From the addresses of one IPv6 network: whoever has one has them all."""
    one = held.one
    tried = [
        (f"the address 2001:db8:1:2::{index}", sent(one, client=f"2001:db8:1:2::{index}"))
        for index in range(2, 2 + NEIGHBOURS)
    ]
    usual = sent(one, client="2001:db8:1:2::1")
    claim = f"the addresses of one IPv6 network share a count on {one.title}"
    # Behind a proxy they stand in a header; else the connection itself would have to come from there.
    modes = ANYWHERE if ":" not in usual.client else IN_PROCESS
    yield from _tried(held, "neighbours", claim, tried, usual=usual, modes=modes)


def batches(one: Aim) -> Iterator[Plan]:
    """GraphQL with many operations in one request, as a list and by other names of one field; no limit counts these."""
    if not one.work.of(Kind.GRAPHQL):
        return
    asked = {"query": "{ __typename }"}
    aliases = " ".join(f"a{index}: __typename" for index in range(OPERATIONS))
    forms = {"a list": [asked] * OPERATIONS, "aliases": {"query": f"{{ {aliases} }}"}}
    requests = [replace(one.request, json=body, form={}, body="") for body in (asked, *forms.values())]
    plan = planned(
        one,
        "batches",
        f"{one.title} runs no {OPERATIONS} operations for one request",
        one_by_one(sent(one, request) for request in requests),
        one_at_a_time(OPERATIONS, tuple(forms)),
        fingerprint=fingerprint("batches", one.app.id, one.route.rule, one.method),
    )
    yield replace(plan, is_stated=False)


def _carried(held: Stated, forms: Callable[[Request], Iterable[Form]]) -> list[tuple[str, Sent]]:
    return [(name, sent(held.one, request)) for name, request in forms(held.one.request)]


def _tried(
    held: Stated,
    way: str,
    claim: str,
    tried: Sequence[tuple[str, Sent]],
    *,
    entrance: Entrance | None = None,
    usual: Sent | None = None,
    modes: frozenset[Mode] = ANYWHERE,
) -> Iterator[Plan]:
    """The limit is used up; then each form of the request is tried, and in the end the usual one once more."""
    one, number = held.one, held.item.amount
    if not tried or number + 2 + len(tried) > one.subject.max_requests:
        return
    plain = usual or sent(one, entrance=entrance, client=CLIENT)
    asked = [*[plain] * (number + 1), *(request for _, request in tried), plain]
    judge = nothing_through(number, [name for name, _ in tried], reach_of(one))
    yield _plan(held, way, claim, one_by_one(asked), judge, modes=modes)


def _plan(
    held: Stated,
    way: str,
    claim: str,
    exchanges: tuple[Exchange, ...],
    judge: Judge,
    *,
    modes: frozenset[Mode] = ANYWHERE,
    store: Store = Store.WORKING,
) -> Plan:
    is_short = held.item.seconds < SHORT
    plan = planned(
        held.one,
        way,
        claim,
        exchanges,
        judge,
        fingerprint=fingerprint(held.fingerprint, way),
        modes=modes & IN_PROCESS if is_short and way != "burst" else modes,
        store=store,
    )
    return replace(plan, is_stated=way in STATED)


def _has_store(held: Stated) -> bool:
    """Whether its limiter counts outside of the process, as far as is known."""
    bound = [limiter for limiter in held.one.app.limiters if limiter.bound]
    return any(limiter.storage is None or not limiter.storage.startswith("memory") for limiter in bound)
