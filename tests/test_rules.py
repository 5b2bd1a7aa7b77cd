"""Every rule on the examples it brings, and the facts about itself."""

import importlib
import re

import pytest

from guardapi.rule import Example, Rule, built_in
from guardapi.rule_examples import faults_of_facts, faults_of_secure, faults_of_vulnerable

RULES = built_in()
VULNERABLE = [(rule, example) for rule in RULES for example in rule.vulnerable]
SECURE = [(rule, example) for rule in RULES for example in rule.secure]


def name(value: object) -> str:
    return value.id if isinstance(value, Rule) else str(getattr(value, "title", value))


@pytest.mark.parametrize(("rule", "example"), VULNERABLE, ids=name)
def test_rule_finds_marked_lines(rule: Rule, example: Example) -> None:
    assert [str(fault) for fault in faults_of_vulnerable(rule, example, RULES)] == []


@pytest.mark.parametrize(("rule", "example"), SECURE, ids=name)
def test_catalogue_silent_on_secure(rule: Rule, example: Example) -> None:
    assert [str(fault) for fault in faults_of_secure(rule, example, RULES)] == []


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_rule_has_enough_examples(rule: Rule) -> None:
    assert len(rule.vulnerable) >= 2
    assert len(rule.secure) >= 2


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_rule_names_agree(rule: Rule) -> None:
    """File and class are called as the rule is, and the file opens with its id."""
    module = type(rule).__module__

    assert re.fullmatch(r"GA\d{3}", rule.id)
    assert module == f"guardapi.rules.{rule.name.replace('-', '_')}"
    assert type(rule).__name__ == rule.name.title().replace("-", "")
    assert str(importlib.import_module(module).__doc__).startswith(f"{rule.id}: ")


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_rule_documents_itself(rule: Rule) -> None:
    assert [str(fault) for fault in faults_of_facts(rule)] == []


def test_ids_and_names_unique() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
