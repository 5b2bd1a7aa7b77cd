"""A small project that is booted in a child process, and what is sent to it."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

from guardapi.prove.exchange import Answer, Exchange, Request, Sent
from guardapi.prove.processes.keeper import Keeper
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.transports.in_process import InProcess, Options, start

HEAD = """
    import os
    import time
    from flask import Flask, request, session

    app = Flask(__name__)
    app.secret_key = "only for this test"
"""
LIMITED = """
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
"""
QUICK = Bounds(boot_seconds=20, answer_seconds=5, plan_seconds=20)


class Projects:
    """Writes projects, boots them, and ends them."""

    def __init__(self, folder: Path, ended: ExitStack, keeper: Keeper) -> None:
        self.folder = folder
        self.root = folder / "project"
        self.ended = ended
        self.keeper = keeper

    def target(self, files: Mapping[str, str], app: str = "shop:app", **more: object) -> Target:
        """Written to the disk."""
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))
        return Target(root=self.root, app=app, python=Path(sys.executable), **more)  # type: ignore[arg-type]

    def boot(self, source: str, options: Options | None = None, **more: object) -> InProcess:
        """One module, `shop.py`, by the keeper that all tests share: what it has imported costs no time."""
        target = self.target({"shop.py": source}, **more)  # type: ignore[arg-type]
        booted = start(target, options or Options(bounds=QUICK), self.keeper)
        self.ended.callback(booted.close)
        return booted

    def left(self) -> list[str]:
        """What is still there of what was booted: files, and processes, which have the folder in their environment."""
        files = [str(path) for path in (self.folder / "made").iterdir()]
        shared = self.keeper.family.members() - {self.keeper.family.process.pid}
        mark = f"HOME={self.folder}".encode()
        own = [str(entry) for entry in Path("/proc").iterdir() if mark in _environment(entry)]
        return [*files, *map(str, shared), *own]


def _environment(entry: Path) -> bytes:
    try:
        return (entry / "environ").read_bytes() if entry.name.isdecimal() else b""
    except OSError:
        return b""


def app_with(*parts: str) -> str:
    """A Flask application with views, or whatever else."""
    return "\n".join(dedent(part) for part in (HEAD, *parts))


def get(path: str, **more: object) -> Exchange:
    """One request on its own."""
    return Exchange(sent=(Sent(request=Request(method="GET", path=path, **more)),))  # type: ignore[arg-type]


def statuses(booted: InProcess, *exchanges: Exchange) -> list[int]:
    """Of all answers."""
    return [answer.status for answers in booted.send(exchanges) for answer in answers]


def answer_to(booted: InProcess, exchange: Exchange) -> Answer:
    """The only one."""
    ((answer,),) = booted.send([exchange])
    return answer
