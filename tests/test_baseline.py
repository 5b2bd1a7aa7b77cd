"""Earlier states of the findings: written, read, compared."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi import baseline
from guardapi.errors import ConfigurationError
from guardapi.files import from_mapping
from guardapi.findings import Finding, Severity
from guardapi.pipeline import Report, scan_tree

SHOP = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
@app.post("/orders")
def orders():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    return "", 201
"""
MORE = """
import requests
@app.get("/proxy")
def proxy():
    return requests.get(request.args["url"]).text
"""


def scanned(source: str) -> Report:
    return scan_tree(from_mapping({"shop.py": source}))


def known(report: Report) -> dict[str, Severity]:
    return baseline.read(baseline.render(report).encode(), "baseline.json")


def test_written_state_is_known() -> None:
    report = scanned(SHOP)
    compared = baseline.compared(report, known(report))

    assert report.findings
    assert (compared.report.findings, compared.stale) == ((), 0)
    assert [finding.fingerprint for finding in compared.report.known] == [
        finding.fingerprint for finding in report.findings
    ]
    assert {finding.baseline for finding in compared.report.known} == {"unchanged"}


def test_only_new_findings_are_shown() -> None:
    earlier = known(scanned(SHOP))
    compared = baseline.compared(scanned(SHOP + MORE), earlier)

    assert {finding.place.line for finding in compared.report.findings if finding.place.line > 10}
    assert {finding.baseline for finding in compared.report.findings} == {"new"}
    assert {finding.fingerprint for finding in compared.report.findings}.isdisjoint(earlier)


def test_entry_that_is_gone_is_stale() -> None:
    compared = baseline.compared(scanned(SHOP), {**known(scanned(SHOP)), "feed": Severity.LOW})

    assert compared.stale == 1


def test_risen_severity_counts_as_new() -> None:
    report = scanned(SHOP)
    earlier = {**known(report), report.findings[0].fingerprint: Severity.LOW}
    compared = baseline.compared(report, earlier)

    assert [finding.rule for finding in compared.report.findings] == [report.findings[0].rule]


def test_fallen_severity_stays_known() -> None:
    report = scanned(SHOP)

    assert baseline.compared(report, dict.fromkeys(known(report), Severity.CRITICAL)).report.findings == ()


def test_suppressed_finding_is_not_stale() -> None:
    earlier = known(scanned(SHOP))
    rules = ", ".join({finding.rule for finding in scanned(SHOP).findings})
    report = scanned(f"# guardapi: ignore-file[{rules}] because x\n{SHOP}")

    assert len(report.suppressed) == len(earlier)
    assert baseline.compared(report, earlier).stale == 0


def test_lines_are_no_part_of_state() -> None:
    assert baseline.render(scanned(SHOP)) == baseline.render(scanned("\n" * 100 + SHOP))


def test_grade_knows_baseline() -> None:
    report = scanned(SHOP)
    compared = baseline.compared(report, known(report)).report

    assert {finding.fingerprint for finding in compared.graded} == {f.fingerprint for f in report.graded}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "b.json is no JSON; --write-baseline writes a baseline."),
        ("[]", "is no baseline of schema guardapi.baseline/1"),
        ('{"schema": "guardapi.baseline/2"}', "is no baseline"),
        ("{}", "is no baseline"),
        ('{"schema": "guardapi.baseline/1"}', "b.json: 'findings' must be a list."),
        ('{"schema": "guardapi.baseline/1", "findings": [1]}', "b.json: finding 1 must be an object."),
        ('{"schema": "guardapi.baseline/1", "findings": [{}]}', "'fingerprint' must be a text"),
        (
            '{"schema": "guardapi.baseline/1", "findings": [{"fingerprint": "a", "severity": "bad"}]}',
            "finding 1: 'severity' must be one of info, low, medium, high, critical.",
        ),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_other_files_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        baseline.read(text.encode(), "b.json")

    assert sentence in str(refused.value)


@given(st.lists(st.tuples(st.text(max_size=8), st.sampled_from(Severity)), max_size=8))
def test_state_survives_writing(entries: list[tuple[str, Severity]]) -> None:
    example = scanned_once()
    findings = tuple(replace(example, fingerprint=name, severity=severity) for name, severity in entries)
    written = baseline.render(replace(EMPTY, findings=findings))

    assert json.loads(written)["schema"] == baseline.SCHEMA
    assert set(baseline.read(written.encode(), "b")) == {name for name, _ in entries}


EMPTY = scan_tree(from_mapping({"a.py": ""}))
FOUND: list[Finding] = []


def scanned_once() -> Finding:
    if not FOUND:
        FOUND.append(scanned(SHOP).findings[0])
    return FOUND[0]
