"""The findings as workflow commands: GitHub shows them beside the lines of a change."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Finding, Severity
from guardapi.model import Problem
from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.report.escape import visible
from guardapi.report.within import path, span

LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
MAX_TEXT: Final = 4_000


def render(report: Report, *, prefix: str = "") -> str:
    """One command a line, the worst finding first: GitHub shows only the first few of each level.

    What a comment or a baseline accepts is left out.
    """
    return "".join(f"{line}\n" for line in _lines(report, prefix))


def _lines(report: Report, prefix: str) -> Iterator[str]:
    yield from (_annotation(finding, report, prefix) for finding in report.findings)
    yield from (_notice(problem, prefix) for problem in report.problems)


def _annotation(finding: Finding, report: Report, prefix: str) -> str:
    where = span(finding.place, report)
    properties: dict[str, object] = {
        "file": path(finding.place, prefix),
        "line": where.line,
        "endLine": where.end_line,
    }
    # Columns of a span over several lines are refused.
    if where.is_one_line and where.end_column:
        properties |= {"col": where.column, "endColumn": where.end_column}
    title = f"{finding.rule} {finding.name} ({finding.severity.label})"
    parts = [finding.message, f"Why: {finding.why}" if finding.why else "", finding.advice]
    text = "\n".join(visible(part[:MAX_TEXT]) for part in parts if part)
    return _command(LEVELS[finding.severity], {**properties, "title": title}, text)


def _notice(problem: Problem, prefix: str) -> str:
    place = Place(file=problem.file, line=problem.line)
    properties: dict[str, object] = {"file": path(place, prefix), "line": max(problem.line, 1)}
    return _command("warning", {**properties, "title": "GuardAPI"}, visible(problem.message[:MAX_TEXT]))


def _command(level: str, properties: dict[str, object], text: str) -> str:
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {written}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
