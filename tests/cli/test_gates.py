"""What keeps a scan from failing, and what makes it fail: suppressions, baselines, commits, selections, settings."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardapi.cli.group import guardapi

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
SLOW = """
import time
@app.get("/wait")
def wait():
    time.sleep(int(request.args["n"]))
    return ""
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(guardapi, arguments)


def document(*arguments: str) -> dict[str, object]:
    return json.loads(run("scan", *arguments, "--format", "json").stdout)


def rules(*arguments: str) -> list[str]:
    found = document(*arguments)["findings"]
    return sorted({finding["rule"] for finding in found if finding["suppressed"] is None})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    identity = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x", "GIT_COMMITTER_NAME": "x"}
    subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, **identity, "GIT_COMMITTER_EMAIL": "x", "GIT_CONFIG_GLOBAL": os.devnull},
    )


@pytest.fixture
def repository(shop: Path) -> Path:
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "--message", "first")
    return shop


def test_add_ignore_accepts_what_is_shown(shop: Path) -> None:
    result = run("scan", str(shop), "--add-ignore", "the gateway limits it", "--fail-on", "info")
    again = run("scan", str(shop), "--fail-on", "info")

    assert result.exit_code == 0
    assert result.stdout.startswith("shop.py: ")
    assert "because the gateway limits it\n" in (shop / "shop.py").read_text()
    assert (again.exit_code, again.stderr) == (0, "")
    assert "No findings; and " in again.stdout
    assert " suppressed" in again.stdout


def test_suppressed_findings_stay_in_json(shop: Path) -> None:
    run("scan", str(shop), "--add-ignore", "x")
    written = document(str(shop))
    (accepted, *_) = written["findings"]

    assert written["summary"]["findings"] == 0
    assert written["summary"]["suppressed"] == len(written["findings"])
    assert accepted["suppressed"]["reason"] == "x"
    assert accepted["suppressed"]["file"] == "shop.py"
    assert written["errors"] == []


def test_add_ignore_leaves_changed_file(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*arguments: object, **options: object) -> object:
        (shop / "shop.py").write_text(f"{SHOP}# edited\n")
        return original(*arguments, **options)

    from guardapi.cli import gates

    original = gates.add_comments
    monkeypatch.setattr(gates, "add_comments", changed)
    result = run("scan", str(shop), "--add-ignore", "x")

    assert (result.exit_code, result.stdout) == (1, "Nothing was accepted.\n")
    assert result.stderr == "guardapi: shop.py: nothing is written: it has changed since it was read\n"
    assert (shop / "shop.py").read_text() == f"{SHOP}# edited\n"


def test_add_ignore_keeps_mode_and_leaves_nothing(shop: Path) -> None:
    (shop / "shop.py").chmod(0o640)
    run("scan", str(shop), "--add-ignore", "x")

    assert (shop / "shop.py").stat().st_mode & 0o777 == 0o640
    assert [file.name for file in shop.iterdir()] == ["shop.py"]


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "a # b", "x" * 201])
def test_add_ignore_refuses_reason(shop: Path, reason: str) -> None:
    result = run("scan", str(shop), "--add-ignore", reason)

    assert (result.exit_code, (shop / "shop.py").read_text()) == (2, SHOP)
    assert "--add-ignore: expected is a reason on one line" in result.stderr


def test_wrong_comments_are_told(shop: Path) -> None:
    (shop / "shop.py").write_text(f"{SHOP}# guardapi: ignore\n")
    result = run("scan", str(shop))

    assert result.exit_code == 1
    assert result.stderr.startswith(
        "guardapi: shop.py:10: this comment names no rule in brackets; the form is "
    )
    assert document(str(shop))["errors"][0]["line"] == 10


def test_baseline_leaves_only_new(shop: Path) -> None:
    file = str(shop / "known.json")
    first = run("scan", str(shop), "--write-baseline", file)
    quiet = run("scan", str(shop), "--baseline", file, "--fail-on", "info")
    (shop / "shop.py").write_text(SHOP + SLOW)
    changed = run("scan", str(shop), "--baseline", file)

    assert (first.exit_code, first.stdout) == (
        0,
        f"{quiet.stdout.split('; and ')[1].split()[0]} findings kept in {file}\n",
    )
    assert quiet.exit_code == 0
    assert (changed.exit_code, "/wait" in changed.stdout) == (1, True)
    assert rules(str(shop), "--baseline", file) == ["GA609"]
    assert {finding["baseline"] for finding in document(str(shop), "--baseline", file)["findings"]} == {"new"}


def test_stale_entries_are_counted(shop: Path) -> None:
    file = str(shop / "known.json")
    (shop / "shop.py").write_text(SHOP + SLOW)
    run("scan", str(shop), "--write-baseline", file)
    (shop / "shop.py").write_text(SHOP)

    assert (
        "in the baseline and not found any more; --write-baseline"
        in run("scan", str(shop), "--baseline", file).stderr
    )


def test_commit_leaves_only_changes(repository: Path) -> None:
    unchanged = run("scan", str(repository), "--baseline-commit", "HEAD", "--fail-on", "info")
    (repository / "shop.py").write_text("\n" * 9 + SHOP + SLOW)
    changed = run("scan", str(repository), "--baseline-commit", "HEAD")

    assert (unchanged.exit_code, "No findings; and " in unchanged.stdout) == (0, True)
    assert (changed.exit_code, "/wait" in changed.stdout, "GA101" in changed.stdout) == (1, True, False)
    git(repository, "diff", "--cached", "--quiet")


def test_commit_of_folder_below_root(repository: Path) -> None:
    inner = repository / "service"
    inner.mkdir()
    (inner / "app.py").write_text(SHOP)
    before = run("scan", str(inner), "--baseline-commit", "HEAD")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "second")
    after = run("scan", str(inner), "--baseline-commit", "HEAD")
    file = run("scan", str(inner / "app.py"), "--baseline-commit", "HEAD")

    assert [result.exit_code for result in (before, after, file)] == [1, 0, 0]


def test_ignored_in_commit_is_new(repository: Path) -> None:
    """A file that a commit has, and its ignore files leave out, was not scanned then."""
    legacy = repository / "legacy"
    legacy.mkdir()
    (legacy / "app.py").write_text(SHOP)
    (repository / ".guardapiignore").write_text("[unclosed\nlegacy/\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "second")
    ignored = run("scan", str(repository), "--baseline-commit", "HEAD")
    (repository / ".guardapiignore").unlink()
    seen = run("scan", str(repository), "--baseline-commit", "HEAD")

    assert (ignored.exit_code, seen.exit_code, "legacy/app.py" in seen.stdout) == (0, 1, True)


@pytest.mark.parametrize(
    ("revision", "sentence"),
    [
        ("nope", "There is no commit 'nope' in this repository"),
        ("--output=x", "'--output=x' is no revision."),
        ("HEAD:shop.py", "There is no commit 'HEAD:shop.py'"),
        ("HEAD~1", "There is no commit 'HEAD~1'"),
    ],
)
def test_unknown_commit_is_told(repository: Path, revision: str, sentence: str) -> None:
    result = run("scan", str(repository), f"--baseline-commit={revision}")

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_no_repository_is_told(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
    result = run("scan", str(shop), "--baseline-commit", "HEAD")

    assert (result.exit_code, "is in no git repository" in result.stderr) == (2, True)


def test_odd_names_in_commit(repository: Path) -> None:
    for name in (b"sch\xf6n.py", "käse\n.py".encode(), b"-x.py", b'"q".py'):
        (repository / os.fsdecode(name)).write_text("x = 1\n")
    (repository / "link.py").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "odd")

    assert run("scan", str(repository), "--baseline-commit", "HEAD", "--fail-on", "info").exit_code == 0


def test_baseline_is_a_regular_file(shop: Path) -> None:
    os.mkfifo(shop / "pipe")
    result = run("scan", str(shop), "--baseline", str(shop / "pipe"))

    assert (result.exit_code, "not a regular file" in result.stderr) == (2, True)


def test_no_git_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    result = run("scan", str(repository), "--baseline-commit", "HEAD")

    assert (result.exit_code, "There is no git here" in result.stderr) == (2, True)


def test_hooks_and_filters_never_run(repository: Path) -> None:
    """A repository may name programs for git to run; reading a commit starts none of them."""
    marker = repository / "ran"
    program = repository / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "filter.x.smudge",
        "filter.x.clean",
        "core.pager",
        "diff.external",
        "core.sshCommand",
    ):
        git(repository, "config", key, str(program))
    (repository / ".gitattributes").write_text("*.py filter=x\n")

    assert run("scan", str(repository), "--baseline-commit", "HEAD").exit_code == 0
    assert not marker.exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--baseline", "a", "--baseline-commit", "b"],
        ["--write-baseline", "a", "--baseline", "b"],
        ["--write-baseline", "a", "--add-ignore", "b"],
    ],
)
def test_options_that_exclude_each_other(shop: Path, options: list[str]) -> None:
    assert run("scan", str(shop), *options).exit_code == 2
    assert run("scan", "-", "--add-ignore", "x").exit_code == 2


def test_missing_baseline_is_told(shop: Path) -> None:
    result = run("scan", str(shop), "--baseline", str(shop / "no.json"))

    assert (result.exit_code, "cannot be read: no such file" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--select", "GA6,no-limiter"], ["GA101"]),
        (["--select", "GA7"], ["GA701"]),
        (["--ignore", "GA1"], ["GA701"]),
        (["--ignore", "GA1", "--ignore", "GA7"], []),
        (["--rule", "no-limiter"], ["GA101"]),
    ],
)
def test_options_choose_rules(shop: Path, options: list[str], expected: list[str]) -> None:
    found = rules(str(shop), *options)

    assert [rule for rule in found if rule in {"GA101", "GA701"}] == expected


def test_file_chooses_and_command_line_wins(shop: Path) -> None:
    (shop / "guardapi.toml").write_text(
        'ignore = ["no-limiter"]\nfail-on = "critical"\nexclude = ["/old/"]\n'
    )
    (shop / "old").mkdir()
    (shop / "old" / "app.py").write_text(SHOP)

    assert "GA101" not in rules(str(shop))
    assert "GA101" in rules(str(shop), "--select", "GA101")
    assert [app["id"] for app in document(str(shop))["apps"]] == ["shop:app"]
    assert run("scan", str(shop)).exit_code == 0
    assert run("scan", str(shop), "--select", "GA101", "--fail-on", "medium").exit_code == 1


def test_wrong_file_stops_run(shop: Path) -> None:
    (shop / "guardapi.toml").write_text('\nfail_on = "high"\n')
    scan, routes = run("scan", str(shop)), run("routes", str(shop))

    sentence = "guardapi: guardapi.toml:2: fail_on: there is no such key; the nearest is 'fail-on'.\n"
    assert [(result.exit_code, result.stdout, result.stderr) for result in (scan, routes)] == [
        (2, "", sentence)
    ] * 2


def test_file_reaches_routes(shop: Path) -> None:
    (shop / "guardapi.toml").write_text(
        'edge-limits = [{ path = "/", limit = "10 per minute", place = "cloudflare" }]\n'
    )

    assert "2 limited" in run("routes", str(shop)).stdout
    assert "cloudflare: guardapi.toml" in run("scan", str(shop)).stdout
    assert "GA101" not in rules(str(shop))


def test_contradicting_nginx_is_told(shop: Path) -> None:
    (shop / "nginx.conf").write_text("server {\n  location / {\n    proxy_pass http://a;\n  }\n}\n")
    (shop / "guardapi.toml").write_text(
        '\nedge-limits = [{ path = "/", limit = "10 per minute", place = "nginx" }]\n'
    )
    result = run("scan", str(shop))

    assert (
        "guardapi: guardapi.toml:2: edge-limits says that nginx limits / to 10 per 1 minute; nginx.conf sets no limit"
        " there, so this entry does not count"
    ) in result.stderr
    assert "GA101" in result.stdout


def test_init_writes_once(tmp_path: Path) -> None:
    first, second = run("init", str(tmp_path)), run("init", str(tmp_path))

    assert (first.exit_code, second.exit_code) == (0, 2)
    assert "is there already, and is not overwritten" in second.stderr
    assert run("init", str(tmp_path / "no")).exit_code == 2


def test_init_file_changes_nothing(shop: Path) -> None:
    before = run("scan", str(shop)).stdout
    run("init", str(shop))

    assert run("scan", str(shop)).stdout == before
