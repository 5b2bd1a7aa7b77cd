"""The findings as JUnit XML: a suite for each application, a failed test for each finding, a passed one for each rule
that found nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from guardapi.findings import Finding, Severity
from guardapi.model import App
from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.report.escape import visible
from guardapi.report.within import path
from guardapi.rule import catalogue

MAX_TEXT: Final = 2_000
NO_CHARACTER: Final = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""What XML cannot hold, beside control characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A test: what ended it (`failure`, `error`, `skipped`), or nothing."""

    name: str
    file: str
    ending: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render(report: Report, *, prefix: str = "", fail_on: Severity | None = Severity.INFO) -> str:
    """One document, in ASCII; findings below `fail_on` are passed tests with a remark."""
    suites = [
        *((app.id, list(_cases(app, report, prefix, fail_on))) for app in report.inventory.apps),
        *([("files", list(_unread(report, prefix)))] if report.inventory.problems else []),
    ]
    cases = [case for _, found in suites for case in found]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="GuardAPI" {_counts(cases)}>',
        *(line for name, found in suites for line in _suite(name, found)),
        "</testsuites>",
    ]
    text = "".join(f"{line}\n" for line in lines)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _cases(app: App, report: Report, prefix: str, fail_on: Severity | None) -> Iterator[_Case]:
    findings = [finding for finding in report.findings if finding.app == app.id]
    accepted = [finding for finding in (*report.known, *report.suppressed) if finding.app == app.id]
    failures = [failure for failure in report.failures if failure.app.id == app.id]
    for finding in findings:
        fails = fail_on is not None and finding.severity >= fail_on
        yield _case(finding, prefix, "failure" if fails else "")
    for finding in accepted:
        yield _case(finding, prefix, "skipped")
    for failure in failures:
        message = failure.problem.message
        yield _Case(name=failure.rule, file=path(app.place, prefix), ending="error", message=message)
    spoken = {finding.rule for finding in (*findings, *accepted)} | {failure.rule for failure in failures}
    for rule in catalogue():
        if rule.id not in spoken:
            yield _Case(name=f"{rule.id} {rule.name}", file=path(app.place, prefix))


def _case(finding: Finding, prefix: str, ending: str) -> _Case:
    route = finding.route
    what = f"{','.join(route.methods)} {route.rule}" if route else f"line {finding.place.line}"
    file = path(finding.place, prefix)
    remarks = {"": finding.message, "why: ": finding.why, "help: ": finding.advice}
    return _Case(
        name=f"{finding.rule} {finding.name} {what}",
        file=file,
        ending=ending,
        kind=finding.severity.label,
        message=_reason(finding) if ending == "skipped" else finding.message,
        text="\n".join(
            (
                f"{file}:{finding.place.line}",
                *(visible(f"{label}{text}"[:MAX_TEXT]) for label, text in remarks.items() if text),
            )
        ),
    )


def _reason(finding: Finding) -> str:
    if finding.suppressed is None:
        return "in the baseline"
    return f"suppressed: {finding.suppressed.reason}"


def _unread(report: Report, prefix: str) -> Iterator[_Case]:
    for problem in report.inventory.problems:
        file = path(Place(file=problem.file, line=problem.line), prefix)
        yield _Case(
            name=f"{file}:{problem.line} could not be read",
            file=file,
            ending="skipped",
            message=problem.message,
        )


def _suite(name: str, cases: Sequence[_Case]) -> Iterator[str]:
    skipped = sum(case.ending == "skipped" for case in cases)
    yield f'<testsuite name={_attribute(name)} {_counts(cases)} skipped="{skipped}">'
    yield from map(_written, cases)
    yield "</testsuite>"


def _counts(cases: Sequence[_Case]) -> str:
    failures = sum(case.ending == "failure" for case in cases)
    errors = sum(case.ending == "error" for case in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'


def _written(case: _Case) -> str:
    opening = f"<testcase classname={_attribute(case.file)} name={_attribute(case.name)}"
    text = escape(case.text.translate(NO_CHARACTER))
    if not case.ending and not text:
        return f"{opening}/>"
    if not case.ending:
        return f"{opening}><system-out>{text}</system-out></testcase>"
    kind = f" type={_attribute(case.kind)}" if case.kind else ""
    tag = f"{case.ending}{kind} message={_attribute(case.message)}"
    return f"{opening}><{tag}>{text}</{case.ending}></testcase>"


def _attribute(text: str) -> str:
    return quoteattr(visible(text[:MAX_TEXT]).translate(NO_CHARACTER))
