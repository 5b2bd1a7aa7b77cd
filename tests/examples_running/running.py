"""Runs an example in a process of its own: a folder with its files, requests in, answers out."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from guardapi.model import App
from guardapi.prove.exchange import Answer
from guardapi.prove.plans import Plan, Store
from guardapi.prove.processes.keeper import Keeper
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.transports import in_process
from guardapi.prove.transports.booting import import_folder
from guardapi.prove.transports.in_process import InProcess, Options

NEEDED: Final = re.compile(r"""os\.environ\[["'](\w+)["']\]""")
ENVIRONMENT_TEXT: Final = "3 per minute"
"""What stands in the environment for those who cannot do without: a text, which is a limit where one is meant."""
PRELOADED: Final = (
    # First: what others keep of the libraries that it changes is changed then.
    "stand_ins",
    *("flask", "flask.testing", "flask_limiter", "werkzeug.security", "werkzeug.middleware.proxy_fix"),
    *("concurrent.futures", "flask_sqlalchemy", "httpx", "PIL.Image", "requests", "smtplib"),
)
"""What many examples import: once, instead of once for each."""
BOUNDS: Final = Bounds(
    boot_seconds=25, answer_seconds=25, plan_seconds=25, cpu_seconds=20, memory_bytes=2 * 2**30
)
WORKERS: Final = 4


class Runner:
    """Boots examples, all by one process that has imported what most of them need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.keeper = Keeper.start(
            Path(sys.executable),
            environment={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONHASHSEED": "0",
                "MALLOC_ARENA_MAX": "2",
                "PYTHONPATH": str(Path(__file__).parent),
            },
            preload=PRELOADED,
        )

    def __enter__(self) -> "Runner":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.keeper.close()

    @contextmanager
    def booted(self, project: Mapping[str, str], app: App) -> Iterator["Booted"]:
        """The application of an example; it is ended behind."""
        self.number += 1
        root = self.folder / str(self.number)
        for path, text in project.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        needed = {name: ENVIRONMENT_TEXT for text in project.values() for name in NEEDED.findall(text)}
        target = Target(
            root=root,
            app=app.id,
            folder=import_folder(app),
            python=Path(sys.executable),
            environment=needed,
        )
        started = Booted(target, self.keeper)
        try:
            yield started
        finally:
            started.close()
            shutil.rmtree(root)


class Booted:
    """One application, booted with its store in one state at a time."""

    def __init__(self, target: Target, keeper: Keeper) -> None:
        self.target = target
        self.keeper = keeper
        self.running: InProcess | None = None

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        """Send what a plan says; where workers are to count apart, each one is a fork of its own."""
        running = self.started(plan.store)
        if plan.way != "workers":
            yield from running.send(plan.exchanges, hold=plan.hold)
            return
        parts = [plan.exchanges[worker::WORKERS] for worker in range(WORKERS)]
        for part in parts:
            yield from running.send(part)

    def started(self, store: Store) -> InProcess:
        """Raises `TargetError` where it does not start."""
        if self.running is None or self.running.options.store is not store:
            self.close()
            self.running = in_process.start(self.target, Options(store=store, bounds=BOUNDS), self.keeper)
        return self.running

    def starts(self) -> bool:
        """Raises `TargetError` where it does not."""
        return self.started(Store.WORKING).facts is not None

    def close(self) -> None:
        """End it."""
        if self.running is not None:
            self.running.close()
            self.running = None
