"""The catalogue of rules as JSON: schema `guardapi.rules/1`."""

import json
from collections.abc import Iterable
from typing import Final

from guardapi.rule import Rule

SCHEMA: Final = "guardapi.rules/1"


def render(rules: Iterable[Rule]) -> str:
    """One JSON document, ending in a line break."""
    document = {"schema": SCHEMA, "rules": [_rule(rule) for rule in rules]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity.label,
        "cwe": [weakness.id for weakness in rule.cwe],
        "owasp": [risk.id for risk in rule.owasp],
        "summary": rule.summary(),
        "fixable": rule.is_fixable(),
        "provable": bool(rule.probes),
        "default": not rule.is_advisory,
        "origin": rule.origin or "guardapi",
    }
