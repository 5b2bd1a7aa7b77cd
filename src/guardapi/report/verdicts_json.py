"""What proving has shown as JSON: schema `guardapi.verdicts/1`."""

import json
from collections.abc import Sequence
from typing import Final

from guardapi import __version__
from guardapi.report.routes_json import Json
from guardapi.verdict import Ruling, Verdict

SCHEMA: Final = "guardapi.verdicts/1"
STEPS: Final = ("1", "10", "100", "1000", "more")
"""Milliseconds up to which an answer counts, by place in `Verdict.timings`."""


def render(
    verdicts: Sequence[Verdict], left_out: Sequence[tuple[str, str]] = (), facts: Sequence[str] = ()
) -> str:
    """One JSON document, ending in a line break.

    `left_out` is what was not tried, and why; `facts` what else is to be known of the run.
    """
    document = {
        "schema": SCHEMA,
        "tool": {"name": "guardapi", "version": __version__},
        "summary": {
            "verdicts": len(verdicts),
            "requests": sum(verdict.requests for verdict in verdicts),
            **{ruling.value: sum(verdict.ruling is ruling for verdict in verdicts) for ruling in Ruling},
            "limits_refuted": sum(verdict.is_broken_limit for verdict in verdicts),
            "bypasses": sum(verdict.is_bypass for verdict in verdicts),
        },
        "verdicts": [entry(verdict) for verdict in verdicts],
        "left_out": [{"what": what, "reason": reason} for what, reason in left_out],
        "facts": list(facts),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def entry(verdict: Verdict) -> Json:
    """One verdict, as it also stands beside a finding."""
    return {
        "app": verdict.app,
        "route": verdict.route,
        "methods": list(verdict.methods),
        "claim": verdict.claim,
        "rule": verdict.rule,
        "stated": verdict.is_stated,
        "verdict": verdict.ruling.value,
        "detail": verdict.detail,
        "way": verdict.way,
        "mode": verdict.mode.value,
        "requests": verdict.requests,
        "statuses": {str(status): number for status, number in verdict.statuses.items()},
        "timings": list(verdict.timings),
        "fingerprint": verdict.fingerprint,
    }
