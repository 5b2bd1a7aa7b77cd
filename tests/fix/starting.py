"""Small applications started from their files, and asked as callers would."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from shapes import Asked, Shape
from werkzeug.test import TestResponse

REFUSED = 429
FLOOD = 70
"""More than any of them admits within a minute once it is fixed."""


class Running:
    """An application as its files make it."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def ask(self, asked: Asked, address: str, body: Mapping[str, str] | None = None) -> TestResponse:
        """A request of somebody who has no cookies."""
        method, path = asked
        with self.app.test_client() as client:
            return client.open(path, method=method, data=body, environ_base={"REMOTE_ADDR": address})

    def flooded(self, shape: Shape, asked: Asked, address: str) -> list[bool]:
        """Of one caller's requests: which are refused."""
        return [self.ask(asked, address, shape.body).status_code == REFUSED for _ in range(FLOOD)]


class Start:
    """Writes the files of an application, and starts it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch

    def __call__(self, shape: Shape, files: Mapping[str, str]) -> Running:
        self.forget()
        for path, text in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        for root in (self.folder, self.folder / "src"):
            self.monkeypatch.syspath_prepend(str(root))
        module, _, name = shape.start.partition(":")
        found = getattr(importlib.import_module(module), name.removesuffix("()"))
        return Running(found() if name.endswith("()") else found)

    def forget(self) -> None:
        """Whatever was imported from the files."""
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(self.folder)):
                del sys.modules[name]
        importlib.invalidate_caches()
