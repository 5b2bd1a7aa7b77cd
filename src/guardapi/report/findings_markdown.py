"""The findings as Markdown for people who review: the summary of a CI job, or a comment on a pull request."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from guardapi.coverage import Coverage, coverage
from guardapi.findings import Confidence, Finding, Related, Severity, counted
from guardapi.pipeline import Report
from guardapi.report.escape import visible
from guardapi.report.grade import grade
from guardapi.report.inert import code, html_code, inert, label
from guardapi.report.reasons import gaps
from guardapi.report.rule_markdown import fenced, language
from guardapi.report.within import path

MAX_LENGTH: Final = 60_000
"""A comment on GitHub holds 65,536 characters."""
MAX_FINDINGS: Final = 50
MAX_APPS: Final = 20
MAX_ROWS: Final = 10
MAX_PROBLEMS: Final = 5
MAX_TEXT: Final = 500


def render(report: Report, *, prefix: str = "") -> str:
    """Grade, counts, and a folded section for each finding, the worst first, as many as a comment can hold."""
    head, foot = "\n".join(_head(report)), "\n".join(_foot(report))
    room = MAX_LENGTH - len(head) - len(foot)
    sections: list[str] = []
    for finding in report.findings[:MAX_FINDINGS]:
        section = "\n".join(_section(finding, report, prefix))
        room -= len(section) + 1
        if room < 0:
            break
        sections.append(section)
    hidden = len(report.findings) - len(sections)
    more = [f"{counted(hidden, 'finding')} more: `guardapi scan` shows them.\n"] if hidden else []
    return "\n".join((head, *sections, *more, foot)).rstrip("\n") + "\n"


def _head(report: Report) -> Iterator[str]:
    yield from ("## GuardAPI", "")
    apps = report.inventory.apps
    if apps:
        states = tuple(Coverage)
        yield f"| application | grade | routes | {' | '.join(state.value for state in states)} |"
        yield f"| --- | --- |{' ---: |' * (len(states) + 1)}"
    for app in apps[:MAX_APPS]:
        deployment = report.inventory.deployment
        known = Counter(coverage(app, route, deployment) for route in app.routes)
        cells = (
            code(app.id[:MAX_TEXT]),
            f"**{grade(app, deployment, report.graded)}**",
            len(app.routes),
            *(known[state] for state in Coverage),
        )
        yield f"| {' | '.join(map(str, cells))} |"
    if len(apps) > MAX_APPS:
        yield from ("", f"and {counted(len(apps) - MAX_APPS, 'more application')}")
    for app in apps[:MAX_APPS]:
        if app.undecided:
            yield from ("", f"{code(app.id[:MAX_TEXT])}: {gaps(app)}.")
    if not apps:
        yield f"No application found in {counted(report.inventory.files, 'Python file')}."
    yield from ("", f"**{_total(report)}**", "")


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
    return f"{whole} ({', '.join(accepted)})" if accepted else whole


def _section(finding: Finding, report: Report, prefix: str) -> Iterator[str]:
    place = finding.place
    marks = [
        *(["tentative"] if finding.confidence is Confidence.TENTATIVE else []),
        *(["advice"] if finding.is_advisory else []),
    ]
    mark = f" ({', '.join(marks)})" if marks else ""
    where = html_code(f"{path(place, prefix)}:{place.line}"[-MAX_TEXT:])
    rule = f"{label(finding.rule)} {label(finding.name)}"
    title = f"<b>{finding.severity.label.upper()}</b> {rule}{mark}: {where}"
    yield from ("<details>", f"<summary>{title}</summary>", "", inert(finding.message[:MAX_TEXT]), "")
    source = visible(report.source_lines.get((place.file, place.line), "").strip()[:MAX_TEXT])
    if source:
        yield from (*fenced(source, language(place.file)), "")
    yield from _belonging(finding, prefix)
    verdict = finding.verdict
    if verdict is not None:
        shown = inert(f"{verdict.claim}: {verdict.detail}"[:MAX_TEXT])
        yield from (f"**{verdict.ruling.value.capitalize()}**: {shown}", "")
    if finding.why:
        yield from (f"Why it ranks here: {inert(finding.why[:MAX_TEXT])}", "")
    help_text = f"{inert(finding.advice)} " if finding.advice else ""
    yield from (f"Help: {help_text}({code(f'guardapi explain {finding.rule}')})", "", "</details>", "")


def _belonging(finding: Finding, prefix: str) -> Iterator[str]:
    """The way to the place and other places as a list; routes as a table."""
    others = [related for related in finding.related if related.row is None]
    rows = [related for related in finding.related if related.row is not None]
    for related in others[:MAX_ROWS]:
        yield f"* {inert(related.message[:MAX_TEXT])}: {_place(related, prefix)}"
    if len(others) > MAX_ROWS:
        yield f"* and {len(others) - MAX_ROWS} more"
    if others:
        yield ""
    if rows:
        yield from (
            "| route | work | caller | score | rule | view |",
            "| --- | --- | --- | ---: | --- | --- |",
        )
    for related in rows[:MAX_ROWS]:
        yield _row(related, prefix)
    if len(rows) > MAX_ROWS:
        yield from ("", f"and {len(rows) - MAX_ROWS} more")
    if rows:
        yield ""


def _row(related: Related, prefix: str) -> str:
    row = related.row
    if row is None:
        return ""
    cells = (
        code(row.route[:MAX_TEXT]),
        inert(row.work[:MAX_TEXT]),
        inert(row.caller[:MAX_TEXT]),
        "" if row.score is None else str(row.score),
        label(row.rule),
        _place(related, prefix),
    )
    return f"| {' | '.join(cells)} |"


def _place(related: Related, prefix: str) -> str:
    return code(f"{path(related.place, prefix)}:{related.place.line}"[-MAX_TEXT:])


def _foot(report: Report) -> Iterator[str]:
    problems = report.problems
    if problems:
        yield from (f"{counted(len(problems), 'remark')} on what could not be read or checked:", "")
    for problem in problems[:MAX_PROBLEMS]:
        where = code(f"{problem.file}:{problem.line}"[-MAX_TEXT:])
        yield f"* {where} {inert(problem.message[:MAX_TEXT])}"
    if len(problems) > MAX_PROBLEMS:
        yield f"* and {len(problems) - MAX_PROBLEMS} more"
