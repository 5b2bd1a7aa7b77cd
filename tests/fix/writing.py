"""Edits written to small sources, for the tests of the writers."""

import ast

from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.fix.changes import Change
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.fix.source import LINE_END
from guardapi.model import Inventory
from guardapi.place import Place
from guardapi.remedy import Edit, Remedy, Safety

FILE = "shop.py"


def place(source: str, part: str, number: int = 0, file: str = FILE) -> Place:
    """Where a part of a source stands, as a scan notes it; the first one, or a later one."""
    start = -1
    for _ in range(number + 1):
        start = source.index(part, start + 1)
    line, column = _position(source, start)
    end_line, end_column = _position(source, start + len(part))
    return Place(file=file, line=line, column=column, end_line=end_line, end_column=end_column)


def _position(source: str, offset: int) -> tuple[int, int]:
    ends = [found.end() for found in LINE_END.finditer(source.encode())]
    before = source[:offset].encode()
    starts = [0, *(end for end in ends if end <= len(before))]
    return len(starts), len(before[starts[-1] :].decode()) + 1


def finding(number: int, remedy: Remedy, file: str = FILE) -> Finding:
    """A finding that a remedy closes."""
    return Finding(
        rule="GA901",
        name="call-without-timeout",
        severity=Severity.MEDIUM,
        confidence=Confidence.CERTAIN,
        message="It waits.",
        place=Place(file=file, line=1),
        app="shop:app",
        fingerprint=str(number),
        cwe=(),
        owasp=(),
        remedy=remedy,
    )


def planned(
    project: Project, *remedies: tuple[Edit, ...], reason: str = "It ends."
) -> tuple[tuple[Change, ...], list[str]]:
    """The changes for remedies, one a finding, and why others are not written."""
    findings = [
        finding(number, Remedy(safety=Safety.SAFE, reason=reason, edits=edits))
        for number, edits in enumerate(remedies)
    ]
    fixes = plan(findings, project, lambda _: "")
    return fixes.changes, [left.why for left in fixes.left]


def project_of(files: dict[str, str | bytes]) -> Project:
    """Files in memory, without any application."""
    return Project(tree=from_mapping(files), inventory=Inventory())


def write(source: str, *edits: Edit) -> str:
    """The source after edits that are one remedy, if they can be written, else why not."""
    project = project_of({FILE: source})
    changes, why = planned(project, edits)
    if why:
        return f"not fixable: {why[0]}"
    text = composed(changes, project)[FILE].decode()
    ast.parse(text)
    return text
