"""A body that is larger than any the route needs, with its length announced and without."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Finding, fingerprint
from guardapi.prove.exchange import Request
from guardapi.prove.judging.measures import large_is_refused, large_is_taken
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim, sent
from guardapi.prove.ways.claims import one_by_one, planned, reach_of
from guardapi.rank import body_bound

LARGE: Final = 3 * 2**20
"""Bytes of a body that no route of a finding needs."""
MOST: Final = 32 * 2**20
"""A larger one is not sent."""
MEBIBYTE: Final = 2**20


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """A large body is taken."""
    if not one.reads_a_body:
        return
    bound = one.app.request_bounds.get("max_content_length")
    is_beyond = bound is not None and isinstance(bound.value, int) and bound.value >= LARGE
    request = replace(large(one, LARGE), is_multipart=is_beyond)
    if is_beyond and not (request.form or request.files):
        # Where a body may be so large, only the parts of a form have a bound of their own.
        return
    yield planned(
        one,
        "body",
        f"{one.title} takes a body of {LARGE // MEBIBYTE} MiB",
        one_by_one([sent(one, request), sent(one, replace(request, is_chunked=True))]),
        large_is_taken(reach_of(one)),
        finding=finding,
    )


def holds(one: Aim) -> Iterator[Plan]:
    """`MAX_CONTENT_LENGTH` is kept: one byte more is refused with 413."""
    bound = body_bound(one.app)
    if not one.reads_a_body or bound is None or bound > MOST:
        return
    request = replace(
        large(one, int(bound) + 1), is_multipart="files" in {read.container for read in one.reads}
    )
    yield planned(
        one,
        "body",
        f"{one.title} refuses a body of more than {int(bound)} bytes",
        one_by_one([sent(one, request), sent(one, replace(request, is_chunked=True))]),
        large_is_refused(),
        fingerprint=fingerprint("body", one.app.id, one.route.rule, one.method, str(int(bound))),
    )


def large(one: Aim, size: int) -> Request:
    """The request of an aim with so many bytes in it, in the form that its view reads."""
    text = "x" * size
    request = one.request
    fields = [read for read in one.reads if read.container in ("form", "json") and read.name]
    # A number, or a text of a bounded length, would be refused for what it is.
    free = [read for read in fields if not (read.is_number or read.options or read.most is not None)]
    if free:
        return request.having(free[0].container, free[0].name, text)
    if fields:
        # Beside what is declared: many schemas leave out what they do not know.
        return request.having(fields[0].container, "text", text)
    if request.json is not None:
        return replace(request, json={"text": text})
    if request.files:
        return replace(request, file_size=size)
    return replace(request, body=text)
