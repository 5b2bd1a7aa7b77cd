"""The same request in growing sizes, each one when the limits have forgotten the one before."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from guardapi.findings import Finding
from guardapi.prove.exchange import Exchange, Request
from guardapi.prove.judging.measures import falls, grows
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim, aim, sent
from guardapi.prove.requests.building import path_of, with_value, without_options
from guardapi.prove.requests.fields import Read
from guardapi.prove.requests.reads import sources_in
from guardapi.prove.ways.claims import longest_window, planned, reach_of
from guardapi.prove.ways.sizes import DEEP, sizes_for, value_for
from guardapi.sink import Input, Kind, Sink

MARGIN: Final = 1.0
ARGUMENT: Final = "view argument "
WHOLE_JSON: Final = ("request.get_json()", "request.json")
WHOLE_BODY: Final = ("request.get_data()", "request.data", "request.stream")
MARK: Final = "nested-here"
STEEP: Final = 1.6
"""The exponent from which on more than linear work is done."""
OF_ROWS: Final = frozenset({Kind.PAGE, Kind.WHOLE_TABLE})
NEVER_CARRIED: Final = frozenset({Kind.DECOMPRESS})
"""What would have to be sent is no text."""
Form = Callable[[Request, object], Request]
"""A request with a value in some place."""


def against(one: Aim, finding: Finding) -> Iterator[Plan]:
    """What the caller sends to the sink of a finding, several times, more each time."""
    for sink in one.sinks:
        if sink.place != finding.place or sink.kind in NEVER_CARRIED:
            continue
        if sink.kind is Kind.GRAPHQL:
            yield from _operations(one, finding)
            return
        given = [entry for entry in (sink.repeated_by, sink.unbounded, *sink.inputs) if entry is not None]
        places = [found for entry in given if not entry.is_bounded and (found := _place(one, entry))]
        if places:
            # Of two texts that are compared both have to be long; elsewhere the first place decides.
            chosen = dict(places if sink.kind is Kind.SUPERLINEAR else places[:1])
            yield growing(one, finding, chosen, sink)
            return


def of_field(one: Aim, read: Read) -> Plan:
    """The plan for one field, whatever it reaches."""
    return growing(one, None, {read: partial(_with, read)}, None)


def growing(one: Aim, finding: Finding | None, places: Mapping[Read, Form], sink: Sink | None) -> Plan:
    """The plan for some places of a request, all of one size."""
    read = next(iter(places))
    is_depth = sink is not None and sink.kind is Kind.RECURSION and sink.facts.get("by") == "structure"
    sizes = DEEP if is_depth else sizes_for(read, sink)
    steep = STEEP if sink is not None and sink.kind is Kind.SUPERLINEAR else None
    name = read.name or "the body"
    # A search that finds nothing is the same in every size.
    others = tuple(other for other in one.reads if other not in places and other.container == "query")
    usual = without_options(one.request, others)
    if is_depth:
        requests = [_deep(usual, read, size) for size in sizes]
    else:
        requests = [_sized(usual, places, sink, size) for size in sizes]
    return planned(
        one,
        "growth",
        f"{one.title} fails for what is nested deep in {name}"
        if is_depth
        else f"{one.title} does more, the more `{name}` asks for",
        _spaced(one, requests),
        falls(reach_of(one))
        if is_depth
        else grows(sizes, reach_of(one), least=steep, may_lack=sink is not None and sink.kind in OF_ROWS),
        finding=finding,
    )


def _sized(usual: Request, places: Mapping[Read, Form], sink: Sink | None, size: int) -> Request:
    request = usual
    for place, form in places.items():
        request = form(request, value_for(place, sink, size))
    return request


def _deep(usual: Request, read: Read, levels: int) -> Request:
    """Written by hand: what writes JSON would have to go as deep itself."""
    nested = f"{'[' * levels}1{']' * levels}"
    if read.name:
        fields = usual.json if isinstance(usual.json, Mapping) else {}
        nested = json.dumps({**fields, read.name: MARK}).replace(f'"{MARK}"', nested)
    return replace(
        usual, json=None, body=nested, headers={**usual.headers, "Content-Type": "application/json"}
    )


def _operations(one: Aim, finding: Finding) -> Iterator[Plan]:
    """Aliases of one cheap field, or a batch of cheap queries."""
    if "POST" not in one.route.methods or one.method != one.route.methods[0]:
        return
    one = aim(one.subject, one.route, "POST")
    sizes = (10, 100, 1000)
    is_batch = finding.rule == "GA942"
    bodies: Sequence[object] = [
        [{"query": "{__typename}"}] * size
        if is_batch
        else {"query": "{" + " ".join(f"a{index}:__typename" for index in range(size)) + "}"}
        for size in sizes
    ]
    yield planned(
        one,
        "growth",
        f"{one.title} answers {'a batch' if is_batch else 'aliases'} of any length as one request",
        _spaced(one, [replace(one.request, json=body) for body in bodies]),
        grows(sizes, reach_of(one)),
        finding=finding,
    )


def _spaced(one: Aim, requests: Sequence[Request]) -> tuple[Exchange, ...]:
    window = longest_window(one)
    pause = window + MARGIN if window else 0.0
    return tuple(Exchange(sent=(sent(one, request),), pause=pause) for request in requests)


def _place(one: Aim, given: Input) -> tuple[Read, Form] | None:
    """The place of a request that caller data comes from, and how to write something there."""
    if given.source.startswith(ARGUMENT):
        name = given.source.removeprefix(ARGUMENT).split()[0]
        read = Read(container="path", name=name, is_number=given.kind == "amount")
        return read, partial(_with_argument, one, name)
    named = set(sources_in(given.source))
    for read in one.reads:
        if (read.container, read.name) in named:
            return read, partial(_with, read)
    for container, wholes in (("json", WHOLE_JSON), ("body", WHOLE_BODY)):
        if given.source in wholes:
            whole = Read(container=container, is_list=given.kind == "items")
            return whole, partial(_with, whole)
    return None


def _with_argument(one: Aim, name: str, request: Request, value: object) -> Request:
    values = {**one.subject.recipe.values, name: str(value)}
    return replace(request, path=path_of(one.route.rule, values))


def _with(read: Read, request: Request, value: object) -> Request:
    return with_value(request, read, value)
