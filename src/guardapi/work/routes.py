"""The work of each route: from the registered callable through all that it calls."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from guardapi.frameworks.served import Handler, Served
from guardapi.model import App, Route, SocketEvent
from guardapi.python.deep_stack import on_deep_stack
from guardapi.python.values import BoundMethod, Function, Wrapped
from guardapi.sink import Hook, Input, MethodWork, Sink, Step
from guardapi.work import kept_entries, operations, request_globals  # noqa: F401  # they observe what is read
from guardapi.work.access import access_of, guards_of
from guardapi.work.callbacks import SENT, Callbacks, as_guard
from guardapi.work.declared import NOTHING_DECLARED, Declared
from guardapi.work.entrances import handed_to
from guardapi.work.flow import Flow, Taint
from guardapi.work.functions import read_functions
from guardapi.work.invoke import bound_arguments
from guardapi.work.reader import Reader
from guardapi.work.request_bounds import with_bounds
from guardapi.work.result import Result
from guardapi.work.run import Run
from guardapi.work.sinks.graphql import served_by_library
from guardapi.work.sinks.sockets import has_guard, passed_first

VARIABLE: Final = re.compile(r"<(?:(?P<converter>\w+)(?:\((?P<arguments>[^)]*)\))?:)?(?P<name>\w+)>")
NUMERIC: Final = frozenset({"int", "float"})
TEXTS: Final = frozenset({"string", "path", "default"})
"""Converters that hand over a text as it was sent; others admit few values, or make an object of it."""
MAXIMUM: Final = re.compile(r"\bmax\s*=")
MAX_LENGTH: Final = re.compile(r"\b(?:max)?length\s*=")
CACHED_METHODS: Final = frozenset({"GET", "HEAD"})
VIEW_CACHE: Final = re.compile(r"(?:flask_caching|flask_cache)\.Cache\(\)\.cached\(\)")
OWN_KEY: Final = frozenset({"query_string", "make_cache_key", "key_prefix", "unless", "forced_update"})
"""Arguments by which a request can have an answer of its own."""
MAX_SINKS: Final = 200
MAX_PATH: Final = 12
MAX_OPAQUE: Final = 20


@on_deep_stack
def with_work(served: Served, declared: Declared = NOTHING_DECLARED) -> App:
    """The application, with the work of its routes and hooks."""
    reading = _Reading(served, declared)
    routes = tuple(
        replace(route, work=dict(reading.work_of(handler, route)))
        for route, handler in zip(served.app.routes, served.handlers, strict=True)
    )
    return replace(
        served.app,
        routes=routes,
        hooks=tuple(reading.hooks()),
        functions=tuple(read_functions(reading.reader, served.functions)),
        sockets=tuple(reading.sockets()),
    )


class _Reading:
    """The reading of one application."""

    def __init__(self, served: Served, declared: Declared) -> None:
        self.served = served
        self.reader = Reader(served.evaluator, served.facts, declared=declared)
        self.callbacks = Callbacks(served.evaluator)

    def work_of(self, handler: Handler, route: Route) -> Iterator[tuple[str, MethodWork]]:
        """By method, what a request to a route causes."""
        for method in route.methods:
            self.reader.request = _request(route, method)
            before = tuple(self._before(route))  # first, for what it keeps for the view
            results = list(_results(self.reader, handler, route, method))
            reached = list(_reached(results))
            by_library = tuple(served_by_library(self.reader, handler, route))
            sinks = with_bounds((*_collected(results), *by_library), _collected(before))
            yield (
                method,
                MethodWork(
                    sinks=(*sinks, *self._checks(handler)),
                    access=access_of(self.reader, handler, results, before, sinks),
                    unread=tuple(sorted({text for result in reached for text in result.unread})),
                    opaque=tuple(sorted({path for result in reached for path in result.opaque})[:MAX_OPAQUE]),
                    is_served=_is_served(self.reader, handler, method),
                ),
            )

    def _checks(self, handler: Handler) -> Iterator[Sink]:
        """What the checks behind a route's decorators cause."""
        for function in self.callbacks.behind(guards_of(self.reader, handler)):
            start = Run(self.reader, "", function.module, None, {}, {})
            sent = [SENT] * len(function.node.args.args)
            result = self.reader.enter(function, bound_arguments(start, function, sent, {}))
            yield from map(as_guard, _collected([result]))

    def _before(self, route: Route) -> Iterator[Result]:
        """What the hooks in front of a route do."""
        for when, blueprint, function in self.served.hooks:
            if when == "before_request" and _serves(blueprint, route):
                yield from _entered(self.reader, function, {}, None)

    def sockets(self) -> Iterator[SocketEvent]:
        """What runs for the messages of sockets beside the routes."""
        for handler in self.served.sockets:
            self.reader.request = {}
            message = Flow(taints=frozenset({Taint("the message", "items")}))
            for result in _entered(self.reader, handler.value, {}, None, first=message):
                yield SocketEvent(
                    event=handler.event,
                    name=handler.name if handler.place is not None and handler.name else result.name,
                    place=handler.place or result.place,
                    max_size=handler.max_size,
                    has_guard=has_guard(self.reader, handler.value),
                    sinks=_collected([result]),
                )

    def hooks(self) -> Iterator[Hook]:
        """The functions of the project that run around views, whatever the request."""
        self.reader.request = {}
        seen_limiter = False
        limiters = [f for when, _, f in self.served.hooks if when == "before_request" and _is_limiter(f)]
        for when, blueprint, function in self.served.hooks:
            seen_limiter = seen_limiter or _is_limiter(function)
            for result in _entered(self.reader, function, {}, None):
                yield Hook(
                    name=result.name,
                    place=result.place,
                    when=when,
                    blueprint=blueprint,
                    before_limiter=_is_before(when, blueprint, seen=seen_limiter) if limiters else None,
                    may_answer=result.may_abort or result.returned.value is not None,
                    sinks=_collected([result]),
                )


def _is_before(when: str, blueprint: str | None, *, seen: bool) -> bool:
    if when == "url_value_preprocessor":
        return True  # they all run before any hook
    return when == "before_request" and blueprint is None and not seen


def _is_limiter(function: object) -> bool:
    """Whether a hook is the limiter's own."""
    while isinstance(function, BoundMethod):
        function = function.function
    return isinstance(function, Function) and function.module.is_model and "limiter" in function.module.name


def _serves(blueprint: str | None, route: Route) -> bool:
    return (
        blueprint is None or route.blueprint == blueprint or f"{route.blueprint}.".startswith(f"{blueprint}.")
    )


def _request(route: Route, method: str) -> dict[str, str]:
    """What is known of every request to a route with a method."""
    known = {"method": method, "endpoint": route.endpoint}
    if route.blueprint is not None:
        known["blueprint"] = route.blueprint
    return known if "<" in route.rule else {**known, "path": route.rule}


def _reached(results: Iterable[Result]) -> Iterator[Result]:
    """Some results with all below them, each once."""
    waiting, seen = list(results), set[int]()
    while waiting:
        result = waiting.pop()
        if id(result) not in seen:
            seen.add(id(result))
            yield result
            waiting += [inner for _, inner, _ in result.calls]


def _results(reader: Reader, handler: Handler, route: Route, method: str) -> Iterator[Result]:
    sent = view_arguments(route.rule)
    first = passed_first(reader, handler.chain)
    for link in handler.chain:
        if not sent and method in CACHED_METHODS and _is_kept(link):
            return
        yield from _entered(reader, link, sent, None, first=first)
    cls = handler.view_class
    if cls is not None:
        instance = reader.names.instance(cls)
        for name in (method.lower(), "dispatch_request"):
            for link in handler.methods.get(name, ()):
                yield from _entered(reader, link, sent, instance)


def _is_served(reader: Reader, handler: Handler, method: str) -> bool:
    """Whether a view class has a function for a method; one that dispatches in its own way may have."""
    names = handler.methods.keys() - {"dispatch_request"}
    if not names or ({method.lower()} | ({"get"} if method == "HEAD" else set())) & names:
        return True
    for link in handler.methods.get("dispatch_request", ()):
        if isinstance(link, Function) and not link.module.is_model:
            parts = [part for statement in reader.ev.body_of(link)[0] for part in ast.walk(statement)]
            return not any(isinstance(part, ast.Attribute) and part.attr == "method" for part in parts)
    return method == "OPTIONS"


def _is_kept(link: object) -> bool:
    """Whether a cache answers instead of what is below, by the path alone: all requests but one."""
    while isinstance(link, BoundMethod | Wrapped):
        if isinstance(link, Wrapped):
            made = link.calls[-1] if link.calls and VIEW_CACHE.fullmatch(link.by) else None
            if made is not None and made[1] is not None and OWN_KEY.isdisjoint(made[1].kwargs):
                return True
            link = link.inner
        else:
            link = link.function
    return False


def _entered(
    reader: Reader,
    link: object,
    sent: dict[str, Flow],
    receiver: Flow | None,
    *,
    first: Flow | None = None,
) -> Iterator[Result]:
    """What a callable does that a request enters through; nothing for what is not the project's."""
    while isinstance(link, BoundMethod | Wrapped):
        if isinstance(link, BoundMethod):
            receiver = reader.names.flow(link.receiver)
            link = link.function
        else:
            link = link.inner
    if not isinstance(link, Function) or link.module.is_model:
        return
    start = Run(reader, f"{link.module.name}:{link.qualname}", link.module, link, {}, {})
    handed = handed_to(reader, link, start)
    before = [flow for flow in (receiver, first) if flow is not None]
    args = [*before, *handed.args]
    yield reader.enter(link, bound_arguments(start, link, args, {**sent, **handed.kwargs}))
    if handed.read is not None:
        yield handed.read


def view_arguments(rule: str) -> dict[str, Flow]:
    """What the variables of a rule hold, as caller data."""
    return {found["name"]: Flow(taints=frozenset({_variable(found)})) for found in VARIABLE.finditer(rule)}


def _variable(found: re.Match[str]) -> Taint:
    source = f"view argument {found['name']}"
    converter, arguments = found["converter"] or "string", found["arguments"] or ""
    if converter in NUMERIC:
        return Taint(source, "amount", "value" if MAXIMUM.search(arguments) else "")
    bound = "value" if converter not in TEXTS else "length" if MAX_LENGTH.search(arguments) else ""
    return Taint(source, "text", bound)


def _collected(results: Iterable[Result]) -> tuple[Sink, ...]:
    """Every sink below some results, once for each place and kind, with the shortest way there."""
    found: dict[object, Sink] = {}
    seen: set[tuple[int, bool]] = set()
    waiting: list[tuple[Result, tuple[Step, ...], Input | None]] = [(result, (), None) for result in results]
    while waiting and len(found) < MAX_SINKS:
        following: list[tuple[Result, tuple[Step, ...], Input | None]] = []
        for result, path, repeated in waiting:
            if (id(result), repeated is not None) in seen:
                continue
            seen.add((id(result), repeated is not None))
            for key, sink in result.sinks.items():
                known = found.get(key)
                if known is None or (_weight(sink, repeated) > _weight(known, None)):
                    found[key] = replace(sink, path=path, repeated_by=sink.repeated_by or repeated)
            if len(path) < MAX_PATH:
                following += [
                    (inner, (*path, step), again or repeated) for step, inner, again in result.calls
                ]
        waiting = following
    return tuple(sorted(found.values(), key=lambda sink: (sink.place, sink.kind)))


def _weight(sink: Sink, repeated: Input | None) -> tuple[bool, bool]:
    return (sink.repeated_by or repeated) is not None, sink.unbounded is not None
