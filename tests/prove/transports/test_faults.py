"""Applications that hang, crash, or will not end: a clear answer, and nothing left of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import QUICK, Projects, answer_to, app_with, get, statuses

from guardapi.errors import TargetError
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.transports.in_process import Options, start

SHORT = Options(bounds=Bounds(boot_seconds=20, answer_seconds=1, plan_seconds=10, memory_bytes=2**29))
VIEW = """
    import ctypes, os, signal, sys, threading
    {before}

    @app.get("/")
    def index():
        {statement}
        return "shop"

    @app.get("/fine")
    def fine():
        return "shop"
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os\nos._exit(3)", "ended while it was imported: it left with status 3"),
        ("import ctypes\nctypes.string_at(0)", "ended while it was imported: it was ended by SIGSEGV"),
        ("import sys\nsys.exit('no settings')", "does not start: SystemExit: no settings"),
        ("import lost_library", "does not have lost_library: name the interpreter"),
        ("import os\nos.environ['SHOP_KEY']", "Set it with --env SHOP_KEY=VALUE"),
        ("app = (", "does not start: SyntaxError"),
        ("other = 1", "'shop' has no 'app'"),
        ("app = 1", "is no application, but of type 'int'"),
        ("x = bytearray(2**30)", "does not start: MemoryError"),
        ("print('\\x1b[2J' + 'said last')\nraise RuntimeError('\\x1b[31m')", r"RuntimeError: \x1b[31m"),
        ("import os\nos.closerange(3, 1000)\nos._exit(0)", "ended while it was imported"),
        (
            "import signal, time\nfor n in (2, 15): signal.signal(n, 1)\ntime.sleep(99)",
            "did not start within",
        ),
    ],
)
def test_boot_that_fails_is_told(projects: Projects, source: str, message: str) -> None:
    with pytest.raises(TargetError) as raised:
        projects.boot(source, SHORT)

    assert message in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert projects.left() == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1000)",
        "while True: pass",
        "import signal, time\nfor n in (2, 15): signal.signal(n, 1)\ntime.sleep(99)",
    ],
)
def test_boot_that_hangs_is_ended(projects: Projects, source: str) -> None:
    with pytest.raises(TargetError, match=r"did not start within 1 seconds"):
        projects.boot(source, Options(bounds=Bounds(boot_seconds=1)))

    assert projects.left() == []


def test_last_words_are_shown(projects: Projects) -> None:
    """What was printed, what was refused, and where it failed."""
    source = (
        "import socket\nprint('said', 'last')\nsocket.create_connection(('198.51.100.1', 5432))\napp = None"
    )

    with pytest.raises(TargetError) as raised:
        projects.boot(source, SHORT)

    text = str(raised.value)
    assert "said last" in text
    assert "shop.py:3 connected to 198.51.100.1:5432: refused" in text
    assert 'shop.py", line 3' in text


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true", "/bin/sh"])
def test_wrong_interpreter_is_told(projects: Projects, python: str) -> None:
    target = projects.target({"shop.py": app_with()})

    with pytest.raises(TargetError, match=python):
        start(Target(root=target.root, app=target.app, python=Path(python)))

    assert projects.left() == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("threading.Event().wait()", "no answer within 1 seconds"),
        ("while True: pass", "no answer within 1 seconds"),
        ("os._exit(3)", "the process ended while it answered: it left with status 3"),
        ("ctypes.string_at(0)", "it was ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "it was ended by SIGKILL"),
        ("threading.Thread(target=threading.Event().wait).start(); os.abort()", "it was ended by SIGABRT"),
    ],
)
def test_request_that_fails_is_told(projects: Projects, statement: str, error: str) -> None:
    """What was answered before counts, and the next plan has a new process."""
    booted = projects.boot(app_with(VIEW.format(before="", statement=statement)), SHORT)

    before, failed, after = (answer for (answer,) in booted.send([get("/fine"), get("/"), get("/fine")]))

    assert (before.status, failed.status, after.status) == (200, 0, 0)
    assert error in failed.error
    assert after.error.startswith("not sent any more: ")
    assert statuses(booted, get("/fine")) == [200]
    booted.close()
    assert projects.left() == []


@pytest.mark.parametrize(
    ("before", "statement"),
    [
        ("", 'print("garbage" * 100_000); sys.stderr.write("\\x00" * 100_000)'),
        (
            "[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]",
            "pass",
        ),
        ("", "[threading.Thread(target=threading.Event().wait).start() for _ in range(20)]"),
        ("threading.Thread(target=threading.Event().wait).start()", "pass"),
        ("import warnings; warnings.simplefilter('error')", "pass"),
        ("", "sys.stdout.close(); sys.stderr.close()"),
        ("time.time = time.monotonic = time.sleep = None", "pass"),
    ],
)
def test_odd_application_is_answered(projects: Projects, before: str, statement: str) -> None:
    booted = projects.boot(app_with(VIEW.format(before=before, statement=statement)), SHORT)

    assert statuses(booted, get("/"), get("/fine")) == [200, 200]
    booted.close()
    assert projects.left() == []


def test_garbage_between_messages_is_dropped(projects: Projects) -> None:
    """The application writes into whatever descriptor it finds."""
    statement = """
        for number in range(3, 64):
            try:
                os.write(number, b'garbage {"answers": []} \\\\n[]')
            except OSError:
                continue
    """
    booted = projects.boot(app_with(VIEW.format(before="", statement=statement.strip())), SHORT)

    assert statuses(booted, get("/"), get("/fine")) == [200, 200]


def test_memory_is_bounded(projects: Projects) -> None:
    booted = projects.boot(app_with(VIEW.format(before="", statement="kept = bytearray(2**30)")), SHORT)

    answer = answer_to(booted, get("/"))

    assert answer.status == 500
    assert "MemoryError" in answer.error


def test_processor_time_is_bounded(projects: Projects) -> None:
    bounds = Bounds(answer_seconds=20, cpu_seconds=1)
    booted = projects.boot(
        app_with(VIEW.format(before="", statement="while True: pass")), Options(bounds=bounds)
    )

    assert "SIGXCPU" in answer_to(booted, get("/")).error


def test_written_files_are_bounded(projects: Projects) -> None:
    statement = 'open("large", "wb").write(b"x" * 2**21)'
    bounds = Bounds(file_bytes=2**20)
    booted = projects.boot(app_with(VIEW.format(before="", statement=statement)), Options(bounds=bounds))

    assert "File too large" in answer_to(booted, get("/")).error


DAEMON = """
    fork = ctypes.CDLL(None).fork
    if not fork():
        os.setsid()
        if not fork():
            while True:
                ctypes.CDLL(None).sleep(1)
        os._exit(0)
"""


@pytest.mark.parametrize("when", ["boot", "request"])
def test_daemons_are_ended(projects: Projects, when: str) -> None:
    """A process that has left group, session and parent, by a way that no guard sees."""
    code = "\n".join(line[4:] for line in DAEMON.strip("\n").splitlines())
    before, statement = (
        ("exec(" + repr(code) + ")", "pass") if when == "boot" else ("", "exec(" + repr(code) + ")")
    )
    booted = projects.boot(app_with(VIEW.format(before=before, statement=statement)), SHORT)

    assert statuses(booted, get("/")) == [200]
    booted.close()

    assert projects.left() == []


def test_abandoned_plan_is_ended(projects: Projects) -> None:
    """Whoever has seen enough need not take the other answers."""
    booted = projects.boot(app_with(VIEW.format(before="", statement="pass")), SHORT)
    answers = booted.send([get("/fine")] * 200)
    next(answers)
    answers.close()  # type: ignore[attr-defined]

    assert statuses(booted, get("/")) == [200]


def test_application_that_is_gone_is_told(projects: Projects) -> None:
    """A thread of the import ends the process that would fork."""
    before = "threading.Timer(0.3, os._exit, (7,)).start()"
    booted = projects.boot(app_with(VIEW.format(before=before, statement="pass")), SHORT)

    with pytest.raises(TargetError, match="shop:app has ended"):
        until(lambda: statuses(booted, get("/")) == [])

    booted.close()
    assert projects.left() == []


def test_unreadable_folders_are_removed(projects: Projects) -> None:
    statement = 'os.mkdir("closed"); open("closed/file", "w").close(); os.chmod("closed", 0)'
    booted = projects.boot(app_with(VIEW.format(before="", statement=statement)), Options(bounds=QUICK))

    assert statuses(booted, get("/")) == [200]
    booted.close()
    assert projects.left() == []


@pytest.mark.parametrize("hangs", [False, True])
def test_parent_that_is_killed_leaves_nothing(projects: Projects, hangs: bool) -> None:
    """Nobody cleans up but the child itself, whatever it does just then."""
    before = "open('booting', 'w').close()" + ("; threading.Event().wait()" if hangs else "")
    target = projects.target({"shop.py": app_with(VIEW.format(before=before, statement="pass"))})
    made = projects.folder / "made"
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[2]\n"
        "from pathlib import Path\n"
        "from guardapi.prove.transports.in_process import start\n"
        "from guardapi.prove.processes.target import Target\n"
        "start(Target(root=Path(sys.argv[1]), app='shop:app', python=Path(sys.executable)))\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(target.root), str(made)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as parent:
        assert until(lambda: any(made.glob("*/project/booting")))
        os.kill(parent.pid, signal.SIGKILL)

    assert until(lambda: projects.left() == [])


def until(holds: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    limit = time.monotonic() + 30
    while not holds() and time.monotonic() < limit:
        time.sleep(0.02)
    return holds()
