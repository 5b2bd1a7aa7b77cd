"""A rule as SARIF describes one, with the properties that code scanning of GitHub ranks alerts by."""

from typing import Final

from guardapi.findings import Severity
from guardapi.report import rule_markdown
from guardapi.report.routes_json import Json
from guardapi.rule import HEADINGS, Rule

LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SECURITY_SEVERITIES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.5",
}
"""In the middle of what GitHub calls critical, high, medium and low."""
MAX_DESCRIPTION: Final = 1_000
"""GitHub takes 1,024 characters."""


def descriptor(rule: Rule) -> Json:
    """A reporting descriptor."""
    return {
        "id": rule.id,
        "name": pascal_case(rule.name),
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": _shortened(rule.section("What it finds"))},
        "help": {"text": _help(rule), "markdown": rule_markdown.render(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": _tags(rule),
            "precision": "medium" if rule.is_advisory else "high",
            "security-severity": SECURITY_SEVERITIES[rule.severity],
        },
    }


def pascal_case(name: str) -> str:
    """`no-limiter` as the names of SARIF are written: `NoLimiter`."""
    return "".join(word.capitalize() for word in name.split("-"))


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) <= MAX_DESCRIPTION:
        return flat
    return f"{flat[:MAX_DESCRIPTION].rpartition(' ')[0]} ..."


def _help(rule: Rule) -> str:
    """The page without its examples, for what shows no Markdown."""
    sections = (f"{heading}\n\n{rule.section(heading)}" for heading in HEADINGS)
    return "\n\n".join((rule.summary(), *sections))


def _tags(rule: Rule) -> list[str]:
    weaknesses = [f"external/cwe/cwe-{weakness.value[0]:03}" for weakness in rule.cwe]
    risks = [f"external/owasp/{risk.id.lower().replace(':', '-')}" for risk in rule.owasp]
    return ["security", *weaknesses, *risks]
