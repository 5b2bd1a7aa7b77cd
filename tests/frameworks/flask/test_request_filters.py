"""Request filters of Flask-Limiter: a limit is claimed only where no filter lifts it for everyone."""

import textwrap
from http import HTTPStatus

import pytest

from guardapi.files import from_mapping
from guardapi.frameworks import discover
from guardapi.model import Route

SHOP = """
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["3 per minute"], storage_uri="memory://")

@limiter.request_filter
def lifted():
    return {test}

@app.get("/")
def index():
    return "index"
"""
LIFTED = [
    "True",
    "not False",
    "request.path == '/'",
    "request.endpoint == 'index'",
    "request.method == 'GET'",
    "request.url_rule is not None",
]
HELD = ["False", "None", "request.headers.get('X-Internal') == '1'", "request.args.get('internal')"]


def index_of(test: str) -> Route:
    source = textwrap.dedent(SHOP).replace("{test}", test)
    apps, problems = discover(from_mapping({"shop.py": source}))
    assert problems == []
    return next(route for route in apps[0].routes if route.rule == "/")


def is_refused(test: str) -> bool:
    """Whether the real limiter refuses an ordinary caller."""
    names: dict[str, object] = {"__name__": "shop"}
    exec(textwrap.dedent(SHOP).replace("{test}", test), names)
    client = names["app"].test_client()  # type: ignore[attr-defined]
    return any(client.get("/").status_code == HTTPStatus.TOO_MANY_REQUESTS for _ in range(5))


@pytest.mark.parametrize("test", LIFTED)
def test_lifted_limit_is_never_claimed(test: str) -> None:
    held = index_of(test).limits["GET"]

    assert not is_refused(test)
    assert held.limits == ()


@pytest.mark.parametrize("test", HELD)
def test_limit_holds_for_ordinary_caller(test: str) -> None:
    held = index_of(test).limits["GET"]

    assert is_refused(test)
    assert [limit.text for limit in held.limits] == ["3 per 1 minute"]
    assert held.undecided == ()


def test_filter_by_route_is_undecided() -> None:
    (sentence,) = index_of("request.path == '/'").limits["GET"].undecided

    assert sentence == "a request filter of `shop:limiter` decides by the route which requests it lets pass"
