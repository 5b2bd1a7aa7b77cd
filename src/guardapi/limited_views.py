"""The remedy that rules about missing limits share: a limit on each view that has none, or one for all of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from guardapi.amounts import BY_WORK, DEFAULTS, SENT, Amount, copied, is_typed, limit_for
from guardapi.coverage import PROJECT_LIMITER, active_limiters, is_of_project, unlimited_methods
from guardapi.credentials import Check
from guardapi.frameworks.limit_text import admitted, parts_of
from guardapi.model import App, Deployment, Route
from guardapi.place import Place
from guardapi.rank import CHANGING_METHODS
from guardapi.reached import Reached, is_free
from guardapi.remedy import Import, LimitView, Remedy, Safety, SetArgument
from guardapi.sink import WorkClass

MOST: Final = 6
"""With more views than these one default limit is the smaller change."""
GENERAL_SETTINGS: Final = ("RATELIMIT_DEFAULT", "RATELIMIT_APPLICATION")

Asked = tuple[Route, str]
"""A route with one of its HTTP methods."""


def limited_views(app: App, deployment: Deployment, asked: Iterable[Asked]) -> Remedy | None:
    """Limits the methods of routes that have no limit, by their work; None where there is no amount for one."""
    wanted = {(_place(route), method): route for route, method in asked}
    if not wanted or not _limits_in_code(app):
        return None
    edits: dict[LimitView, tuple[Route, tuple[Amount, ...]]] = {}
    found: list[Amount] = []
    for place in dict.fromkeys(place for place, _ in wanted):
        if place is None:
            return None
        for methods, amounts, route in _groups(app, deployment, place):
            is_wanted = any((place, method) in wanted for method in methods)
            if is_wanted or _is_usual(amounts):
                edits[_edit(app, place, methods, amounts)] = route, amounts
            if is_wanted:
                found += amounts
        covered = {method for edit in edits if edit.function == place for method in edit.methods}
        if any(method not in covered for there, method in wanted if there == place):
            return None
    if len(edits) > MOST:
        return default_limits(app)
    is_safe = all(amount.safety is Safety.SAFE for amount in found)
    return Remedy(
        safety=Safety.SAFE if is_safe else Safety.UNSAFE,
        reason=" ".join(_reasons(edits)),
        edits=tuple(edits),
    )


def _is_usual(amounts: tuple[Amount, ...]) -> bool:
    """Whether usual callers stay below: so the other methods of a view get their limit in the same change."""
    return all(amount.text == BY_WORK[WorkClass.DATA][0] for amount in amounts)


def limited_uses(app: App, deployment: Deployment, one: Reached) -> Remedy | None:
    """Limits what reaches a sink; None where one request suffices, which no rate limit cures."""
    if any(is_free(use.sink) for use in one.uses):
        return None
    return limited_views(app, deployment, ((use.route, use.method) for use in one.uses if use.is_open))


def limited_checks(app: App, deployment: Deployment, check: Check) -> Remedy | None:
    """Limits what checks a credential; None for a guard, which checks one with each request of a program."""
    if not is_typed(check.sink):
        return None
    uses = check.reached.uses
    return limited_views(app, deployment, ((use.route, use.method) for use in uses if use.is_open))


def costly_views(app: App, deployment: Deployment) -> Iterator[tuple[LimitView, str]]:
    """Limits for the views whose work wants less than default limits admit, with the reason for each."""
    edits: dict[LimitView, tuple[Route, tuple[Amount, ...]]] = {}
    for place in sorted({route.view.place for route in app.routes if route.view.place is not None}):
        for methods, amounts, route in _groups(app, deployment, place):
            # What seems to send a message when a page is read does so when its form is sent, most likely.
            costly = tuple(
                method for method in methods if method in CHANGING_METHODS or not _sends(route, method)
            )
            if costly and amounts[0].text != BY_WORK[WorkClass.DATA][0]:
                edits[_edit(app, place, costly, amounts)] = route, amounts
    return zip(edits, _reasons(edits), strict=True)


def _sends(route: Route, method: str) -> bool:
    return method in route.work and bool(route.work[method].of(*SENT))


def limited_by_address(app: App, asked: Iterable[Asked]) -> Remedy | None:
    """A limit that counts addresses beside those that count what callers choose."""
    by_view: dict[tuple[Place, Amount], list[Asked]] = {}
    for route, method in asked:
        amount = next((amount for amount in limit_for(route, method) if amount.key is None), None)
        if route.view.place is None or amount is None:
            return None
        by_view.setdefault((route.view.place, amount), []).append((route, method))
    if not by_view or len(by_view) > MOST:
        return None
    edits = tuple(
        LimitView(
            app=app.id,
            function=place,
            limits=(amount.text,),
            keys=("get_remote_address",),
            methods=tuple(sorted({method for _, method in found})),
            imports=(Import(module="flask_limiter.util", name="get_remote_address"),),
        )
        for (place, amount), found in by_view.items()
    )
    reasons = [
        f"`{method} {route.rule}` is limited to {amount.text} for each address, too: {amount.reason}."
        for (_, amount), found in by_view.items()
        for route, method in found[:1]
    ]
    is_safe = all(amount.safety is Safety.SAFE for _, amount in by_view)
    return Remedy(safety=Safety.SAFE if is_safe else Safety.UNSAFE, reason=" ".join(reasons), edits=edits)


def added_limit(app: App, check: Check, text: str, safety: Safety) -> Remedy | None:
    """One more limit for all that makes a check, beside those that hold; None for a guard of programs."""
    if not is_typed(check.sink):
        return None
    by_view: dict[Place, set[str]] = {}
    for use in check.reached.uses:
        if use.route.view.place is None:
            return None
        by_view.setdefault(use.route.view.place, set()).add(use.method)
    if len(by_view) > MOST:
        return None
    edits = tuple(
        LimitView(app=app.id, function=place, limits=(text,), methods=tuple(sorted(methods)))
        for place, methods in by_view.items()
    )
    reason = f"`{check.title}` is limited to {text} as well, which nobody meets who types."
    return Remedy(safety=safety, reason=reason, edits=edits)


def default_limits(app: App) -> Remedy | None:
    """Gives the limiter limits for all that has none of its own."""
    limiters = _limits_in_code(app)
    if len(limiters) != 1 or any(key in app.settings for key in GENERAL_SETTINGS):
        return None
    usual = tuple(text for text in DEFAULTS if not _is_exceeded(app, text)) or DEFAULTS[-1:]
    texts = ", ".join(f'"{text}"' for text in usual)
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"Routes without a limit of their own get {' and '.join(usual)} for each caller, usual amounts for"
        " a start.",
        edits=(SetArgument(call=limiters[0], name="default_limits", value=f"[{texts}]"),),
    )


def _is_exceeded(app: App, text: str) -> bool:
    """Whether a limit that is written for a view admits more: beside such a default it would read as a mistake."""
    (usual,) = parts_of([text])
    held = (limit for route in app.routes for limits in route.limits.values() for limit in limits.limits)
    written = {limit.text for limit in held if limit.overrides}
    written |= {misuse.text for limiter in app.limiters for misuse in limiter.misuses}
    return any(
        parts and admitted(parts, int(usual.seconds)) > usual.amount
        for parts in (parts_of([found]) for found in written)
    )


def _limits_in_code(app: App) -> Sequence[Place]:
    return [limiter.place for limiter in active_limiters(app) if limiter.kind != PROJECT_LIMITER]


def _groups(
    app: App, deployment: Deployment, place: Place
) -> Iterator[tuple[tuple[str, ...], tuple[Amount, ...], Route]]:
    """The open methods of a view by what limits them: the same whichever of them is asked for."""
    groups: dict[tuple[Amount, ...], tuple[list[str], Route]] = {}
    for route in app.routes:
        if not is_of_project(route) or _place(route) != place:
            continue
        for method in unlimited_methods(route, deployment):
            amounts = _amounts(app, route, method)
            methods, _ = groups.setdefault(amounts, ([], route))
            if amounts and method not in methods:
                methods.append(method)
    for amounts, (methods, route) in groups.items():
        if amounts:
            yield tuple(sorted(methods)), amounts, route


def _amounts(app: App, route: Route, method: str) -> tuple[Amount, ...]:
    found = limit_for(route, method)
    if all(amount.safety is Safety.UNSAFE for amount in found):
        known = copied(app, route, method)
        return (known,) if known is not None and found else found
    return found


def _edit(app: App, place: Place, methods: tuple[str, ...], amounts: tuple[Amount, ...]) -> LimitView:
    keys = [amount.key for amount in amounts]
    helpers = {key.name: key for key in keys if key is not None}
    return LimitView(
        app=app.id,
        function=place,
        limits=tuple(amount.text for amount in amounts),
        keys=tuple("" if key is None else key.name for key in keys) if helpers else (),
        methods=methods,
        helpers=tuple(key.text for key in helpers.values()),
        imports=tuple(dict.fromkeys(needed for key in helpers.values() for needed in key.imports)),
    )


def _reasons(edits: dict[LimitView, tuple[Route, tuple[Amount, ...]]]) -> Iterator[str]:
    for edit, (route, amounts) in edits.items():
        title = f"{', '.join(edit.methods)} {route.rule}"
        texts = " and ".join(
            amount.text if amount.key is None else f"{amount.text} for each `{amount.key.field}` that is sent"
            for amount in amounts
        )
        yield f"`{title}` is limited to {texts}: {amounts[0].reason}."


def _place(route: Route) -> Place | None:
    return route.view.place
