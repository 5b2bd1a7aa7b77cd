"""Verdicts as they are written, read back, and shown beside the findings that they judge."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from small_projects import HEAD, LIMITER, scanned, verdicts

from guardapi.cli.group import guardapi
from guardapi.errors import ConfigurationError
from guardapi.prove.recorded import joined, read_verdicts
from guardapi.report import formats, verdicts_json, verdicts_text
from guardapi.verdict import Mode, Ruling, Verdict

SCHEMA = json.loads(Path(__file__, "../../../docs/schemas/verdicts-1.json").resolve().read_text())
SOURCE = f"""{HEAD}{LIMITER}
@limiter.limit("3 per minute")
@app.post("/login")
def login():
    from werkzeug.security import check_password_hash
    return str(check_password_hash("pbkdf2:sha256:1$a$b", request.form["password"]))
@app.get("/limited")
@limiter.limit("3 per minute")
def limited():
    return "limited"
"""


def verdict(ruling: Ruling, fingerprint: str = "f" * 24, rule: str | None = "GA202") -> Verdict:
    return Verdict(
        claim="GET /\x1b[31m is never refused",
        ruling=ruling,
        mode=Mode.SERVED,
        route="/",
        methods=("GET",),
        app="shop:app",
        way="flood",
        detail="60 of 60 requests were served",
        fingerprint=fingerprint,
        rule=rule,
        requests=60,
        statuses={200: 60},
        timings=(60, 0, 0, 0, 0),
    )


@pytest.fixture(scope="module")
def shown() -> list[Verdict]:
    return verdicts(SOURCE)


def test_written_verdicts_are_read_back(shown: list[Verdict]) -> None:
    document = verdicts_json.render(shown, [("GA922", "it cannot")], ["a store in memory"])
    jsonschema.validate(json.loads(document), SCHEMA)

    assert list(read_verdicts(document.encode(), "v.json")) == shown
    assert {one.ruling for one in shown} == {Ruling.PROVED}


def test_schema_describes_every_key(shown: list[Verdict]) -> None:
    document = json.loads(verdicts_json.render(shown, [("GA922", "it cannot")]))
    entry = SCHEMA["$defs"]["verdict"]

    assert set(document) == set(SCHEMA["properties"])
    assert set(document["verdicts"][0]) == set(entry["properties"]) == set(entry["required"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"schema": "guardapi.findings/1", "verdicts": []}',
        b'{"schema": "guardapi.verdicts/1"}',
        b"\xff",
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"v\.json"):
        read_verdicts(content, "v.json")


def test_proof_outweighs_other_ways() -> None:
    """One way that shows the fault is enough; a refuted finding stays."""
    report = scanned(SOURCE)
    finding = report.findings[0]
    weak = verdict(Ruling.REFUTED, finding.fingerprint, finding.rule)
    strong = verdict(Ruling.PROVED, finding.fingerprint, finding.rule)

    for order in ((weak, strong), (strong, weak)):
        assert joined(report, order).findings[0].verdict == strong
    refuted = joined(report, (weak, verdict(Ruling.PROVED, finding.fingerprint, "GA999")))
    assert refuted.findings[0].verdict == weak
    assert len(refuted.findings) == len(report.findings)


@pytest.mark.parametrize("ruling", list(Ruling))
@pytest.mark.parametrize("format_name", ["text", "json", "sarif", "markdown", "html"])
def test_reports_show_the_verdict(ruling: Ruling, format_name: str) -> None:
    report = scanned(SOURCE)
    finding = report.findings[0]
    marked = joined(report, [verdict(ruling, finding.fingerprint, finding.rule)])
    text = formats.render(format_name, marked, {})

    assert ruling.value in text.lower()
    assert "60 of 60 requests were served" in " ".join(text.split())
    assert "\x1b" not in text


def test_text_says_what_decided(shown: list[Verdict]) -> None:
    broken = verdict(Ruling.REFUTED, rule=None)
    text = verdicts_text.render([*shown, broken], [("GA922", "it cannot be tried")], ["a store in memory"])

    assert "3 of 4 requests were served, then 429" in text
    assert "GA922: it cannot be tried" in text
    assert "a store in memory" in text
    assert "1 refuted" in text
    assert "\x1b" not in text


def test_scan_reads_the_file(tmp_path: Path, shown: list[Verdict]) -> None:
    """By its option, and by the configuration."""
    (tmp_path / "shop.py").write_text(SOURCE)
    (tmp_path / "verdicts.json").write_text(verdicts_json.render(shown))
    asked = [str(tmp_path), "--profile", "pedantic", "--format", "json", "--exit-zero"]

    def found(*more: str) -> list[str]:
        result = CliRunner().invoke(guardapi, ["scan", *asked, *more], standalone_mode=False)
        return [
            entry["verdict"]["verdict"] for entry in json.loads(result.stdout)["findings"] if entry["verdict"]
        ]

    assert found() == []
    by_option = found("--verdicts", str(tmp_path / "verdicts.json"))
    (tmp_path / "guardapi.toml").write_text('verdicts = "verdicts.json"\n')
    assert found() == by_option != []
