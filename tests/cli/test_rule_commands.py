"""`guardapi rules`, `guardapi explain` and `guardapi scan --rule`."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardapi.cli.group import guardapi
from guardapi.rule import HEADINGS, catalogue

OPEN = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
@app.post("/orders")
def orders():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    return "", 201
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(guardapi, arguments)


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.py").write_text(OPEN)
    return str(tmp_path)


def test_rules_lists_all() -> None:
    result = run("rules")

    assert result.exit_code == 0
    assert "GA1  Limits that are missing\nGA101  no-limiter " in result.stdout
    assert [rule.id for rule in catalogue() if f"\n{rule.id}  {rule.name} " not in result.stdout] == []
    assert f"\n{len(catalogue())} rules." in result.stdout


def test_rules_json_follows_contract() -> None:
    document = json.loads(run("rules", "--format", "json").stdout)
    rule = catalogue()[0]

    assert document["schema"] == "guardapi.rules/1"
    assert [written["id"] for written in document["rules"]] == [known.id for known in catalogue()]
    assert document["rules"][0] == {
        "id": "GA101",
        "name": "no-limiter",
        "severity": "medium",
        "cwe": [weakness.id for weakness in rule.cwe],
        "owasp": ["API4:2023"],
        "summary": rule.summary(),
        "fixable": rule.is_fixable(),
        "provable": bool(rule.probes),
        "default": True,
        "origin": "guardapi",
    }


@pytest.mark.parametrize("name", ["GA101", "ga101", "no-limiter", " No-Limiter "])
def test_explain_takes_id_or_name(name: str) -> None:
    result = run("explain", name)

    assert result.exit_code == 0
    assert result.stdout.startswith("GA101 no-limiter\n")


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
@pytest.mark.parametrize("output", ["text", "markdown"])
def test_every_rule_is_explained(rule: object, output: str) -> None:
    result = run("explain", rule.id, "--format", output)

    assert result.exit_code == 0
    assert [heading for heading in HEADINGS if heading not in result.stdout] == []
    assert f"Vulnerable: {rule.vulnerable[0].title}"[:40] in result.stdout.replace("\\", "")


def test_explain_points_at_marked_lines() -> None:
    text = run("explain", "GA101").stdout

    assert re.search(r"\n  > +(\d+) \| app = Flask\(__name__\)\n +\| \^{21}\n", text)
    assert "finds: GA101" not in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain"], r"There is no rule 'no-limitr\x1b[2J'; nearest: GA101 no-limiter"),
        (
            ["scan", "--rule"],
            r"--select: there is no rule or family 'no-limitr\x1b[2J'; nearest: GA101 no-limiter",
        ),
    ],
)
def test_unknown_rule_names_nearest(arguments: list[str], sentence: str) -> None:
    result = run(*arguments, "no-limitr\x1b[2J")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"guardapi: {sentence}")
    assert result.stderr.endswith("--help'.\n")


def test_rule_like_no_other() -> None:
    assert "'guardapi rules' lists all." in run("explain", "%" * 100_000).stderr


def test_scan_shows_chosen_rules_only(shop: str) -> None:
    chosen, other = run("scan", shop, "--rule", "no-limiter"), run("scan", shop, "--rule", "GA401")

    assert (chosen.exit_code, "GA101 no-limiter" in chosen.stdout) == (1, True)
    assert (other.exit_code, "GA101" in other.stdout) == (0, False)
    assert chosen.stdout.splitlines()[0] == other.stdout.splitlines()[0]


def test_scan_json_of_chosen_rules(shop: str) -> None:
    document = json.loads(run("scan", shop, "--rule", "GA401", "--format", "json").stdout)

    assert document["findings"] == []
    assert document["apps"][0]["grade"] in {"D", "E", "F"}
