"""The findings for people: the worst first, on one screen."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from guardapi.config import Profile
from guardapi.coverage import Coverage, coverage
from guardapi.findings import Finding, Severity, counted
from guardapi.model import App, Route
from guardapi.report.escape import visible
from guardapi.report.routes_text import coverage_line
from guardapi.report.terminal import Terminal, draw
from guardapi.scan import Report

MAX_ROWS: Final = 10
FEW_ROWS: Final = 3
MAX_FINDINGS: Final = 20
MAX_APPS: Final = 5
MAX_MESSAGE: Final = 500
TAB: Final = 4
STYLES: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def render(
    report: Report,
    terminal: Terminal = Terminal(),  # noqa: B008  # frozen
    *,
    profile: Profile = Profile.DEFAULT,
) -> str:
    """One screen by default; everything in the other profiles."""
    is_whole = profile is not Profile.DEFAULT
    top = list(_headlines(report, is_whole=is_whole))
    shown = [finding for finding in report.findings if is_whole or finding.severity >= Severity.MEDIUM]
    bottom = list(_footer(report, profile))
    budget = None if is_whole else max(terminal.height - len(top) - len(bottom) - 3, 10)
    body = list(_findings(report, shown, terminal.width, budget))
    return draw([*top, *body, *bottom], terminal)


def _headlines(report: Report, *, is_whole: bool) -> Iterator[Text]:
    apps = report.inventory.apps
    for app in apps if is_whole else apps[:MAX_APPS]:
        line = Text(no_wrap=True, overflow="ellipsis").append(visible(app.id), style="bold")
        yield line.append(f"   {coverage_line(app, report.inventory.deployment)}")
    if len(apps) > MAX_APPS and not is_whole:
        yield Text(f"and {counted(len(apps) - MAX_APPS, 'more application')}", style="dim")
    if apps:
        yield Text()


def _findings(report: Report, shown: Sequence[Finding], width: int, budget: int | None) -> Iterator[Text]:
    """The fullest form of each finding that leaves room for a short form of those after it."""
    for index, finding in enumerate(shown):
        headline = _headline(finding, width)
        forms = _forms(report, finding, width)
        if budget is None:
            yield from (*headline, *forms[0])
            continue
        waiting = max(min(len(shown), MAX_FINDINGS) - index - 1, 0)
        room = budget - len(headline)
        form = next((form for form in forms if len(form) <= room - 2 * waiting), forms[-1])
        if index >= MAX_FINDINGS or len(form) > room:
            yield Text(f"{len(shown) - index} more at this level (--format json has all)", style="dim")
            return
        budget = room - len(form)
        yield from (*headline, *form)


def _headline(finding: Finding, width: int) -> list[Text]:
    """Severity, rule and message; folded here, so that the lines can be counted."""
    label = f"{finding.severity.label.upper():<8} "
    title = f"{finding.rule} {finding.name}  "
    lines = textwrap.wrap(
        visible(finding.message[:MAX_MESSAGE]), width - len(label) - 1, initial_indent=" " * len(title)
    )
    first = Text(no_wrap=True).append(label, style=STYLES[finding.severity]).append(title)
    first.append((lines or [""])[0].lstrip(), style="bold")
    return [first, *(Text(f"{'':9}{line}", style="bold", no_wrap=True) for line in lines[1:])]


def _forms(report: Report, finding: Finding, width: int) -> list[list[Text]]:
    """What stands below the headline, from all to the mere place."""
    frame = _frame(report, finding, width)
    notes = [_note("why", finding.why)] if finding.why else []
    advice = _folded("help", finding.advice, width) if finding.advice else []
    return [
        [*frame, *_rows(finding, width, MAX_ROWS), *notes, *advice, Text()],
        [*frame, *_rows(finding, width, FEW_ROWS), *notes, *advice, Text()],
        [*frame, *notes, Text()],
        frame[:1],
    ]


def _frame(report: Report, finding: Finding, width: int) -> list[Text]:
    """The place, its source line, and a mark under the span."""
    place = finding.place
    line = Text(f"{'':9}{visible(str(place))}", style="dim", no_wrap=True, overflow="ellipsis")
    source = report.source_lines.get((place.file, place.line), "").rstrip()
    if not source:
        return [line]
    number = str(place.line)
    indent = len(source) - len(source.lstrip())
    start = max(place.column - 1, indent)
    end = place.end_column - 1 if place.end_line == place.line and place.end_column else len(source)
    code = Text(f"{'':9}{number} | {_drawn(source[indent:])}", no_wrap=True, overflow="ellipsis")
    before = cell_len(_drawn(source[indent:start]))
    marked = max(cell_len(_drawn(source[start:end])), 1)
    room = width - len(number) - 12 - before
    if room <= 0:
        return [line, code]
    carets = Text(f"{'':{9 + len(number)}} | {'':{before}}", no_wrap=True)
    return [line, code, carets.append("^" * min(marked, room), style=STYLES[finding.severity])]


def _drawn(source: str) -> str:
    return visible(source.expandtabs(TAB))


def _rows(finding: Finding, width: int, limit: int) -> list[Text]:
    """The places that belong to it, costliest first."""
    if not finding.related:
        return []
    room = max(width - 13, 20)
    widest = max(len(visible(related.message[:MAX_MESSAGE])) for related in finding.related[:limit])
    longest = max(len(visible(str(related.place))) for related in finding.related[:limit])
    column = min(widest, max(room - longest, room // 2))
    lines = []
    for related in finding.related[:limit]:
        message = visible(related.message[:MAX_MESSAGE])
        if len(message) > column:
            message = f"{message[: column - 3]}..."
        text = Text(f"{'':11}{message:<{column}}  ", no_wrap=True, overflow="ellipsis")
        lines.append(text.append(visible(str(related.place)), style="dim"))
    hidden = len(finding.related) - limit
    if hidden > 0:
        lines.append(Text(f"{'':11}and {hidden} more", style="dim"))
    return lines


def _note(label: str, text: str) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis").append(f"{'':9}{label}: ", style="dim")
    return line.append(visible(text))


def _folded(label: str, text: str, width: int) -> list[Text]:
    first, *others = textwrap.wrap(visible(text), max(width - 16, 20))
    return [_note(label, first), *(Text(f"{'':15}{line}", no_wrap=True) for line in others)]


def _footer(report: Report, profile: Profile) -> Iterator[Text]:
    """Counts, and the command that shows more."""
    severities = [finding.severity for finding in report.findings]
    counts = [f"{severities.count(severity)} {severity.label}" for severity in reversed(Severity)]
    present = [text for text in counts if not text.startswith("0 ")]
    total = counted(len(severities), "finding")
    yield Text(f"{total}: {', '.join(present)}" if present else "No findings.", style="bold")
    if profile is Profile.DEFAULT and any(severity < Severity.MEDIUM for severity in severities):
        yield Text("low and info: guardapi scan --profile pedantic", style="dim")
    states = {coverage(app, route, report.inventory.deployment) for app, route in _routes(report)}
    if Coverage.UNLIMITED in states:
        yield Text("next: guardapi routes --unlimited", style="dim")
    yield from _undecided(report, profile)


def _undecided(report: Report, profile: Profile) -> Iterator[Text]:
    """What no rule could speak of: how much by default, each route and why in an audit."""
    lines = [
        f"{method} {route.rule}: {reason}"
        for _, route in _routes(report)
        for method, held in route.limits.items()
        for reason in held.undecided
    ]
    if profile is Profile.AUDIT:
        yield from (Text(f"undecided: {visible(line)}") for line in lines)
    elif lines:
        yield Text(f"undecided: {counted(len(lines), 'limit')} (guardapi scan --profile audit)", style="dim")


def _routes(report: Report) -> Iterator[tuple[App, Route]]:
    for app in report.inventory.apps:
        for route in app.routes:
            yield app, route
