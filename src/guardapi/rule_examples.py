"""A rule held against the examples it brings, and against what every rule has to say of itself."""

import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.pipeline import Report, is_shown, scan_tree
from guardapi.rule import HEADINGS, ID_FORM, NAME_FORM, Example, Rule

MARK: Final = re.compile(r"#\s*finds: ([A-Z]+\d+)\b")
"""Stands on the lines of an example that its rule finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as a rule says."""

    where: str
    """`vulnerable: TITLE`, `secure: TITLE`, or empty where the rule itself is meant."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def marked(example: Example, rule: Rule) -> list[tuple[str, int]]:
    """The files and lines of an example that the rule has to find."""
    return sorted(
        (path, number)
        for path, text in example.project.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if rule.id in MARK.findall(line)
    )


def faults(rule: Rule, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Everything that is wrong with a rule that is shown its examples together with `rules`."""
    yield from faults_of_facts(rule)
    for example in rule.vulnerable:
        yield from faults_of_vulnerable(rule, example, rules)
    for example in rule.secure:
        yield from faults_of_secure(rule, example, rules)


def faults_of_facts(rule: Rule) -> Iterator[Fault]:
    """Id, name, documentation, and whether there are examples of both kinds."""
    if not ID_FORM.fullmatch(rule.id):
        yield Fault(where="", message=f"the id {rule.id} is not made of capital letters and digits")
    if not NAME_FORM.fullmatch(rule.name):
        yield Fault(where="", message=f"the name {rule.name} is not made of small words with hyphens")
    if not rule.summary().endswith("."):
        yield Fault(
            where="", message="the first line of the docstring is no sentence that ends in a full stop"
        )
    for heading in HEADINGS:
        if not rule.section(heading):
            yield Fault(where="", message=f"the docstring says nothing below '## {heading}'")
    for kind, examples in (("vulnerable", rule.vulnerable), ("secure", rule.secure)):
        if not examples:
            yield Fault(where="", message=f"there is no {kind} example")


def faults_of_vulnerable(rule: Rule, example: Example, rules: Sequence[Rule]) -> Iterator[Fault]:
    """The rule finds every line that is marked, and no other line of the example."""
    where = f"vulnerable: {example.title}"
    report = _scanned(rule, example, rules)
    yield from _unread(where, report)
    expected = marked(example, rule)
    if not expected:
        yield Fault(where=where, message=f"no line is marked '# finds: {rule.id}'")
    found = sorted(
        (finding.place.file, finding.place.line, finding.message)
        for finding in report.findings
        if finding.rule == rule.id
    )
    left = list(expected)
    for file, line, message in found:
        if (file, line) in left:
            left.remove((file, line))
        elif (file, line) in expected:
            yield Fault(where=where, message=f"{file}:{line} is found more than once: {message}")
        else:
            yield Fault(where=where, message=f"{file}:{line} is found and not marked: {message}")
    for file, line in left:
        yield Fault(where=where, message=f"{file}:{line} is marked '# finds: {rule.id}' and not found")


def faults_of_secure(rule: Rule, example: Example, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Neither the rule nor another one finds anything in the example."""
    where = f"secure: {example.title}"
    report = _scanned(rule, example, rules)
    yield from _unread(where, report)
    for finding in report.findings:
        # Advice of others is asked for only where a rule gives nothing but advice, and is none of its business.
        if finding.rule == rule.id or is_shown(finding, Profile.DEFAULT):
            yield Fault(where=where, message=f"{finding.place} is found by {finding.rule}: {finding.message}")


def _scanned(rule: Rule, example: Example, rules: Sequence[Rule]) -> Report:
    profile = Profile.AUDIT if rule.is_advisory else Profile.DEFAULT
    return scan_tree(from_mapping(example.project), Options(profile=profile), rules=rules)


def _unread(where: str, report: Report) -> Iterator[Fault]:
    """What would make the rest say nothing."""
    if not report.inventory.apps:
        yield Fault(where=where, message="no application is found in it")
    for failure in report.failures:
        *_, last = traceback.extract_tb(failure.error.__traceback__)
        error = f"{type(failure.error).__name__}: {failure.error}"
        yield Fault(
            where=where, message=f"{failure.rule} broke down at {last.filename}:{last.lineno}: {error}"
        )
    for problem in (*report.remarks, *report.inventory.problems):
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        yield Fault(where=where, message=f"{place}: {problem.message}")
