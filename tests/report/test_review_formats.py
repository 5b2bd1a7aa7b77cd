"""Workflow commands, Code Quality, SAST, JUnit and Markdown: their schemas, and what each shows."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import xmlschema
from findings_sample import ADVICE, COSTLY, MANY, REPORT, SCHEMAS, document, faults, schema, written
from markdown_it import MarkdownIt
from sample import INVENTORY

from guardapi.findings import Severity
from guardapi.model import Inventory
from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.report import findings_junit, findings_markdown
from guardapi.rule import catalogue

COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:]*)::(?P<text>.*)")


def commands(report: Report = REPORT) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for line in written("github", report).splitlines():
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        properties = dict(entry.split("=", 1) for entry in match["properties"].split(","))
        found.append((match["level"], properties, match["text"]))
    return found


def test_annotations_stand_at_findings() -> None:
    level, properties, text = commands()[0]

    assert level == "error"
    assert properties == {
        "file": "backend/shop/stock.py",
        "line": "40",
        "endLine": "40",
        "col": "5",
        "endColumn": "22",
        "title": "GA603 outbound-call-without-limit (critical)",
    }
    assert text.startswith("`GET /stock` calls another server (`requests.get`) without a limit.%0AWhy: ")


def test_annotations_leave_out_accepted() -> None:
    assert [level for level, _, _ in commands()] == [
        *("error", "error", "warning", "notice"),
        *("warning", "warning"),  # what could not be read, and the rule that failed
    ]


def test_annotation_over_lines_has_no_columns() -> None:
    place = Place(file="a.py", line=3, column=5, end_line=4, end_column=2)
    (_, properties, _), *_ = commands(Report(inventory=INVENTORY, findings=(replace(COSTLY, place=place),)))

    assert (properties["line"], properties["endLine"]) == ("3", "4")
    assert {"col", "endColumn"}.isdisjoint(properties)


def test_code_quality_has_required_fields() -> None:
    issues = document("gitlab-codequality")

    assert faults(issues, schema(SCHEMAS / "gitlab-codequality.json")) == []
    assert [issue["severity"] for issue in issues] == ["blocker", "critical", "major", "info", "major"]
    assert issues[0]["description"].startswith("GA603 outbound-call-without-limit: `GET /stock`")
    assert issues[0]["location"] == {"path": "backend/shop/stock.py", "lines": {"begin": 40, "end": 40}}


def test_code_quality_keeps_known_findings() -> None:
    """GitLab compares with the target branch by itself; what a comment accepts is gone there as well."""
    prints = [issue["fingerprint"] for issue in document("gitlab-codequality")]

    assert prints == ["f1", "f2", "f3", "f4", "f6"]


def test_sast_has_required_fields() -> None:
    report = document("gitlab-sast")

    assert faults(report, schema(SCHEMAS / "gitlab-sast.json")) == []
    assert (report["scan"]["start_time"], report["scan"]["end_time"]) == (
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:06",
    )
    assert report["scan"]["status"] == "failure"
    assert document("gitlab-sast", Report(inventory=INVENTORY))["scan"]["status"] == "success"


def test_sast_names_weaknesses() -> None:
    first = document("gitlab-sast")["vulnerabilities"][0]

    assert [(entry["type"], entry["value"]) for entry in first["identifiers"]] == [
        ("guardapi_rule", "GA603"),
        ("cwe", "770"),
        ("cwe", "799"),
        ("owasp", "API4:2023"),
    ]
    assert first["severity"] == "Critical"


def test_sast_ids_follow_fingerprints() -> None:
    moved = Report(inventory=INVENTORY, findings=(replace(COSTLY, place=Place(file="b.py", line=999)),))
    first, second = (document("gitlab-sast", report)["vulnerabilities"][0] for report in (REPORT, moved))

    assert first["id"] == second["id"]
    assert len({entry["id"] for entry in document("gitlab-sast")["vulnerabilities"]}) == 5


def test_junit_fits_schema() -> None:
    official = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")

    official.validate(written("junit"))
    official.validate(written("junit", Report(inventory=Inventory())))
    assert not official.is_valid("<testsuites><testcase/></testsuites>")


def test_junit_counts_what_it_has() -> None:
    suites = ET.fromstring(written("junit"))
    names = ("tests", "failures", "errors", "skipped")
    app, files = suites

    assert [suites.get(name) for name in names[:3]] == [str(len(list(suites.iter("testcase")))), "3", "1"]
    assert [app.get(name) for name in names] == [str(len(app)), "3", "1", "2"]
    assert [files.get(name) for name in names] == ["1", "0", "0", "1"]
    assert len(list(suites.iter("failure"))) == 3
    # One a rule that found nothing, one a finding, one the rule that failed, one the unread file.
    assert len(list(suites.iter("testcase"))) == len(catalogue()) - 2 + 6 + 1 + 1


def test_junit_follows_threshold() -> None:
    def failures(fail_on: Severity | None) -> int:
        return findings_junit.render(REPORT, fail_on=fail_on).count("<failure ")

    assert [failures(level) for level in (Severity.INFO, Severity.HIGH, None)] == [4, 2, 0]


def test_junit_says_why_skipped() -> None:
    reasons = [found.get("message") for found in ET.fromstring(written("junit")).iter("skipped")]

    assert reasons == ["in the baseline", "suppressed: an internal tool", "invalid syntax"]


def test_markdown_reads_as_meant() -> None:
    text = written("markdown")

    assert "| `shop.app:create_app` | **F** | 5 | 2 | 1 | 1 | 1 |" in text
    assert "**4 findings: 1 critical, 1 high, 1 medium, 1 info (1 suppressed, 1 in the baseline)**" in text
    assert "* `look_up` is called here: `backend/shop/stock.py:30`" in text
    assert "| `GET /14` | reads a row | anonymous | 14 | GA601 | `backend/shop/app.py:14` |" not in text
    assert "| `GET /10` | reads a row | anonymous | 10 | GA601 | `backend/shop/app.py:10` |" in text
    assert "\nand 4 more\n" in text
    assert "GA101 no-limiter (tentative, advice):" in text
    assert "* `shop/broken.py:7` invalid syntax" in text
    assert text.count("<details>") == text.count("</details>") == 4


def test_markdown_has_tables_and_code() -> None:
    kinds = [token.type for token in MarkdownIt("commonmark").enable("table").parse(written("markdown"))]

    assert kinds.count("table_open") == 2
    assert kinds.count("fence") == 2


def test_markdown_fits_a_comment() -> None:
    many = Report(
        inventory=INVENTORY,
        findings=tuple(replace(ADVICE, fingerprint=str(n), message=f"`{'x' * 400}` {n}") for n in range(900)),
    )
    text = findings_markdown.render(many)

    assert len(text) < 65_536
    assert "850 findings more: `guardapi scan` shows them." in text
    wide = tuple(replace(finding, related=MANY.related * 3, why="[*]" * 160) for finding in many.findings)
    assert len(findings_markdown.render(replace(many, findings=wide))) < 65_536


def test_markdown_says_what_is_not_understood() -> None:
    told = "\n\n`shop.app:create_app`: set-up: 1 part not understood, more may be served.\n"

    assert told in findings_markdown.render(REPORT)
    understood = tuple(replace(app, undecided=()) for app in INVENTORY.apps)
    assert "not understood" not in findings_markdown.render(
        Report(inventory=replace(INVENTORY, apps=understood))
    )
