"""What is said of a rule that does not do what its examples say."""

from collections.abc import Iterator

import pytest

from guardapi.findings import Cwe, Finding, Severity
from guardapi.model import App, Deployment
from guardapi.rule import Example, Rule
from guardapi.rule_examples import faults

APP = "from flask import Flask\napp = Flask(__name__)"


class Served(Rule):
    """There is an application.

    ## What it finds
    One.

    ## Why it is bad
    It is not.

    ## How to fix it
    Take it away.

    ## What it leaves alone
    Nothing.
    """

    id = "TRY1"
    name = "served"
    severity = Severity.LOW
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION,)
    vulnerable = (Example(title="an app", files={"a.py": f"{APP}  # finds: TRY1"}),)
    secure = (Example(title="another name", files={"b.py": APP}),)

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        if app.place.file == "a.py":
            yield self.finding(app.place, "It is there.", app=app)


def told(**changes: object) -> list[str]:
    rule = type("Changed", (Served,), {"__doc__": Served.__doc__, **changes})()
    return [str(fault) for fault in faults(rule, (rule,))]


def example(path: str, text: str) -> tuple[Example, ...]:
    return (Example(title="it", files={path: text}),)


def test_faultless_rule_is_silent() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        (
            {"vulnerable": example("b.py", f"{APP}  # finds: TRY1")},
            ["vulnerable: it: b.py:2 is marked '# finds: TRY1' and not found"],
        ),
        (
            {"vulnerable": example("a.py", f"import flask  # finds: TRY1\n{APP}")},
            [
                "vulnerable: it: a.py:3 is found and not marked: It is there.",
                "vulnerable: it: a.py:1 is marked '# finds: TRY1' and not found",
            ],
        ),
        (
            {"vulnerable": example("b.py", f"{APP}  # finds: TRY2")},
            ["vulnerable: it: no line is marked '# finds: TRY1'"],
        ),
        ({"secure": example("a.py", APP)}, ["secure: it: a.py:2 is found by TRY1: It is there."]),
        (
            {"secure": example("b.py", "nothing = 1")},
            ["secure: it: no application is found in it"],
        ),
        ({"secure": ()}, ["there is no secure example"]),
        ({"id": "TRY-1", "vulnerable": example("a.py", APP)}, None),
        ({"name": "Served Here"}, ["the name Served Here is not made of small words with hyphens"]),
        (
            {"__doc__": f"{Served.__doc__}".replace("Take it away.", "")},
            ["the docstring says nothing below '## How to fix it'"],
        ),
        (
            {"__doc__": f"{Served.__doc__}".replace("application.", "application")},
            ["the first line of the docstring is no sentence that ends in a full stop"],
        ),
    ],
)
def test_fault_is_told(changes: dict[str, object], faults: list[str] | None) -> None:
    if faults is None:
        assert told(**changes)[0] == "the id TRY-1 is not made of capital letters and digits"
    else:
        assert told(**changes) == faults


def test_same_line_counts_once() -> None:
    def check(self: Rule, app: App, deployment: Deployment) -> Iterator[Finding]:
        yield from Served.check(self, app, deployment)
        yield from Served.check(self, app, deployment)

    assert told(check=check) == ["vulnerable: an app: a.py:2 is found more than once: It is there."]


def test_unreadable_example_is_told() -> None:
    (fault,) = told(secure=(Example(title="it", files={"b.py": f"{APP}\ndef (:\n"}),))

    assert fault.startswith("secure: it: b.py:3: ")


def test_broken_check_is_told() -> None:
    def check(self: Rule, app: App, deployment: Deployment) -> Iterator[Finding]:
        raise KeyError("limits")

    first, second, third = told(check=check)

    assert first.startswith(f"vulnerable: an app: TRY1 broke down at {__file__}:")
    assert first.endswith(": KeyError: 'limits'")
    assert second.endswith("is marked '# finds: TRY1' and not found")
    assert third.startswith("secure: another name: TRY1 broke down")


def test_advice_is_asked_for() -> None:
    assert told(is_advisory=True) == []
    assert told(is_advisory=True, secure=example("a.py", APP)) == [
        "secure: it: a.py:2 is found by TRY1: It is there."
    ]
