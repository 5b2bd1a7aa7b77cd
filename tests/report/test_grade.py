"""The grade of an application."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample import APP, held

from guardapi.findings import Confidence, Finding, Severity
from guardapi.model import App, Deployment, MethodLimits
from guardapi.place import Place
from guardapi.report.grade import Grade, grade, worst_grade

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report.md"
ROUTE = APP.routes[0]
LIMITED = replace(ROUTE, methods=("GET",), limits={"GET": held("5 per 1 minute")})
OPEN = replace(LIMITED, limits={"GET": MethodLimits()})
UNKNOWN = replace(LIMITED, limits={"GET": MethodLimits(undecided=("a loop",))})


def finding(severity: Severity, **facts: object) -> Finding:
    return Finding(
        **{
            "rule": "GA101",
            "name": "no-limiter",
            "severity": severity,
            "confidence": Confidence.CERTAIN,
            "message": "",
            "place": Place(file="shop.py", line=1),
            "app": APP.id,
            "fingerprint": "0",
            "cwe": (),
            "owasp": (),
            **facts,
        }
    )


def graded(routes: tuple[object, ...], *findings: Finding) -> str:
    app: App = replace(APP, routes=routes)
    return grade(app, Deployment(), findings)


@pytest.mark.parametrize(
    ("severity", "covered", "mostly_open"),
    [
        (Severity.INFO, "A", "A"),
        (Severity.LOW, "B", "C"),
        (Severity.MEDIUM, "C", "D"),
        (Severity.HIGH, "D", "E"),
        (Severity.CRITICAL, "F", "F"),
    ],
)
def test_worst_finding_and_coverage_decide(severity: Severity, covered: str, mostly_open: str) -> None:
    assert graded((LIMITED, OPEN), finding(severity), finding(Severity.INFO)) == covered
    assert graded((LIMITED, OPEN, OPEN), finding(severity)) == mostly_open


def test_nothing_found_is_best() -> None:
    assert graded((OPEN,)) == graded(()) == "A"


def test_doubt_advice_and_others_do_not_count() -> None:
    tentative = finding(Severity.MEDIUM, confidence=Confidence.TENTATIVE)

    assert graded((LIMITED,), tentative, finding(Severity.LOW, is_advisory=True)) == "A"
    assert graded((LIMITED,), finding(Severity.HIGH, app="other:app")) == "A"


def test_mostly_undecided_has_no_grade() -> None:
    assert graded((UNKNOWN, UNKNOWN, LIMITED), finding(Severity.LOW)) == "?"
    assert graded((UNKNOWN, LIMITED)) == "A"
    assert graded((UNKNOWN, UNKNOWN, LIMITED), finding(Severity.HIGH)) == "D"


def test_worst_grade_of_several() -> None:
    assert worst_grade([Grade.B, Grade.E, Grade.NONE]) is Grade.E
    assert worst_grade([Grade.NONE]) is Grade.NONE


def test_page_explains_every_grade() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [f"| {letter} | {letter.meaning} |" in page for letter in Grade] == [True] * len(Grade)
