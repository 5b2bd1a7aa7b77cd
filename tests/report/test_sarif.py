"""SARIF: the official schema, and what code scanning of GitHub needs beyond it."""

import textwrap
from dataclasses import replace
from typing import Any

from findings_sample import ACCEPTED, COSTLY, MANY, REPORT, SCHEMAS, document, faults, schema
from sample import APP, INVENTORY, at

from guardapi.files import from_mapping
from guardapi.findings import Related
from guardapi.model import Inventory
from guardapi.pipeline import Report, scan_tree
from guardapi.place import Place
from guardapi.rule import catalogue


def run(report: Report = REPORT) -> Any:
    (only,) = document("sarif", report)["runs"]
    return only


def result(finding: Any, **facts: Any) -> Any:
    (only,) = run(Report(inventory=INVENTORY, findings=(finding,), **facts))["results"]
    return only


def test_sarif_fits_official_schema() -> None:
    official = schema(SCHEMAS / "sarif-2.1.0.json")

    assert faults(document("sarif"), official) == []
    assert faults(document("sarif", Report(inventory=Inventory())), official) == []
    assert faults({"version": "2.1.0"}, official) != []


def test_rules_carry_what_github_ranks_by() -> None:
    rules = run()["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [rule.id for rule in catalogue()]
    for rule in rules:
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        assert rule["properties"]["tags"][0] == "security"
        assert any(tag.startswith("external/cwe/cwe-") for tag in rule["properties"]["tags"])
        assert len(rule["properties"]["tags"]) <= 10
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert "## How to fix it" in rule["help"]["markdown"]
        assert "How to fix it" in rule["help"]["text"]


def test_result_names_its_rule() -> None:
    whole = run()
    rules = whole["tool"]["driver"]["rules"]

    assert len(whole["results"]) == 6
    assert all(rules[entry["ruleIndex"]]["id"] == entry["ruleId"] for entry in whole["results"])
    assert [entry["level"] for entry in whole["results"]] == [
        "error",
        "error",
        "warning",
        "note",
        "warning",
        "warning",
    ]


def test_primary_location_is_exact() -> None:
    (location,) = result(COSTLY, source_lines=REPORT.source_lines)["locations"]
    physical = location["physicalLocation"]

    assert physical["artifactLocation"] == {"uri": "backend/shop/stock.py", "uriBaseId": "SRCROOT"}
    assert physical["region"] == {"startLine": 40, "startColumn": 5, "endLine": 40, "endColumn": 22}
    assert physical["contextRegion"]["snippet"]["text"] == "    requests.get(url)"


def test_unknown_end_is_end_of_line() -> None:
    place = Place(file="gunicorn.conf.py", line=3)
    known = {("gunicorn.conf.py", 3): "timeout = 0\r"}
    region = result(replace(MANY, place=place), source_lines=known)["locations"][0]["physicalLocation"][
        "region"
    ]

    assert region == {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 12}


def test_fingerprint_is_ours_alone() -> None:
    """The name that GitHub computes itself would only bring warnings."""
    assert result(COSTLY)["partialFingerprints"] == {"guardapi/v1": "f1"}


def test_flow_leads_from_route_to_sink() -> None:
    route = replace(
        APP.routes[0], view=replace(APP.routes[0].view, place=at(20)), place=at(9, "shop/urls.py")
    )
    inventory = Inventory(apps=(replace(APP, routes=(route,)),))
    whole = run(Report(inventory=inventory, findings=(COSTLY,)))
    (flow,) = whole["results"][0]["codeFlows"]
    (thread,) = flow["threadFlows"]
    steps = [
        (
            step["location"]["physicalLocation"]["artifactLocation"]["uri"].removeprefix("backend/"),
            step["location"]["physicalLocation"]["region"]["startLine"],
            step["location"]["message"]["text"],
        )
        for step in thread["locations"]
    ]

    assert steps == [
        ("shop/urls.py", 9, "the route is registered here"),
        ("shop/app.py", 20, "GET /stock is served here"),
        ("shop/stock.py", 30, "`look_up` is called here"),
        ("shop/stock.py", 40, COSTLY.message),
    ]


PROJECT = {
    "shop/__init__.py": """
        from flask import Flask
        from flask_limiter import Limiter
        from shop.views import stock

        def create_app():
            app = Flask(__name__)
            app.config["MAX_CONTENT_LENGTH"] = 1000
            Limiter(lambda: "", app=app)
            app.add_url_rule("/stock", view_func=stock)
            return app
    """,
    "shop/views.py": """
        from shop.partner import look_up

        def stock():
            return look_up()
    """,
    "shop/partner.py": """
        import requests

        def look_up():
            return requests.get("https://partner.example/stock", timeout=3).text
    """,
}


def test_flow_of_scanned_project() -> None:
    files = {path: textwrap.dedent(text) for path, text in PROJECT.items()}
    whole = run(scan_tree(from_mapping(files)))
    (found,) = [entry for entry in whole["results"] if entry["ruleId"] == "GA603"]
    steps = found["codeFlows"][0]["threadFlows"][0]["locations"]

    assert [
        step["location"]["physicalLocation"]["artifactLocation"]["uri"].removeprefix("backend/")
        for step in steps
    ] == ["shop/__init__.py", "shop/views.py", "shop/views.py", "shop/partner.py"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [10, 4, 5, 5]


def test_no_flow_without_steps() -> None:
    assert "codeFlows" not in result(MANY)


def test_other_places_are_linked() -> None:
    written = result(COSTLY)

    assert [(entry["id"], entry["message"]["text"]) for entry in written["relatedLocations"]] == [
        (1, "`limiter` is made here")
    ]
    assert "See [`limiter` is made here](1)." in written["message"]["text"]
    assert "and 9 more." in result(MANY)["message"]["text"]


def test_related_locations_are_bounded() -> None:
    many = replace(MANY, related=tuple(Related(place=at(line), message="x") for line in range(1, 400)))

    assert len(result(many)["relatedLocations"]) == 100


def test_accepted_results_are_kept() -> None:
    states = {
        entry["partialFingerprints"]["guardapi/v1"]: (
            entry["baselineState"],
            [(found["kind"], found["status"], found["justification"]) for found in entry["suppressions"]],
        )
        for entry in run()["results"]
    }

    assert states["f1"] == ("new", [])
    assert states["f5"] == ("new", [("inSource", "accepted", "an internal tool")])
    assert states["f6"] == ("unchanged", [])


def test_states_are_absent_without_comparison() -> None:
    written = result(COSTLY)

    assert {"suppressions", "baselineState"}.isdisjoint(written)
    assert "justification" not in str(
        run(
            Report(
                inventory=INVENTORY,
                suppressed=(replace(ACCEPTED, suppressed=replace(ACCEPTED.suppressed, reason="")),),
            )
        )
    )


def test_what_went_wrong_is_notified() -> None:
    (invocation,) = run()["invocations"]
    unread, broken = invocation["toolExecutionNotifications"]

    assert invocation["executionSuccessful"] is False
    assert (unread["descriptor"]["id"], unread["level"]) == ("unread-file", "warning")
    assert unread["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "backend/shop/broken.py"
    assert unread["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    assert broken["associatedRule"] == {"id": "GA999"}
    assert run(Report(inventory=INVENTORY))["invocations"][0]["executionSuccessful"] is True


def test_paths_are_encoded() -> None:
    place = Place(file="käse/a b#c?%.py", line=1)
    location = result(replace(MANY, place=place))["locations"][0]["physicalLocation"]

    assert location["artifactLocation"]["uri"] == "backend/k%C3%A4se/a%20b%23c%3F%25.py"
