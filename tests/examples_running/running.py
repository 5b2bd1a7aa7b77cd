"""Runs an example in a process of its own: a folder with its files, requests in, answers out."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final

import msgspec
from request_planning import Request

from guardapi.model import App

NEEDED: Final = re.compile(r"""os\.environ\[["'](\w+)["']\]""")
ENVIRONMENT_TEXT: Final = "3 per minute"
"""What stands in the environment for those who cannot do without: a text, which is a limit where one is meant."""
CHILD: Final = Path(__file__).with_name("child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request, and the address that its connection comes from."""

    request: Request
    client: str
    is_multipart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    size: int
    calls: int
    """How often something was asked meanwhile that costs."""
    amount: float = 0.0
    """For how much: characters, seconds, rounds."""
    error: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one process is asked."""

    steps: tuple[tuple[tuple[Sent, ...], float], ...]
    hold: tuple[str, int] | None = None
    outage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one process has answered."""

    steps: tuple[tuple[Answer, ...], ...] = ()
    failure: str = ""
    """Why the application could not be started, or did not get to the end."""


class Runner:
    """Starts the process that forks for each job, and ends it by its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.process = self._started()

    def _started(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-B", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            # Nothing of the environment may choose for an example.
            env={"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "2"},
        )

    def __enter__(self) -> "Runner":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def run(self, project: Mapping[str, str], app: App, job: Job) -> Ran:
        """Boot an application and send it what a job says."""
        self.number += 1
        root = self.folder / str(self.number)
        for path, text in project.items():
            file = root / "project" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        told = {
            "root": str(root / "project"),
            "folder": _import_root(app),
            "app": app.id,
            "log": str(root / "log"),
            "answers": str(root / "answers"),
            "hold": [str(root / "project" / job.hold[0]), job.hold[1]] if job.hold else None,
            "outage": job.outage,
            "environment": {
                name: ENVIRONMENT_TEXT for text in project.values() for name in NEEDED.findall(text)
            },
            "steps": [
                {"requests": [_told(sent) for sent in step], "advance": pause} for step, pause in job.steps
            ],
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        ended = self.process.stdout.readline().strip()
        if not ended:
            # It has written why to standard error: a library of the group `examples` is missing, most likely.
            raise RuntimeError("the process that runs examples has ended")
        ran = _read(root / "answers", ended)
        shutil.rmtree(root, ignore_errors=True)
        return ran


def _import_root(app: App) -> str:
    """The folder that a module's name starts from."""
    module = app.id.partition(":")[0].split(".")
    parts = PurePosixPath(app.place.file).with_suffix("").parts
    for start in range(len(parts)):
        if parts[start] == module[0]:
            return str(PurePosixPath(*parts[:start]))
    return "."


def _told(sent: Sent) -> dict[str, object]:
    told = asdict(sent.request)
    return {**told, "client": sent.client, "type": "multipart/form-data" if sent.is_multipart else None}


def _read(answers: Path, ended: str) -> Ran:
    if not answers.exists():
        return Ran(failure=f"the process has ended without answers: {ended}")
    found = msgspec.json.decode(answers.read_bytes())
    if "boot" in found:
        return Ran(failure=found["boot"])
    return Ran(steps=tuple(tuple(Answer(**answer) for answer in step) for step in found["steps"]))
