"""The limits that GuardAPI reads out of a module's source are those that the running module counts."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from limiter_setups import MODULE, Setup, boot, setups, source
from setups import app_of, by_rule
from test_effective import Observer

from guardapi.files import from_mapping
from guardapi.frameworks import discover
from guardapi.model import Route


def static_routes(setup: Setup) -> dict[str, Route]:
    """The routes of the rendered module by endpoint, read and never run."""
    apps, problems = discover(from_mapping({f"{MODULE}.py": source(setup)}))
    assert not problems
    return {route.endpoint: route for app in apps for route in app.routes if route.endpoint != "static"}


def disagreements(setup: Setup) -> list[str]:
    observer = Observer(*boot(setup))
    routes = static_routes(setup)
    assert set(routes) == set(observer.urls) - {"static"}
    found: list[str] = []
    for endpoint, route in routes.items():
        every = observer.methods[endpoint]
        for method in (*every, *every):  # the library learns from requests; what holds is what it settles on
            observer.request(endpoint, method)
        for method, held in route.limits.items():
            met, failed = observer.request(endpoint, method)
            counted = sum(met, Counter())
            said = Counter(limit.text for limit in held.limits)
            if failed:
                continue  # an unreadable default answers 500; said as a reason
            wrong = said - counted if held.undecided else said != counted
            if wrong:
                found.append(
                    f"{method} {endpoint}: counted {dict(counted)}, said {dict(said)} {held.undecided}"
                )
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(setups())
def test_read_limits_are_those_counted(setup: Setup) -> None:
    found = disagreements(setup)
    assert not found, "\n".join(found) + "\n" + source(setup)


def test_local_name_hides_the_limited_function() -> None:
    """`make` of the view is not the limited `make` of the module; in the other view it is."""
    text = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app)

@limiter.limit("5/hour")
def make(): ...

@app.get("/own")
def own():
    def make(): ...
    return make()

@app.get("/shared")
def shared():
    return make()
"""
    routes = by_rule(app_of({"shop.py": text}))
    assert routes["/own"].is_unlimited
    assert [limit.text for limit in routes["/shared"].limits["GET"].limits] == ["5 per 1 hour"]
