"""Applications started with the real libraries."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starting import Start


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts an application; what it has imported is forgotten afterwards."""
    monkeypatch.setenv("RATELIMIT_STORAGE_URI", "memory://")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    started = Start(tmp_path, monkeypatch)
    yield started
    started.forget()
