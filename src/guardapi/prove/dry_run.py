"""What would be sent, as text: the requests of each plan, equal ones counted."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from guardapi.files.names import shown
from guardapi.findings import counted
from guardapi.prove.exchange import Exchange, Request, Sent
from guardapi.prove.planning import Planned
from guardapi.prove.plans import Plan, Store

MAX_BODY: Final = 120
MAX_LINES: Final = 12
SHOWN_HEADERS: Final = 3


def render(planned: Planned) -> str:
    """Every plan with its requests, then the total and what is left out."""
    return "".join(f"{shown(line)}\n" for line in _lines(planned))


def _lines(planned: Planned) -> Iterator[str]:
    for plan in planned.plans:
        yield from _plan(plan)
        yield ""
    for left in planned.left_out:
        yield f"not tried: {left.what}: {left.reason}" if left.what else f"not tried: {left.reason}"
    plans = counted(len(planned.plans), "claim")
    yield f"{plans}, {counted(planned.requests, 'request')} at most. Nothing was sent."


def _plan(plan: Plan) -> Iterator[str]:
    rule = f"{plan.rule} " if plan.rule else ""
    yield f"{rule}{plan.claim} ({plan.way}, {counted(plan.requests, 'request')})"
    if plan.is_silent:
        yield "    what the application calls never answers"
    if plan.store is not Store.WORKING:
        yield f"    the store of the limits {plan.store.value}"
    groups = [(key, len(list(same))) for key, same in groupby(plan.exchanges, key=_key)]
    for (sent, pause), number in groups[:MAX_LINES]:
        yield f"    {_times(number, len(sent))}{_request(sent[0])}{_after(pause)}"
    if len(groups) > MAX_LINES:
        yield f"    and {len(groups) - MAX_LINES} more kinds of requests"


def _key(exchange: Exchange) -> tuple[tuple[Sent, ...], float]:
    return exchange.sent, exchange.pause


def _times(number: int, together: int) -> str:
    if together > 1:
        return f"{together} at once: "
    return f"{number} x " if number > 1 else ""


def _after(pause: float) -> str:
    return f", each {pause:g} s after the one before" if pause else ""


def _request(sent: Sent) -> str:
    request = sent.request
    query = f"?{urlencode(request.query)}" if request.query else ""
    parts = [f"{request.method} {request.path}{query}", *_body(request)]
    headers = [f"{name}: ..." for name in (*request.headers, *request.cookies)][:SHOWN_HEADERS]
    return f"{' '.join([*parts, *headers])} from {sent.client}"


def _body(request: Request) -> Iterator[str]:
    """The beginning of what a body holds; a value that the user gave stands there like any other."""
    if request.json is not None:
        yield _cut(json.dumps(request.json))
    elif request.form or request.files:
        fields = [f"{name}={value}" for name, value in request.form.items()]
        yield _cut("&".join([*fields, *(f"{name}=@file" for name in request.files)]))
    elif request.body:
        yield _cut(request.body)
    if request.is_chunked:
        yield "(length not announced)"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}... ({len(text)} characters)"
