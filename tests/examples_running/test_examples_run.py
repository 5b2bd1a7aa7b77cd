"""The examples of the rules, booted with the real Flask and Flask-Limiter: what is vulnerable can be shown, and what is
secure refuses the same requests."""

from collections.abc import Iterator

import pytest
from running import Booted, Runner

from examples import Known, LeftOut, known, missing_libraries, plans_against, unfit_project
from guardapi.errors import TargetError
from guardapi.findings import Finding, Probe
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim
from guardapi.prove.run import tried
from guardapi.prove.ways import body, floods, growth, limits, outage, rotate
from guardapi.rule import Rule, catalogue
from guardapi.verdict import Mode, Ruling, Verdict

SENT = frozenset({Probe.FLOOD, Probe.ROTATE, Probe.BODY})
"""Probes whose answer is a status, and no time."""
REQUESTED = tuple(rule for rule in catalogue() if not SENT.isdisjoint(rule.probes))
SOME = tuple(rule for rule in catalogue() if rule in REQUESTED or Probe.GROWTH in rule.probes)
BOOTED = tuple(rule for rule in catalogue() if Probe.BOOT in rule.probes)
HEAVY = frozenset(
    {"ariadne", "flask_graphql", "flask_sock", "flask_socketio", "graphene", "graphql", "strawberry", "sympy"}
)
"""Not installed for these tests; where a small library is missing it belongs into the dependency group instead."""
MOST_LIMITED = 3


def name(rule: Rule) -> str:
    return rule.id


def shown(runner: Runner, rule: Rule) -> tuple[list[tuple[Finding, str]], list[str]]:
    """The findings of the vulnerable examples that were proved, each with the way, and what withstood."""
    proved: list[tuple[Finding, str]] = []
    withstood: list[str] = []
    for example in rule.vulnerable:
        seen = known(example)
        for finding in seen.findings(rule):
            plans = plans_against(seen, rule, finding)
            if isinstance(plans, LeftOut):
                continue
            with runner.booted(example.project, seen.app_of(finding)) as booted:
                verdicts = list(until_proved(booted, plans))
            if verdicts[-1].ruling is Ruling.PROVED:
                proved.append((finding, verdicts[-1].way))
            else:
                withstood.append("\n  ".join((f"{example.title} ({finding.place})", *map(told, verdicts))))
    return proved, withstood


def until_proved(booted: Booted, plans: list[Plan]) -> Iterator[Verdict]:
    """One way after the other."""
    for plan in plans:
        verdict = tried(plan, booted.carry, Mode.IN_PROCESS)
        yield verdict
        if verdict.ruling is Ruling.PROVED:
            return


def told(verdict: Verdict) -> str:
    return f"{verdict.way} {verdict.claim}: {verdict.ruling} ({verdict.detail[-700:]})"


def plans_for(seen: Known, ways: set[str], finding: Finding) -> Iterator[tuple[Plan, Ruling]]:
    """What is tried on an example that is right, with the ruling that would be wrong."""
    assert seen.app is not None
    aims = seen.aims(seen.app)
    limited = [one for one in aims if any(True for _ in limits.stated(one))]
    for one in limited[:MOST_LIMITED]:
        for held in limits.stated(one):
            yield from ((plan, Ruling.REFUTED) for plan in limits.holds(held))
    yield from ((plan, Ruling.PROVED) for one in limited[:1] for plan in past(one, ways, finding))
    for one in aims:
        if "body" in ways:
            yield from ((plan, Ruling.PROVED) for plan in body.against(one, finding))
        if ways == {"growth"}:
            fields = [read for read in one.reads if read.name and (read.is_list or read.is_number)]
            yield from ((growth.of_field(one, read), Ruling.PROVED) for read in fields)


def past(one: Aim, ways: set[str], finding: Finding) -> Iterator[Plan]:
    """Ways past a limit that holds."""
    yield from (plan for plan in rotate.against(one, finding) if plan.way in ways)
    if "outage" in ways:
        yield outage.open_in_outage(one, finding)
    if "together" in ways and not any(limit.is_conditional for limit in one.limits):
        yield floods.together(one, finding, floods.start_of(one))


def gave_way(runner: Runner, rule: Rule, proved: list[tuple[Finding, str]]) -> list[str]:
    """The secure examples of a rule that do not withstand what the vulnerable ones did not."""
    ways, finding = {way for _, way in proved}, proved[0][0]
    found: list[str] = []
    for example in rule.secure:
        seen = known(example)
        if seen.app is None or unfit_project(seen) is not None:
            continue
        with runner.booted(example.project, seen.app) as booted:
            for plan, wrong in plans_for(seen, ways, finding):
                verdict = tried(plan, booted.carry, Mode.IN_PROCESS)
                if verdict.ruling is wrong:
                    found.append(f"{example.title}: {told(verdict)}")
    return found


@pytest.mark.parametrize("rule", SOME, ids=name)
def test_examples_behave_as_told(rule: Rule, runner: Runner) -> None:
    """What is proved of the vulnerable examples is not true of the secure ones, whose limits hold."""
    proved, withstood = shown(runner, rule)

    assert "\n".join(withstood) == ""
    assert "\n".join(gave_way(runner, rule, proved) if proved else ()) == ""


@pytest.mark.parametrize("rule", BOOTED, ids=name)
def test_secure_examples_start(rule: Rule, runner: Runner) -> None:
    """What does not start, or fails for each request, is vulnerable; what is secure starts."""
    for example in rule.secure:
        seen = known(example)
        if seen.app is not None and unfit_project(seen) is None:
            with runner.booted(example.project, seen.app) as booted:
                assert booted.starts()
    for example in rule.vulnerable:
        seen = known(example)
        for finding in seen.findings(rule):
            app = seen.app_of(finding)
            gone = {use.place for use in app.removed if not use.in_call}
            if finding.place in gone and unfit_project(seen) is None:
                with pytest.raises(TargetError), runner.booted(example.project, app) as booted:
                    booted.starts()


def test_most_examples_are_run() -> None:
    """Nothing is left out without one of the reasons that may be given, and most rules are run."""
    left_out: dict[str, LeftOut] = {}
    run: set[str] = set()
    for rule in REQUESTED:
        for example in rule.vulnerable:
            seen = known(example)
            for finding in seen.findings(rule):
                plans = plans_against(seen, rule, finding)
                if isinstance(plans, LeftOut):
                    left_out[f"{rule.id} {example.title}"] = plans
                    assert plans is not LeftOut.LIBRARY or missing_libraries(example.project) <= HEAVY
                else:
                    run.add(rule.id)
                    assert all(0 < plan.requests <= 120 for plan in plans)

    assert {title for title, reason in left_out.items() if reason is LeftOut.NO_PLAN} == set()
    assert len(run) > 0.75 * len(REQUESTED)
    assert len(left_out) < 0.2 * sum(len(rule.vulnerable) for rule in REQUESTED), left_out
