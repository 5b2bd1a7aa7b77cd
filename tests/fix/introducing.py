"""Fixes the missing limiter of a project in memory, with everything that the command looks at before it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from shapes import SHAPES

from guardapi.config import Options, Profile
from guardapi.files import Tree, from_mapping
from guardapi.fix.changes import Change
from guardapi.fix.checking import checked
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import Report, scan_tree

RULE = "GA101"


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """What became of a project."""

    files: Mapping[str, str]
    """All of it, as it is then."""
    changed: tuple[str, ...]
    notes: tuple[str, ...]
    left: tuple[str, ...]
    """Why nothing was written."""


def introduced(files: Mapping[str, str]) -> Introduced:
    """The project with a limiter."""
    tree = from_mapping(files)
    report = scan(tree)
    project = Project(tree=tree, inventory=report.inventory)
    findings = [finding for finding in report.findings if finding.rule == RULE]
    assert findings, "nothing to fix"
    fixes = checked(plan(findings, project, lambda _: ""), project, report, scan)
    written = {path: content.decode() for path, content in composed(fixes.changes, project).items()}
    return Introduced(
        files={**files, **written},
        changed=tuple(sorted(written)),
        notes=tuple(note for change in fixes.changes for note in _notes(change)),
        left=tuple(left.why for left in fixes.left),
    )


def _notes(change: Change) -> tuple[str, ...]:
    return (*change.notes, *(note for file in change.files.values() for note in file.notes))


@cache
def introduced_in(name: str) -> Introduced:
    """The same for one of the shapes."""
    return introduced(SHAPES[name].project)


def scan(tree: Tree) -> Report:
    """Everything that the catalogue finds."""
    return scan_tree(tree, Options(profile=Profile.AUDIT))
