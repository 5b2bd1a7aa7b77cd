"""`guardapi fix`: what it shows, what it writes, and what it leaves alone."""

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from guardapi.cli.group import guardapi

SHOP = """\
import requests
import subprocess
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://")


@app.get("/rate")
def rate():
    return requests.get("https://rates.example/").text


@app.get("/tidy")
def tidy():
    subprocess.run(["tidy-shop"], check=True)
    return ""
"""
SAFE = SHOP.replace('.example/")', '.example/", timeout=(3.05, 10))')
UNSAFE = SAFE.replace("check=True", "check=True, timeout=10")


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(guardapi, ["fix", *arguments], input=typed)


SCHEMA = json.loads(Path(__file__, "../../../docs/schemas/fixes-1.json").resolve().read_text())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def git(folder: Path, *arguments: str, given: str = "") -> str:
    identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=given,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout


@pytest.fixture
def repository(shop: Path) -> Path:
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "-m", "shop")
    return shop


def test_diff_is_shown_and_applies(repository: Path) -> None:
    result = run(str(repository))

    assert result.exit_code == 1
    assert (repository / "shop.py").read_text() == SHOP
    assert "GA901 (safe): Waits 3.05 seconds" in result.stdout
    assert "1 change in 1 file would close 1 finding; --apply writes it." in result.stderr
    assert (
        "GA901 shop.py:18: the change alters more than usual requests see; --unsafe makes it" in result.stderr
    )
    git(repository, "apply", "-", given=result.stdout)
    assert (repository / "shop.py").read_text() == SAFE


def test_changes_are_written(repository: Path) -> None:
    result = run(str(repository), "--apply", "--unsafe")

    assert result.exit_code == 0
    assert (repository / "shop.py").read_text() == UNSAFE
    assert "2 changes in 1 file written; they close 2 findings." in result.stderr
    again = run(str(repository), "--apply", "--unsafe")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "There is nothing that a change would close." in again.stderr


def test_paths_are_those_of_the_repository(repository: Path) -> None:
    (repository / "backend").mkdir()
    git(repository, "mv", "shop.py", "backend/shop.py")
    result = run(str(repository / "backend"))

    assert result.stdout.startswith("--- a/backend/shop.py\n+++ b/backend/shop.py\n")
    git(repository, "apply", "-", given=result.stdout)


@pytest.mark.parametrize("chosen", [("--select", "GA5"), ("--ignore", "GA901")])
def test_only_chosen_rules_are_fixed(shop: Path, chosen: tuple[str, str]) -> None:
    result = run(str(shop), "--unsafe", *chosen)

    assert (result.exit_code, result.stdout) == (0, "")


def test_dirty_work_tree_is_refused(repository: Path) -> None:
    (repository / "readme").write_text("x")
    git(repository, "add", "readme")
    refused = run(str(repository), "--apply")

    assert refused.exit_code == 2
    assert "git has uncommitted changes here (readme); commit or stash them" in refused.stderr
    assert (repository / "shop.py").read_text() == SHOP
    assert run(str(repository)).exit_code == 1
    assert run(str(repository), "--apply", "--allow-dirty").exit_code == 0
    assert (repository / "shop.py").read_text() == SAFE


def test_file_that_git_does_not_know_is_dirty(shop: Path) -> None:
    git(shop, "init", "--quiet")
    (shop / "notes.txt").write_text("of no concern")

    assert "uncommitted changes here (shop.py)" in run(str(shop), "--apply").stderr
    (shop / ".git" / "info" / "exclude").write_text("shop.py\n")
    assert "uncommitted changes here (shop.py)" in run(str(shop), "--apply").stderr


def test_without_git_there_is_no_work_tree(shop: Path) -> None:
    assert run(str(shop), "--apply").exit_code == 0
    assert (shop / "shop.py").read_text() == SAFE


def test_file_that_changes_meanwhile(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from guardapi.fix import applying

    write = applying._write

    def later(*arguments: object, **named: object) -> str | None:
        (shop / "shop.py").write_text(f"{SHOP}# edited\n")
        return write(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(applying, "_write", later)
    result = run(str(shop), "--apply")

    assert result.exit_code == 2
    assert "shop.py: it has changed since it was read. Nothing is written." in result.stderr
    assert (shop / "shop.py").read_text() == f"{SHOP}# edited\n"


def test_all_files_or_none_are_written(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "two").mkdir()
    (shop / "two" / "two.py").write_text(SHOP)
    from guardapi.fix import applying

    write = applying.replace_unchanged

    def failing(root: Path, path: str, before: bytes, after: bytes) -> str | None:
        return (
            "it cannot be written: no space left"
            if path == "two/two.py"
            else write(root, path, before, after)
        )

    monkeypatch.setattr(applying, "replace_unchanged", failing)
    result = run(str(shop), "--apply")

    assert result.exit_code == 2
    assert "two/two.py: it cannot be written: no space left. Nothing is written." in result.stderr
    assert (shop / "shop.py").read_text() == (shop / "two" / "two.py").read_text() == SHOP


def test_symbolic_link_stays_one(shop: Path) -> None:
    (shop / "real").mkdir()
    (shop / "shop.py").rename(shop / "real" / "code.txt")
    (shop / "shop.py").symlink_to("real/code.txt")

    assert run(str(shop), "--apply").exit_code == 0
    assert (shop / "shop.py").is_symlink()
    assert (shop / "real" / "code.txt").read_text() == SAFE


def test_mode_of_the_file_stays(shop: Path) -> None:
    (shop / "shop.py").chmod(0o750)

    assert run(str(shop), "--apply").exit_code == 0
    assert (shop / "shop.py").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("typed", "after", "status"),
    [
        ("y\ny\n", UNSAFE, 0),
        ("a\n", UNSAFE, 0),
        ("n\nn\n", SHOP, 1),
        ("q\n", SHOP, 1),
        ("y\nq\n", SAFE, 1),
        ("n\ny\n", SHOP.replace("check=True", "check=True, timeout=10"), 1),
        ("what\ny\nn\n", SAFE, 1),
    ],
)
def test_each_change_is_asked_for(shop: Path, typed: str, after: str, status: int) -> None:
    result = run(str(shop), "--interactive", "--unsafe", typed=typed)

    assert result.exit_code == status
    assert (shop / "shop.py").read_text() == after


def test_nobody_answers(shop: Path) -> None:
    result = run(str(shop), "--interactive", typed="")

    assert (result.exit_code, "Interrupted." in result.stderr) == (2, True)
    assert (shop / "shop.py").read_text() == SHOP


@pytest.mark.parametrize(
    "arguments", [("-",), (".", "--apply", "--interactive"), ("no-such-folder",), (".", "--select", "GA000")]
)
def test_wrong_usage_is_told(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("guardapi: ")


def test_bytes_go_into_a_pipe(tmp_path: Path) -> None:
    content = f"# coding: latin-1\n# {chr(233)}{chr(27)}[31m\n{SHOP}".encode("latin-1")
    # A comment three lines above is part of the hunk.
    content = content.replace(b"def rate():", b"def rate():  # \xe9\x1b[31m")
    (tmp_path / "shop.py").write_bytes(content)
    shown = subprocess.run(
        [sys.executable, "-m", "guardapi", "fix", "."], cwd=tmp_path, capture_output=True, check=False
    ).stdout

    assert b"def rate():  # \xe9\x1b[31m\n" in shown


def test_terminal_gets_colours_and_no_controls(shop: Path) -> None:
    (shop / "shop.py").write_text(SHOP.replace("def rate():", "def rate():  # \x1b]0;owned\x07"))
    shown = in_terminal(shop, "fix", ".")

    assert "\x1b[32m+    return requests.get" in shown
    assert "\\x1b]0;owned\\x07" in shown
    assert "\x1b]0;" not in shown


def in_terminal(folder: Path, *arguments: str) -> str:
    """What a run writes to a terminal."""
    main, end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "guardapi", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as running:
        os.close(end)
        shown = b""
        while select.select([main], [], [], 60)[0]:
            try:
                part = os.read(main, 65_536)
            except OSError:
                break
            if not part:
                break
            shown += part
        running.wait(60)
    os.close(main)
    return shown.decode()


def test_changes_as_json(shop: Path) -> None:
    shown = run(str(shop), "--format", "json")
    [change] = (document := json.loads(shown.stdout))["changes"]

    assert shown.exit_code == 1
    jsonschema.validate(document, SCHEMA)
    assert document.keys() == SCHEMA["properties"].keys()
    assert change.keys() == SCHEMA["$defs"]["change"]["properties"].keys()
    assert change["findings"][0].keys() == SCHEMA["$defs"]["finding"]["properties"].keys()
    assert (change["rules"], change["safety"]) == (["GA901"], "safe")
    assert change["reason"].startswith("Waits 3.05 seconds at most")
    assert [file["file"] for file in change["files"]] == ["shop.py"]
    assert [left["reason"] for left in document["left"]] == [
        "the change alters more than usual requests see; --unsafe makes it"
    ]
    assert (shop / "shop.py").read_text() == SHOP


def test_json_names_the_findings_of_a_scan(shop: Path) -> None:
    """By fingerprint, and with the kind of fix that the scan speaks of."""
    scanned = json.loads(CliRunner().invoke(guardapi, ["scan", str(shop), "--format", "json"]).stdout)
    kinds = {finding["fingerprint"]: finding["fix"] for finding in scanned["findings"]}
    document = json.loads(run(str(shop), "--format", "json", "--unsafe").stdout)

    fixed = {
        one["fingerprint"]: change["safety"] for change in document["changes"] for one in change["findings"]
    }
    assert fixed == kinds
    assert sorted(fixed.values()) == ["safe", "unsafe"]


def test_diffs_of_json_apply(shop: Path) -> None:
    """That of all changes together, and that of each alone."""
    git(shop, "init", "-q")
    document = json.loads(run(str(shop), "--format", "json", "--unsafe").stdout)

    for diff, wanted in ((document["diff"], UNSAFE), (document["changes"][0]["diff"], None)):
        (shop / "shop.py").write_text(SHOP)
        git(shop, "apply", given=diff)
        text = (shop / "shop.py").read_text()
        assert text == wanted if wanted else text in {SAFE, UNSAFE.replace(", timeout=(3.05, 10)", "")}


def test_json_tells_what_is_written(shop: Path) -> None:
    written = run(str(shop), "--format", "json", "--apply")

    assert json.loads(written.stdout)["summary"]["written"] is True
    assert (shop / "shop.py").read_text() == SAFE
    nothing = json.loads(run(str(shop), "--format", "json").stdout)
    jsonschema.validate(nothing, SCHEMA)
    assert (nothing["changes"], nothing["diff"]) == ([], "")


def test_json_is_not_interactive(shop: Path) -> None:
    refused = run(str(shop), "--format", "json", "--interactive")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--interactive shows diffs" in refused.stderr
