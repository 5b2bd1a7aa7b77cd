"""Every rule's fix on the examples it brings: what is written is what the example says, and nothing is left to do."""

from collections.abc import Mapping

import pytest

from guardapi.config import Options, Profile
from guardapi.files import Tree, from_mapping
from guardapi.fix.changes import Fixes
from guardapi.fix.checking import checked
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import Report, scan_tree
from guardapi.rule import Example, Rule, built_in

FIXABLE = [(rule, example) for rule in built_in() for example in rule.vulnerable if example.fixed]


def scan(tree: Tree) -> Report:
    return scan_tree(tree, Options(profile=Profile.AUDIT))


def fixed(files: Mapping[str, str], rule: Rule) -> tuple[Fixes, dict[str, str]]:
    """What is written for the findings of a rule, and the whole project as it is then."""
    tree = from_mapping(files)
    report = scan(tree)
    project = Project(tree=tree, inventory=report.inventory)
    findings = [finding for finding in report.findings if finding.rule == rule.id]
    fixes = checked(plan(findings, project, lambda _: ""), project, report, scan)
    written = {path: content.decode() for path, content in composed(fixes.changes, project).items()}
    return fixes, {**files, **written}


def name(value: object) -> str:
    return value.id if isinstance(value, Rule) else str(getattr(value, "title", value))


@pytest.mark.parametrize(("rule", "example"), FIXABLE, ids=name)
def test_fix_writes_the_example(rule: Rule, example: Example) -> None:
    fixes, project = fixed(example.project, rule)

    assert [(left.finding.message, left.why) for left in fixes.left] == []
    changed = {path: text for path, text in project.items() if example.project.get(path) != text}
    assert changed == example.fixed_project
    again, same = fixed(project, rule)
    assert (again.changes, same) == ((), project)


def test_silent_where_nothing_is_fixed() -> None:
    rule = FIXABLE[0][0]

    assert fixed({"app.py": "from flask import Flask\n"}, rule)[0] == Fixes()
