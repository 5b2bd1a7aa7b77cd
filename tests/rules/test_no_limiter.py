"""GA101 on applications made by hand."""

from dataclasses import replace

from building import LIMITED, UNDECIDED, app, at, found, limiter, outer, route

from guardapi.findings import Confidence, Severity
from guardapi.sink import Access, Audience, MethodWork


def test_message_counts_open_routes() -> None:
    (finding,) = found("GA101", app(route("/orders", "POST"), route("/search"), route("/healthz")))

    assert finding.message == (
        "No rate limiter is active: 2 routes of `shop:app` can be called without limit."
    )
    assert (finding.place, finding.severity, finding.confidence) == (
        at(3),
        Severity.MEDIUM,
        Confidence.CERTAIN,
    )


def test_rows_are_worst_first() -> None:
    (finding,) = found("GA101", app(route("/search"), route("/login", "POST"), route("/orders", "POST")))

    assert [related.message.partition(":")[0] for related in finding.related] == [
        "POST /login",
        "POST /orders",
        "GET /search",
    ]


def test_credentials_raise_to_high() -> None:
    (finding,) = found("GA101", app(route("/login", "POST")))

    assert (finding.severity, finding.confidence) == (Severity.HIGH, Confidence.CERTAIN)


def test_active_limiter_silences() -> None:
    assert found("GA101", app(route("/orders", "POST")))
    assert not found("GA101", app(route("/orders", "POST"), limiters=(limiter(),)))


def test_unused_unbound_limiter_is_none() -> None:
    """A limiter that nobody declares a limit on, and that is not bound, is as good as none."""
    assert found("GA101", app(route("/orders"), limiters=(limiter(bound=False, uses=0),)))
    assert not found("GA101", app(route("/orders"), limiters=(limiter(bound=False, uses=2),)))


def test_undecided_route_is_not_counted() -> None:
    (finding,) = found("GA101", app(route("/orders"), route("/items", limits=UNDECIDED)))

    assert "1 route of" in finding.message
    assert not found("GA101", app(route("/items", limits=UNDECIDED)))


def test_ping_of_its_own_server_is_no_route() -> None:
    assert found("GA101", app(route("/")))
    assert not found("GA101", app(replace(route("/"), endpoint="ping")))


def test_outer_limit_covers_route() -> None:
    application = app(route("/api/orders", "POST"), route("/admin", "POST"))

    (finding,) = found("GA101", application, outer("/api/"))
    assert [related.message.split(":")[0] for related in finding.related] == ["POST /admin"]
    assert not found("GA101", application, outer("/"))


def test_views_of_dependencies_do_not_count() -> None:
    assert not found("GA101", app(route("/static/<path:filename>", line=None), route("/docs", line=None)))


def test_nothing_at_stake_is_advice() -> None:
    """Who has an account may read what costs nothing."""
    access = Access(audience=Audience.ACCOUNT, reason="so it is")
    read = replace(route("/name"), work={"GET": MethodWork(access=access)})

    assert found("GA101", app(read))[0].is_advisory
    assert not found("GA101", app(read, route("/orders", "POST")))[0].is_advisory


def test_own_limiter_makes_it_a_note() -> None:
    own = limiter(kind="project", name="shop:throttle")
    (finding,) = found("GA101", app(route("/orders"), route("/x", limits=LIMITED), limiters=(own,)))

    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.TENTATIVE)
    assert finding.related[0].message == "`shop:throttle` may limit callers"


def test_own_limiter_excuses_no_other_route() -> None:
    """What lies behind it is undecided; what it surely does not cover is open."""
    own = limiter(kind="project", name="shop:throttle")
    routes = (route("/login", "POST"), route("/search", limits=UNDECIDED))
    (finding,) = found("GA101", app(*routes, limiters=(own,)))

    assert finding.message == (
        "No rate limiter is active beside `shop:throttle`: 1 route of `shop:app` can be called without limit."
    )
    assert (finding.severity, finding.confidence) == (Severity.HIGH, Confidence.FIRM)


def test_fingerprint_survives_more_routes() -> None:
    (before,) = found("GA101", app(route("/orders")))
    (after,) = found("GA101", app(route("/orders", line=99), route("/search")))

    assert before.fingerprint == after.fingerprint
