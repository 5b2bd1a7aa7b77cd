"""What a terminal gets to see: progress, colour, width, links; and that nothing else gets any of it."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from threading import Thread

import pytest

from guardapi.cli.display import told
from guardapi.files import from_mapping
from guardapi.pipeline import inventory_tree, scan_tree
from guardapi.progress import Progress
from guardapi.rule import catalogue

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
LINK = re.compile(r"\x1b\]8;id=\d+;(?P<target>[^\x1b\x07]*)\x1b\\(?P<text>.*?)\x1b\]8;;\x1b\\")
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDDEN = (
    "NO_COLOR",
    "FORCE_COLOR",
    "FORCE_HYPERLINK",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "COLUMNS",
    "LINES",
    "TERM",
)


def on_terminal(*arguments: str, columns: int = 100, **variables: str) -> tuple[str, str]:
    """What the command writes to standard output and to standard error, each a terminal of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    ours, theirs = zip(os.openpty(), os.openpty(), strict=True)
    for end in theirs:
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    shown = [b"", b""]
    readers = [Thread(target=read_all, args=(end, shown, index)) for index, end in enumerate(ours)]
    command = [sys.executable, "-m", "guardapi", *arguments]
    environment = {**environment, "TERM": "xterm-256color", **variables}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs[0], stderr=theirs[1], env=environment
    ):
        for end in theirs:
            os.close(end)
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout=60)
    for end in ours:
        os.close(end)
    out, err = (part.decode(variables.get("PYTHONIOENCODING", "utf-8")) for part in shown)
    return out.replace("\r\n", "\n"), err.replace("\r\n", "\n")


def read_all(end: int, shown: list[bytes], index: int) -> None:
    # A terminal whose other end is closed answers with an error on Linux, with nothing elsewhere.
    try:
        while part := os.read(end, 65536):
            shown[index] += part
    except OSError:
        pass


def plain(text: str) -> str:
    return SEQUENCE.sub("", LINK.sub(lambda found: found["text"], text))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "a;b c\x1b]é"
    folder.mkdir()
    (folder / "shop.py").write_text(OPEN, encoding="utf-8")
    return folder


class Recorder(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: list[tuple[str, int]] = []
        self.told: list[str] = []

    def enter(self, phase: str, total: int = 0) -> None:
        super().enter(phase, total)
        self.entered.append((phase, total))

    def step(self) -> None:
        super().step()
        self.told.append(told(self))


def test_run_tells_its_phases() -> None:
    recorder, other = Recorder(), Recorder()
    tree = from_mapping({"shop.py": OPEN, "Procfile": "web: gunicorn shop:app"})
    scan_tree(tree, progress=recorder)
    inventory_tree(tree, progress=other)
    rules = len(catalogue())

    phases = ["Reading deployment files", "Evaluating the set-up", "Reading handlers", "Checking rules"]
    assert recorder.entered == list(zip(phases, [0, 0, 1, rules], strict=True))
    assert other.entered == recorder.entered[:-1]
    assert recorder.told[0] == f"Reading handlers: 1 of 1, {recorder.files} files"
    assert recorder.told[-1] == f"Checking rules: {rules} of {rules}, {recorder.files} files"
    assert recorder.files >= 2


def test_progress_is_drawn_and_cleared(shop: Path) -> None:
    out, err = on_terminal("scan", str(shop))

    assert " Looking for files" in err
    assert err.rstrip("\r\n").endswith("\x1b[2K")
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h") == 1
    assert "Looking for files" not in out


@pytest.mark.parametrize("command", ["scan", "routes"])
def test_pipe_sees_no_progress(shop: Path, command: str) -> None:
    environment = {**os.environ, "FORCE_COLOR": "1", "FORCE_HYPERLINK": "1", "TERM": "xterm"}
    process = [sys.executable, "-m", "guardapi", command, str(shop)]
    done = subprocess.run(process, capture_output=True, check=False, timeout=60, env=environment)

    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


def test_places_are_links(shop: Path) -> None:
    out, _ = on_terminal("scan", str(shop))
    links = {(link["target"], SEQUENCE.sub("", link["text"])) for link in LINK.finditer(out)}

    assert (f"{(shop / 'shop.py').as_uri()}#4", "shop.py:4") in links
    assert all(re.fullmatch(r"file:///[\w/.%~-]+#\d+", target, re.ASCII) for target, _ in links)
    assert "%3B" in next(iter(links))[0]


def test_file_and_relative_path_are_linked(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    out, _ = on_terminal("scan", "shop.py", columns=130)

    assert {link["target"].partition("#")[0] for link in LINK.finditer(out)} == {(shop / "shop.py").as_uri()}


@pytest.mark.parametrize(
    ("variables", "has_colour", "has_links"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "linux"}, True, False),
        ({"TERM": "linux", "FORCE_HYPERLINK": "1"}, True, True),
        ({"FORCE_HYPERLINK": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_HYPERLINK": "1"}, False, False),
    ],
)
def test_terminal_gets_what_it_takes(
    shop: Path, variables: dict[str, str], *, has_colour: bool, has_links: bool
) -> None:
    out, err = on_terminal("scan", str(shop), **variables)

    assert "GA101 no-limiter" in plain(out)
    assert (re.search(r"\x1b\[[0-9;]+m", out) is not None) == has_colour
    assert (LINK.search(out) is not None) == has_links
    assert re.search(r"\x1b\[3\dm", err) is None or has_colour


def test_ascii_terminal_gets_ascii(shop: Path) -> None:
    out, err = on_terminal("scan", str(shop), PYTHONIOENCODING="ascii", columns=60)

    assert out.isascii()
    assert err.isascii()
    assert "GA101 no-limiter" in plain(out)
    assert " Looking for files" in err


@pytest.mark.parametrize("columns", [40, 60, 130])
def test_width_of_terminal_is_kept(shop: Path, columns: int) -> None:
    out, err = on_terminal("scan", str(shop), columns=columns)
    lines = [len(line) for line in plain(out).splitlines()]
    drawn = [len(line) for line in re.split(r"[\r\n]", plain(err))]

    assert max(lines) <= columns
    assert max(lines) > columns / 2
    assert max(drawn) <= columns


def test_narrow_line_of_progress_is_cut(shop: Path) -> None:
    _, err = on_terminal("scan", str(shop), columns=12)

    assert max(len(line) for line in re.split(r"[\r\n]", plain(err))) <= 12
