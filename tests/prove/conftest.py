"""Projects that are booted, and ended when the test is."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from booted import Projects

from guardapi.prove.processes.keeper import Keeper

PRELOADED = ("flask", "flask_limiter", "flask_sqlalchemy", "httpx", "redis", "requests", "smtplib", "sqlite3")


@pytest.fixture(scope="session")
def keeper() -> Iterator[Keeper]:
    """One for all tests of a worker."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
    started = Keeper.start(Path(sys.executable), environment=environment, preload=PRELOADED)
    yield started
    started.close()


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> Iterator[Projects]:
    """Temporary folders are made where the test can see them."""
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    with ExitStack() as ended:
        yield Projects(tmp_path, ended, keeper)
