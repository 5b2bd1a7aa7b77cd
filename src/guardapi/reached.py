"""Sinks over the routes that reach them: what a rule on work needs to say one thing once."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import active_limiters, is_misused, is_of_project
from guardapi.deployment.locations import covering
from guardapi.findings import Confidence, Related, RouteReference, Severity
from guardapi.model import App, Deployment, Route
from guardapi.place import Place
from guardapi.rank import Stake, open_reads, stake
from guardapi.remedy import Edit, Import, Insert, Rewrite, SetArgument, Where
from guardapi.sink import Input, Kind, Origin, Sink

MAX_RELATED: Final = 10
OUTBOUND: Final = (Kind.HTTP, Kind.CONNECTION)
LOCAL: Final = (
    *(Kind.PROCESS, Kind.IMAGE, Kind.DOCUMENT, Kind.PLOT, Kind.SPREADSHEET, Kind.BROWSER, Kind.INFERENCE),
    Kind.ARCHIVE,
)
"""Work that takes the processor of the server itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One route (with one HTTP method) that reaches a sink."""

    route: Route
    method: str
    sink: Sink
    stake: Stake
    is_open: bool
    """Whether surely nothing limits the method there, outer limits included."""

    @property
    def title(self) -> str:
        """`POST /export`."""
        return f"{self.method} {self.route.rule}"

    @property
    def reference(self) -> RouteReference:
        """The route for a finding."""
        return RouteReference(rule=self.route.rule, methods=(self.method,), endpoint=self.route.endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A sink with everything that reaches it, the worst first."""

    uses: tuple[Use, ...]

    @property
    def worst(self) -> Use:
        """The use that ranks it."""
        return self.uses[0]

    @property
    def sink(self) -> Sink:
        """The sink, as its worst route reaches it."""
        return self.worst.sink

    @property
    def severity(self) -> Severity:
        """By the route score of its worst route."""
        return self.worst.stake.severity

    @property
    def confidence(self) -> Confidence:
        """Certain where the call is resolved."""
        return self.worst.stake.confidence

    @property
    def title(self) -> str:
        """What a message begins with: the worst route."""
        return self.worst.title

    @property
    def others(self) -> str:
        """` (and 39 more routes)`, or nothing."""
        number = len({use.title for use in self.uses}) - 1
        return f" (and {number} more route{'s' * (number > 1)})" if number else ""

    @property
    def reference(self) -> RouteReference | None:
        """The route, where one alone reaches it."""
        return self.worst.reference if len({use.route.endpoint for use in self.uses}) == 1 else None

    def related(self) -> list[Related]:
        """The way from the view of the worst route to the sink, then further routes."""
        view = self.worst.route.view.place
        found: list[Related] = []
        if view is not None:
            found.append(Related(place=view, message=f"{self.title} is served here", is_step=True))
        found += [
            Related(place=step.place, message=f"`{_short(step.function)}` is called here", is_step=True)
            for step in self.sink.path
        ]
        seen = {self.title}
        for use in self.uses[1:]:
            place = use.route.view.place
            if place is not None and use.title not in seen and len(found) < MAX_RELATED:
                seen.add(use.title)
                found.append(Related(place=place, message=f"{use.title} reaches it, too"))
        return found

    def aside(self) -> Related:
        """The sink as a further place of the finding on a costlier one."""
        return Related(place=self.sink.place, message=f"`{called(self.sink)}` {self.sink.kind.value}, too")


def body_reads(routes: Iterable[Route], bound: str, kinds: Iterable[Kind]) -> tuple[Related, ...]:
    """Where routes read bodies that `bound` (a setting of Flask) does not bound: one place a route, each place once."""
    kinds = tuple(kinds)
    titles: set[str] = set()
    rows: dict[Place, Related] = {}
    for route in routes:
        for method, sink in open_reads(route, bound, *kinds):
            title = f"{method} {route.rule}"
            if title not in titles and sink.place not in rows:
                rows[sink.place] = Related(place=sink.place, message=f"{title} {sink.kind.value}")
            titles.add(title)
    return tuple(rows.values())[:MAX_RELATED]


Accepts = Callable[[Use], bool]


def reached(
    app: App,
    deployment: Deployment,
    *kinds: Kind,
    accepts: Accepts = lambda _use: True,
    of_libraries: bool = False,
) -> Iterator[Reached]:
    """The sinks of some kinds below the project's views (with `of_libraries` also below those of libraries), each
    once, with the uses that `accepts` admits."""
    groups: dict[tuple[object, Kind], list[Use]] = {}
    for route in app.routes:
        if not of_libraries and not is_of_project(route):
            continue
        for method, done in route.work.items():
            for sink in done.of(*kinds):
                use = Use(
                    route=route,
                    method=method,
                    sink=sink,
                    stake=stake(route, (method,), deployment, sink=sink),
                    # Under a limit that is attached to nothing there is one cause, with a finding of its own.
                    is_open=is_open(route, method, deployment) and not is_misused(app, route),
                )
                if accepts(use):
                    groups.setdefault((sink.place, sink.kind), []).append(use)
    for group in groups.values():
        yield Reached(uses=tuple(sorted(group, key=_worst_first)))


def open_or_free(app: App, *, once_for_each: bool = True) -> Accepts:
    """The uses that make a finding of a rule on work: nothing limits the route, or one request suffices.

    Without an active limiter only the latter: the former are rows of the finding that says so. Without `once_for_each`
    work that is repeated for each element of a list is left to the rule on such lists.
    """
    has_limiter = bool(active_limiters(app))
    suffices = is_free if once_for_each else _has_free_amount

    def accepts(use: Use) -> bool:
        return suffices(use.sink) or (has_limiter and use.is_open)

    return accepts


def one_for_each_route(found: Iterable[Reached]) -> Iterator[tuple[Reached, list[Related]]]:
    """The costliest sinks first; what only routes of costlier ones reach is a further place of these."""
    groups: list[tuple[Reached, list[Related]]] = []
    taken: dict[str, list[Related]] = {}
    for one in sorted(found, key=lambda item: (-item.worst.stake.score, item.sink.place)):
        if all(use.title in taken for use in one.uses):
            taken[one.title].append(one.aside())
            continue
        asides: list[Related] = []
        groups.append((one, asides))
        for use in one.uses:
            taken.setdefault(use.title, asides)
    for one, asides in groups:
        yield one, [*one.related(), *asides][: 2 * MAX_RELATED]


def one_for_each_source(found: Iterable[Reached]) -> Iterator[tuple[Reached, list[Related]]]:
    """One sink for what a route's caller sends: a bound on that cures the others, which are further places."""
    groups: dict[tuple[str, str], tuple[Reached, list[Related]]] = {}
    for one in sorted(found, key=lambda item: (-item.worst.stake.score, item.sink.place)):
        _, asides = groups.setdefault((one.title, source_of(one.sink)), (one, []))
        if groups[one.title, source_of(one.sink)][0] is not one:
            asides.append(one.aside())
    for one, asides in groups.values():
        yield one, [*one.related(), *asides][: 2 * MAX_RELATED]


def called(sink: Sink) -> str:
    """What is called, as people write it: `requests.Session.get`."""
    return PIPES.sub("", sink.name).replace("()", "").removeprefix("builtins.")


PIPES: Final = re.compile(r"\.__r?or__\(\)")


def with_timeout(sink: Sink) -> SetArgument | None:
    """The timeout that a call lacks; None where it takes none."""
    match sink.facts.get("bounded_at"):
        case (Place() as call, str() as name):
            value = CONNECT_AND_READ if REQUESTS.match(sink.name) else "10"
            return SetArgument(call=call, name=name, value=value)
    return None


CONNECT_AND_READ: Final = "(3.05, 10)"
REQUESTS: Final = re.compile(r"requests(?:_html|_cache|_oauthlib|_toolbelt)?\b")


def is_free(sink: Sink) -> bool:
    """Whether the caller chooses the amount: a rate limit does not cure that."""
    return sink.unbounded is not None or sink.repeated_by is not None


def list_behind(sink: Sink) -> Input | None:
    """The caller's list, for each element of which the work is done."""
    repeated = sink.repeated_by
    if repeated is None or repeated.kind == "amount" or repeated.source.startswith("request.environ"):
        return None  # What the server puts into the environment is not the caller's list.
    return None if repeated.kind == "text" and PLAIN.match(repeated.source) is not None else repeated


PLAIN: Final = re.compile(r"view argument|request\.(?:args|form|values|headers|cookies)\[")
"""Sources of which one entry is a text, whose letters nobody means."""


def _has_free_amount(sink: Sink) -> bool:
    return sink.unbounded is not None


def chooses_freely(use: Use) -> bool:
    """Whether the caller sends something that nothing bounds; one request suffices, a rate limit does not cure it."""
    return any(not given.is_bounded for given in use.sink.inputs)


def source_of(sink: Sink) -> str:
    """What the caller sends, the unbounded part first."""
    return min(sink.inputs, key=lambda given: (given.is_bounded, given.source)).source


IN_ADDRESS: Final = re.compile(r"request\.(?:args|headers|cookies|query_string|url|path)\b|view argument")
"""What stands in the address or the headers, whose length every server bounds."""


def by_audience(use: Use, *, anyone: Severity, account: Severity, staff: Severity = Severity.LOW) -> Severity:
    """The severity by who may call."""
    return (staff, account, anyone)[use.stake.audience]


def is_open(route: Route, method: str, deployment: Deployment) -> bool:
    """Whether surely nothing limits a method of a route, outer limits included."""
    held = route.limits.get(method)
    return held is not None and held.is_unlimited and not covering(deployment, route.rule)


def _worst_first(use: Use) -> tuple[object, ...]:
    return (-use.stake.score, not use.is_open, use.route.rule, use.method, use.route.endpoint)


def _short(function: str) -> str:
    return function.rpartition(":")[2]


# -- bounds on what the caller chooses -----------------------------------------------------------


MANY: Final = 10
"""A number that stands in the code is kept as the bound, up to so many times the usual bound."""


def most_of(given: Input | None, most: int) -> int | None:
    """The bound for a number of the caller's: `most`, or what the code itself uses; None if that is far more."""
    if given is None or given.origin is None or given.origin.usual > most * MANY:
        return None
    return max(most, given.origin.usual)


def clamped(given: Input | None, most: int) -> Edit | None:
    """The number of the caller is at most so large, where it is plain where it comes from."""
    bound, origin = most_of(given, most), given.origin if given is not None else None
    if bound is None or origin is None:
        return None
    if not origin.is_parameter:
        return Rewrite(expression=origin.place, text=f"min({{}}, {_written(bound)})")
    text = f"{origin.name} = min({origin.name}, {_written(bound)})"
    return Insert(anchor=origin.place, where=Where.INSIDE, text=text)


def refused(origin: Origin | None, test: str, status: int) -> tuple[Edit, ...]:
    """What fulfils a test (`len({}) > 100`) is refused where it comes from; nothing where it has no name there."""
    if origin is None or not (origin.name or origin.free_name):
        return ()
    where = Where.INSIDE if origin.is_parameter else Where.AFTER if origin.is_assigned else Where.BEFORE
    text = f"if {test.format(origin.name or origin.free_name)}:\n    abort({status})"
    if not origin.name:
        text = f"{origin.free_name} = {origin.written}\n{text}"
    check = Insert(
        anchor=origin.place, where=where, text=text, imports=(Import(module="flask", name="abort"),)
    )
    return (check,) if origin.name else (check, Rewrite(expression=origin.place, text=origin.free_name))


def _written(number: int) -> str:
    """As people write it: `1000`, `1_048_576`."""
    return f"{number:_}" if number >= 100_000 else str(number)
