"""GA102 on applications made by hand."""

from dataclasses import replace

from building import LIMITED, UNDECIDED, UNLIMITED, app, at, found, limiter, route

from guardapi.findings import Severity
from guardapi.model import MethodLimits, Misuse
from guardapi.sink import MethodWork

ACTIVE = (limiter(),)


def test_method_beside_limited_one() -> None:
    orders = route("/orders", "GET", "POST", limits={"GET": LIMITED, "POST": UNLIMITED})
    (finding,) = found("GA102", app(orders, limiters=ACTIVE))

    assert finding.message == "`POST /orders` has no limit: its limits hold for GET only."
    assert (finding.place, finding.severity) == (at(10), Severity.MEDIUM)
    assert finding.route is not None
    assert finding.route.methods == ("POST",)


def test_routes_of_blueprint_grouped() -> None:
    routes = [route(f"/{name}", "POST", blueprint="api", line=line) for line, name in enumerate("abc", 20)]
    (finding,) = found("GA102", app(*routes, limiters=ACTIVE))

    assert finding.message.startswith("`POST /a` and 2 more routes of blueprint `api` have no limit: ")
    assert [related.place.line for related in finding.related] == [21, 22]


def test_missing_default_is_one_cause() -> None:
    """Whatever blueprints the routes belong to: one default limit closes all of them."""
    routes = [route(f"/{name}", "POST", blueprint=name) for name in "abc"]
    (finding,) = found("GA102", app(*routes, limiters=ACTIVE))

    assert finding.message.startswith(
        "`POST /a` and 2 more routes have no limit: none is declared for it, and"
    )


def test_reasons_are_findings_apart() -> None:
    dropped = MethodLimits(reasons=("It is exempt from the defaults.",))
    findings = found("GA102", app(route("/a"), route("/b", limits=dropped), route("/c"), limiters=ACTIVE))

    assert sorted(finding.message for finding in findings) == [
        "`GET /a` and 1 more route have no limit: none is declared for it, and there is no default limit.",
        "`GET /b` has no limit: It is exempt from the defaults.",
    ]


def test_worst_route_leads_group() -> None:
    (finding,) = found("GA102", app(route("/about"), route("/reset", "POST", line=30), limiters=ACTIVE))

    assert (finding.place, finding.severity) == (at(30), Severity.HIGH)


def test_silent_without_active_limiter() -> None:
    assert found("GA102", app(route("/orders"), limiters=ACTIVE))
    assert not found("GA102", app(route("/orders")))
    assert not found("GA102", app(route("/orders"), limiters=(limiter(bound=False),)))


def test_exempt_and_undecided_left_out() -> None:
    application = app(
        route("/a", exempt="exempt by decorator"),
        route("/b", limits=UNDECIDED),
        route("/ping"),
        route("/c", "OPTIONS"),
        limiters=ACTIVE,
    )

    assert not found("GA102", application)


def test_misused_view_left_to_other_rule() -> None:
    misuse = Misuse(place=at(8), kind="above-route", function="pay", text="3 per minute")
    application = app(route("/pay", "POST"), route("/buy", "POST"), limiters=(limiter(misuses=(misuse,)),))

    (finding,) = found("GA102", application)
    assert finding.message.startswith("`POST /buy` has")


def test_new_worst_route_is_new_finding() -> None:
    (before,) = found("GA102", app(route("/about"), limiters=ACTIVE))
    (lighter,) = found("GA102", app(route("/about"), route("/zebra"), limiters=ACTIVE))
    (worse,) = found("GA102", app(route("/about"), route("/login", "POST"), limiters=ACTIVE))

    assert before.fingerprint == lighter.fingerprint != worse.fingerprint


def test_methods_without_function_left_out() -> None:
    served, refused = MethodWork(opaque=("store",)), MethodWork(opaque=("store",), is_served=False)
    orders = replace(
        route("/orders", "GET", "PATCH", "POST"), work={"GET": served, "PATCH": refused, "POST": served}
    )
    (finding,) = found("GA102", app(orders, limiters=ACTIVE))

    assert finding.message.startswith("`GET, POST /orders` has no limit")
