"""`guardapi scan` and `guardapi routes`: output, exit statuses, and what is said on standard error."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardapi import __version__
from guardapi.cli.group import guardapi
from guardapi.config import Options
from guardapi.files import Tree
from guardapi.findings import Cwe, Finding, Severity
from guardapi.model import App, Deployment, Inventory
from guardapi.rule import Rule

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


class Broken(Rule):
    """Fails."""

    id = "GA999"
    name = "broken"
    severity = Severity.LOW
    cwe = (Cwe.INTERACTION_FREQUENCY,)
    vulnerable = ()
    secure = ()

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        raise ValueError("odd\napplication")


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.py").write_text(OPEN)
    return str(tmp_path)


def run(*arguments: str, **options: object) -> Result:
    return CliRunner().invoke(guardapi, arguments, **options)


def test_finding_makes_status_one(shop: str) -> None:
    result = run("scan", shop)

    assert result.exit_code == 1
    assert "HIGH     GA101 no-limiter" in result.stdout
    assert "6 | app = Flask(__name__)" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--exit-zero"], 0),
        (["--fail-on", "critical"], 0),
        (["--fail-on", "high"], 1),
        (["--fail-on", "info"], 1),
    ],
)
def test_threshold_decides_status(shop: str, options: list[str], status: int) -> None:
    result = run("scan", shop, *options)

    assert (result.exit_code, "GA101" in result.stdout) == (status, True)


def test_scan_writes_json(shop: str) -> None:
    document = json.loads(run("scan", shop, "--format", "json").stdout)

    assert [finding["rule"] for finding in document["findings"]].count("GA101") == 1


def test_routes_writes_both_formats(shop: str) -> None:
    text, written = run("routes", shop), run("routes", shop, "--format", "json")

    assert (text.exit_code, written.exit_code) == (0, 0)
    assert "POST     /orders" in text.stdout
    (app,) = json.loads(written.stdout)["apps"]
    assert {"rule": "/orders", "methods": ["POST"]}.items() <= app["routes"][0].items()


def test_routes_unlimited_shows_open_routes(shop: str) -> None:
    assert "/orders" in run("routes", shop, "--unlimited").stdout


def test_default_path_is_current_folder(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)

    assert "/orders" in run("routes").stdout


@pytest.mark.parametrize("command", ["scan", "routes"])
def test_dash_reads_standard_input(command: str) -> None:
    result = run(command, "-", input=OPEN)

    assert "stdin.py:6" in result.stdout


@pytest.mark.parametrize("command", ["scan", "routes"])
def test_no_application_is_said(command: str, tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("from flask import Blueprint\npart = Blueprint('part', __name__)\n")
    result = run(command, str(tmp_path))

    assert result.exit_code == 0
    assert result.stderr == f"guardapi: no application found (looked in 1 Python file of {tmp_path})\n"


def test_broken_file_is_told(shop: str) -> None:
    (Path(shop) / "broken.py").write_text("from flask import Flask\napp = Flask(__name__\n")
    result = run("routes", shop)
    document = json.loads(run("routes", shop, "--format", "json").stdout)

    assert (result.exit_code, "/orders" in result.stdout) == (0, True)
    assert "guardapi: broken.py:" in result.stderr
    assert [error["file"] for error in document["errors"]] == ["broken.py"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing command. Try 'guardapi --help'."),
        (["scam"], "No such command 'scam'."),
        (["scan", "--nope"], "No such option"),
        (["scan", "--fail-on", "severe"], "Invalid value for '--fail-on'"),
        (["scan", "no/such/folder"], "no/such/folder cannot be opened"),
        (["routes", "no\x1b[31m"], r"no\x1b[31m cannot be opened"),
        (["scan", "a", "b"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert "--help'." in result.stderr
    assert result.stderr.count("\n") == 1


def test_nothing_to_scan_hints(tmp_path: Path) -> None:
    result = run("scan", str(tmp_path))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Name a folder with Python files, or - to read standard input.\n")


def test_broken_rule_is_named(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardapi.pipeline.catalogue", lambda: (Broken(),))
    result = run("scan", shop)
    document = json.loads(run("scan", shop, "--format", "json").stdout)

    assert result.exit_code == 2
    assert result.stderr.startswith(r"guardapi: rule GA999 failed on shop:app: ValueError: odd\napplication.")
    assert "Traceback" not in result.stderr
    assert "GA999" in document["errors"][0]["message"]
    assert "Traceback" in run("scan", shop, env={"GUARDAPI_DEBUG": "1"}).stderr


def test_own_fault_is_a_sentence(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def discover(tree: Tree, options: Options, **further: object) -> Inventory:
        raise RecursionError("too deep")

    monkeypatch.setattr("guardapi.pipeline._discover", discover)
    result = run("routes", shop)

    assert result.exit_code == 2
    assert result.stderr.startswith("guardapi: Internal failure: RecursionError: too deep. ")
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("routes", shop, env={"GUARDAPI_DEBUG": "1"}).stderr


def test_interruption_is_a_sentence(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def discover(tree: Tree, options: Options, **further: object) -> Inventory:
        raise KeyboardInterrupt

    monkeypatch.setattr("guardapi.pipeline._discover", discover)
    result = run("scan", shop)

    assert (result.exit_code, result.stderr.strip()) == (2, "guardapi: Interrupted.")


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["routes", "-h"]])
def test_help_documents_exit_status(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 0
    assert "Exit status:\n    0  " in result.stdout
    assert "\n    2  wrong usage" in result.stdout


def test_version_is_the_constant() -> None:
    assert run("--version").stdout == f"guardapi {__version__}\n"
