"""The files by which GitHub, GitLab and pre-commit run GuardAPI; their steps run with what they expect around them."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
import yaml

from guardapi import __version__

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "github-action.json").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
SPEC, PIPELINE = yaml.safe_load_all((ROOT / "templates" / "guardapi.yml").read_text(encoding="utf-8"))
JOB = PIPELINE["guardapi"]
OPEN = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
@app.post("/orders")
def orders():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    return "", 201
"""
PYTHON = """#!/bin/sh
# Stands for the python3 of a runner: an environment that it makes has this checkout installed already.
echo "$*" >> "$CALLS"
if [ "$1" = -m ] && [ "$2" = venv ]; then
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && ln -sf {guardapi} "$3/bin/guardapi"
fi
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shop = tmp_path / "workspace" / "my shop"
    shop.mkdir(parents=True)
    (shop / "app.py").write_text(OPEN)
    (tmp_path / "temp").mkdir()
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python3"
    python.write_text(PYTHON.format(guardapi=shlex.quote(str(Path(sys.executable).parent / "guardapi"))))
    python.chmod(0o755)
    return tmp_path / "workspace"


def surroundings(workspace: Path, **variables: str) -> dict[str, str]:
    home = workspace.parent
    return {
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(home / "calls"),
        "RUNNER_TEMP": str(home / "temp"),
        "GITHUB_ACTION_PATH": "/actions/guardapi",
        "GITHUB_OUTPUT": str(home / "output"),
        "GITHUB_STEP_SUMMARY": str(home / "summary"),
        **variables,
    }


def run_action(workspace: Path, inputs: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The shell steps as a runner starts them, up to the first that fails."""
    given = {name: str(inputs.get(name, facts["default"])) for name, facts in ACTION["inputs"].items()}
    for step in (STEPS["Install GuardAPI"], STEPS["Scan"]):
        variables = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], value)
            for name, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace,
            env=surroundings(workspace, **variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            return done
    return done


def read(workspace: Path, name: str) -> str:
    file = workspace.parent / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_action_follows_schema() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(ACTION)


def test_shell_sees_values_only() -> None:
    """An expression in the text of a step would be put there before the shell reads it."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]

    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []


def test_action_reports_findings(workspace: Path) -> None:
    done = run_action(workspace, {"path": "my shop", "args": "--fail-on low\n--select  GA1"})
    sarif = workspace.parent / "temp" / "guardapi.sarif"

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("::error file=my shop/app.py,line=4,")
    assert read(workspace, "summary").startswith("## GuardAPI\n")
    assert read(workspace, "output") == f"status=1\nsarif={sarif}\n"
    assert {found["ruleId"] for found in json.loads(sarif.read_text())["runs"][0]["results"]} == {"GA101"}
    assert "-m pip install --quiet --disable-pip-version-check /actions/guardapi\n" in read(
        workspace, "calls"
    )


def test_action_passes_without_findings(workspace: Path) -> None:
    done = run_action(workspace, {"path": "my shop", "args": "--exit-zero"})

    assert done.returncode == 0
    assert read(workspace, "output").startswith("status=0\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "$(touch ran)"),
        ("path", '"; touch ran; "'),
        ("path", "--write-baseline=ran"),
        ("args", "$(touch ran) `touch ran` ; touch ran"),
        ("args", '"; touch ran #'),
    ],
)
def test_action_runs_no_input(workspace: Path, name: str, value: str) -> None:
    """What is no option and no path is refused, and nothing of an earlier run is handed on."""
    (workspace.parent / "temp" / "guardapi.sarif").write_text("old")
    done = run_action(workspace, {name: value})

    assert done.returncode == 2
    assert done.stderr.startswith("guardapi: ")
    assert not (workspace / "ran").exists()
    assert (read(workspace, "output"), read(workspace, "summary")) == ("status=2\n", "")


def test_upload_is_asked_for() -> None:
    upload = STEPS["Upload to code scanning"]

    assert ACTION["inputs"]["upload-sarif"]["default"] == "false"
    assert "inputs.upload-sarif == 'true'" in upload["if"]
    assert upload["if"].startswith("always() && ")


def run_job(workspace: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script of the GitLab job, with the inputs in its variables and /tmp elsewhere."""
    given = {
        name: inputs.get(name, (facts or {}).get("default")) for name, facts in SPEC["spec"]["inputs"].items()
    }
    variables = {
        name: re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: str(given[found[1]]), value)
        for name, value in JOB["variables"].items()
    }
    script = "\n".join(JOB["script"]).replace("/tmp/", f"{workspace.parent}/temp/")
    return subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=workspace,
        env=surroundings(workspace, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_job_writes_reports(workspace: Path) -> None:
    done = run_job(workspace, package="git+https://host/guardapi", path="my shop", args="--select GA1")
    reports = JOB["artifacts"]["reports"]

    assert (done.returncode, "GA101 no-limiter" in done.stdout) == (1, True)
    assert "pip install --quiet --disable-pip-version-check git+https://host/guardapi\n" in read(
        workspace, "calls"
    )
    assert [
        found["check_name"] for found in json.loads((workspace / reports["codequality"]).read_text())
    ] == ["GA101"]
    assert json.loads((workspace / reports["sast"]).read_text())["scan"]["status"] == "success"
    assert "GA101" in (workspace / reports["junit"]).read_text()


def test_job_runs_no_input(workspace: Path) -> None:
    (workspace / "a.py").write_text("")
    refused = run_job(workspace, package="guardapi", args="$(touch ran) ; touch ran")
    starred = run_job(workspace, package="guardapi", args="*")

    assert not (workspace / "ran").exists()
    assert refused.returncode == starred.returncode == 2
    assert "(a.py" not in starred.stderr


def test_hook_scans_whole_application(workspace: Path) -> None:
    """pre-commit appends what a project writes into `args`, and no file names."""
    name, *arguments = shlex.split(HOOK["entry"])
    command = [str(Path(sys.executable).parent / name), *arguments, "my shop", "--select", "GA101"]
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert (HOOK["language"], HOOK["pass_filenames"], HOOK["id"]) == ("python", False, "guardapi")


def test_page_names_this_release() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))

    assert set(re.findall(r"v\d+\.\d+\.\d+", page)) == {f"v{__version__}"}
    assert set(ACTION["inputs"]) <= named
