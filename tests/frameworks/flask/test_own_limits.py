"""Limits by other means than Flask-Limiter: never claimed, never missed as 'nothing limits'."""

from setups import app_of, by_rule

PRELUDE = """\
from functools import wraps

from flask import Flask, abort, g, jsonify, request

app = Flask(__name__)
seen = {}


"""
DECORATOR = """\
def throttled(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        seen[request.remote_addr] = seen.get(request.remote_addr, 0) + 1
        if seen[request.remote_addr] > 10:
            {refusal}
        return function(*args, **kwargs)

    return wrapper


@app.get("/guarded")
@throttled
def guarded():
    return "ok"


@app.get("/open")
def unguarded():
    return "ok"
"""


def test_decorator_that_aborts_is_undecided() -> None:
    routes = by_rule(app_of({"shop.py": PRELUDE + DECORATOR.format(refusal="abort(429)")}))
    assert "`shop:throttled` answers 429" in routes["/guarded"].limits["GET"].undecided[0]
    assert routes["/open"].is_unlimited


def test_decorated_function_below_view_is_undecided() -> None:
    """The view is open by itself, and what it calls refuses."""
    below = "@throttled\ndef found(name):\n    return name\n\n\n"
    below += '@app.get("/below")\ndef shown():\n    return found("x")\n'
    routes = by_rule(app_of({"shop.py": PRELUDE + DECORATOR.format(refusal="abort(429)") + below}))
    assert routes["/below"].is_undecided
    assert routes["/open"].is_unlimited


def test_decorator_that_returns_status_is_undecided() -> None:
    refusal = 'return jsonify(error="slow down"), 429'
    routes = by_rule(app_of({"shop.py": PRELUDE + DECORATOR.format(refusal=refusal)}))
    assert routes["/guarded"].is_undecided
    assert not routes["/open"].is_undecided


def test_hook_guards_every_route() -> None:
    hook = "@app.before_request\ndef count():\n    if seen.get(1):\n        abort(429)\n\n\n"
    routes = by_rule(app_of({"shop.py": PRELUDE + hook + DECORATOR.format(refusal="pass")}))
    assert all(route.is_undecided for route in routes.values())


def test_hook_of_blueprint_guards_its_routes() -> None:
    text = """\
from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api")


@api.before_request
def count():
    check_quota()


def check_quota():
    if seen.get(1):
        abort(429)


@api.get("/x")
def inside():
    return "ok"


@app.get("/y")
def outside():
    return "ok"


app.register_blueprint(api)
"""
    routes = by_rule(app_of({"shop.py": PRELUDE + text}))
    assert routes["/api/x"].is_undecided
    assert routes["/y"].is_unlimited


def test_declared_limiter_counts_as_limit() -> None:
    files = {"shop.py": PRELUDE + DECORATOR.format(refusal="pass")}
    routes = by_rule(app_of(files, limiters=("shop:throttled",)))
    (limit,) = routes["/guarded"].limits["GET"].limits
    assert limit.text is None
    assert "declared" in limit.reasons[0]
    assert routes["/open"].is_unlimited


def test_plain_decorator_limits_nothing() -> None:
    routes = by_rule(app_of({"shop.py": PRELUDE + DECORATOR.format(refusal="pass")}))
    assert routes["/guarded"].is_unlimited
