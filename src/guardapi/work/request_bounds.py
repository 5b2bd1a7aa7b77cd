"""Bounds that a view, or what runs before it, sets for the one request: which reads of the body they reach."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from guardapi.place import Place
from guardapi.sink import Kind, Sink

READS: Final = frozenset({Kind.BODY, Kind.FORM, Kind.UPLOAD_READ})


def with_bounds(sinks: Iterable[Sink], before: Iterable[Sink] = ()) -> tuple[Sink, ...]:
    """Sinks of a route, each read of the body with the bounds that are set on the way; `before`: those of hooks."""
    sinks = tuple(sinks)
    earlier = tuple(sink for sink in before if sink.kind is Kind.REQUEST_BOUND)
    own = tuple(sink for sink in sinks if sink.kind is Kind.REQUEST_BOUND)
    if not earlier and not own:
        return sinks
    return tuple(
        _bounded(sink, earlier, own) if sink.kind in READS else sink
        for sink in sinks
        if sink.kind is not Kind.REQUEST_BOUND
    )


def _bounded(sink: Sink, earlier: tuple[Sink, ...], own: tuple[Sink, ...]) -> Sink:
    facts = dict(sink.facts)
    for bound in (*earlier, *(found for found in own if _precedes(found, sink))):
        facts[str(bound.facts["bounds"])] = bound.facts["value"]
    return replace(sink, facts=facts)


def _precedes(bound: Sink, read: Sink) -> bool:
    """Whether a bound is set before a read: of the calls that lead to both, where they part."""
    for first, second in zip(_way(bound), _way(read), strict=False):
        if first != second:
            # What stands in another file is a decorator or a hook, which runs first.
            return first.file != second.file or first.line < second.line
    return False


def _way(sink: Sink) -> Iterator[Place]:
    yield from (step.place for step in sink.path)
    yield sink.place
