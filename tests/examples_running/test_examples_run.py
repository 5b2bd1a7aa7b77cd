"""The examples of the rules, booted with the real Flask and Flask-Limiter: what is vulnerable can be exhausted,
and what is secure refuses the same requests."""

import pytest
from attacks import Proof, Way
from proofs import LeftOut, proofs_against, proofs_for
from running import Runner
from targets import known, missing_libraries
from verdicts import Outcome, Verdict, judge

from guardapi.findings import Probe
from guardapi.model import App
from guardapi.rule import Example, Rule, catalogue

COUNTED = frozenset({Probe.FLOOD, Probe.ROTATE, Probe.BODY})
"""Probes whose answer is a status, and no time."""
REQUESTED = tuple(rule for rule in catalogue() if not rule.probes or not COUNTED.isdisjoint(rule.probes))
SOME = tuple(
    rule for rule in catalogue() if rule in REQUESTED or {Probe.GROWTH, Probe.BOOT} & set(rule.probes)
)
HEAVY = frozenset(
    {"ariadne", "flask_graphql", "flask_sock", "flask_socketio", "graphene", "graphql", "strawberry", "sympy"}
)
"""Not installed for these tests; where a small library is missing it belongs into the dependency group instead."""
EXPECTED = frozenset(LeftOut) - {LeftOut.NO_ROUTE, LeftOut.NO_LIMIT, LeftOut.MANY}
"""Why a vulnerable example may be left out."""


def name(rule: Rule) -> str:
    return rule.id


def tried(runner: Runner, example: Example, app: App, proof: Proof) -> Verdict:
    return judge(proof, [runner.run(example.project, app, job) for job in proof.jobs()])


def exhausted(runner: Runner, rule: Rule) -> tuple[set[Way], list[str]]:
    """How the vulnerable examples of a rule were exhausted, and what withstood."""
    ways: set[Way] = set()
    withstood: list[str] = []
    for example in rule.vulnerable:
        seen = known(example)
        for finding in seen.findings(rule):
            app = next(app for app in seen.report.inventory.apps if app.id == finding.app)
            proofs = proofs_against(seen, rule, finding)
            verdicts: list[Verdict] = []
            for proof in proofs if not isinstance(proofs, LeftOut) else ():
                verdicts.append(tried(runner, example, app, proof))
                if verdicts[-1].outcome is Outcome.EXHAUSTED:
                    ways.add(proof.way)
                    break
            else:
                if verdicts:
                    withstood.append("\n  ".join((f"{example.title} ({finding.place})", *map(str, verdicts))))
    return ways, withstood


def gave_way(runner: Runner, rule: Rule, ways: set[Way]) -> list[str]:
    """The secure examples of a rule that were exhausted in the same ways."""
    found: list[str] = []
    for example in rule.secure:
        seen = known(example)
        proofs = proofs_for(seen, frozenset(ways))
        for proof in proofs if not isinstance(proofs, LeftOut) else ():
            assert seen.app is not None
            verdict = tried(runner, example, seen.app, proof)
            if verdict.outcome is not Outcome.REFUSED:
                found.append(f"{example.title}: {verdict}")
    return found


@pytest.mark.parametrize("rule", SOME, ids=name)
def test_examples_behave_as_told(rule: Rule, runner: Runner) -> None:
    """What exhausts the vulnerable examples is refused by the secure ones."""
    ways, withstood = exhausted(runner, rule)

    assert "\n".join(withstood) == ""
    assert "\n".join(gave_way(runner, rule, ways) if ways else ()) == ""


def test_most_examples_are_run() -> None:
    """Nothing is left out without one of the reasons that may be given, and most rules are run."""
    left_out: dict[str, LeftOut] = {}
    run: set[str] = set()
    for rule in REQUESTED:
        for example in rule.vulnerable:
            seen = known(example)
            for finding in seen.findings(rule):
                proofs = proofs_against(seen, rule, finding)
                if isinstance(proofs, LeftOut):
                    left_out[f"{rule.id} {example.title}"] = proofs
                    assert proofs is not LeftOut.LIBRARY or missing_libraries(example.project) <= HEAVY
                else:
                    run.add(rule.id)

    assert {title: reason for title, reason in left_out.items() if reason not in EXPECTED} == {}
    assert LeftOut.TIMED not in left_out.values()
    assert len(run) > 0.6 * len(REQUESTED)
    assert len(left_out) < 0.2 * sum(len(rule.vulnerable) for rule in REQUESTED), left_out
