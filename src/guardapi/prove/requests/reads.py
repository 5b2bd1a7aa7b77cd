"""What the views of an application read of a request, as its model and its source have it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.model import App, LimiterFunction, Route
from guardapi.place import Place
from guardapi.prove.requests.declared import declared_in
from guardapi.prove.requests.fields import CONTAINERS, Read, joined, parts_in, reads_in
from guardapi.prove.requests.sources import Sources

SOURCE: Final = re.compile(r"request\.(\w+)(?:\(\))?\[(['\"])(.+?)\2\]")
"""Caller data as the model writes it: `request.form['name']`."""


def reads_of(app: App, route: Route, method: str, sources: Sources) -> tuple[Read, ...]:
    """What a view reads of a request: as its source has it, and as the model has it.

    Of a session it is also what hooks and key functions read: who has signed in has been here before.
    """
    found: dict[tuple[str, str], Read] = {}
    for read in _of_source(app, route, sources):
        found[read.container, read.name] = joined(found.get((read.container, read.name)), read)
    done = route.work.get(method)
    for given in (given for sink in (done.sinks if done else ()) for given in sink.inputs):
        for container, name in sources_in(given.source):
            old = found.get((container, name), Read(container=container, name=name, is_needed=False))
            found[container, name] = replace(
                old,
                is_number=old.is_number or given.kind == "amount",
                is_list=old.is_list or (given.kind == "items" and container == "json"),
            )
    named = {read.container for read in found.values() if read.name}
    return tuple(read for read in found.values() if read.name or read.container not in named)


def _of_source(app: App, route: Route, sources: Sources) -> Iterator[Read]:
    if route.view.place is not None:
        yield from reads_at(route.view.place, sources)
    for place in (*(hook.place for hook in app.hooks), *(function.place for function in app.functions)):
        yield from (read for read in reads_at(place, sources) if read.container == "session")


def reads_at(place: Place, sources: Sources) -> tuple[Read, ...]:
    """What the function at a place reads of a request, with what it calls."""
    return sources.kept(("reads", place), lambda: tuple(_reads_at(place, sources)))


def _reads_at(place: Place, sources: Sources) -> Iterator[Read]:
    functions = list(sources.reachable(place))
    parts = tuple(dict.fromkeys(part for function in functions for part in _parts_of(function, sources)))
    for function in functions:
        for read in _reads_of(function, sources):
            yield replace(read, parts=parts) if read.is_list else read


def _reads_of(function: ast.AST, sources: Sources) -> tuple[Read, ...]:
    return sources.kept(
        ("fields", function),
        lambda: (*declared_in(function), *reads_in(function, sources.collections)),
    )


def _parts_of(function: ast.AST, sources: Sources) -> tuple[str, ...]:
    return sources.kept(("parts", function), lambda: tuple(parts_in(function)))


def sources_in(text: str) -> Iterator[tuple[str, str]]:
    """The fields that a description of caller data names."""
    for match in SOURCE.finditer(text):
        container = CONTAINERS.get(match[1])
        if container:
            yield container, match[3]


def claimed_identities(app: App) -> tuple[tuple[str, str], ...]:
    """The fields by which the key functions of an application tell callers apart."""
    texts = [
        text
        for function in app.functions
        if function.role == "key"
        for answer in function.answers
        for text in answer.sources
    ]
    found = {source for text in texts for source in sources_in(text)}
    if any("access_route" in text for text in texts):
        found.add(("headers", "X-Forwarded-For"))
    return tuple(sorted(found))


def switches(function: LimiterFunction, sources: Sources) -> Iterator[tuple[str, str, str]]:
    """The fields with the values for which a function may let a request off: container, name, value."""
    for read in reads_at(function.place, sources):
        for literal in read.literals or ("0" if function.role == "cost" else "1",):
            yield read.container, read.name, literal
