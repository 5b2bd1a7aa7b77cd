"""What an introduced limiter does for single views: limits for costly ones, an exemption for health checks."""

from collections.abc import Iterator

import libcst

from guardapi.coverage import is_health_check, is_of_project
from guardapi.fix.limiter.home import Home
from guardapi.fix.limits import limited
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source
from guardapi.limited_views import costly_views
from guardapi.model import App, Route
from guardapi.place import Place
from guardapi.rank import work_class
from guardapi.remedy import Decorate, Edit, Explain, LimitView
from guardapi.sink import Audience

LIGHT = 1
MOST_NOTES = 3


def limits_of(app: App, project: Project) -> list[tuple[LimitView, str]]:
    """The views that need tighter limits than the default ones, with the reason for each."""
    return [
        (edit, reason)
        for edit, reason in costly_views(app, project.inventory.deployment)
        if project.is_python(edit.function.file)
    ]


def exempt_views(app: App, project: Project) -> dict[Place, Route]:
    """The views that only say that the application lives, and whose decorator registers them."""
    by_view: dict[Place, list[Route]] = {}
    for route in app.routes:
        if is_of_project(route) and route.view.place is not None:
            by_view.setdefault(route.view.place, []).append(route)
    return {
        place: routes[0]
        for place, routes in by_view.items()
        if all(_is_light_health_check(route) for route in routes) and project.is_python(place.file)
    }


def view_edits(
    limits: list[tuple[LimitView, str]], exempt: dict[Place, Route], home: Home, project: Project
) -> Iterator[Edit]:
    """The decorators; a view that cannot have one keeps the default limits, and that is said."""
    left: list[str] = []
    for edit, reason in limits:
        try:
            made = list(limited(edit, project, home.name_in))
        except NotFixableError as error:
            left.append(f"{edit.function} keeps the default limits: {error}.")
            continue
        yield from made
        yield Explain(text=reason, file=edit.function.file)
    for place, route in exempt.items():
        yield from _exempted(place, route, home, project)
    for note in left[:MOST_NOTES]:
        yield Explain(text=note)
    if len(left) > MOST_NOTES:
        yield Explain(text=f"{len(left) - MOST_NOTES} more views keep the default limits.")


def _is_light_health_check(route: Route) -> bool:
    return is_health_check(route) and all(
        work_class(route, method) <= LIGHT and _is_open(route, method) for method in route.methods
    )


def _is_open(route: Route, method: str) -> bool:
    return method not in route.work or route.work[method].access.audience is Audience.ANYONE


def _exempted(place: Place, route: Route, home: Home, project: Project) -> Iterator[Edit]:
    source = project.source(place.file)
    try:
        node = source.function(place)
        below = _registering(node, route, source)
        name, imports = home.name_in(node, source)
    except NotFixableError:
        return
    if below is None:
        return
    yield Decorate(function=place, decorator=f"{name}.exempt", below=below, imports=imports)
    yield Explain(
        text=f"`{route.rule}` is exempt: it costs nothing, and whoever watches the application needs an answer.",
        file=place.file,
    )


def _registering(node: libcst.FunctionDef | libcst.ClassDef, route: Route, source: Source) -> Place | None:
    """The decorator that registers a view."""
    place = route.place
    if place is None or place.file != source.path or not isinstance(node, libcst.FunctionDef):
        return None
    lines = [(source.line_of(start), source.line_of(end)) for start, end in map(source.span, node.decorators)]
    return place if any(first <= place.line <= last for first, last in lines) else None
