"""GA201, GA202 and GA401 on applications made by hand."""

import pytest
from building import LIMITED, app, at, found, limiter, route

from guardapi.files import from_mapping
from guardapi.findings import Confidence, Severity
from guardapi.model import Deployment, Misuse, ProcessCount
from guardapi.pipeline import inventory_tree


def processes(*counts: int | None, server: str = "gunicorn", target: str | None = None) -> Deployment:
    return Deployment(
        processes=tuple(
            ProcessCount(count=count, server=server, place=at(1, "Procfile"), target=target)
            for count in counts
        )
    )


def test_unbound_limiter_found_at_construction() -> None:
    (finding,) = found("GA201", app(route("/pay", "POST"), limiters=(limiter(bound=False, uses=12),)))

    assert finding.message == (
        "`shop:limiter` is used 12 times and never bound to `shop:app`: none of its limits holds."
    )
    assert (finding.place, finding.severity) == (at(5), Severity.MEDIUM)


def test_disabled_limiter_found_at_setting() -> None:
    off = limiter(enabled=False, disabled_by=at(4, "config.py"))
    (finding,) = found("GA201", app(route("/login", "POST"), limiters=(off,)))

    assert (finding.place, finding.severity) == (at(4, "config.py"), Severity.HIGH)
    assert finding.related[0].message == "`shop:limiter` is made here"


def test_limiter_of_production_is_low() -> None:
    """`RATELIMIT_ENABLED = os.environ.get("STAGE") == "production"`: off at home, on where it counts."""
    off = limiter(enabled=False, disabled_by=at(4, "config.py"), by_environment=True)
    (finding,) = found("GA201", app(route("/login", "POST"), limiters=(off,)))

    assert finding.severity is Severity.LOW
    assert "unless the environment says otherwise" in finding.message


@pytest.mark.parametrize(
    ("value", "is_asked"), [("os.environ.get('STAGE') == 'production'", True), ("1 > 2", False)]
)
def test_environment_switches_limiter(value: str, *, is_asked: bool) -> None:
    source = f"""
import os
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
app.config["RATELIMIT_ENABLED"] = {value}
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])
"""
    ((found_limiter,),) = (one.limiters for one in inventory_tree(from_mapping({"shop.py": source})).apps)

    assert (found_limiter.enabled, found_limiter.by_environment) == (False, is_asked)


@pytest.mark.parametrize(
    "facts", [{}, {"enabled": None}, {"bound": False, "uses": 0}, {"bound": False, "kind": "project"}]
)
def test_working_limiter_is_silent(facts: dict[str, object]) -> None:
    assert not found("GA201", app(route("/pay", "POST"), limiters=(limiter(**facts),)))


def test_idle_beside_working_is_low() -> None:
    both = (limiter(), limiter(name="shop:other", bound=False))
    (finding,) = found("GA201", app(route("/pay", "POST", limits=LIMITED), limiters=both))

    assert (finding.severity, finding.why) == (Severity.LOW, "another limit covers every route")


def test_misuse_names_served_route() -> None:
    misuse = Misuse(place=at(8), kind="above-route", function="shop:pay", text="3 per minute")
    (finding,) = found("GA202", app(route("/pay", "POST"), limiters=(limiter(misuses=(misuse,)),)))

    assert finding.message == (
        '`limiter.limit("3 per minute")` stands above the decorator that registers `pay`:'
        " `POST /pay` is served without it."
    )
    assert (finding.place, finding.severity) == (at(8), Severity.HIGH)


def test_misuse_of_unknown_view() -> None:
    misuse = Misuse(place=at(8), kind="discarded", function="gone", text=None)
    (finding,) = found("GA202", app(route("/pay"), limiters=(limiter(misuses=(misuse,)),)))

    assert finding.message == "A limit of `shop:limiter` limits a copy of `gone` that is not registered."
    assert finding.route is None


@pytest.mark.parametrize(
    ("deployment", "severity", "text"),
    [
        (processes(2), Severity.MEDIUM, "2 processes run"),
        (processes(4), Severity.HIGH, "4 processes run"),
        (processes(None), Severity.HIGH, "several processes run"),
        (processes(1, 3), Severity.MEDIUM, "3 processes run"),
    ],
)
def test_processes_multiply_memory_limits(deployment: Deployment, severity: Severity, text: str) -> None:
    application = app(route("/pay", "POST"), limiters=(limiter(storage="memory://"),))
    (finding,) = found("GA401", application, deployment)

    assert (finding.severity, finding.is_advisory) == (severity, False)
    assert text in finding.message


def test_replicas_multiply_workers() -> None:
    application = app(route("/pay"), limiters=(limiter(storage="memory://"),))
    both = Deployment(processes=processes(2).processes + processes(3, server="replicas").processes)

    (finding,) = found("GA401", application, both)
    assert "6 processes run" in finding.message


@pytest.mark.parametrize("deployment", [Deployment(), processes(1)])
def test_one_process_is_advice(deployment: Deployment) -> None:
    application = app(route("/pay"), limiters=(limiter(storage="memory://"),))
    (finding,) = found("GA401", application, deployment)

    assert (finding.severity, finding.is_advisory) == (Severity.LOW, True)


@pytest.mark.parametrize("storage", [None, "redis://localhost:6379"])
def test_shared_or_unknown_store_is_silent(storage: str | None) -> None:
    application = app(route("/pay"), limiters=(limiter(storage=storage),))

    assert not found("GA401", application, processes(4))


def test_server_of_other_target_is_firm() -> None:
    application = app(route("/pay"), limiters=(limiter(storage="memory://"),))

    (named,) = found("GA401", application, processes(4, target="shop:app"))
    (other,) = found("GA401", application, processes(4, target="wsgi:app"))
    assert (named.confidence, other.confidence) == (Confidence.CERTAIN, Confidence.FIRM)
