"""What no rule could speak of, and why: for an audit."""

from collections.abc import Iterator

from rich.text import Text

from guardapi.findings import counted
from guardapi.model import App
from guardapi.report.escape import visible
from guardapi.report.fold import fold
from guardapi.report.reasons import by_reason


def undecided_routes(apps: tuple[App, ...]) -> int:
    """How many routes have a method whose limits are not known."""
    return sum(route.is_undecided for app in apps for route in app.routes)


def render(apps: tuple[App, ...], width: int) -> Iterator[Text]:
    """Every route with an undecided method, below the reason; then what of the set-up was not understood."""
    for app in apps:
        for reason, routes in by_reason(app).items():
            number = counted(len(routes), "route")
            yield from _folded(f"undecided on {number} of {app.id}: {reason}", width)
            yield from (Text(f"{'':9}{visible(route)}", no_wrap=True) for route in routes)
            yield Text()
        if app.undecided:
            yield Text(f"not understood in the set-up of {visible(app.id)}:", style="bold magenta")
            for item in app.undecided:
                place = f"{item.place}: " if item.place else ""
                yield from (Text(f"{'':9}{line}") for line in fold(visible(place + item.reason), width - 9))
            yield Text()


def _folded(text: str, width: int) -> Iterator[Text]:
    return (Text(line, style="bold magenta", no_wrap=True) for line in fold(visible(text), width))
