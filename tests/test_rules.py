"""Every rule on the examples it brings, and the facts about itself."""

import importlib
import re

import pytest

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.rule import HEADINGS, Example, Rule, catalogue
from guardapi.scan import scan_tree

MARK = re.compile(r"#\s*finds: (GA\d{3})\b")
VULNERABLE = [(rule, example) for rule in catalogue() for example in rule.vulnerable]
SECURE = [(rule, example) for rule in catalogue() for example in rule.secure]


def name(value: object) -> str:
    return value.id if isinstance(value, Rule) else str(getattr(value, "title", value))


def marked(example: Example, rule: Rule) -> list[tuple[str, int]]:
    return sorted(
        (path, number)
        for path, text in example.project.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if rule.id in MARK.findall(line)
    )


@pytest.mark.parametrize(("rule", "example"), VULNERABLE, ids=name)
def test_rule_finds_marked_lines(rule: Rule, example: Example) -> None:
    profile = Profile.AUDIT if rule.is_advisory else Profile.DEFAULT
    report = scan_tree(from_mapping(example.project), Options(profile=profile))
    found = [finding for finding in report.findings if finding.rule == rule.id]

    assert report.problems == ()
    assert sorted((finding.place.file, finding.place.line) for finding in found) == marked(example, rule)
    assert marked(example, rule)


@pytest.mark.parametrize(("rule", "example"), SECURE, ids=name)
def test_catalogue_silent_on_secure(rule: Rule, example: Example) -> None:
    report = scan_tree(from_mapping(example.project))

    assert report.inventory.apps
    assert [(finding.rule, str(finding.place), finding.message) for finding in report.findings] == []


@pytest.mark.parametrize("rule", catalogue(), ids=name)
def test_rule_has_enough_examples(rule: Rule) -> None:
    assert len(rule.vulnerable) >= 2
    assert len(rule.secure) >= 2


@pytest.mark.parametrize("rule", catalogue(), ids=name)
def test_rule_names_agree(rule: Rule) -> None:
    """File and class are called as the rule is, and the file opens with its id."""
    module = type(rule).__module__

    assert re.fullmatch(r"GA\d{3}", rule.id)
    assert module == f"guardapi.rules.{rule.name.replace('-', '_')}"
    assert type(rule).__name__ == rule.name.title().replace("-", "")
    assert str(importlib.import_module(module).__doc__).startswith(f"{rule.id}: ")


@pytest.mark.parametrize("rule", catalogue(), ids=name)
def test_rule_documents_itself(rule: Rule) -> None:
    assert rule.summary().endswith(".")
    assert [heading for heading in HEADINGS if not rule.section(heading)] == []


def test_ids_and_names_unique() -> None:
    rules = catalogue()

    assert len({rule.id for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
    assert [rule.id for rule in rules] == sorted(rule.id for rule in rules)
