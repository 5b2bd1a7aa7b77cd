"""What answers say of a request that waits: for how long, and who is served meanwhile."""

from typing import Final

from guardapi.findings import counted
from guardapi.prove.judging.answers import (
    Reach,
    broken,
    flat,
    inconclusive,
    is_late,
    proved,
    refuted,
    said,
    status,
)
from guardapi.prove.judging.limits import Judge
from guardapi.prove.plans import Answers, Judgement

ENDLESS: Final = "the answer had no end"
"""How the transports begin to say that they have read enough."""


def waits_in_silence(reach: Reach) -> Judge:
    """Judges that a request waits while what it calls never answers."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if any(map(is_late, given)):
            return proved(f"{given[-1].error}, and nothing had ended the wait")
        if problem := broken(given):
            return problem
        answer = given[-1]
        if not answer.calls:
            return reach.missing(given) or inconclusive(
                f"it called nobody, and answered with {status(answer)}"
            )
        return refuted(f"it answered with {status(answer)} after {answer.seconds:.1f} s")

    return judge


def has_no_end(reach: Reach) -> Judge:
    """Judges that an answer goes on for ever."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if any(answer.error.startswith(ENDLESS) or is_late(answer) for answer in given):
            return proved(given[-1].error)
        if problem := broken(given) or reach.missing(given):
            return problem
        return refuted(f"it ended after {given[-1].size} bytes")

    return judge


def holds_long(seconds: float, reach: Reach) -> Judge:
    """Judges that a request takes so many seconds, pauses that were not made included."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if any(map(is_late, given)):
            return proved(given[-1].error)
        if problem := broken(given) or reach.missing(given):
            return problem
        longest = max(answer.seconds for answer in given)
        detail = f"an answer takes {longest:.1f} s"
        return proved(detail) if longest >= seconds else refuted(detail)

    return judge


def nobody_else_is_served(waiting: int, after: float) -> Judge:
    """Judges that the last request is not served while those before it wait."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if len(given) <= waiting:
            return broken(given) or inconclusive("nobody else asked")
        last = given[-1]
        while_held = f"while {counted(waiting, 'request')} waited, {after:g} s after they came"
        if is_late(last):
            return proved(f"somebody else got no answer within {last.seconds:.1f} s {while_held}")
        if not last.status:
            return inconclusive(f"somebody else got no answer: {last.error[:200]}")
        return refuted(f"somebody else got {said([last]).removeprefix('once ')} {while_held}")

    return judge
