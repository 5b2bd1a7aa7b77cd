"""Both JSON formats, key by key."""

import json
from dataclasses import replace

from sample import APP, INVENTORY, at

from guardapi import __version__
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Related, RouteReference, Row, Severity
from guardapi.model import Inventory
from guardapi.pipeline import Report
from guardapi.report import findings_json, routes_json

FINDING = Finding(
    rule="GA102",
    name="route-without-limit",
    severity=Severity.MEDIUM,
    confidence=Confidence.FIRM,
    message="`PUT /api/items/<int:number>` has no limit.",
    place=at(20),
    app=APP.id,
    fingerprint="0",
    cwe=(Cwe.ALLOCATION_WITHOUT_LIMITS,),
    owasp=(Owasp.RESOURCE_CONSUMPTION,),
    route=RouteReference(rule="/api/items/<int:number>", methods=("PUT",), endpoint="api.item"),
    related=(
        Related(
            place=at(30),
            message="PUT /x: queries the database",
            row=Row(route="PUT /x", work="queries the database", caller="anyone", score=8, rule="GA601"),
        ),
        Related(place=at(5), message="`limiter` is made here"),
    ),
    why="it changes what is stored",
)


def report() -> Report:
    return Report(inventory=INVENTORY, findings=(FINDING,))


def test_routes_follow_contract() -> None:
    document = json.loads(routes_json.render(INVENTORY))
    (app,) = document["apps"]

    assert document["schema"] == "guardapi.routes/1"
    assert document["errors"] == [{"file": "shop/broken.py", "line": 7, "message": "invalid syntax"}]
    assert {key: app[key] for key in ("id", "framework", "file", "line")} == {
        "id": "shop.app:create_app",
        "framework": "flask",
        "file": "shop/app.py",
        "line": 14,
    }
    assert app["undecided"] == [{"file": "shop/app.py", "line": 30, "reason": "a module could not be found"}]
    assert app["routes"][0] == {
        "rule": "/api/items/<int:number>",
        "methods": ["GET", "PUT"],
        "endpoint": "api.item",
        "blueprint": "api",
        "view": {"name": "shop.app:view", "file": "shop/app.py", "line": 20},
        "limits": {
            "GET": [
                {"text": "10 per 1 minute", "source": "decorator"},
                {"text": None, "source": "decorator"},
            ],
            "PUT": [],
        },
        "exempt": None,
    }


def test_routes_state_what_is_open() -> None:
    routes = {
        route["rule"]: route for route in json.loads(routes_json.render(INVENTORY))["apps"][0]["routes"]
    }

    assert routes["/unknown"]["conditional"] == "DEBUG is set"
    assert routes["/unknown"]["undecided"] == {"GET": ["the loop is too long"]}
    assert routes["/ping"]["exempt"] == "exempt by decorator"
    assert routes["/static/<path:filename>"]["view"]["file"] is None


def test_routes_name_outer_limits() -> None:
    routes = json.loads(routes_json.render(INVENTORY))["apps"][0]["routes"]
    outer = {route["rule"]: route["outer_limits"] for route in routes if "outer_limits" in route}

    assert outer == {
        "/proxied": [
            {"text": "10 per 1 second", "burst": 0, "source": "nginx", "file": "nginx.conf", "line": 3}
        ]
    }


def test_no_application_is_empty_list() -> None:
    assert json.loads(routes_json.render(Inventory())) == {
        "schema": "guardapi.routes/1",
        "apps": [],
        "errors": [],
    }


def test_findings_follow_contract() -> None:
    document = json.loads(findings_json.render(report()))
    (finding,) = document["findings"]

    assert document["schema"] == "guardapi.findings/1"
    assert document["tool"] == {"name": "guardapi", "version": __version__}
    assert finding == {
        "rule": "GA102",
        "name": "route-without-limit",
        "severity": "medium",
        "confidence": "firm",
        "message": "`PUT /api/items/<int:number>` has no limit.",
        "file": "shop/app.py",
        "line": 20,
        "column": 1,
        "end_line": 20,
        "app": "shop.app:create_app",
        "route": {"rule": "/api/items/<int:number>", "methods": ["PUT"], "endpoint": "api.item"},
        "fingerprint": "0",
        "cwe": ["CWE-770"],
        "owasp": ["API4:2023"],
        "fix": None,
        "verdict": None,
        "suppressed": None,
        "baseline": None,
        "why": "it changes what is stored",
        "related": [
            {
                "file": "shop/app.py",
                "line": 30,
                "message": "PUT /x: queries the database",
                "route": "PUT /x",
                "work": "queries the database",
                "caller": "anyone",
                "score": 8,
                "rule": "GA601",
            },
            {"file": "shop/app.py", "line": 5, "message": "`limiter` is made here"},
        ],
    }


def test_summary_counts_every_state() -> None:
    document = json.loads(findings_json.render(report()))

    assert document["summary"]["coverage"] == {"limited": 2, "exempt": 1, "unlimited": 1, "undecided": 1}
    assert document["apps"][0]["routes"] == 5
    assert document["apps"][0]["grade"] == "C"
    assert document["summary"]["severities"]["medium"] == 1


def test_related_places_are_bounded() -> None:
    whole = report()
    rows = tuple(Related(place=at(line), message="row") for line in range(1, 251))
    many = replace(whole, findings=(replace(whole.findings[0], related=rows),))
    (finding,) = json.loads(findings_json.render(many))["findings"]

    assert len(finding["related"]) == 101
    assert finding["related"][-1]["message"] == "and 150 more"


def test_json_is_plain_ascii() -> None:
    odd = replace(APP, routes=(replace(APP.routes[0], rule="/\x1b[31m\u202e\ud800é"),))
    text = routes_json.render(Inventory(apps=(odd,)))

    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["apps"][0]["routes"][0]["rule"] == "/\x1b[31m\u202e\ud800é"
