"""`guardapi scan --format` and `--output`: every writer, files that are replaced at once, paths of the repository."""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_processes import NEVER, modules

from guardapi.cli.group import guardapi
from guardapi.report import formats

OPEN = """
from flask import Flask, request
app = Flask(__name__)
@app.post("/orders")
def orders():
    with open("orders.txt", "a") as stored:
        stored.write(request.form["item"])
    return "", 201
"""


def run(*arguments: str, **options: object) -> Result:
    return CliRunner().invoke(guardapi, arguments, **options)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project below the current folder."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "shop.py").write_text(OPEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", formats.names())
def test_format_goes_to_standard_output(shop: Path, name: str) -> None:
    result = run("scan", "backend", "--format", name)

    assert (result.exit_code, result.stderr) == (1, "")
    assert "GA101" in result.stdout


def test_outputs_go_to_files(shop: Path) -> None:
    result = run(
        "scan", "backend", "--output", "sarif=a.sarif", "--output=junit=b.xml", "--output=json=c.json"
    )

    assert result.exit_code == 1
    assert " GA101 no-limiter " in result.stdout
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
    assert ET.fromstring(Path("b.xml").read_text()).tag == "testsuites"
    assert json.loads(Path("c.json").read_text())["schema"] == "guardapi.findings/1"
    assert sorted(path.name for path in shop.iterdir()) == ["a.sarif", "b.xml", "backend", "c.json"]


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        (["sarif"], "'sarif' is not of the form NAME=FILE, such as sarif=out.sarif"),
        (["sarf=x"], "there is no format 'sarf'; nearest: sarif"),
        (["=x"], "there is no format ''; there are "),
        (["sarif="], "no file is named"),
        (["sarif=-"], "standard output takes the report of --format"),
        (["sarif=no/such/x"], "there is no folder 'no/such'"),
        (["sarif=backend"], "that is a folder"),
        (["sarif=/dev/null"], "that is no regular file"),
        (["sarif=a\0b"], "that is no name of a file"),
        (["sarif=a", "json=./a"], "two reports go to 'a'"),
    ],
)
def test_wrong_output_is_one_sentence(shop: Path, outputs: list[str], sentence: str) -> None:
    """It is told before anything is scanned: the path does not even exist."""
    result = run("scan", "no/such/path", *(f"--output={output}" for output in outputs))

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in shop.iterdir()] == ["backend"]


def test_unknown_format_is_refused(shop: Path) -> None:
    result = run("scan", "backend", "--format", "pdf")

    assert result.exit_code == 2
    assert "'sarif'" in result.stderr


@pytest.mark.parametrize("option", ["--write-baseline", "--add-ignore"])
def test_output_needs_a_report(shop: Path, option: str) -> None:
    result = run("scan", "backend", option, "because", "--output", "json=a.json")

    assert result.exit_code == 2
    assert not Path("a.json").exists()


def test_files_are_replaced_whole(shop: Path) -> None:
    Path("a.json").write_text("old")
    Path("a.json").chmod(0o640)
    run("scan", "backend", "--output", "json=a.json")

    assert Path("a.json").stat().st_mode & 0o777 == 0o640
    assert Path("a.json").read_text().startswith("{")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_link_stays_a_link(shop: Path) -> None:
    Path("real.json").write_text("old")
    Path("a.json").symlink_to("real.json")
    run("scan", "backend", "--output", "json=a.json")

    assert Path("a.json").is_symlink()
    assert Path("real.json").read_text().startswith("{")


def test_failed_write_keeps_the_old(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.json").write_text("old")

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    result = run("scan", "backend", "--output", "json=a.json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "guardapi: a.json cannot be written: no space left on device.\n"
    assert Path("a.json").read_text() == "old"
    assert sorted(path.name for path in shop.iterdir()) == ["a.json", "backend"]


def paths(*arguments: str, **options: object) -> set[str]:
    issues = json.loads(run("scan", *arguments, "--format", "gitlab-codequality", **options).stdout)
    return {issue["location"]["path"] for issue in issues}


def test_paths_start_at_repository(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / ".git").mkdir()
    monkeypatch.chdir("backend")

    assert paths(".") == paths("shop.py") == {"backend/shop.py"}


def test_paths_start_at_current_folder(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths("backend") == {"backend/shop.py"}
    monkeypatch.chdir("backend")
    assert paths(".") == {"shop.py"}


def test_other_paths_stand_alone(
    shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert paths(str(shop / "backend")) == {"shop.py"}
    assert paths("-", input=OPEN) == {"stdin.py"}


def test_junit_fails_as_the_run_does(shop: Path) -> None:
    def failures(*arguments: str) -> int:
        text = run("scan", "backend", "--format", "junit", *arguments).stdout
        return int(ET.fromstring(text).get("failures", ""))

    assert failures() > 0
    assert failures("--fail-on", "critical") == 0
    assert failures("--exit-zero") == 0


@pytest.mark.parametrize("name", [name for name in formats.names() if name != "text"])
def test_one_writer_is_imported(shop: Path, name: str) -> None:
    loaded = modules("scan", "backend", "--format", "json", "--output", f"{name}=out")
    writers = {module for module in loaded if module.startswith("guardapi.report.findings_")}

    assert writers == {
        "guardapi.report.findings_json",
        f"guardapi.report.findings_{name.replace('-', '_')}",
    }
    assert not (loaded & {"rich", *NEVER}) - ({"jinja2"} if name == "html" else set())


def test_help_imports_no_writer() -> None:
    loaded = modules("scan", "--help")

    assert not [module for module in loaded if module.startswith("guardapi.report.findings_")]
