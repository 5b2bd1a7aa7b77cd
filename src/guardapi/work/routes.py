"""The work of each route: from the registered callable through all that it calls."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from guardapi.frameworks.served import Handler, Served
from guardapi.model import App, Route
from guardapi.python.evaluator import deep_recursion
from guardapi.python.values import BoundMethod, Function, Wrapped
from guardapi.sink import Hook, Input, MethodWork, Sink, Step
from guardapi.work.access import access_of
from guardapi.work.flow import Flow, Taint
from guardapi.work.invoke import bound_arguments
from guardapi.work.reader import Reader, Result, Run

VARIABLE: Final = re.compile(r"<(?:(?P<converter>\w+)(?:\((?P<arguments>[^)]*)\))?:)?(?P<name>\w+)>")
NUMERIC: Final = frozenset({"int", "float"})
CHOSEN: Final = frozenset({"any", "uuid"})
"""Converters that admit few values, or only identities."""
MAXIMUM: Final = re.compile(r"\bmax\s*=")
MAX_LENGTH: Final = re.compile(r"\b(?:max)?length\s*=")
MAX_SINKS: Final = 200
MAX_PATH: Final = 12
MAX_OPAQUE: Final = 20


def with_work(served: Served) -> App:
    """The application, with the work of its routes and hooks."""
    with deep_recursion():
        reading = _Reading(served)
        routes = tuple(
            replace(route, work=dict(reading.work_of(handler, route)))
            for route, handler in zip(served.app.routes, served.handlers, strict=True)
        )
        return replace(served.app, routes=routes, hooks=tuple(reading.hooks()))


class _Reading:
    """The reading of one application."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.reader = Reader(served.evaluator, served.facts)

    def work_of(self, handler: Handler, route: Route) -> Iterator[tuple[str, MethodWork]]:
        """By method, what a request to a route causes."""
        for method in route.methods:
            self.reader.request = _request(route, method)
            results = list(_results(self.reader, handler, route, method))
            reached = list(_reached(results))
            sinks = _collected(results)
            yield (
                method,
                MethodWork(
                    sinks=sinks,
                    access=access_of(self.reader, handler, results, self._before(route), sinks),
                    unread=tuple(sorted({text for result in reached for text in result.unread})),
                    opaque=tuple(sorted({path for result in reached for path in result.opaque})[:MAX_OPAQUE]),
                ),
            )

    def _before(self, route: Route) -> Iterator[Result]:
        """What the hooks in front of a route do."""
        for when, blueprint, function in self.served.hooks:
            if when == "before_request" and _serves(blueprint, route):
                yield from _entered(self.reader, function, {}, None)

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
    for link in handler.chain:
        yield from _entered(reader, link, sent, None)
    cls = handler.view_class
    if cls is not None:
        instance = reader.names.instance(cls)
        for name in (method.lower(), "dispatch_request"):
            yield from _entered(reader, cls.find(name), sent, instance)


def _entered(reader: Reader, link: object, sent: dict[str, Flow], receiver: Flow | None) -> Iterator[Result]:
    """What a callable does that a request enters through; nothing for what is not the project's."""
    while isinstance(link, BoundMethod | Wrapped):
        if isinstance(link, BoundMethod):
            receiver = reader.names.flow(link.receiver)
            link = link.function
        else:
            link = link.inner
    if not isinstance(link, Function) or link.module.is_model:
        return
    start = Run(reader, "", link.module, None, {}, {})
    args = [receiver] if receiver is not None else []
    yield reader.read(link, bound_arguments(start, link, args, sent))


def view_arguments(rule: str) -> dict[str, Flow]:
    """What the variables of a rule hold, as caller data."""
    return {found["name"]: Flow(taints=frozenset({_variable(found)})) for found in VARIABLE.finditer(rule)}


def _variable(found: re.Match[str]) -> Taint:
    source = f"view argument {found['name']}"
    converter, arguments = found["converter"] or "string", found["arguments"] or ""
    if converter in NUMERIC:
        return Taint(source, "amount", "value" if MAXIMUM.search(arguments) else "")
    bound = "value" if converter in CHOSEN else "length" if MAX_LENGTH.search(arguments) else ""
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
