"""How plans are put together: what a plan says of its aim, requests one after the other, when a view is reached."""

from collections.abc import Iterable
from typing import Final

from guardapi.coverage import is_of_project
from guardapi.findings import Finding
from guardapi.frameworks.limit_text import SECONDS, LimitItem
from guardapi.prove.exchange import Exchange, Sent
from guardapi.prove.judging.answers import Reach
from guardapi.prove.judging.limits import Judge
from guardapi.prove.plans import ANYWHERE, Plan, Store
from guardapi.prove.requests.aims import Aim, items
from guardapi.sink import Audience, Kind
from guardapi.verdict import Mode

LONGEST_WAIT: Final = 60.0
"""Seconds that are waited for where the clock cannot be put forward."""
CHECKS: Final = (Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK, Kind.SIGN_IN)


def planned(  # noqa: PLR0913  # facts, by their names
    one: Aim,
    way: str,
    claim: str,
    exchanges: tuple[Exchange, ...],
    judge: Judge,
    *,
    finding: Finding | None = None,
    fingerprint: str = "",
    modes: frozenset[Mode] = ANYWHERE,
    store: Store = Store.WORKING,
    is_silent: bool = False,
    hold: tuple[str, int] | None = None,
) -> Plan:
    """A plan on an aim: for a finding, or for a limit with a fingerprint of its own."""
    waits = sum(exchange.pause for exchange in exchanges)
    return Plan(
        claim=claim,
        way=way,
        app=one.app.id,
        route=one.route.rule,
        methods=(one.method,),
        fingerprint=finding.fingerprint if finding is not None else fingerprint,
        rule=finding.rule if finding is not None else None,
        exchanges=exchanges,
        judge=judge,
        modes=modes if waits <= LONGEST_WAIT else modes & {Mode.IN_PROCESS},
        store=store,
        is_silent=is_silent,
        hold=hold,
    )


def one_by_one(sent: Iterable[Sent], pause: float = 0.0, *, worker: int = 0) -> tuple[Exchange, ...]:
    """Requests one after the other, with the same time before each.

    One process takes them, so that no other one's count decides; a claim on several processes says so.
    """
    return tuple(Exchange(sent=(request,), pause=pause, worker=worker) for request in sent)


def to_each(request: Sent, number: int, *, workers: int, most: int) -> tuple[Exchange, ...]:
    """So many requests for the first process, and as many for each other one as may be sent."""
    others = min(number, (most - number) // (workers - 1))
    return tuple(
        exchange
        for worker in range(workers)
        for exchange in one_by_one([request] * (others if worker else number), worker=worker)
    )


def reach_of(one: Aim) -> Reach:
    """What shows that a request came as far as the view of an aim."""
    access = one.work.access
    is_open = access.audience is Audience.ANYONE and access.is_known
    # In front of a view that checks credentials a guard may stand, too: of a token that is exchanged, for example.
    checks = bool(one.work.of(*CHECKS)) and access.audience is Audience.ANYONE
    return Reach(accepts_refusals=checks or (is_open and is_of_project(one.route)))


def shown(item: LimitItem) -> str:
    """`5 requests in 1 minute`."""
    number = "1 request" if item.amount == 1 else f"{item.amount} requests"
    return f"{number} in {item.multiples} {item.unit}{'s' * (item.multiples > 1)}"


def longest_window(one: Aim) -> float:
    """Seconds after which all limits of an aim have forgotten; 0 where there is none."""
    return max((float(item.seconds) for limit in one.limits for item in items(limit.text)), default=0.0)


def per(item: LimitItem) -> float:
    """Requests a second that an item admits in the long run."""
    return item.amount / (item.multiples * SECONDS[item.unit])
