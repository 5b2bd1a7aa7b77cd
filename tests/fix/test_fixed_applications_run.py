"""Applications of many shapes, started with the real libraries before and after they have got a limiter."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from introducing import introduced_in
from shapes import SHAPES, Asked, Shape
from werkzeug.test import TestResponse

REFUSED = 429
FLOOD = 70
"""More than any of them admits within a minute once it is fixed."""


class Running:
    """An application as its files make it."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def ask(self, asked: Asked, address: str, body: Mapping[str, str] | None = None) -> TestResponse:
        method, path = asked
        with self.app.test_client() as client:
            return client.open(path, method=method, data=body, environ_base={"REMOTE_ADDR": address})

    def flooded(self, shape: Shape, asked: Asked, address: str) -> list[bool]:
        """Of one caller's requests: which are refused."""
        return [self.ask(asked, address, shape.body).status_code == REFUSED for _ in range(FLOOD)]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Start"]:
    """Starts an application; what it has imported is forgotten afterwards."""
    monkeypatch.setenv("RATELIMIT_STORAGE_URI", "memory://")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    started = Start(tmp_path, monkeypatch)
    yield started
    started.forget()


class Start:
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
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(self.folder)):
                del sys.modules[name]
        importlib.invalidate_caches()


@pytest.mark.parametrize("name", SHAPES)
def test_flood_is_refused_once_it_is_fixed(name: str, start: "Start") -> None:
    """Others and all else are served as before."""
    shape = SHAPES[name]

    before = start(shape, shape.project)
    assert not any(before.flooded(shape, shape.flood, "10.0.0.1"))
    usual = [before.ask(asked, "10.0.0.2") for asked in shape.ordinary]

    after = start(shape, introduced_in(name).files)
    answers = [after.ask(asked, "10.0.0.2") for asked in shape.ordinary]
    assert [(one.status_code, one.data) for one in answers] == [(one.status_code, one.data) for one in usual]
    assert after.flooded(shape, shape.flood, "10.0.0.1") == [sent >= shape.admitted for sent in range(FLOOD)]
    assert after.ask(shape.flood, "10.0.0.3", shape.body).status_code != REFUSED
    if shape.free is not None:
        assert not any(after.flooded(shape, shape.free, "10.0.0.1"))


def test_refusal_is_answered_as_other_errors(start: "Start") -> None:
    name = "errors as JSON"
    shape = SHAPES[name]
    app = start(shape, introduced_in(name).files)

    app.flooded(shape, shape.flood, "10.0.0.1")

    assert app.ask(shape.flood, "10.0.0.1", shape.body).get_json() == {
        "error": "Too Many Requests",
        "code": REFUSED,
    }


def test_callers_behind_proxy_are_told_apart(start: "Start") -> None:
    name = "behind nginx"
    shape = SHAPES[name]
    app = start(shape, introduced_in(name).files).app.test_client()

    def ask(client: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.9, {client}"}
        return app.get("/orders", headers=headers, environ_base={"REMOTE_ADDR": "172.18.0.2"}).status_code

    assert [ask("198.51.100.1") for _ in range(shape.admitted + 1)][-1] == REFUSED
    assert ask("198.51.100.2") != REFUSED


def test_limits_hold_while_the_store_is_away(start: "Start", monkeypatch: pytest.MonkeyPatch) -> None:
    name = "behind nginx"
    shape = SHAPES[name]
    monkeypatch.setenv("RATELIMIT_STORAGE_URI", "redis://127.0.0.1:1/0")
    app = start(shape, introduced_in(name).files)

    refused = app.flooded(shape, shape.flood, "10.0.0.1")

    assert refused == [sent >= shape.admitted for sent in range(FLOOD)]
