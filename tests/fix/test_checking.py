"""Changes are looked at before they are shown; one that does harm is withdrawn, and the others stay."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from writing import place

from guardapi.files import Tree, from_mapping
from guardapi.findings import Finding
from guardapi.fix.changes import Fixes
from guardapi.fix.checking import checked
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import Report, scan_tree
from guardapi.remedy import Delete, Edit, Import, Insert, Remedy, Rewrite, Safety, SetArgument, Where

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
LIMITS = '["5 per minute"]'


APART = """\
import requests
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

import rates

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://")
app.add_url_rule("/two", view_func=rates.two)
app.add_url_rule("/three", view_func=rates.three)
app.add_url_rule("/four", view_func=rates.four)


@app.get("/one")
def one():
    return requests.get("https://one.example/").text
"""
CALLS = tuple(f'requests.get("https://{name}.example/")' for name in ("two", "three", "four"))
RATES = "import requests\n" + "".join(
    f"\n\ndef {name}():\n    return {call}.text\n"
    for name, call in zip(("two", "three", "four"), CALLS, strict=True)
)
FILES = {"app.py": APART, "rates.py": RATES}


def settled(
    *edits: tuple[Edit, ...],
    files: Mapping[str, str] = MappingProxyType({"shop.py": SOURCE}),
    scan: Callable[[Tree], Report] = scan_tree,
) -> tuple[Fixes, Project]:
    """What is left of changes that claim to close the findings of the views."""
    tree = from_mapping(files)
    report = scan_tree(tree)
    project = Project(tree=tree, inventory=report.inventory)
    findings = sorted((f for f in report.findings if f.rule == "GA901"), key=lambda f: f.place)
    assert len(findings) == len(edits)
    claimed = [with_edits(finding, one) for finding, one in zip(findings, edits, strict=True)]
    return checked(plan(claimed, project, lambda _: ""), project, report, scan), project


def with_edits(finding: Finding, edits: tuple[Edit, ...]) -> Finding:
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


def test_change_that_closes_one_of_two() -> None:
    """It is written, and the other finding stays open."""
    fixes, project = settled((timeout(ONE),), (timeout(ONE),))

    assert [finding.place.line for change in fixes.changes for finding in change.findings] == [12]
    assert [(left.finding.place.line, left.why) for left in fixes.left] == [
        (17, "the change would not close it")
    ]
    assert composed(fixes.changes, project)["shop.py"].decode().count("timeout=10") == 1


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
    worse = Rewrite(expression=place(SOURCE, LIMITS), text="[]")
    fixes, _ = settled((timeout(ONE), worse), (timeout(TWO),))

    assert len(fixes.changes) == 1
    assert "would bring up a finding of GA" in fixes.left[0].why


def test_culprit_is_found_by_two_scans() -> None:
    """One of all changes, one without the suspect: that it was to blame needs no third."""
    trees: list[Tree] = []

    def counted(tree: Tree) -> Report:
        trees.append(tree)
        return scan_tree(tree)

    worse = Rewrite(
        expression=place(APART, "get_remote_address", 1, file="app.py"),
        text='lambda: request.headers["X-Forwarded-For"]',
        imports=(Import(module="flask", name="request"),),
    )
    timeouts = [
        SetArgument(call=place(RATES, text, file="rates.py"), name="timeout", value="10") for text in CALLS
    ]
    own = SetArgument(call=place(APART, ONE, file="app.py"), name="timeout", value="10")
    fixes, _ = settled((own, worse), *((edit,) for edit in timeouts), files=FILES, scan=counted)

    assert [sorted(change.files) for change in fixes.changes] == [["rates.py"]] * 3
    assert len(trees) == 2


def test_changes_of_one_place() -> None:
    other = SetArgument(call=place(SOURCE, ONE), name="timeout", value="20")
    fixes, _ = settled((timeout(ONE),), (other,))

    assert len(fixes.changes) == 1
    assert len(fixes.left) == 1
