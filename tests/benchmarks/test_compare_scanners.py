"""What the comparison counts as found, beside, and false; the analysers themselves are not run."""

from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from compare_scanners import (
    SEMGREP_RULES,
    Alarm,
    Column,
    Sample,
    judge,
    marked,
    page,
    run_guardapi,
    write_samples,
)

from guardapi.rule import catalogue

FILE = Path("GA101", "vulnerable-1", "shop.py")
TWIN = Path("GA101", "secure-1", "shop.py")
SAMPLES = (
    Sample(rule="GA101", folder=FILE.parent, is_vulnerable=True, marks=((FILE, range(4, 7)),)),
    Sample(rule="GA101", folder=TWIN.parent, is_vulnerable=False),
)


def alarm(path: Path, line: int, name: str = "S113") -> Alarm:
    return Alarm(path=path, line=line, id=name)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\ny = f(  # finds: GA101\n    2,\n)\n", range(2, 5)),
        ("y = f(\n    2,  # finds: GA101\n)\n", range(1, 4)),
        ("@route\ndef f():  # finds: GA101\n    return 1\n", range(1, 3)),
        ("def f():\n    if x:\n        g()  # finds: GA101\n", range(3, 4)),
        ("y = 1  # finds: GA102\n", None),
    ],
)
def test_mark_stands_for_its_statement(text: str, lines: range | None) -> None:
    assert list(marked("shop.py", text, "GA101")) == ([lines] if lines else [])


def test_mark_in_other_files_is_a_line() -> None:
    text = dedent("""
        FROM python
        CMD ["flask", "run"]  # finds: GA921
    """)

    assert list(marked("Dockerfile", text, "GA921")) == [range(3, 4)]


@pytest.mark.parametrize(("line", "found"), [(3, 0), (4, 1), (6, 1), (7, 0)])
def test_report_on_the_statement_is_found(line: int, found: int) -> None:
    result = judge("GA101", SAMPLES, [alarm(FILE, line)], is_own=False)

    assert (result.found, result.marks) == (found, 1)
    assert (result.at, result.elsewhere) == ((("S113",), ()) if found else ((), ("S113",)))


def test_report_on_both_twins_is_false() -> None:
    both = [alarm(FILE, 5), alarm(TWIN, 1)]

    assert judge("GA101", SAMPLES, both, is_own=False).alarmed == 1
    assert judge("GA101", SAMPLES, both[1:], is_own=False).alarmed == 0
    assert judge("GA101", SAMPLES, [both[0], alarm(TWIN, 1, name="S201")], is_own=False).alarmed == 0


def test_own_rules_are_held_to_more() -> None:
    """Only the rule itself finds a mark, and whatever is reported in a secure example is false."""
    result = judge(
        "GA101", SAMPLES, [alarm(FILE, 5, name="GA102"), alarm(TWIN, 1, name="GA701")], is_own=True
    )

    assert (result.found, result.alarmed) == (0, 1)


def test_page_says_who_did_not_run() -> None:
    columns = [
        Column(name="ruff", version="1.2", alarms=(alarm(FILE, 5),)),
        Column(name="semgrep", version="could not be installed", alarms=None),
    ]
    text = page(SAMPLES, columns, catalogue()[:1])

    assert "| ruff | 1.2 | 1 of 1 | 1 of 1 | 0 of 1 |" in text
    assert "| semgrep | could not be installed | not run | not run | not run |" in text
    assert "| GA101 `no-limiter` | **1** of 1; `S113` | not run |" in text


def test_own_rule_finds_its_examples(tmp_path: Path) -> None:
    rules = [rule for rule in catalogue() if rule.id in {"GA101", "GA401"}]
    samples = write_samples(tmp_path, rules)
    alarms = run_guardapi(tmp_path, samples, frozenset())
    results = [judge(rule.id, samples, alarms, is_own=True) for rule in rules]

    assert [(result.found == result.marks > 0, result.alarmed) for result in results] == [(True, 0)] * 2


def test_semgrep_rules_are_complete() -> None:
    rules = yaml.safe_load(SEMGREP_RULES.read_text(encoding="utf-8"))["rules"]

    assert len({rule["id"] for rule in rules}) == len(rules)
    assert [rule["id"] for rule in rules if not {"languages", "severity", "message"} <= rule.keys()] == []
