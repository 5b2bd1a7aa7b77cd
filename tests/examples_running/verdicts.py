"""What the answers of an application prove."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from attacks import Proof, Way
from running import Answer, Ran

REFUSALS: Final = frozenset({429, 413, 503})
MISSED: Final = frozenset({400, 404, 405, 415, 422})
"""The request did not reach the work of the view: it was planned wrongly."""


class Outcome(StrEnum):
    """What answers mean."""

    EXHAUSTED = "not refused"
    REFUSED = "refused"
    UNCLEAR = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a proof came to."""

    proof: Proof
    outcome: Outcome
    detail: str

    def __str__(self) -> str:
        return f"{self.proof.way.name} {self.proof.title}: {self.outcome} ({self.detail})"


def judge(proof: Proof, ran: list[Ran]) -> Verdict:
    """What the answers of all workers mean."""
    failed = next((one.failure for one in ran if one.failure), "")
    if proof.way is Way.BOOT:
        outcome = Outcome.EXHAUSTED if failed else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=failed[-300:] or "it starts")
    if failed:
        return Verdict(proof=proof, outcome=Outcome.UNCLEAR, detail=failed[-700:])
    answers = [answer for one in ran for step in one.steps for answer in step][proof.skipped :]
    if proof.way is Way.FAILS:
        statuses = sorted({answer.status for answer in answers})
        outcome = Outcome.EXHAUSTED if statuses == [500] else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=f"answered with {statuses}")
    missed = next((answer for answer in answers if is_missed(answer)), None)
    if proof.way is Way.GROWTH and missed is not None:
        return Verdict(proof=proof, outcome=Outcome.REFUSED, detail=str(missed))
    if missed is not None:
        return Verdict(proof=proof, outcome=Outcome.UNCLEAR, detail=str(missed))
    if proof.way is Way.GROWTH:
        return _judged_growth(proof, answers)
    refused = [index for index, answer in enumerate(answers) if answer.status in REFUSALS]
    if proof.way is Way.SHARED:
        is_shared = refused == [len(answers) - 2, len(answers) - 1]
        outcome = Outcome.EXHAUSTED if is_shared else Outcome.REFUSED
        return Verdict(proof=proof, outcome=outcome, detail=f"refused are {refused} of {len(answers)}")
    served = len(answers) - len(refused)
    if proof.way in (Way.PARALLEL, Way.WORKERS):
        is_exhausted = served > (proof.admitted if proof.admitted is not None else len(answers) - 1)
    else:
        is_exhausted = not refused
    detail = f"served {served} of {len(answers)}"
    if refused and refused[0] > (proof.admitted if proof.admitted is not None else len(answers)):
        detail += f", the first refusal is late: {refused[0]}, not {proof.admitted}"
        is_exhausted = True
    return Verdict(proof=proof, outcome=Outcome.EXHAUSTED if is_exhausted else Outcome.REFUSED, detail=detail)


def _judged_growth(proof: Proof, answers: list[Answer]) -> Verdict:
    counts = {
        "sizes": [float(answer.size) for answer in answers],
        "calls": [float(answer.calls) for answer in answers],
        "amounts": [answer.amount for answer in answers],
    }
    grows = any(
        all(more >= 1.5 * less > 0 for less, more in pairwise(numbers)) for numbers in counts.values()
    )
    detail = str(counts)
    return Verdict(proof=proof, outcome=Outcome.EXHAUSTED if grows else Outcome.REFUSED, detail=detail)


def is_missed(answer: Answer) -> bool:
    """Whether the request did not reach what it should; what fails in the work itself has reached it."""
    return (answer.status in MISSED or answer.status == 500) and not answer.calls
