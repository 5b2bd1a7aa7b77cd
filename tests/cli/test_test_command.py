"""`guardapi test`, on rules that are named by file, id or name."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardapi.cli.group import guardapi

RULE = '''
from guardapi import Cwe, Example, Rule, Severity

class Base(Rule):
    """What all of ours share; no rule."""

class Served(Base):
    """There is an application."""

    id = "TRY1"
    name = "served"
    severity = Severity.LOW
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION,)
    vulnerable = (
        Example(title="it", files={"a\\x1b[2J.py": "from flask import Flask\\napp = Flask(__name__)"}),
    )
    secure = ()

    def check(self, app, deployment):
        yield self.finding(app.place, "It is there.", app=app)
'''


def run(*arguments: str) -> Result:
    return CliRunner().invoke(guardapi, ["test", *arguments])


def test_faults_are_listed(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(RULE)
    result = run(str(tmp_path / "ours.py"))

    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "TRY1 served  1 example  7 faults"
    assert "\n  the docstring says nothing below '## What it finds'\n" in result.stdout
    assert r"  vulnerable: it: a\x1b[2J.py:2 is found and not marked: It is there." in result.stdout
    assert result.stdout.splitlines()[-1] == "1 rule; 1 with faults."


def test_rules_of_guardapi_can_be_named() -> None:
    result = run("GA101", "no-limiter", "GA401")

    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["GA101", "GA401", "2"]


def test_folder_leaves_tests_and_others_alone(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "ours.py").write_text(RULE)
    (tmp_path / "setup.py").write_text("raise RuntimeError('it was run')")
    (tmp_path / "test_ours.py").write_text("import guardapi  # a Rule\nraise RuntimeError('it was run')")

    assert run(str(tmp_path)).stdout.splitlines()[-1] == "1 rule; 1 with faults."


@pytest.mark.parametrize("name", ["json.py", "guardapi.py", "no-module.py"])
def test_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RULE)

    assert run(str(tmp_path / name)).stdout.startswith("TRY1 served ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1", "There is no rule in ours.py."),
        ("1 / 0", "ours.py cannot be imported: ZeroDivisionError: division by zero."),
        ("raise SystemExit", "ours.py cannot be imported: SystemExit: ."),
        (RULE.replace("TRY1", "GA101"), "The rule Served of ours.py cannot be used: its id is GA101"),
        (RULE.replace("served", "no-limiter"), "'no-limiter' is NoLimiter of GuardAPI."),
    ],
)
def test_useless_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    (tmp_path / "ours.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    result = run("ours.py")

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_unknown_name_is_told() -> None:
    result = run("no-limitr")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no rule 'no-limitr'; nearest: GA101 no-limiter" in result.stderr


def test_nothing_to_test_is_told() -> None:
    result = run()

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No installed package brings rules; name a Python file" in result.stderr
