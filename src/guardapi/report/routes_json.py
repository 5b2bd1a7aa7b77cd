"""The route inventory as JSON: schema `guardapi.routes/1`."""

import json
from collections.abc import Iterable

from guardapi.deployment import covering
from guardapi.model import App, Deployment, Inventory, MethodLimits, OuterLimit, Problem, Route, View

SCHEMA = "guardapi.routes/1"

Json = dict[str, object]


def render(inventory: Inventory) -> str:
    """One JSON document, ending in a line break."""
    document = {
        "schema": SCHEMA,
        "apps": [_app(app, inventory.deployment) for app in inventory.apps],
        "errors": errors(inventory.problems),
    }
    # ASCII: whatever the project's texts hold, any terminal and any encoding takes it.
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def errors(problems: Iterable[Problem]) -> list[Json]:
    """What could not be read, as both JSON formats state it."""
    return [{"file": item.file, "line": item.line, "message": item.message} for item in problems]


def gaps(app: App) -> list[Json]:
    """What of the set-up was not understood, as both JSON formats state it."""
    return [
        {
            "file": item.place.file if item.place else None,
            "line": item.place.line if item.place else None,
            "reason": item.reason,
        }
        for item in app.undecided
    ]


def _app(app: App, deployment: Deployment) -> Json:
    return {
        "id": app.id,
        "framework": app.framework,
        "file": app.place.file,
        "line": app.place.line,
        "routes": [_route(route, deployment) for route in app.routes],
        "undecided": gaps(app),
    }


def _route(route: Route, deployment: Deployment) -> Json:
    held = {method: route.limits.get(method, MethodLimits()) for method in route.methods}
    written: Json = {
        "rule": route.rule,
        "methods": list(route.methods),
        "endpoint": route.endpoint,
        "blueprint": route.blueprint,
        "view": _view(route.view),
        "limits": {method: _limits(limits) for method, limits in held.items()},
        "exempt": route.exempt,
    }
    undecided = {method: list(limits.undecided) for method, limits in held.items() if limits.undecided}
    if route.condition is not None:
        written["conditional"] = route.condition
    if undecided:
        written["undecided"] = undecided
    # `limits` holds what the application's own limiter states; a proxy in front counts apart.
    if outer := covering(deployment, route.rule):
        written["outer_limits"] = [_outer(limit) for limit in outer]
    return written


def _outer(limit: OuterLimit) -> Json:
    return {
        "text": limit.text,
        "burst": limit.burst,
        "source": limit.source,
        "file": limit.place.file,
        "line": limit.place.line,
    }


def _view(view: View) -> Json:
    place = view.place
    return {
        "name": view.name,
        "file": place.file if place else None,
        "line": place.line if place else None,
    }


def _limits(held: MethodLimits) -> list[Json]:
    return [{"text": limit.text, "source": limit.source.value} for limit in held.limits]
