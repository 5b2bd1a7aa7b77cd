"""The pipeline, on a front end made by hand."""

import gc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from guardapi.config import Options, Profile
from guardapi.files import Tree, from_mapping
from guardapi.findings import Confidence, Cwe, Finding, Severity, fingerprint
from guardapi.model import App, Deployment, Inventory, Problem, Route, View
from guardapi.pipeline import inventory_tree, scan_tree
from guardapi.place import Place
from guardapi.rule import Rule, catalogue

PLACE = Place(file="app.py", line=1)
TREE = from_mapping({"app.py": "app = object()\nother = 1\n"})


def app(name: str, *rules: str) -> App:
    view = View(name="app:view", place=PLACE)
    routes = [
        Route(rule=rule, methods=("GET",), endpoint="view", blueprint=None, view=view, place=PLACE)
        for rule in rules
    ]
    return App(id=name, framework="flask", place=PLACE, routes=tuple(routes))


def known(tree: Tree, options: Options) -> Inventory:
    problems = (Problem(file="b.py", line=2, message="no"), Problem(file="a.py", line=1, message="no"))
    return Inventory(apps=(app("b:app", "/z", "/a"), app("a:app")), problems=problems * 2, files=1)


class Always(Rule):
    """Finds the application."""

    id = "GA990"
    name = "always"
    severity = Severity.LOW
    cwe = (Cwe.INTERACTION_FREQUENCY,)
    vulnerable = ()
    secure = ()

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        yield self.finding(app.place, "Found.", app=app)
        yield self.finding(app.place, "Advice.", app=app, is_advisory=True)
        yield self.finding(app.place, "Perhaps.", app=app, confidence=Confidence.TENTATIVE)


class Advice(Always):
    """Finds what the default profile does not show."""

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        yield self.finding(app.place, "Advice.", app=app, is_advisory=True)


class Broken(Always):
    """Fails on one application, after a finding."""

    id = "GA991"
    name = "broken"

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        yield self.finding(app.place, "Found.", app=app, severity=Severity.HIGH)
        if app.id == "b:app":
            raise ValueError("odd application")


def test_inventory_order_is_fixed() -> None:
    found = inventory_tree(TREE, discover=known)

    assert [application.id for application in found.apps] == ["a:app", "b:app"]
    assert [route.rule for route in found.apps[1].routes] == ["/a", "/z"]
    assert [problem.file for problem in found.problems] == ["a.py", "b.py"]


def test_broken_rule_costs_itself() -> None:
    report = scan_tree(TREE, discover=known, rules=(Always(), Broken()))

    assert [failure.rule for failure in report.failures] == ["GA991"]
    assert report.problems[-1].message == "rule GA991 failed on b:app: ValueError: odd application"
    assert [(finding.rule, finding.app) for finding in report.findings] == [
        ("GA991", "a:app"),
        ("GA990", "a:app"),
        ("GA990", "b:app"),
    ]


@pytest.mark.parametrize(
    ("profile", "messages"),
    [
        (Profile.DEFAULT, {"Found."}),
        (Profile.PEDANTIC, {"Found.", "Advice."}),
        (Profile.AUDIT, {"Found.", "Advice.", "Perhaps."}),
    ],
)
def test_profile_selects_findings(profile: Profile, messages: set[str]) -> None:
    report = scan_tree(TREE, Options(profile=profile), discover=known, rules=(Always(),))

    assert {finding.message for finding in report.findings} == messages


@pytest.mark.parametrize(
    ("name", "is_advisory"),
    [("make_doc", True), ("docs_app", True), ("create_app", False), ("documents", False)],
)
def test_application_for_documentation_is_advice(name: str, *, is_advisory: bool) -> None:
    made = Inventory(apps=(app(f"shop:{name}"),))
    report = scan_tree(TREE, discover=lambda *_: made, rules=(Always(),))

    assert bool(report.findings) is not is_advisory


@pytest.mark.parametrize(
    ("folder", "is_advisory"),
    [("examples/", True), ("docs/", True), ("", False), ("samples_of_blood/", False)],
)
def test_application_of_example_is_advice(folder: str, *, is_advisory: bool) -> None:
    """The library that it shows is not."""
    files = {
        f"{folder}run.py": "from flask import Flask\nfrom library import prices\napp = Flask(__name__)\n"
        "app.register_blueprint(prices)\n",
        "library.py": TWO_FACTORIES.partition("def create_app")[0],
    }
    shown = {finding.rule for finding in scan_tree(from_mapping(files)).findings}

    assert "GA901" in shown
    assert ("GA101" in shown) is not is_advisory


TWO_FACTORIES = """
import requests
from flask import Blueprint, Flask

prices = Blueprint("prices", __name__)


@prices.get("/price")
def price():
    return requests.get("https://prices.example").text


def create_app():
    app = Flask(__name__)
    app.register_blueprint(prices)
    return app


def create_small_app():
    app = Flask(__name__)
    app.register_blueprint(prices)
    return app
"""


def test_one_place_in_two_applications_is_one_finding() -> None:
    report = scan_tree(from_mapping({"shop.py": TWO_FACTORIES}))
    places = [finding for finding in report.findings if finding.rule == "GA901"]

    assert [application.id for application in report.inventory.apps] == [
        "shop:create_app",
        "shop:create_small_app",
    ]
    assert [finding.app for finding in places] == ["shop:create_app"]
    assert places[0].related[-1].message == "`shop:create_small_app` reaches it, too"
    assert [finding.app for finding in report.findings if finding.rule == "GA101"] == [
        "shop:create_app",
        "shop:create_small_app",
    ]


def test_fingerprints_are_distinct() -> None:
    report = scan_tree(TREE, Options(profile=Profile.AUDIT), discover=known, rules=(Always(),))

    assert len({finding.fingerprint for finding in report.findings}) == len(report.findings) == 6


def test_fingerprints_keep_applications_apart() -> None:
    """Both are `app`, of two modules: what one has must not stand for what the other gets."""
    alone = scan_tree(TREE, discover=lambda *_: Inventory(apps=(app("a:app"),)), rules=(Always(),))
    both = scan_tree(TREE, discover=known, rules=(Always(),))

    assert {f.fingerprint for f in alone.findings}.isdisjoint(f.fingerprint for f in both.findings)


def test_comment_for_hidden_finding_is_used() -> None:
    tree = from_mapping({"app.py": "app = object()  # guardapi: ignore[always] because x\n"})
    shown, audited = (
        scan_tree(tree, Options(profile=profile), discover=known, rules=(Advice(),))
        for profile in (Profile.DEFAULT, Profile.AUDIT)
    )

    assert (shown.findings, shown.suppressed, shown.hidden, shown.remarks) == ((), (), (), ())
    assert [finding.message for finding in audited.suppressed] == ["Advice.", "Advice."]


def test_comment_for_failed_rule_is_not_judged() -> None:
    tree = from_mapping({"app.py": "pass\napp = object()  # guardapi: ignore[GA991] because x\n"})

    assert scan_tree(tree, discover=known, rules=(Broken(),)).remarks == ()


def test_source_lines_around_findings_kept() -> None:
    tree = from_mapping({"app.py": "app = object()\n" + "".join(f"n = {line}\n" for line in range(2, 9))})
    report = scan_tree(tree, discover=known, rules=(Always(),))

    assert report.source_lines == {
        ("app.py", 1): "app = object()",
        ("app.py", 2): "n = 2",
        ("app.py", 3): "n = 3",
    }


@pytest.mark.parametrize("was_on", [True, False])
def test_collector_is_off_during_run(*, was_on: bool) -> None:
    seen: list[bool] = []

    def discover(tree: Tree, options: Options) -> Inventory:
        seen.append(gc.isenabled())
        raise RuntimeError

    (gc.enable if was_on else gc.disable)()
    try:
        with pytest.raises(RuntimeError):
            scan_tree(TREE, discover=discover)
        assert (seen, gc.isenabled()) == ([False], was_on)
    finally:
        gc.enable()


def test_same_findings_in_any_order() -> None:
    def reversed_apps(tree: Tree, options: Options) -> Inventory:
        found = known(tree, options)
        return replace(found, apps=found.apps[::-1])

    forward = scan_tree(TREE, discover=known, rules=(Always(),))
    backward = scan_tree(TREE, discover=reversed_apps, rules=(Always(),))
    assert forward == backward


def test_fingerprint_keeps_parts_apart() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("\ud800") == fingerprint("\ud800")


def test_catalogue_lists_each_rule_once() -> None:
    ids = [rule.id for rule in catalogue()]

    assert ids == sorted(set(ids))
    assert {"GA101", "GA102", "GA201", "GA202", "GA401"} <= set(ids)
