"""The JSON formats of GuardAPI fit their published schemas, which describe every key."""

import json
from dataclasses import replace

import pytest
from findings_sample import PUBLISHED, REPORT, closed, document, faults, schema
from sample import INVENTORY

from guardapi.model import Inventory
from guardapi.pipeline import Report
from guardapi.report import routes_json, rules_json
from guardapi.rule import catalogue

FINDINGS = schema(PUBLISHED / "findings-1.json")
RULES = schema(PUBLISHED / "rules-1.json")
ROUTES = schema(PUBLISHED / "routes-1.json")


@pytest.mark.parametrize("report", [REPORT, Report(inventory=Inventory())], ids=["full", "empty"])
def test_findings_fit_their_schema(report: Report) -> None:
    assert faults(document("json", report), FINDINGS) == []
    assert faults(document("json", report), closed(FINDINGS)) == []


@pytest.mark.parametrize("inventory", [INVENTORY, Inventory()], ids=["full", "empty"])
def test_routes_fit_their_schema(inventory: Inventory) -> None:
    written = json.loads(routes_json.render(inventory))

    assert faults(written, ROUTES) == []
    assert faults(written, closed(ROUTES)) == []


def test_rules_fit_their_schema() -> None:
    written = json.loads(rules_json.render(catalogue()))

    assert faults(written, RULES) == []
    assert faults(written, closed(RULES)) == []


def test_schemas_refuse_other_documents() -> None:
    for published in (FINDINGS, RULES, ROUTES):
        assert faults({"schema": "guardapi.other/1"}, published) != []
    wrong = document("json", replace(REPORT, findings=REPORT.findings[:1]))
    wrong["findings"][0]["severity"] = "severe"
    assert [fault.partition(":")[0] for fault in faults(wrong, FINDINGS)] == ["$.findings[0].severity"]


def test_names_say_the_version() -> None:
    for file, published in (("findings", FINDINGS), ("rules", RULES), ("routes", ROUTES)):
        assert published["$id"] == published["properties"]["schema"]["const"] == f"guardapi.{file}/1"
