"""The findings for people: grade and coverage, the worst findings, counts of the rest, what to type next."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from guardapi.config import Profile
from guardapi.coverage import Coverage, coverage
from guardapi.findings import Confidence, Finding, Severity, counted
from guardapi.model import App
from guardapi.pipeline import Report, is_shown
from guardapi.remedy import Safety
from guardapi.report import undecided
from guardapi.report.escape import visible
from guardapi.report.fold import fold, padded, shortened, unbroken
from guardapi.report.frame import forms, headline, per_rule
from guardapi.report.grade import Grade, grade, worst_grade
from guardapi.report.guards import guards
from guardapi.report.reasons import gaps
from guardapi.report.routes_text import coverage_line
from guardapi.report.terminal import Terminal, draw

MAX_FINDINGS: Final = 20
MAX_APPS: Final = 5
MAX_RULES: Final = 6
LINES_A_FULL_APP: Final = 12
"""So many lines of a screen allow one application to be described in full."""
SHORTEST: Final = 3
"""Lines that a finding takes where there is hardly room: headline and place."""
LEAST_BODY: Final = 8
MAX_WAITING: Final = 3
"""The worst findings leave room for so many short ones after them, not for all."""
GRADE_STYLES: Final = {
    Grade.A: "bold green",
    Grade.B: "bold green",
    Grade.C: "bold yellow",
    Grade.D: "bold yellow",
    Grade.E: "bold red",
    Grade.F: "bold white on red",
    Grade.NONE: "bold magenta",
}


def render(
    report: Report,
    terminal: Terminal = Terminal(),  # noqa: B008  # frozen
    *,
    profile: Profile = Profile.DEFAULT,
    target: str = ".",
    is_whole: bool = False,
) -> str:
    """One screen by default; with `is_whole`, and in the other profiles, everything.

    `target` is what was scanned, as the user named it: the commands that are proposed name it again.
    """
    is_whole = is_whole or profile is not Profile.DEFAULT
    candidates = [finding for finding in report.findings if is_whole or finding.severity >= Severity.MEDIUM]
    top = list(_top(report, terminal, is_whole=is_whole))
    body, number = _fitting(report, candidates, terminal, len(top), profile, target, is_whole=is_whole)
    left_out = () if is_whole else (*candidates[number:], *_below(report, Severity.MEDIUM))
    bottom = _bottom(report, left_out, terminal.width, profile, target)
    audit = undecided.render(report.inventory.apps, terminal.width) if profile is Profile.AUDIT else ()
    return draw([*top, *body, *audit, *bottom], terminal)


def _fitting(
    report: Report,
    candidates: Sequence[Finding],
    terminal: Terminal,
    top: int,
    profile: Profile,
    target: str,
    *,
    is_whole: bool,
) -> tuple[list[Text], int]:
    """The findings that a screen has room for, and how many these are."""
    if is_whole:
        return _body(report, candidates, terminal.width, None)
    drawn: tuple[list[Text], int] = [], 0
    # What is said at the end depends on what does not fit; usually all does, and least is said.
    for left_out in (_below(report, Severity.MEDIUM), report.findings):
        bottom = sum(1 for _ in _bottom(report, left_out, terminal.width, profile, target))
        drawn = _body(report, candidates, terminal.width, max(terminal.height - top - bottom - 1, LEAST_BODY))
        if drawn[1] == len(candidates):
            break
    return drawn


def _below(report: Report, severity: Severity) -> tuple[Finding, ...]:
    return tuple(finding for finding in report.findings if finding.severity < severity)


def _top(report: Report, terminal: Terminal, *, is_whole: bool) -> Iterator[Text]:
    """Grade, coverage and guards of each application, the worst first."""
    inventory, known = report.inventory, report.graded
    graded = sorted(
        ((grade(app, inventory.deployment, known), app) for app in inventory.apps),
        key=lambda item: (item[0] is Grade.NONE, -ord(item[0].value), -len(item[1].routes), item[1].id),
    )
    if len(graded) > 1:
        whole = worst_grade(found for found, _ in graded)
        yield (
            Text("grade ", no_wrap=True)
            .append(whole, style=GRADE_STYLES[whole])
            .append(f"  the worst of {len(graded)} applications")
        )
    is_full = is_whole or len(graded) * LINES_A_FULL_APP <= max(terminal.height, LINES_A_FULL_APP)
    for found, app in graded if is_whole else graded[:MAX_APPS]:
        if is_full:
            yield from _described(report, found, app, terminal.width)
        else:
            yield _line(report, found, app, terminal.width)
    if len(graded) > MAX_APPS and not is_whole:
        yield Text(f"and {counted(len(graded) - MAX_APPS, 'more application')}", style="dim")
    if graded:
        yield Text()


def _described(report: Report, found: Grade, app: App, width: int) -> Iterator[Text]:
    deployment = report.inventory.deployment
    title = Text(no_wrap=True, overflow="ellipsis").append("grade ")
    yield title.append(found, style=GRADE_STYLES[found]).append(f"  {visible(app.id)}", style="bold")
    if found is Grade.NONE:
        yield from (
            Text(f"{'':9}{line}", style="dim", no_wrap=True) for line in fold(found.meaning, width - 9)
        )
    for line in fold(coverage_line(app, deployment), width - 9):
        yield Text(f"{'':9}{line}", no_wrap=True)
    for line in fold(gaps(app), width - 9) if app.undecided else ():
        yield Text(f"{'':9}{line}", style="magenta", no_wrap=True)
    first, *others = fold(visible(guards(app, deployment)), width - 17)
    yield Text(f"{'':9}guards: {first}", style="dim", no_wrap=True)
    yield from (Text(f"{'':17}{line}", style="dim", no_wrap=True) for line in others)


def _line(report: Report, found: Grade, app: App, width: int) -> Text:
    """An application in one line, for screens with many."""
    deployment = report.inventory.deployment
    states = Counter(coverage(app, route, deployment) for route in app.routes)
    parts = [f"{states[state]} {state.value}" for state in Coverage if states[state]]
    summary = f"{counted(len(app.routes), 'route')}{': ' if parts else ''}{', '.join(parts)}"
    room = max(width - cell_len(summary) - 14, 12)
    line = Text(f"{'':6}", no_wrap=True, overflow="ellipsis").append(found, style=GRADE_STYLES[found])
    return line.append(f"  {shortened(visible(app.id), room)}", style="bold").append(f"   {summary}")


def _body(
    report: Report, candidates: Sequence[Finding], width: int, budget: int | None
) -> tuple[list[Text], int]:
    """The fullest form of each finding that leaves room for a short form of those after it; and how many."""
    drawn: list[Text] = []
    for index, finding in enumerate(candidates):
        head, below = headline(finding, width), forms(report, finding, width)
        if budget is None:
            drawn += [*head, *below[0]]
            continue
        room = budget - len(drawn) - len(head)
        waiting = min(len(candidates) - index - 1, MAX_FINDINGS - index - 1, MAX_WAITING if index else 1)
        form = next((form for form in below if len(form) <= room - SHORTEST * waiting), below[-1])
        if index >= MAX_FINDINGS or len(form) > room:
            return _closed(drawn), index
        drawn += [*head, *form]
    return _closed(drawn), len(candidates)


def _closed(drawn: list[Text]) -> list[Text]:
    """A blank line behind the last finding, if its form has none."""
    return [*drawn, Text()] if drawn and drawn[-1].plain else drawn


def _bottom(
    report: Report, left_out: Sequence[Finding], width: int, profile: Profile, target: str
) -> Iterator[Text]:
    """Counts, and what to type to see more."""
    if left_out:
        yield from _counts(left_out, width)
    yield Text(_total(report), style="bold")
    yield from _proposed(list(_commands(report, left_out, profile, target)), width)


def _proposed(commands: Sequence[tuple[str, str]], width: int) -> Iterator[Text]:
    """Commands below each other, with what they are for where there is room; none is cut."""
    room = width - 4 - max((cell_len(reason) for _, reason in commands), default=0)
    widest = max((cell_len(command) for command, _ in commands if cell_len(command) <= room), default=0)
    for command, reason in commands:
        line = Text(f"  {padded(command, widest)}", no_wrap=True)
        comment = f"  # {reason}"
        if cell_len(line.plain + comment) <= width:
            yield line.append(comment, style="dim")
        elif cell_len(command) + 2 <= width or "'" in command:
            yield Text(f"  {command}", no_wrap=True)
        else:
            *others, last = fold(command, width - 6)
            yield from (
                Text(f"{'    ' if index else '  '}{part} \\", no_wrap=True)
                for index, part in enumerate(others)
            )
            yield Text(f"    {last}", no_wrap=True)


def _counts(left_out: Sequence[Finding], width: int) -> Iterator[Text]:
    rules = per_rule(left_out)
    parts = [
        unbroken(f"{rule} {name} {len(found)}") for (rule, name), found in list(rules.items())[:MAX_RULES]
    ]
    if len(rules) > MAX_RULES:
        parts.append(f"and {counted(len(rules) - MAX_RULES, 'other rule')}")
    lines = fold(f"{len(left_out)} more: {', '.join(parts)}", width - 2)
    yield from (Text(f"{'  ' if index else ''}{line}", no_wrap=True) for index, line in enumerate(lines))


def _total(report: Report) -> str:
    severities = Counter(finding.severity for finding in report.findings)
    present = [f"{severities[level]} {level.label}" for level in reversed(Severity) if severities[level]]
    whole = (
        "No findings" if not present else f"{counted(len(report.findings), 'finding')}: {', '.join(present)}"
    )
    accepted = [
        *([f"{len(report.suppressed)} suppressed"] if report.suppressed else []),
        *([f"{len(report.known)} in the baseline"] if report.known else []),
    ]
    if accepted:
        return f"{whole}; and {', '.join(accepted)}"
    return whole if present else f"{whole}."


def _commands(
    report: Report, left_out: Sequence[Finding], profile: Profile, target: str
) -> Iterator[tuple[str, str]]:
    """What to type next, and what for."""
    path = "" if target == "." else f" {visible(shlex.quote(target))}"
    if report.findings:
        yield f"guardapi explain {report.findings[0].rule}", "what it is, and how to fix it"
    yield from _fixes(report, path)
    if left_out:
        (rule, _), found = next(iter(per_rule(left_out).items()))
        yield (
            f"guardapi scan{path} --rule {rule}",
            f"lists {'it' if len(found) == 1 else f'these {len(found)}'}",
        )
    states = {
        coverage(app, route, report.inventory.deployment)
        for app in report.inventory.apps
        for route in app.routes
    }
    if Coverage.UNLIMITED in states:
        yield f"guardapi routes{path} --unlimited", "every route that nothing limits"
    yield from _profiles(report, profile, path)


def _fixes(report: Report, path: str) -> Iterator[tuple[str, str]]:
    remedies = [finding.remedy for finding in report.findings if finding.remedy is not None]
    safe = [remedy for remedy in remedies if remedy.safety is Safety.SAFE]
    if remedies:
        option = "" if safe else " --unsafe"
        yield (
            f"guardapi fix{path}{option}",
            f"closes {counted(len(safe or remedies), 'finding')}, shown as a diff",
        )


def _profiles(report: Report, profile: Profile, path: str) -> Iterator[tuple[str, str]]:
    tentative = sum(finding.confidence is Confidence.TENTATIVE for finding in report.hidden)
    advice = sum(is_shown(f, Profile.PEDANTIC) and f.is_advisory for f in report.hidden)
    if advice and profile is Profile.DEFAULT:
        yield f"guardapi scan{path} --profile pedantic", f"{counted(advice, 'piece')} of advice"
    open_routes = undecided.undecided_routes(report.inventory.apps)
    hidden = [
        *([counted(open_routes, "undecided route")] if open_routes else []),
        *(["the set-up"] if any(app.undecided for app in report.inventory.apps) else []),
        *([counted(tentative, "tentative finding")] if tentative else []),
    ]
    if hidden and profile is not Profile.AUDIT:
        yield f"guardapi scan{path} --profile audit", ", ".join(hidden)
