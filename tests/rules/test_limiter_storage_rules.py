"""Odd cases of the rules on where limits are counted, and on what nothing reads, on applications made by hand."""

from dataclasses import replace

import pytest
from building import LIMITED, app, at, found, limiter, route

from guardapi.findings import Finding
from guardapi.model import (
    App,
    Deadness,
    DeadSetting,
    Deployment,
    Fallback,
    ProcessCount,
    RemovedUse,
    ServerSetting,
)

REDIS = "redis://cache/0"
OLD = {"redis": "==5.2.1"}
WORKERS = ProcessCount(count=4, server="gunicorn", place=at(1, "Procfile"), target="shop:app")
THREADS = ServerSetting(server="gunicorn", name="threads", value="8", place=at(1, "Procfile"))


def shop(**facts: object) -> App:
    return app(route("/pay", "POST", limits=LIMITED), limiters=(limiter(**facts),))


def labels(findings: list[Finding]) -> list[str]:
    return [finding.severity.label for finding in findings]


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ({}, []),
        (OLD, ["medium"]),
        ({"redis": ">=4,<6"}, ["medium"]),
        ({"redis": "~=7.1"}, ["medium"]),
        ({"redis": ""}, ["low"]),
        ({"redis": ">=5"}, ["low"]),
        ({"redis": ">=8"}, []),
        ({"redis": "==8.1.0"}, []),
        ({"redis": "~=8.0"}, []),
        ({"limits[redis]": ""}, ["medium"]),
        ({"flask-limiter[redis]": "==4.1.1", "redis": ""}, ["medium"]),
        ({"flask-limiter": "==4.1.1"}, []),
    ],
)
def test_client_release_decides_timeout(packages: dict[str, str], expected: list[str]) -> None:
    assert labels(found("GA403", shop(storage=REDIS), Deployment(packages=packages))) == expected


@pytest.mark.parametrize(
    ("storage", "options", "expected"),
    [
        (REDIS, {"socket_timeout": 1}, []),
        (REDIS, {"socket_timeout": ...}, []),
        (REDIS, {"socket_timeout": None}, ["medium"]),
        (REDIS, {"socket_connect_timeout": 1}, ["medium"]),
        (REDIS, {"connection_pool": ...}, []),
        (REDIS, None, []),
        (f"{REDIS}?socket_timeout=1", {}, []),
        ("redis+sentinel://cache:26379/mine", {}, ["medium"]),
        ("rediss://cache/0", {}, ["medium"]),
        ("valkey://cache/0", {}, ["medium"]),
        ("memcached://cache:11211", {}, ["medium"]),
        ("memcached://cache:11211", {"timeout": 1}, []),
        ("mongodb://cache", {}, []),
        ("memory://", {}, []),
        (None, {}, []),
    ],
)
def test_options_decide_timeout(
    storage: str | None, options: dict[str, object] | None, expected: list[str]
) -> None:
    shopping = shop(storage=storage, storage_options=options)

    assert labels(found("GA403", shopping, Deployment(packages=OLD))) == expected


def test_sync_workers_raise_timeout() -> None:
    deployment = Deployment(packages=OLD, processes=(WORKERS,))

    assert labels(found("GA403", shop(storage=REDIS), deployment)) == ["high"]
    assert labels(found("GA403", shop(storage=REDIS), replace(deployment, settings=(THREADS,)))) == ["medium"]
    assert found("GA403", shop(storage=REDIS, uses=0), deployment) == []
    assert found("GA403", shop(storage=REDIS, enabled=False), deployment) == []


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [
        (Fallback(swallows_errors=True), 1),
        (Fallback(swallows_errors=None), 0),
        (Fallback(swallows_errors=True, counts_in_memory=True), 0),
        (Fallback(swallows_errors=True, counts_in_memory=None), 0),
        (Fallback(counts_in_memory=True, limits=("5 per minute",)), 0),
        (Fallback(counts_in_memory=True, keyless_at=at(7)), 1),
    ],
)
def test_unknown_fallback_is_silent(fallback: Fallback, expected: int) -> None:
    assert len(found("GA402", shop(storage=REDIS, fallback=fallback))) == expected
    assert found("GA402", shop(storage="memory://", fallback=fallback)) == []
    assert found("GA402", shop(storage=None, fallback=fallback)) == []


def test_credentials_raise_failing_open() -> None:
    swallowing = limiter(storage=REDIS, fallback=Fallback(swallows_errors=True))
    quiet = app(route("/news", limits=LIMITED), limiters=(swallowing,))
    login = app(route("/login", "POST", limits=LIMITED), limiters=(swallowing,))

    assert labels(found("GA402", quiet)) == ["info"]
    assert labels(found("GA402", login)) == ["medium"]


def dead(key: str, why: Deadness, instead: str | None = None) -> DeadSetting:
    return DeadSetting(key=key, place=at(4), why=why, read_instead=instead, limiter="shop:limiter")


def test_dead_storage_weighs_as_processes() -> None:
    setting = dead("RATELIMIT_STORAGE_URL", Deadness.UNREAD, "RATELIMIT_STORAGE_URI")
    shopping = replace(shop(storage="memory://"), dead_settings=(setting,))

    assert labels(found("GA404", shopping)) == ["low"]
    assert labels(found("GA404", shopping, Deployment(processes=(WORKERS,)))) == ["high"]


def test_dead_defaults_weigh_as_routes() -> None:
    setting = dead("RATELIMIT_DEFAULT", Deadness.LATE)
    limited = replace(shop(), dead_settings=(setting,))
    open_app = replace(app(route("/login", "POST"), limiters=(limiter(),)), dead_settings=(setting,))

    assert labels(found("GA404", limited)) == ["low"]
    assert found("GA404", open_app)[0].severity > found("GA404", limited)[0].severity
    assert labels(
        found("GA404", replace(open_app, dead_settings=(replace(setting, why=Deadness.SHADOWED),)))
    ) == ["low"]


def test_swallowed_failure_weighs_more() -> None:
    use = RemovedUse(
        name="limiter.check()",
        distribution="Flask-Limiter",
        gone_since="3.13",
        place=at(9),
        in_call=True,
        is_pinned=True,
    )
    failing = replace(shop(), removed=(use,))
    swallowed = replace(shop(), removed=(replace(use, swallowed=True),))

    assert labels(found("GA981", failing)) == ["medium"]
    assert labels(found("GA981", swallowed)) == ["high"]
    assert "each call fails" in found("GA981", failing)[0].message
