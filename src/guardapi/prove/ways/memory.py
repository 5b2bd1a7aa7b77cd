"""The most memory that the process held, before a request that asks for much and after it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Finding
from guardapi.prove.judging.measures import takes_memory
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim, sent
from guardapi.prove.requests.building import with_value
from guardapi.prove.ways.body import large
from guardapi.prove.ways.claims import one_by_one, planned, reach_of
from guardapi.sink import Kind
from guardapi.verdict import Mode

SENT: Final = 24 * 2**20
"""Bytes of the body that is sent."""
SHOWS: Final = SENT // 2
"""A process that keeps half of that has not handed it on in pieces."""
KEYS: Final = 100
TEXT: Final = 100_000
ONLY_IN_PROCESS: Final = frozenset({Mode.IN_PROCESS})


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """A large body, or many different values, where the sink of the finding keeps them."""
    kinds = {sink.kind for sink in one.sinks if sink.place == finding.place}
    if Kind.CACHE in kinds:
        yield from _many_values(one, finding)
    elif one.reads_a_body:
        request = large(one, SENT)
        yield planned(
            one,
            "memory",
            f"{one.title} holds a body of {SENT // 2**20} MiB in memory",
            one_by_one([sent(one), sent(one, replace(request, is_multipart=bool(one.request.files)))]),
            takes_memory(SHOWS, reach_of(one)),
            finding=finding,
            modes=ONLY_IN_PROCESS,
        )


def _many_values(one: Aim, finding: Finding) -> Iterator[Plan]:
    """A value that was never there before, each time."""
    number = min(KEYS, one.subject.max_requests - 1)
    read = next(
        (read for read in one.reads if read.container in ("query", "form", "json") and read.name), None
    )
    if read is None:
        return
    filler = "x" * TEXT
    asked = [sent(one, with_value(one.request, read, f"{index}{filler}")) for index in range(number)]
    yield planned(
        one,
        "memory",
        f"{one.title} keeps every value of `{read.name}` in memory",
        one_by_one([sent(one), *asked]),
        takes_memory(number * TEXT // 2, reach_of(one)),
        finding=finding,
        modes=ONLY_IN_PROCESS,
    )
