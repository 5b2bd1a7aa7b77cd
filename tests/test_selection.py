"""Which findings a selection includes."""

from dataclasses import replace

import pytest

from guardapi.errors import ConfigurationError
from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.pipeline import scan_tree
from guardapi.place import Place
from guardapi.selection import Selection, chosen, resolved

EMPTY = scan_tree(from_mapping({"a.py": ""}))


def finding(rule: str, confidence: Confidence = Confidence.CERTAIN) -> Finding:
    place = Place(file="a.py", line=1)
    return Finding(
        rule=rule,
        name="x",
        severity=Severity.LOW,
        confidence=confidence,
        message="x",
        place=place,
        app="a:app",
        fingerprint=rule,
        cwe=(),
        owasp=(),
    )


SHOWN = tuple(map(finding, ("GA101", "GA601", "GA602")))
HIDDEN = tuple(finding(rule, Confidence.TENTATIVE) for rule in ("GA801", "GA802"))
REPORT = replace(EMPTY, findings=SHOWN, hidden=HIDDEN)


@pytest.mark.parametrize(
    ("selection", "rules"),
    [
        (Selection(), ["GA101", "GA601", "GA602"]),
        (Selection(select=("GA6",)), ["GA601", "GA602"]),
        (Selection(select=("GA6", "GA101"), ignore=("GA602",)), ["GA101", "GA601"]),
        (Selection(ignore=("GA6",)), ["GA101"]),
        (Selection(select=("GA601",), ignore=("GA6",)), ["GA601"]),
        (Selection(ignore=("ALL",)), []),
        (Selection(extend_select=("GA8",)), ["GA101", "GA601", "GA602", "GA801", "GA802"]),
        (Selection(select=("GA1",), extend_select=("GA801",)), ["GA101", "GA801"]),
        (Selection(extend_select=("GA8",), min_confidence=Confidence.FIRM), ["GA101", "GA601", "GA602"]),
        (Selection(extend_select=("GA8",), ignore=("GA802",)), ["GA101", "GA601", "GA602", "GA801"]),
    ],
)
def test_selection_includes_rules(selection: Selection, rules: list[str]) -> None:
    report = chosen(REPORT, selection)

    assert sorted(finding.rule for finding in report.findings) == rules
    assert {*report.findings, *report.hidden} == {*SHOWN, *HIDDEN}


def test_names_become_ids() -> None:
    assert resolved(["ga101", " no-limiter", "ga6", "all"], where="x") == ("GA101", "GA6", "ALL")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("GA10", "x: there is no rule or family 'GA10'; nearest: GA1"),
        ("no-limitr", "nearest: GA101 no-limiter."),
        ("%" * 200, "'guardapi rules' lists all."),
    ],
)
def test_unknown_name_is_told(name: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        resolved([name], where="x")

    assert sentence in str(refused.value)
