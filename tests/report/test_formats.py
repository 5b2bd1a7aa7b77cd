"""Formats are found by the names of their modules, and get the facts of a run that they ask for."""

import inspect

import pytest
from findings_sample import FACTS, REPORT, written

from guardapi.pipeline import Report
from guardapi.report import formats

EXPECTED = {
    "github",
    "gitlab-codequality",
    "gitlab-sast",
    "html",
    "json",
    "junit",
    "markdown",
    "sarif",
    "text",
}


def test_writers_are_discovered() -> None:
    assert set(formats.names()) >= EXPECTED
    assert list(formats.names()) == sorted(formats.names())


@pytest.mark.parametrize("name", formats.names())
def test_writers_ask_for_known_facts(name: str) -> None:
    """What has no default must be a fact: a misspelt one would never be given."""
    _, *wanted = inspect.signature(formats.writer(name)).parameters.values()
    required = {parameter.name for parameter in wanted if parameter.default is parameter.empty}

    assert required <= set(formats.FACTS)
    assert {parameter.name for parameter in wanted} <= set(formats.FACTS)


@pytest.mark.parametrize("name", formats.names())
def test_nothing_found_is_written(name: str) -> None:
    assert written(name, Report(inventory=REPORT.inventory)).endswith("\n") or name == "github"


@pytest.mark.parametrize("name", formats.names())
def test_writing_twice_is_the_same(name: str) -> None:
    assert written(name) == written(name)


def test_unasked_facts_stay_unknown() -> None:
    def never() -> object:
        raise AssertionError("nobody asked for it")

    formats.render("json", REPORT, dict.fromkeys(formats.FACTS, never))
    with pytest.raises(AssertionError):
        formats.render("github", REPORT, {**FACTS, "prefix": never})
