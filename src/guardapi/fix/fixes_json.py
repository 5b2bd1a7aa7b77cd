"""The changes of a run as JSON: schema `guardapi.fixes/1`."""

import json
from collections.abc import Sequence
from typing import Any, Final

from guardapi import __version__
from guardapi.findings import Finding
from guardapi.fix.changes import Change, Fixes
from guardapi.fix.composing import created, touched
from guardapi.fix.diff import diffs, written
from guardapi.fix.project import Project

SCHEMA: Final = "guardapi.fixes/1"

Json = dict[str, Any]


def render(fixes: Fixes, project: Project, *, prefix: str = "", is_written: bool = False) -> str:
    """One JSON document, ending in a line break. `prefix` is where the project lies below the folder of the diffs."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "guardapi", "version": __version__},
        "summary": {
            "changes": len(fixes.changes),
            "files": len(touched(fixes.changes)),
            "closed": sum(len(change.findings) for change in fixes.changes),
            "left": len(fixes.left),
            "written": is_written,
        },
        "changes": [_change(change, project, prefix) for change in fixes.changes],
        "left": [{**_finding(one.finding), "reason": one.why} for one in fixes.left],
        "diff": _diff(fixes.changes, project, prefix),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _change(change: Change, project: Project, prefix: str) -> Json:
    return {
        "rules": list(dict.fromkeys(finding.rule for finding in change.findings)),
        "safety": change.remedy.safety.value,
        "reason": change.remedy.reason,
        "notes": list(change.notes),
        "findings": [_finding(finding) for finding in change.findings],
        "files": [
            {
                "file": path,
                "is_new": created(path, [change]) is not None,
                "notes": list(change.files[path].notes),
            }
            for path in touched([change])
        ],
        "diff": _diff([change], project, prefix),
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "app": finding.app,
        "file": finding.place.file,
        "line": finding.place.line,
        "message": finding.message,
    }


def _diff(changes: Sequence[Change], project: Project, prefix: str) -> str:
    """As text: a byte that is not UTF-8 has a replacement."""
    lines = (line for diff in diffs(changes, project) for line in written(diff, prefix))
    return b"".join(lines).decode("utf-8", "replace")
