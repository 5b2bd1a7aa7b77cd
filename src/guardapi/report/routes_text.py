"""The route inventory for people: a table of what limits each route, and what could not be decided."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from rich.text import Text

from guardapi.coverage import Coverage, coverage, unlimited_methods
from guardapi.deployment import covering
from guardapi.findings import counted
from guardapi.model import App, Deployment, Inventory, MethodLimits, Route
from guardapi.report.escape import visible
from guardapi.report.limits import short_form
from guardapi.report.table import Cell, Row, columns
from guardapi.report.terminal import Terminal, draw

MAX_NOTES: Final = 20
STYLES: Final = {
    Coverage.LIMITED: "green",
    Coverage.EXEMPT: "yellow",
    Coverage.UNLIMITED: "red",
    Coverage.UNDECIDED: "magenta",
}
HEADINGS: Final = tuple(Cell(text=text, style="dim") for text in ("methods", "rule", "limits", "view"))
EMPTY: Final = (Cell(text=""),) * len(HEADINGS)


def render(inventory: Inventory, terminal: Terminal = Terminal(), *, unlimited: bool = False) -> str:  # noqa: B008
    """A table for each application; with `unlimited` only of the methods that nothing limits."""
    return draw(_inventory(inventory, unlimited=unlimited, width=terminal.width), terminal)


def coverage_line(app: App, deployment: Deployment) -> str:
    """`42 routes: 31 limited, 4 exempt, 7 unlimited, 0 undecided`."""
    states = [coverage(app, route, deployment) for route in app.routes]
    parts = ", ".join(f"{states.count(state)} {state.value}" for state in Coverage)
    return f"{counted(len(states), 'route')}: {parts}"


@dataclass(slots=True)
class _Notes:
    """The reasons behind the question marks of one table, numbered as they come up."""

    numbers: dict[str, int] = field(default_factory=dict)

    def mark(self, reason: str) -> str:
        return f"?{self.numbers.setdefault(reason, len(self.numbers) + 1)}"

    def lines(self) -> Iterator[str]:
        for reason, number in list(self.numbers.items())[:MAX_NOTES]:
            yield f"?{number} {visible(reason)}"
        if len(self.numbers) > MAX_NOTES:
            yield f"and {len(self.numbers) - MAX_NOTES} more reasons (--format json has all)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    methods: tuple[str, ...]
    rule: str
    limits: str
    place: str
    state: Coverage


def _inventory(inventory: Inventory, *, unlimited: bool, width: int) -> Iterator[Text]:
    for app in inventory.apps:
        heading = Text().append(f"{visible(app.id)}  ", style="bold")
        yield heading.append(f"{visible(app.framework)}, {visible(str(app.place))}", style="dim")
        notes = _Notes()
        yield from _table(app, inventory.deployment, notes, unlimited=unlimited, width=width)
        yield Text()
        for line in notes.lines():
            yield Text(line, style=STYLES[Coverage.UNDECIDED])
        yield from _not_evaluated(app)
        yield Text(coverage_line(app, inventory.deployment), style="bold")
        if app is not inventory.apps[-1]:
            yield Text()


def _table(app: App, deployment: Deployment, notes: _Notes, *, unlimited: bool, width: int) -> Iterator[Text]:
    rows: list[Row] = []
    routes = sorted(app.routes, key=lambda route: route.blueprint or "")
    for blueprint, members in groupby(routes, key=lambda route: route.blueprint):
        found = [row for route in members for row in _rows(app, route, deployment, notes)]
        shown = [row for row in found if row.state is Coverage.UNLIMITED or not unlimited]
        if shown and blueprint is not None:
            title = Cell(text=visible(f"blueprint {blueprint}"), style="bold")
            rows += [EMPTY, (EMPTY[0], title, *EMPTY[2:])]
        rows += [_cells(row) for row in shown]
    if rows:
        yield from columns([HEADINGS, *rows], width)


def _cells(row: _Row) -> Row:
    return (
        Cell(text=" ".join(row.methods)),
        Cell(text=visible(row.rule)),
        Cell(text=visible(row.limits), style=STYLES[row.state]),
        Cell(text=visible(row.place), style="dim"),
    )


def _rows(app: App, route: Route, deployment: Deployment, notes: _Notes) -> Iterator[_Row]:
    """A line for each group of methods that the same limits hold for."""
    place = str(route.view.place) if route.view.place else route.view.name
    rule = f"{route.rule} {notes.mark(f'exists if {route.condition}')}" if route.condition else route.rule
    state = coverage(app, route, deployment)
    if state is Coverage.EXEMPT:
        yield _Row(
            methods=route.methods, rule=rule, limits=f"exempt: {route.exempt}", place=place, state=state
        )
        return
    outer = [f"{limit.text} ({limit.place})" for limit in covering(deployment, route.rule)]
    open_methods = unlimited_methods(route, deployment)
    groups: dict[str, list[str]] = {}
    for method in route.methods:
        limits = _limits(route.limits.get(method, MethodLimits()), outer, notes)
        groups.setdefault(limits, []).append(method)
    for limits, methods in groups.items():
        yield _Row(
            methods=tuple(methods),
            rule=rule,
            limits=limits,
            place=place,
            state=_state(route, methods, open_methods),
        )


def _state(route: Route, methods: list[str], open_methods: tuple[str, ...]) -> Coverage:
    """Of one line: its methods share their limits."""
    if methods[0] in open_methods:
        return Coverage.UNLIMITED
    held = route.limits.get(methods[0])
    return Coverage.UNDECIDED if held and held.undecided else Coverage.LIMITED


def _limits(held: MethodLimits, outer: list[str], notes: _Notes) -> str:
    parts = [*(short_form(limit) for limit in held.limits), *outer]
    parts += [notes.mark(reason) for reason in held.undecided]
    return ", ".join(parts) or "none"


def _not_evaluated(app: App) -> Iterator[Text]:
    for item in app.undecided[:MAX_NOTES]:
        place = f"{item.place}: " if item.place else ""
        yield Text(f"? {visible(place + item.reason)}", style=STYLES[Coverage.UNDECIDED])
    if len(app.undecided) > MAX_NOTES:
        yield Text(f"? and {len(app.undecided) - MAX_NOTES} more (--format json has all)")
