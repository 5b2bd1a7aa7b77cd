"""The command as a process: what it imports, pipes, encodings, colour."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guardapi import __version__

OPEN = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
@app.post('/käse')
def sell():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO sold (item) VALUES (?)", (request.form["item"],))
    return "", 201
"""
NEVER = {
    *(
        "asyncio",
        "concurrent.futures.process",
        "flask",
        "flask_limiter",
        "httpx",
        "jinja2",
    ),
    *("libcst", "multiprocessing", "requests", "socketserver", "werkzeug"),
}
PRINT_MODULES = """
import sys
from guardapi.cli import main
sys.argv = ["guardapi", *{arguments}]
try:
    main()
except SystemExit as end:
    assert end.code in (0, 1), end.code
finally:
    sys.stderr.write(" ".join(sys.modules))
"""


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "guardapi", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


def environment(**variables: str) -> dict[str, str]:
    hidden = ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "PYTHONUTF8", "GUARDAPI_DEBUG")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, **variables}


def modules(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES.format(arguments=list(arguments))],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return set(done.stderr.split())


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.py").write_text(OPEN, encoding="utf-8")
    return str(tmp_path)


def test_version_imports_next_to_nothing() -> None:
    loaded = modules("--version")

    assert {name for name in loaded if name.startswith("guardapi")} == {
        "guardapi",
        "guardapi.cli",
        "guardapi.cli.group",
        "guardapi.cli.outcome",
        "guardapi.errors",
        "guardapi.report",
        "guardapi.report.escape",
    }
    assert not loaded & {*NEVER, "importlib.metadata", "json", "msgspec", "pathspec", "rich", "yaml"}


def test_help_imports_no_engine() -> None:
    assert not modules("scan", "--help") & {
        "guardapi.pipeline",
        "guardapi.rule",
        "guardapi.files",
        "importlib.metadata",
        "rich",
        "yaml",
        *NEVER,
    }


def test_explaining_imports_no_libraries() -> None:
    for arguments in (("rules",), ("rules", "--format", "json"), ("explain", "GA101")):
        assert not modules(*arguments) & {"yaml", *NEVER}


@pytest.mark.parametrize("command", ["scan", "routes"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_commands_never_import_these(shop: str, command: str, output: str) -> None:
    loaded = modules(command, shop, "--format", output)

    assert not loaded & NEVER
    assert ("rich" in loaded) == (output == "text")
    assert ("importlib.metadata" in loaded) == (command == "scan")  # it looks for the rules of other packages


def test_process_says_version() -> None:
    done = process("--version")

    assert (done.returncode, done.stdout.decode().split()) == (0, ["guardapi", __version__])


def test_process_status_of_findings(shop: str) -> None:
    assert [process("scan", shop).returncode, process("scan", shop, "--exit-zero").returncode] == [1, 0]
    assert process("scan", f"{shop}/nothing").returncode == 2


@pytest.mark.parametrize(("command", "status"), [("scan", 1), ("routes", 0)])
def test_closed_pipe_is_no_error(shop: str, command: str, status: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "guardapi", command, shop],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_full_disk_is_a_sentence(shop: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "guardapi", "routes", shop],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert done.returncode == 2
    assert done.stderr == b"guardapi: The output cannot be written: no space left on device.\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_other_encodings_get_ascii(shop: str, encoding: str) -> None:
    done = process("routes", shop, env=environment(PYTHONIOENCODING=encoding))

    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"/k\xe4se" in done.stdout
    assert done.stdout.isascii()


def test_pipe_gets_plain_text(shop: str) -> None:
    done = process("routes", shop, env=environment(PYTHONIOENCODING="utf-8", FORCE_COLOR="1"))

    assert "/käse" in done.stdout.decode()
    assert b"\x1b" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize(("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_terminal_gets_colour(shop: str, variables: dict[str, str], *, colour: bool) -> None:
    terminal, other_end = os.openpty()
    arguments = [sys.executable, "-m", "guardapi", "scan", shop]
    variables = environment(TERM="xterm", **variables)
    with subprocess.Popen(arguments, stdout=other_end, stderr=subprocess.PIPE, env=variables):
        os.close(other_end)
        shown = b""
        # A terminal whose other end is closed answers with an error on Linux, with nothing elsewhere.
        try:
            while part := os.read(terminal, 65536):
                shown += part
        except OSError:
            pass
        finally:
            os.close(terminal)

    assert b"GA101" in shown
    assert (b"\x1b[" in shown) == colour


ORIGINS = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
@app.post('/sold')
def sell():
    database = sqlite3.connect("shop.db")
    sent = request.json["a"] or request.json["b"] or request.json["c"] or request.get_json() or request.data
    for item in sent:
        database.execute("INSERT INTO sold (item) VALUES (?)", (item,))
        database.commit()
    return "", 201
"""


def test_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    """Where a value comes from several places, the same one is named in each run."""
    (tmp_path / "app.py").write_text(ORIGINS)
    runs = [
        process(
            "scan", str(tmp_path), "--format", "json", "--exit-zero", env=environment(PYTHONHASHSEED=seed)
        )
        for seed in ("1", "2", "3")
    ]
    assert b"GA704" in runs[0].stdout
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout
