"""The findings as text: one screen, worst first."""

import re
from dataclasses import replace

import pytest
from sample import APP, INVENTORY, at

from guardapi.config import Profile
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Related, Row, Severity
from guardapi.model import Inventory
from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.remedy import IntroduceLimiter, Remedy, Safety
from guardapi.report.terminal import Terminal
from guardapi.report.text import render

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
    related=(
        Related(place=at(5), message="`limiter` is made here"),
        *(
            Related(
                place=at(line),
                message=f"GET /{line}: reads",
                row=Row(route=f"GET /{line}", work="queries the database", caller="anonymous", score=line),
            )
            for line in range(12, 0, -1)
        ),
    ),
    why="it reads",
    advice="Bind a limiter.",
)
LIGHT = replace(FINDING, related=())
SOURCE = {("shop/app.py", 14): "    app = Flask(__name__)  # made"}
SCREEN = """\
grade D  shop.app:create_app
         5 routes: 2 limited, 1 exempt, 1 unlimited, 1 undecided
         set-up: 1 part not understood, more may be served
         guards: shop.app:limiter (active); decorators, hooks: none; nginx:
                 nginx.conf

HIGH     GA101 no-limiter  No rate limiter is active.
         shop/app.py:14
         14 | app = Flask(__name__)  # made
            |       ^^^^^^^^^^^^^^^
           `limiter` is made here  shop/app.py:5
           route    work                  caller     score
           GET /12  queries the database  anonymous     12
           GET /11  queries the database  anonymous     11
           GET /10  queries the database  anonymous     10
           GET /9   queries the database  anonymous      9
           GET /8   queries the database  anonymous      8
           GET /7   queries the database  anonymous      7
           GET /6   queries the database  anonymous      6
           GET /5   queries the database  anonymous      5
           GET /4   queries the database  anonymous      4
           GET /3   queries the database  anonymous      3
           and 2 more
         why: it reads
         help: Bind a limiter. (guardapi explain GA101)

1 finding: 1 high
  guardapi explain GA101              # what it is, and how to fix it
  guardapi routes --unlimited         # every route that nothing limits
  guardapi scan --profile audit       # 1 undecided route, the set-up
"""


def report(*findings: Finding) -> Report:
    return Report(inventory=INVENTORY, findings=findings, source_lines=SOURCE)


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_screen_of_one_finding() -> None:
    assert lines(render(report(FINDING), Terminal(width=80))) == lines(SCREEN)


@pytest.mark.parametrize("height", [23, 50])
@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("number", [1, 3, 40])
def test_default_is_one_screen(height: int, width: int, number: int) -> None:
    findings = [replace(FINDING, fingerprint=str(index)) for index in range(number)]
    text = render(report(*findings), Terminal(height=height, width=width))

    assert len(text.splitlines()) <= height
    assert max(map(len, text.splitlines())) <= width
    assert f"\n{number} finding" in text
    assert "14 | app = Flask" in text


def test_at_most_twenty_findings() -> None:
    text = render(report(*[LIGHT] * 40))

    assert text.count("HIGH     GA101") == 20
    assert "\n20 more: GA101 no-limiter 20\n" in text
    assert "\n  guardapi scan --rule GA101 " in text


def test_what_does_not_fit_is_counted() -> None:
    text = render(report(*[LIGHT] * 15), Terminal(height=30))
    (counted,) = [line for line in text.splitlines() if " more: GA101" in line]

    assert 0 < text.count("HIGH     GA101") < 15
    assert text.count("HIGH     GA101") + int(counted.split()[0]) == 15


def test_low_findings_are_counts() -> None:
    findings = [replace(LIGHT, severity=Severity.LOW)] * 3 + [
        replace(LIGHT, severity=Severity.INFO, rule="GA9")
    ]
    text = render(report(*findings))

    assert "LOW " not in text
    assert "4 more: GA101 no-limiter 3, GA9 no-limiter 1\n4 findings: 3 low, 1 info\n" in text
    assert render(report(*findings), profile=Profile.PEDANTIC).count("LOW ") == 3
    assert render(report(*findings), is_whole=True).count("LOW ") == 3


def test_counts_name_few_rules() -> None:
    findings = [replace(LIGHT, severity=Severity.LOW, rule=f"GA1{number:02}") for number in range(10)]

    assert "10 more: GA100 no-limiter 1, GA101" in render(report(*findings))
    assert "and 4 other rules" in render(report(*findings))


def test_counts_are_not_torn_apart() -> None:
    findings = [replace(LIGHT, severity=Severity.LOW, rule=f"GA1{number:02}") for number in range(6)]
    text = render(report(*findings), Terminal(width=60))

    assert len(re.findall(r"GA10\d no-limiter 1", text)) == 6


def test_columns_without_content_left_out() -> None:
    row = Row(route="GET /x", work="reads", rule="GA605")
    text = render(report(replace(FINDING, related=(Related(place=at(7), message="", row=row),))))

    assert ["route", "work", "rule"] in lines(text)
    assert ["GET", "/x", "reads", "GA605"] in lines(text)


def test_wide_screens_say_where_views_stand() -> None:
    assert "view\n" in render(report(FINDING), Terminal(width=140))
    assert "view\n" not in render(report(FINDING), Terminal(width=100))


def test_doubt_and_advice_are_marked() -> None:
    odd = replace(LIGHT, confidence=Confidence.TENTATIVE, is_advisory=True)

    assert "GA101 no-limiter (tentative, advice)  No rate" in render(report(odd), profile=Profile.AUDIT)


def test_hidden_findings_have_a_command() -> None:
    hidden = (replace(LIGHT, is_advisory=True), replace(LIGHT, confidence=Confidence.TENTATIVE))
    text = render(Report(inventory=INVENTORY, hidden=hidden), target="my shop")

    assert "No findings." in text
    assert "guardapi scan 'my shop' --profile pedantic  # 1 piece of advice\n" in text
    assert (
        "guardapi scan 'my shop' --profile audit     # 1 undecided route, the set-up, 1 tentative finding\n"
        in text
    )


def test_findings_with_a_remedy_name_the_command() -> None:
    edits = (IntroduceLimiter(app=APP.id),)
    unsafe = replace(FINDING, remedy=Remedy(safety=Safety.UNSAFE, reason="", edits=edits))
    safe = replace(unsafe, remedy=Remedy(safety=Safety.SAFE, reason="", edits=edits))

    assert "guardapi fix --unsafe # closes 1 finding, shown as a diff" in said(unsafe)
    assert "guardapi fix # closes 1 finding, shown as a diff" in said(safe, unsafe)
    assert "guardapi fix" not in said(FINDING)


def said(*findings: Finding) -> str:
    return " ".join(render(report(*findings)).split())


def test_proposed_commands_are_whole() -> None:
    """A line that does not fit goes on as a shell reads it."""
    target = "/srv/applications/shop/releases/2024"
    text = render(report(FINDING), Terminal(width=60), target=target)

    assert "\n  guardapi explain GA101  # what it is, and how to fix it\n" in text
    assert f"\n  guardapi routes {target} \\\n    --unlimited\n" in text


def test_audit_lists_undecided() -> None:
    """Each reason once, with all routes that it leaves open; then what of the set-up was not understood."""
    text = render(report(), profile=Profile.AUDIT)

    assert (
        "undecided on 1 route of shop.app:create_app: the loop is too long\n         GET /unknown\n" in text
    )
    assert "         shop/app.py:30: a module could not be found\n" in text
    assert "--profile audit" not in text


def test_several_applications_worst_first() -> None:
    apps = (replace(APP, id="a:quiet"), replace(APP, id="b:loud"))
    known = Inventory(apps=apps)
    both = Report(inventory=known, findings=(replace(LIGHT, app="b:loud"),))
    tall, short = render(both), render(both, Terminal(height=23, width=80))

    assert tall.startswith("grade D  the worst of 2 applications\ngrade D  b:loud")
    assert "\ngrade A  a:quiet" in tall
    assert (
        "      D  b:loud   5 routes: 1 limited, 1 exempt, 2 unlimited, 1 undecided\n      A  a:quiet" in short
    )


def test_no_guard_says_where_looked() -> None:
    alone = Report(inventory=Inventory(apps=(replace(APP, limiters=()),)))

    assert "guards: none (looked for limiter extensions, decorators and hooks" in render(alone)


def test_span_over_lines_marked_to_end() -> None:
    place = replace(FINDING.place, end_line=16, end_column=2)

    assert f"\n            |       {'^' * 23}\n" in render(report(replace(FINDING, place=place)))


@pytest.mark.parametrize("width", [40, 60, 100])
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
