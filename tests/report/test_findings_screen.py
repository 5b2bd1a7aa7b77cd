"""The findings as text: one screen, worst first."""

from dataclasses import replace

import pytest
from sample import APP, INVENTORY, at

from guardapi.config import Profile
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Related, Severity
from guardapi.model import Inventory
from guardapi.place import Place
from guardapi.report.terminal import Terminal
from guardapi.report.text import render
from guardapi.scan import Report

FINDING = Finding(
    rule="GA101",
    name="no-limiter",
    severity=Severity.HIGH,
    confidence=Confidence.CERTAIN,
    message="No rate limiter is active.",
    place=Place(file="shop/app.py", line=14, column=11, end_line=14, end_column=26),
    app="shop.app:create_app",
    fingerprint="0",
    cwe=(Cwe.ALLOCATION_WITHOUT_LIMITS,),
    owasp=(Owasp.RESOURCE_CONSUMPTION,),
    related=tuple(Related(place=at(line), message=f"GET /{line}: reads") for line in range(1, 13)),
    why="it reads",
    advice="Bind a limiter.",
)
SOURCE = {("shop/app.py", 14): "    app = Flask(__name__)  # made"}
SCREEN = """\
shop.app:create_app   5 routes: 2 limited, 1 exempt, 1 unlimited, 1 undecided

HIGH     GA101 no-limiter  No rate limiter is active.
         shop/app.py:14
         14 | app = Flask(__name__)  # made
            |       ^^^^^^^^^^^^^^^
           GET /1: reads   shop/app.py:1
           GET /2: reads   shop/app.py:2
           GET /3: reads   shop/app.py:3
           GET /4: reads   shop/app.py:4
           GET /5: reads   shop/app.py:5
           GET /6: reads   shop/app.py:6
           GET /7: reads   shop/app.py:7
           GET /8: reads   shop/app.py:8
           GET /9: reads   shop/app.py:9
           GET /10: reads  shop/app.py:10
           and 2 more
         why: it reads
         help: Bind a limiter.

1 finding: 1 high
next: guardapi routes --unlimited
undecided: 1 limit (guardapi scan --profile audit)
"""


def report(*findings: Finding) -> Report:
    return Report(inventory=INVENTORY, findings=findings, source_lines=SOURCE)


def test_screen_of_one_finding() -> None:
    assert render(report(FINDING)) == SCREEN


@pytest.mark.parametrize("height", [20, 50])
@pytest.mark.parametrize("number", [1, 3, 40])
def test_default_is_one_screen(height: int, number: int) -> None:
    findings = [replace(FINDING, fingerprint=str(index)) for index in range(number)]
    text = render(report(*findings), Terminal(height=height))

    assert len(text.splitlines()) <= height
    assert f"{number} finding" in text


def test_what_does_not_fit_is_counted() -> None:
    text = render(report(*[FINDING] * 40))

    assert text.count("GA101") + int(text.split(" more at this level")[0].split()[-1]) == 40


def test_pedantic_shows_all() -> None:
    findings = [replace(FINDING, severity=Severity.LOW)] * 40

    assert render(report(*findings)).count("GA101") == 0
    assert "--profile pedantic" in render(report(*findings))
    assert render(report(*findings), profile=Profile.PEDANTIC).count("GA101") == 40


def test_audit_lists_undecided() -> None:
    assert "undecided: GET /unknown: the loop is too long" in render(report(), profile=Profile.AUDIT)


def test_span_over_lines_marked_to_end() -> None:
    place = replace(FINDING.place, end_line=16, end_column=2)

    assert f"\n            |       {'^' * 23}\n" in render(report(replace(FINDING, place=place)))


@pytest.mark.parametrize("width", [60, 100])
def test_screen_keeps_within_width(width: int) -> None:
    long = replace(
        FINDING, message="word " * 80, why="x" * 300, related=(Related(place=at(1), message="y" * 300),)
    )
    source = {("shop/app.py", 14): "z" * 400}
    text = render(Report(inventory=INVENTORY, findings=(long,), source_lines=source), Terminal(width=width))

    assert max(map(len, text.splitlines())) <= width


def test_wide_characters_keep_mark_aligned() -> None:
    place = replace(FINDING.place, column=6, end_column=10)
    shown = Report(
        inventory=INVENTORY,
        findings=(replace(FINDING, place=place),),
        source_lines={("shop/app.py", 14): "日本 = name"},
    )

    assert "14 | 日本 = name\n            |        ^^^^\n" in render(shown)


def test_project_text_cannot_act() -> None:
    odd = replace(FINDING, message="`/\x1b[2J\u202e`")
    shown = Report(
        inventory=Inventory(apps=(replace(APP, id="a\u2066:b"),)),
        findings=(odd,),
        source_lines={("shop/app.py", 14): "app = '\x9b31m'"},
    )
    text = render(shown)

    assert r"`/\x1b[2J\u202e`" in text
    assert r"app = '\x9b31m'" in text
    assert r"a\u2066:b" in text


def test_no_color_without_terminal() -> None:
    assert "\x1b[" not in render(report(FINDING))
    assert "\x1b[1;31mHIGH" in render(report(FINDING), Terminal(colour=True))
