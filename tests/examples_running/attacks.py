"""What is sent to an application to get past its limits, one function a way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from request_planning import Request, listed, variants, without_options
from request_reads import Read, claimed_identities, first_line, switches
from running import Job, Sent
from targets import Known, Target, items, target

from guardapi.findings import Finding
from guardapi.frameworks.limit_text import LimitItem
from guardapi.model import App, Proxy
from guardapi.sink import Kind

MOST: Final = 120
UNLIMITED: Final = 60
OVER: Final = 5
LARGE: Final = 3 * 2**20
"""Bytes of a body that no example needs."""
COUNTED: Final = frozenset(
    {
        *(
            Kind.HTTP,
            Kind.MAIL,
            Kind.MESSAGE,
            Kind.MODEL_API,
            Kind.PASSWORD_HASH,
            Kind.PAID_API,
            Kind.PAYMENT,
        ),
        *(Kind.QUEUE, Kind.SLEEP, Kind.WRITE),
    }
)
"""Work whose number, or size, is counted where it is asked for."""
Entrance = tuple[Proxy, ...]


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
                steps=self.steps[worker :: self.workers],
                hold=self.hold,
                outage=self.way is Way.OUTAGE or self.is_in_outage,
            )


def flood(one: Target, way: Way = Way.FLOOD) -> Proof:
    """One client, until it must have been refused."""
    admits = one.strictest
    if way is Way.OUTAGE:
        meanwhile = [
            item.amount
            for limiter in one.app.limiters
            for text in limiter.fallback.limits
            for item in items(text)
        ]
        admits = min(meanwhile, default=admits)
    unlimited = MOST if one.route.limits[one.method].undecided else UNLIMITED
    number = (unlimited if admits is None else min(admits, MOST)) + OVER
    return replace(_proof(one, way, [_sent(one)] * number), admitted=admits)


def paced(one: Target, lost: LimitItem, *, forgets: bool) -> Proof:
    """One client, spread over the window of a limit that is lost."""
    number = min(lost.amount, MOST) + OVER
    first = list(_before(one)) if forgets else []
    usual = without_options(one.request, one.reads) if forgets else one.request
    proof = _proof(one, Way.PACED, [*first, *[_sent(one, usual)] * number])
    pause = lost.seconds / (number + 1)
    steps = tuple(
        (sent, pause if index >= len(first) else 0.0) for index, (sent, _) in enumerate(proof.steps)
    )
    return replace(proof, steps=steps, skipped=len(first))


def _before(one: Target) -> Iterator[Sent]:
    """What other requests may have done before: with everything, with what is looked for, with other methods."""
    for request in (one.request, *variants(one.request, one.reads)):
        yield _sent(one, request)
    for method in one.route.methods:
        if method != one.method:
            yield _sent(target(one.known, one.app, one.route, method))


def parallel(one: Target, hold: tuple[str, int] | None = None) -> Proof:
    """One client, all at once."""
    number = (MOST if one.loosest is None else min(one.loosest, MOST)) + OVER
    return replace(
        _proof(one, Way.PARALLEL, []), steps=(((_sent(one),) * number, 0.0),), admitted=one.loosest, hold=hold
    )


def start_of(one: Target) -> tuple[str, int] | None:
    """Where its view begins, behind the limits that its decorators ask."""
    view = one.route.view.place
    return first_line(view, one.method, one.known.example.project) if view is not None else None


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
            yield replace(
                _proof(one, Way.ROTATE, sent),
                title=f"{one.title} by {container} {name}",
                admitted=one.loosest,
            )


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
        sent = [
            *[_sent(one, entrance=entrance)] * number,
            _sent(one, entrance=entrance, client="203.0.113.77"),
        ]
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
    bound = one.app.request_bounds.get("max_content_length")
    is_beyond = bound is not None and isinstance(bound.value, int) and bound.value >= LARGE
    if not is_beyond or request.form:
        # Where a body may be so large, only the parts of a form have a bound of their own.
        yield _proof(one, Way.BODY, [replace(_sent(one, request), is_multipart=is_beyond)])


def reads_a_body(one: Target) -> bool:
    """Whether anything of a body is read."""
    return one.method != "GET" and any(
        read.container in ("form", "json", "body", "files") for read in one.reads
    )


def growths(one: Target, finding: Finding) -> Iterator[Proof]:
    """The same request with twice as much in it, each time, where the caller sends amounts, lists or texts."""
    for sink in one.sinks:
        if sink.place != finding.place or sink.kind not in COUNTED:
            continue
        for given in (sink.repeated_by, sink.unbounded, *sink.inputs):
            read = next(
                (read for read in one.reads if given and read.name and f"'{read.name}'" in given.source), None
            )
            if given is not None and read is not None and not given.is_bounded:
                yield growth(one, read)
                return


def growth(one: Target, read: Read) -> Proof:
    """The same request three times, each one when the limits have forgotten the one before."""
    pause = max((item.seconds for limit in one.limits for item in items(limit.text)), default=0) + 1.0
    sent = [_sent(one, _of_size(one, read, size)) for size in (300, 600, 1200)]
    return replace(_proof(one, Way.GROWTH, ()), steps=tuple(((request,), pause) for request in sent))


def _of_size(one: Target, read: Read, size: int) -> Request:
    if read.is_number:
        value: object = size if read.container == "json" else str(size)
    elif read.is_list:
        value = listed(read, size)
    else:
        value = ",".join(f"red{index}" for index in range(size))
    return one.request.having(read.container, read.name, value)


def _proof(one: Target, way: Way, sent: Iterable[Sent]) -> Proof:
    return Proof(
        way=way, title=one.title, steps=tuple(((request,), 0.0) for request in sent), admitted=one.strictest
    )


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
