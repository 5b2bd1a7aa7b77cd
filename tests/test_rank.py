"""What is at stake on a route, by its names and methods."""

import pytest

from guardapi.findings import Confidence, Severity
from guardapi.model import Route, View
from guardapi.place import Place
from guardapi.rank import credential_word, level, stake


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
    ],
)
def test_credential_word_in_names(named: Route, word: str | None) -> None:
    assert credential_word(named) == word


@pytest.mark.parametrize(
    ("rule", "method", "severity", "confidence"),
    [
        ("/login", "POST", Severity.HIGH, Confidence.FIRM),
        ("/reset/<token>", "GET", Severity.HIGH, Confidence.FIRM),
        ("/login", "GET", Severity.LOW, Confidence.CERTAIN),
        ("/orders", "POST", Severity.MEDIUM, Confidence.CERTAIN),
        ("/orders/<int:number>", "GET", Severity.LOW, Confidence.CERTAIN),
    ],
)
def test_stake_of_route(rule: str, method: str, severity: Severity, confidence: Confidence) -> None:
    at_stake = stake(route(rule), (method,))

    assert (at_stake.severity, at_stake.confidence) == (severity, confidence)


def test_level_has_steps_of_catalogue() -> None:
    assert [level(score) for score in (13, 12, 10, 9, 7, 6, 4, 3)] == [
        Severity.CRITICAL,
        *[Severity.HIGH] * 2,
        *[Severity.MEDIUM] * 2,
        *[Severity.LOW] * 2,
        Severity.INFO,
    ]
