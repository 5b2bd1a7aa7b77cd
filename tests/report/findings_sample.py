"""A report made by hand: a finding of every kind, and the schemas that written reports are held against."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from sample import APP, INVENTORY, at

from guardapi.findings import (
    Confidence,
    Cwe,
    Finding,
    Owasp,
    Related,
    RouteReference,
    Row,
    Severity,
    Suppression,
)
from guardapi.pipeline import Report, RuleFailure
from guardapi.place import Place
from guardapi.report import formats

SCHEMAS = Path(__file__).with_name("schemas")
PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "schemas"

COSTLY = Finding(
    rule="GA603",
    name="outbound-call-without-limit",
    severity=Severity.CRITICAL,
    confidence=Confidence.CERTAIN,
    message="`GET /stock` calls another server (`requests.get`) without a limit.",
    place=Place(file="shop/stock.py", line=40, column=5, end_line=40, end_column=22),
    app=APP.id,
    fingerprint="f1",
    cwe=(Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY),
    owasp=(Owasp.RESOURCE_CONSUMPTION,),
    route=RouteReference(rule="/stock", methods=("GET",), endpoint="stock"),
    related=(
        Related(place=at(20), message="GET /stock is served here", is_step=True),
        Related(place=at(30, "shop/stock.py"), message="`look_up` is called here", is_step=True),
        Related(place=at(5), message="`limiter` is made here"),
    ),
    why="anyone may call it (score 11)",
    advice="Give the route a limit of its own.",
)
MANY = replace(
    COSTLY,
    rule="GA101",
    name="no-limiter",
    severity=Severity.HIGH,
    message="No rate limiter is active.",
    place=at(14),
    fingerprint="f2",
    route=None,
    related=tuple(
        Related(
            place=at(line),
            message=f"GET /{line}: reads",
            row=Row(route=f"GET /{line}", work="reads a row", caller="anonymous", score=line, rule="GA601"),
        )
        for line in range(1, 15)
    ),
)
MEDIUM = replace(MANY, severity=Severity.MEDIUM, fingerprint="f3", related=(), place=at(50))
ADVICE = replace(
    MEDIUM,
    severity=Severity.INFO,
    confidence=Confidence.TENTATIVE,
    fingerprint="f4",
    place=at(60),
    is_advisory=True,
)
ACCEPTED = replace(
    MEDIUM, fingerprint="f5", place=at(70), suppressed=Suppression(reason="an internal tool", place=at(70))
)
KNOWN = replace(MEDIUM, fingerprint="f6", place=at(80), baseline="unchanged")
REPORT = Report(
    inventory=INVENTORY,
    findings=tuple(replace(finding, baseline="new") for finding in (COSTLY, MANY, MEDIUM, ADVICE)),
    suppressed=(replace(ACCEPTED, baseline="new"),),
    known=(KNOWN,),
    failures=(RuleFailure(rule="GA999", app=APP, error=ValueError("odd")),),
    source_lines={("shop/stock.py", 40): "    requests.get(url)", ("shop/app.py", 14): "app = Flask('`')"},
)
FACTS: formats.Facts = {
    "prefix": lambda: "backend/",
    "started": lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "ended": lambda: datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
    "fail_on": lambda: Severity.MEDIUM,
}


def written(name: str, report: Report = REPORT) -> str:
    return formats.render(name, report, FACTS)


def document(name: str, report: Report = REPORT) -> Any:
    return json.loads(written(name, report))


def faults(value: object, schema: dict[str, Any]) -> list[str]:
    """What does not fit a schema, one line each."""
    kind = validator_for(schema, Draft202012Validator)
    kind.check_schema(schema)
    return [f"{error.json_path}: {error.message}" for error in kind(schema).iter_errors(value)]


def schema(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def closed(node: Any) -> Any:
    """A schema that refuses keys it does not describe."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    return copy
