"""Applications of many shapes, started with the real libraries before and after they have got a limiter."""

import pytest
from introducing import introduced_in
from shapes import SHAPES
from starting import FLOOD, REFUSED, Start


@pytest.mark.parametrize("name", SHAPES)
def test_flood_is_refused_once_it_is_fixed(name: str, start: Start) -> None:
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


def test_refusal_is_answered_as_other_errors(start: Start) -> None:
    name = "errors as JSON"
    shape = SHAPES[name]
    app = start(shape, introduced_in(name).files)

    app.flooded(shape, shape.flood, "10.0.0.1")

    assert app.ask(shape.flood, "10.0.0.1", shape.body).get_json() == {
        "error": "Too Many Requests",
        "code": REFUSED,
    }


def test_callers_behind_proxy_are_told_apart(start: Start) -> None:
    name = "behind nginx"
    shape = SHAPES[name]
    app = start(shape, introduced_in(name).files).app.test_client()

    def ask(client: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.9, {client}"}
        return app.get("/orders", headers=headers, environ_base={"REMOTE_ADDR": "172.18.0.2"}).status_code

    assert [ask("198.51.100.1") for _ in range(shape.admitted + 1)][-1] == REFUSED
    assert ask("198.51.100.2") != REFUSED


def test_limits_hold_while_the_store_is_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "behind nginx"
    shape = SHAPES[name]
    monkeypatch.setenv("RATELIMIT_STORAGE_URI", "redis://127.0.0.1:1/0")
    app = start(shape, introduced_in(name).files)

    refused = app.flooded(shape, shape.flood, "10.0.0.1")

    assert refused == [sent >= shape.admitted for sent in range(FLOOD)]
