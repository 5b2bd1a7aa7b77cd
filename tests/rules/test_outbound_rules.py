"""GA505, GA603, GA604, GA608, GA609 and GA901 on applications made by hand."""

from dataclasses import replace

import pytest
from building import LIMITED, UNDECIDED, app, at, found, limiter, outer, route

from guardapi.findings import Confidence, Severity
from guardapi.model import App, MethodLimits, Route
from guardapi.sink import Access, Audience, Input, Kind, MethodWork, Role, Sink, WorkClass

WORK = {
    Kind.HTTP: ("GA603", "requests.get"),
    Kind.CONNECTION: ("GA603", "ftplib.FTP"),
    Kind.MODEL_API: ("GA604", "openai.OpenAI().responses.create"),
    Kind.PAYMENT: ("GA604", "stripe.PaymentIntent.create"),
    Kind.MESSAGE: ("GA505", "twilio.rest.Client().messages.create"),
    Kind.MAIL: ("GA505", "flask_mail.Mail().send"),
    Kind.QUEUE: ("GA608", "threading.Thread().start"),
    Kind.SLEEP: ("GA609", "time.sleep"),
}
MONEY = frozenset({Kind.MODEL_API, Kind.PAYMENT, Kind.MESSAGE})
ITEMS = Input(role=Role.AMOUNT, source="request.json['urls']", kind="items", is_bounded=False)


def sink(kind: Kind, *, line: int = 20, inputs: tuple[Input, ...] = (), **facts: object) -> Sink:
    usual = {"total": 5, "seconds": 5} if kind is Kind.SLEEP else {}
    return Sink(
        kind=kind,
        work=WorkClass.MONEY if kind in MONEY else WorkClass.HEAVY,
        name=WORK[kind][1] if kind in WORK else "subprocess.run",
        place=at(line),
        function="shop:view",
        inputs=inputs,
        facts={**usual, **facts},
    )


def working(rule: str, *sinks: Sink, limits: MethodLimits | None = None, audience: int = 2) -> Route:
    made = route(rule, "POST", **({} if limits is None else {"limits": limits}))
    access = Access(audience=Audience(audience), reason="nothing asks who calls")
    return replace(made, work={"POST": MethodWork(sinks=sinks, access=access)})


def shop(*routes: Route, has_limiter: bool = True) -> App:
    return app(*routes, limiters=(limiter(),) if has_limiter else ())


@pytest.mark.parametrize("kind", WORK)
def test_open_route_is_found(kind: Kind) -> None:
    (finding,) = found(WORK[kind][0], shop(working("/a", sink(kind))))

    assert finding.place == at(20)
    assert finding.message.startswith("`POST /a` ")
    assert finding.route is not None
    assert not finding.is_advisory


@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize("limits", [LIMITED, UNDECIDED])
def test_limited_route_is_silent(kind: Kind, limits: MethodLimits) -> None:
    assert found(WORK[kind][0], shop(working("/a", sink(kind), limits=limits))) == []


@pytest.mark.parametrize("kind", WORK)
def test_row_of_missing_limiter_is_silent(kind: Kind) -> None:
    assert found(WORK[kind][0], shop(working("/a", sink(kind)), has_limiter=False)) == []


@pytest.mark.parametrize("kind", WORK)
def test_outer_limit_covers_work(kind: Kind) -> None:
    assert found(WORK[kind][0], shop(working("/a", sink(kind))), outer("/a")) == []


@pytest.mark.parametrize("kind", [Kind.HTTP, Kind.MODEL_API, Kind.MAIL, Kind.QUEUE])
@pytest.mark.parametrize("has_limiter", [True, False])
def test_items_of_caller_stay_found(kind: Kind, has_limiter: bool) -> None:
    """A rate limit does not cure it."""
    repeated = replace(sink(kind), repeated_by=ITEMS)
    (finding,) = found(WORK[kind][0], shop(working("/a", repeated, limits=LIMITED), has_limiter=has_limiter))

    assert "request.json['urls']" in finding.message


def test_sink_of_many_routes_found_once() -> None:
    routes = [working(f"/{name}", sink(Kind.HTTP)) for name in "abc"]
    (finding,) = found("GA603", shop(*routes, working("/d", sink(Kind.HTTP), limits=LIMITED)))

    assert finding.message.startswith("`POST /a` (and 2 more routes) calls another server")
    assert finding.route is None
    assert [related.message for related in finding.related] == [
        "POST /a is served here",
        "POST /b reaches it, too",
        "POST /c reaches it, too",
    ]


def test_further_calls_of_route_are_related() -> None:
    calls = (sink(Kind.HTTP, line=20), sink(Kind.HTTP, line=30, timeout="none"))
    (finding,) = found("GA603", shop(working("/a", *calls)))

    assert finding.place == at(20)
    assert [(one.place, one.message) for one in finding.related][-1] == (
        at(30),
        "`requests.get` calls another server, too",
    )


def test_missing_timeout_raises_outbound_call() -> None:
    (bounded,) = found("GA603", shop(working("/a", sink(Kind.HTTP, timeout=3))))
    (endless,) = found("GA603", shop(working("/a", sink(Kind.HTTP, timeout="none"))))

    assert endless.severity == bounded.severity + 1
    assert "without limit and without a timeout" in endless.message


def test_address_of_caller_ranks_higher() -> None:
    url = Input(role=Role.URL, source="request.form['u']", kind="text", is_bounded=False)
    (part,) = found(
        "GA603", shop(working("/a", sink(Kind.HTTP, inputs=(url,), picks_host=False), audience=1))
    )
    (whole,) = found(
        "GA603", shop(working("/a", sink(Kind.HTTP, inputs=(url,), picks_host=True), audience=1))
    )

    assert (part.severity, whole.severity) == (Severity.MEDIUM, Severity.HIGH)
    assert "the caller picks the address" in whole.why


def test_staff_routes_are_advice() -> None:
    (finding,) = found("GA603", shop(working("/a", sink(Kind.HTTP), audience=0)))

    assert (finding.severity, finding.is_advisory) == (Severity.LOW, True)


@pytest.mark.parametrize(
    ("recipient", "severity"),
    [("caller", Severity.CRITICAL), ("unknown", Severity.CRITICAL), ("fixed", Severity.LOW)],
)
def test_recipient_ranks_message(recipient: str, severity: Severity) -> None:
    (finding,) = found("GA505", shop(working("/a", sink(Kind.MESSAGE, recipient=recipient, paid=True))))

    assert (finding.severity, finding.is_advisory) == (severity, recipient == "fixed")
    assert ("to whomever the request names" in finding.message) is (recipient == "caller")


def test_queue_of_message_is_related() -> None:
    (finding,) = found("GA505", shop(working("/a", sink(Kind.MAIL, queued_at=at(40)))))

    assert (finding.related[0].place, finding.related[0].message) == (at(40), "the job is queued here")


@pytest.mark.parametrize("facts", [{"does": Kind.MAIL}, {"does": Kind.MESSAGE}, {"is_bounded": True}])
def test_queued_work_left_to_others(facts: dict[str, object]) -> None:
    assert found("GA608", shop(working("/a", sink(Kind.QUEUE, **facts)))) == []


def test_job_is_named() -> None:
    queued = sink(Kind.QUEUE, how="job", job="shop.tasks:describe", does=Kind.MODEL_API)
    (finding,) = found("GA608", shop(working("/a", queued)))

    assert finding.message.startswith(
        "`POST /a` queues a job (`describe`) that calls a paid model for each request"
    )


def test_free_prompt_on_limited_route_is_medium() -> None:
    length = Input(
        role=Role.AMOUNT, source="the length of request.json['q']", kind="length", is_bounded=False
    )
    (finding,) = found("GA604", shop(working("/a", sink(Kind.MODEL_API, inputs=(length,)), limits=LIMITED)))

    assert finding.severity is Severity.MEDIUM
    assert "one request may cost as much as the caller likes" in finding.message


@pytest.mark.parametrize(
    ("total", "severity"), [("endless", Severity.MEDIUM), (3, Severity.MEDIUM), (0.5, Severity.LOW)]
)
def test_length_ranks_sleep(total: object, severity: Severity) -> None:
    (finding,) = found("GA609", shop(working("/a", sink(Kind.SLEEP, total=total))))

    assert (finding.severity, finding.is_advisory) == (severity, severity is Severity.LOW)


@pytest.mark.parametrize("total", [0.1, 0.2, "unknown"])
def test_short_sleep_is_silent(total: object) -> None:
    assert found("GA609", shop(working("/a", sink(Kind.SLEEP, total=total)))) == []


@pytest.mark.parametrize("limits", [LIMITED, MethodLimits()])
def test_sleep_of_caller_is_high(limits: MethodLimits) -> None:
    length = Input(role=Role.AMOUNT, source="request.args['s']", kind="amount", is_bounded=False)
    (finding,) = found(
        "GA609", shop(working("/a", sink(Kind.SLEEP, inputs=(length,), total="unknown"), limits=limits))
    )

    assert finding.severity is Severity.HIGH


# -- timeouts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_limiter", [True, False])
def test_missing_timeout_found_with_limit(has_limiter: bool) -> None:
    held = shop(working("/a", sink(Kind.HTTP, timeout="none"), limits=LIMITED), has_limiter=has_limiter)
    (finding,) = found("GA901", held)

    assert finding.message == (
        "`requests.get` in `POST /a` has no timeout: if the other side hangs, the worker hangs with it."
    )
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.CERTAIN)


def test_missing_timeout_folds_into_missing_limit() -> None:
    endless = shop(working("/a", sink(Kind.HTTP, timeout="none")))

    assert found("GA901", endless) == []
    assert "without a timeout" in found("GA603", endless)[0].message


@pytest.mark.parametrize("timeout", [5, "unknown", None])
def test_finite_timeout_is_silent(timeout: object) -> None:
    facts = {} if timeout is None else {"timeout": timeout}

    assert found("GA901", shop(working("/a", sink(Kind.HTTP, **facts), limits=LIMITED))) == []


def test_long_default_is_advice() -> None:
    (finding,) = found("GA901", shop(working("/a", sink(Kind.MODEL_API, timeout=600), limits=LIMITED)))

    assert (finding.severity, finding.is_advisory) == (Severity.LOW, True)


def test_calls_of_one_function_found_once() -> None:
    calls = [sink(Kind.HTTP, line=line, timeout="none") for line in (20, 30, 40)]
    (finding,) = found("GA901", shop(working("/a", *calls, limits=LIMITED)))

    assert finding.message.startswith("`requests.get`, and 2 more calls there, in `POST /a` have no timeout")
    assert [one.place for one in finding.related][-2:] == [at(30), at(40)]


@pytest.mark.parametrize(("kind", "count"), [(Kind.CONNECTION, 1), (Kind.HTTP, 2)])
def test_calls_through_one_connection_found_once(kind: Kind, count: int) -> None:
    bind, search = (
        replace(sink(kind, line=line, timeout="none"), name=f"ldap.initialize().{call}", function=call)
        for line, call in ((20, "bind"), (30, "search_s"))
    )
    routes = (working("/a", bind, limits=LIMITED), working("/b", search, limits=LIMITED))

    assert len(found("GA901", shop(*routes))) == count


def test_address_of_caller_without_timeout_is_high() -> None:
    (finding,) = found(
        "GA901", shop(working("/a", sink(Kind.HTTP, timeout="none", picks_host=True), limits=LIMITED))
    )

    assert finding.severity is Severity.HIGH


def test_wait_of_job_is_silent() -> None:
    queued = sink(Kind.MAIL, timeout="none", queued_at=at(40))

    assert found("GA901", shop(working("/a", queued, limits=LIMITED))) == []


def test_unresolved_receiver_is_firm() -> None:
    unsure = replace(sink(Kind.HTTP, timeout="none"), is_certain=False)
    (finding,) = found("GA901", shop(working("/a", unsure, limits=LIMITED)))

    assert finding.confidence is Confidence.FIRM


def test_long_timeout_that_was_passed_is_silent() -> None:
    assert found("GA901", shop(working("/a", sink(Kind.HTTP, timeout=600), limits=LIMITED))) == []


def test_credit_lowers_paid_call() -> None:
    (free,) = found("GA604", shop(working("/a", sink(Kind.MODEL_API, charged=False))))
    (charged,) = found("GA604", shop(working("/a", sink(Kind.MODEL_API, charged=True))))

    assert (free.severity, charged.severity) == (Severity.HIGH, Severity.MEDIUM)


def test_cool_down_silences_message() -> None:
    assert found("GA505", shop(working("/a", sink(Kind.MESSAGE, cooled=True)))) == []
