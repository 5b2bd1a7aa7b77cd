"""Changes are looked at before they are shown; one that does harm is withdrawn, and the others stay."""

from writing import place

from guardapi.files import Tree, from_mapping
from guardapi.findings import Finding
from guardapi.fix.changes import Fixes
from guardapi.fix.checking import checked
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import Report, scan_tree
from guardapi.remedy import Delete, Edit, Insert, Remedy, Rewrite, Safety, SetArgument, Where

SOURCE = """\
import requests
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://")


@app.get("/one")
def one():
    return requests.get("https://one.example/").text


@app.get("/two")
def two():
    return requests.get("https://two.example/").text
"""
ONE, TWO = 'requests.get("https://one.example/")', 'requests.get("https://two.example/")'


def settled(*edits: tuple[Edit, ...]) -> tuple[Fixes, Project]:
    """What is left of changes that claim to close the findings of the two views."""
    tree = from_mapping({"shop.py": SOURCE})
    report = scan_tree(tree)
    project = Project(tree=tree, inventory=report.inventory)
    findings = sorted((f for f in report.findings if f.rule == "GA901"), key=lambda f: f.place)
    assert len(findings) == 2
    claimed = [with_edits(finding, one) for finding, one in zip(findings, edits, strict=False)]
    return checked(plan(claimed, project, lambda _: ""), project, report, scan), project


def scan(tree: Tree) -> Report:
    return scan_tree(tree)


def with_edits(finding: Finding, edits: tuple[Edit, ...]) -> Finding:
    from dataclasses import replace

    return replace(finding, remedy=Remedy(safety=Safety.SAFE, reason="It ends.", edits=edits))


def timeout(call: str) -> SetArgument:
    return SetArgument(call=place(SOURCE, call), name="timeout", value="10")


def test_good_changes_stay() -> None:
    fixes, project = settled((timeout(ONE),), (timeout(TWO),))

    assert (len(fixes.changes), fixes.left) == (2, ())
    assert composed(fixes.changes, project)["shop.py"].decode().count("timeout=10") == 2


def test_change_that_closes_nothing() -> None:
    fixes, _ = settled((Insert(anchor=place(SOURCE, ONE), text="pass", where=Where.BEFORE),), (timeout(TWO),))

    assert [change.findings[0].place.line for change in fixes.changes] == [17]
    assert [left.why for left in fixes.left] == ["the change would not close it"]


def test_change_that_does_not_compile() -> None:
    broken = SetArgument(call=place(SOURCE, ONE), name="timeout", value="(")
    fixes, _ = settled((broken,), (timeout(TWO),))

    assert [change.findings[0].place.line for change in fixes.changes] == [17]
    assert [left.why for left in fixes.left] == ["shop.py would not compile"]


def test_change_that_takes_a_route_away() -> None:
    gone = Delete(statement=place(SOURCE, "def one"))
    fixes, _ = settled((gone,), (timeout(TWO),))

    assert len(fixes.changes) == 1
    assert [left.why for left in fixes.left] == ["the change would alter the routes"]


def test_change_that_brings_up_another_finding() -> None:
    worse = Rewrite(expression=place(SOURCE, 'default_limits=["5 per minute"]'[15:]), text="[]")
    fixes, _ = settled((timeout(ONE), worse), (timeout(TWO),))

    assert len(fixes.changes) == 1
    assert "would bring up a finding of GA" in fixes.left[0].why


def test_changes_of_one_place() -> None:
    other = SetArgument(call=place(SOURCE, ONE), name="timeout", value="20")
    fixes, _ = settled((timeout(ONE),), (other,))

    assert len(fixes.changes) == 1
    assert len(fixes.left) == 1
