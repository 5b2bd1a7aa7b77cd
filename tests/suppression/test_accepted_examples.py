"""Comments written for everything that the examples of the rules have: all of it is accepted, nothing else changes."""

from collections import defaultdict

import pytest

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.findings import Finding
from guardapi.pipeline import scan_tree
from guardapi.rule import Rule, catalogue
from guardapi.suppression import with_comments

AUDIT = Options(profile=Profile.AUDIT)
NAMES = {rule.id.lower(): rule.id for rule in catalogue()}


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_written_comments_accept_all(rule: Rule) -> None:
    for example in rule.vulnerable:
        files = {path: text.encode() for path, text in example.project.items()}
        before = scan_tree(from_mapping(files), AUDIT)
        by_file: dict[str, list[Finding]] = defaultdict(list)
        for finding in before.findings:
            by_file[finding.place.file].append(finding)
        for path, found in by_file.items():
            is_python = path.endswith(".py")
            files[path] = with_comments(files[path], path, found, "x", NAMES, is_python=is_python)
        after = scan_tree(from_mapping(files), AUDIT)

        assert (after.findings, after.remarks) == ((), ()), example.title
        assert {finding.fingerprint for finding in after.suppressed} == {
            finding.fingerprint for finding in before.findings
        }
