"""Limits that are stated, tried on the real Flask-Limiter with a clock that is put forward."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_projects import HEAD, LIMITER, planned, rulings, tried, verdicts

from guardapi.frameworks.limit_text import LimitItem
from guardapi.prove.planning import Wanted
from guardapi.prove.requests.recipes import Recipe
from guardapi.prove.ways.limits import schedule
from guardapi.verdict import Ruling

LIMITED = f"""{HEAD}{LIMITER}
@app.get("/search")
@limiter.limit("{{limit}}")
def search():
    return "found"
"""


def test_limit_is_proved_in_full() -> None:
    """It refuses in time, forgets in time, and tells clients apart."""
    found = verdicts(LIMITED.format(limit="5 per minute"))

    assert rulings(found) == [
        ("limit", "limit", "proved"),
        ("limit", "reset", "proved"),
        ("limit", "identity", "proved"),
    ]
    assert found[0].claim == "GET /search is refused after 5 requests in 1 minute"
    assert found[0].detail == "5 of 6 requests were served, then 429"
    assert found[0].statuses == {200: 5, 429: 1}


def test_looser_limit_is_met_in_rounds() -> None:
    """Where a stricter limit would refuse first, its window is waited for."""
    found = verdicts(LIMITED.format(limit="4 per minute; 10 per hour"))

    claims = {one.claim: one for one in found if one.way == "limit"}
    hourly = claims["GET /search is refused after 10 requests in 1 hour"]
    assert (hourly.ruling, hourly.statuses) == (Ruling.PROVED, {200: 10, 429: 1})


@pytest.mark.parametrize("strategy", ["fixed-window", "moving-window", "sliding-window-counter"])
def test_every_strategy_is_proved(strategy: str) -> None:
    source = LIMITED.format(limit="3 per minute").replace(
        'storage_uri="memory://"', f'storage_uri="memory://", strategy="{strategy}", headers_enabled=True'
    )

    assert {one.ruling for one in verdicts(source)} == {Ruling.PROVED}


def test_common_counter_is_no_identity() -> None:
    """A key that is the same for all refuses the second client, too."""
    source = f"""{HEAD}
def key():
    request.remote_addr
    return "all" if request.path else request.remote_addr
limiter = Limiter(key, app=app, storage_uri="memory://")
@app.get("/search")
@limiter.limit("3 per minute")
def search():
    return "found"
"""
    found = [one for one in verdicts(source) if one.way == "identity"]

    assert [one.ruling for one in found] == [Ruling.REFUTED]


def test_shared_limit_counts_both_routes() -> None:
    source = f"""{HEAD}{LIMITER}
both = limiter.shared_limit("4 per minute", scope="both")
@app.get("/one")
@both
def one():
    return "1"
@app.get("/two")
@both
def two():
    return "2"
"""
    found = {one.claim: one.ruling for one in verdicts(source)}

    assert found["GET /one, GET /two together are refused after 4 requests in 1 minute"] is Ruling.PROVED


def test_broken_limit_is_refuted() -> None:
    """What runs is not what was scanned: it lets more through."""
    source = LIMITED.format(limit="3 per minute")
    found = verdicts(source, runs=source.replace("3 per", "300 per"))

    assert rulings(found)[0] == ("limit", "limit", "refuted")
    assert found[0].is_broken_limit
    assert found[0].statuses == {200: 4}


def test_large_limit_is_left_open() -> None:
    """Nothing is sent for a limit that cannot be reached, and the reason is told."""
    found = verdicts(LIMITED.format(limit="500 per hour"))

    assert [(one.ruling, one.requests) for one in found] == [(Ruling.INCONCLUSIVE, 0)]
    assert "120 requests" in found[0].detail


def test_guard_in_front_leaves_limit_open() -> None:
    """Who is turned away before the limiter says nothing of it; what to give is told, and then it is proved."""
    guard = """@app.before_request
def guard():
    if "Authorization" not in request.headers:
        abort(401)
"""
    source = LIMITED.format(limit="3 per minute").replace("limiter = ", f"{guard}limiter = ", 1)
    refused = verdicts(source)[0]
    let_in = verdicts(source, recipe=Recipe(headers={"Authorization": "Bearer x"}))

    assert refused.ruling is Ruling.INCONCLUSIVE
    assert "--header" in refused.detail
    assert ("limit", "limit", "proved") in rulings(let_in)


UNITS = st.sampled_from(["second", "minute", "hour", "day"])
ITEMS = st.builds(
    lambda amount, multiples, unit: LimitItem(amount=amount, multiples=multiples, unit=unit),
    st.integers(1, 12),
    st.integers(1, 3),
    UNITS,
)


@given(ITEMS, st.lists(ITEMS, max_size=3))
def test_rounds_meet_no_other_limit(wanted: LimitItem, others: list[LimitItem]) -> None:
    """Within no window of another limit more is sent than it admits, and all within the wanted one."""
    rounds = schedule(wanted, others)
    if rounds is None:
        return
    at, times = 0.0, []
    for number, pause in rounds:
        at += pause
        times += [at] * number

    assert len(times) == wanted.amount + 1
    assert times[-1] < wanted.seconds
    for other in others:
        for start in times:
            assert sum(start <= time < start + other.seconds for time in times) <= other.amount


@settings(max_examples=25, deadline=None)
@given(
    st.lists(ITEMS, min_size=1, max_size=2, unique=True), st.sampled_from(["fixed-window", "moving-window"])
)
def test_any_limit_text_is_proved(items: list[LimitItem], strategy: str) -> None:
    """Whatever the text, the real Flask-Limiter does what is claimed of it; bounds are kept."""
    source = LIMITED.format(limit="; ".join(map(str, items))).replace(
        'storage_uri="memory://"', f'storage_uri="memory://", strategy="{strategy}"'
    )
    plans = planned(source, Wanted(max_requests=60))
    found = tried(plans, source)

    assert all(plan.requests <= 60 for plan in plans.plans)
    assert all(one.ruling is Ruling.PROVED for one in found if one.requests), rulings(found)
    assert any(one.ruling is Ruling.PROVED for one in found)


def test_loose_limit_is_used_up_slowly() -> None:
    """A limit on guesses that admits thousands an hour is never met by who takes that time."""
    login = """
SECRET = generate_password_hash("secret", "pbkdf2:sha256:1")
@app.post("/login")
@limiter.limit("1 per second")
def login():
    if check_password_hash(SECRET, request.form["password"]):
        return "welcome"
    abort(401)
"""
    head = "from werkzeug.security import check_password_hash, generate_password_hash\n" + HEAD + LIMITER
    (found,) = [one for one in verdicts(head + login) if one.rule == "GA503"]

    assert found.claim == "POST /login serves 3,600 requests an hour, one every 1 seconds"
    assert (found.ruling, found.statuses) == (Ruling.PROVED, {401: 60})
