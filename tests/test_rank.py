"""What is at stake on a route, by its work, its names and its methods."""

from dataclasses import replace

import pytest

from guardapi.findings import Confidence, Severity
from guardapi.model import Deployment, OuterLimit, Route, View
from guardapi.place import Place
from guardapi.rank import credential_word, level, stake
from guardapi.sink import Access, Audience, Input, Kind, MethodWork, Role, Sink, WorkClass


def route(
    rule: str, endpoint: str = "view", view: str = "shop:view", methods: tuple[str, ...] = ("GET",)
) -> Route:
    place = Place(file="shop.py", line=1)
    return Route(
        rule=rule,
        methods=methods,
        endpoint=endpoint,
        blueprint=None,
        view=View(name=view, place=place),
        place=place,
    )


@pytest.mark.parametrize(
    ("named", "word"),
    [
        (route("/auth/login"), "login"),
        (route("/sign-up"), "sign up"),
        (route("/x", endpoint="accounts.resetPassword"), "reset"),
        (route("/x", view="shop.views:OTPView"), "otp"),
        (route("/x", view="shop.views:Users.log_in"), "log in"),
        (route("/items/<token>"), None),
        (route("/blog/tokenizer"), None),
        (route("/presets"), None),
        (route("/users/reset"), "reset"),
        (route("/stats/reset", endpoint="reset_stats", view="shop:reset_stats"), None),
        (route("/achievements/reset/year"), None),
    ],
)
def test_credential_word_in_names(named: Route, word: str | None) -> None:
    assert credential_word(named) == word


@pytest.mark.parametrize(
    ("rule", "method", "severity"),
    [
        ("/login", "POST", Severity.HIGH),
        ("/login", "GET", Severity.LOW),
        ("/orders", "POST", Severity.MEDIUM),
        ("/orders/<int:number>", "GET", Severity.LOW),
    ],
)
def test_unread_work_is_assumed(rule: str, method: str, severity: Severity) -> None:
    at_stake = stake(route(rule), (method,))

    assert (at_stake.severity, at_stake.confidence) == (severity, Confidence.FIRM)


@pytest.mark.parametrize(
    ("audience", "what"), [(Audience.ANYONE, "credentials"), (Audience.ACCOUNT, "stored")]
)
def test_name_says_little_of_who_was_let_in(audience: Audience, what: str) -> None:
    done = MethodWork(opaque=("vault",), access=Access(audience=audience, reason="so it is"))
    found = replace(route("/credentials", methods=("POST",)), work={"POST": done})

    assert what in stake(found, ()).what


def worked(method: str, sink: Sink | None, audience: Audience = Audience.ANYONE) -> Route:
    """A route whose handler was read, and does one thing."""
    done = MethodWork(
        sinks=(sink,) if sink is not None else (), access=Access(audience=audience, reason="so it is")
    )
    return replace(route("/x", methods=(method,)), work={method: done})


def doing(kind: Kind, work: WorkClass, *, amount: bool | None = None, text: bool = False) -> Sink:
    """A sink; `amount`: whether an amount of the caller is bounded."""
    inputs = (
        [Input(role=Role.TEXT, source="request.args['q']", kind="text", is_bounded=False)] if text else []
    )
    if amount is not None:
        inputs.append(Input(role=Role.AMOUNT, source="request.args['n']", kind="amount", is_bounded=amount))
    place = Place(file="shop.py", line=9)
    return Sink(kind=kind, work=work, name="x", place=place, function="shop:x", inputs=tuple(inputs))


@pytest.mark.parametrize(
    ("found", "score", "severity"),
    [
        (worked("GET", None), 4, Severity.INFO),
        (worked("GET", doing(Kind.TEMPLATE, WorkClass.LIGHT)), 6, Severity.LOW),
        (worked("GET", doing(Kind.WHOLE_TABLE, WorkClass.DATA)), 8, Severity.MEDIUM),
        (worked("GET", doing(Kind.PAGE, WorkClass.DATA, amount=False)), 10, Severity.HIGH),
        (worked("GET", doing(Kind.PAGE, WorkClass.DATA, amount=True)), 9, Severity.MEDIUM),
        (worked("GET", doing(Kind.PAGE, WorkClass.DATA, amount=False), Audience.ACCOUNT), 8, Severity.MEDIUM),
        (worked("GET", doing(Kind.IMAGE, WorkClass.HEAVY, text=True)), 11, Severity.HIGH),
        (worked("POST", doing(Kind.PASSWORD_CHECK, WorkClass.HEAVY, text=True)), 12, Severity.HIGH),
        (worked("POST", doing(Kind.CODE_CHECK, WorkClass.HEAVY, text=True)), 13, Severity.CRITICAL),
        (worked("POST", doing(Kind.MESSAGE, WorkClass.MONEY, amount=False)), 15, Severity.CRITICAL),
        (
            worked("POST", doing(Kind.MODEL_API, WorkClass.MONEY, amount=False), Audience.ACCOUNT),
            12,
            Severity.HIGH,
        ),
        (worked("GET", doing(Kind.DOCUMENT, WorkClass.HEAVY), Audience.STAFF), 6, Severity.LOW),
        (worked("POST", doing(Kind.WRITE, WorkClass.DATA, amount=False), Audience.STAFF), 7, Severity.LOW),
        (
            worked("POST", doing(Kind.PROCESS, WorkClass.HEAVY, amount=False), Audience.STAFF),
            8,
            Severity.MEDIUM,
        ),
    ],
)
def test_score_of_work(found: Route, score: int, severity: Severity) -> None:
    at_stake = stake(found, ())

    assert (at_stake.score, at_stake.severity) == (score, severity)


def test_lockout_ends_guessing_of_codes() -> None:
    code = doing(Kind.CODE_CHECK, WorkClass.HEAVY, text=True)
    found = worked("POST", code)
    locked = MethodWork(
        sinks=(code, doing(Kind.LOCKOUT, WorkClass.NOTHING)), access=found.work["POST"].access
    )

    assert stake(found, ()).score == 13
    assert stake(replace(found, work={"POST": locked}), ()).score == 12


def test_outer_limit_takes_two_levels_off() -> None:
    found = worked("GET", doing(Kind.IMAGE, WorkClass.HEAVY, text=True))
    limit = OuterLimit(
        text="10 per 1 second",
        path="/x",
        match="prefix",
        place=Place(file="nginx.conf", line=1),
        siblings=(("", "/x", "/x"),),
    )

    assert stake(found, (), Deployment(outer_limits=(limit,))).score == 7


def test_level_has_steps_of_catalogue() -> None:
    assert [level(score) for score in (13, 12, 10, 9, 7, 6, 4, 3)] == [
        Severity.CRITICAL,
        *[Severity.HIGH] * 2,
        *[Severity.MEDIUM] * 2,
        *[Severity.LOW] * 2,
        Severity.INFO,
    ]
