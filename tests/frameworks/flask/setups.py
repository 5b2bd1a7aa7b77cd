"""Small projects, as mappings of files, read into applications."""

from collections.abc import Mapping

from guardapi.files import from_mapping
from guardapi.frameworks import discover
from guardapi.model import App, Route


def app_of(files: Mapping[str, str], *, limiters: tuple[str, ...] = ()) -> App:
    """The one application of a project that reads without problems."""
    apps, problems = discover(from_mapping(files), limiters=limiters)
    assert not problems
    (app,) = apps
    return app


def by_rule(app: App) -> dict[str, Route]:
    """Its own routes by rule."""
    return {route.rule: route for route in app.routes if route.endpoint != "static"}


def rows_of(app: App) -> set[tuple[str, str, str]]:
    """(methods, rule, endpoint) of its own routes."""
    return {("/".join(r.methods), r.rule, r.endpoint) for r in app.routes if r.endpoint != "static"}
