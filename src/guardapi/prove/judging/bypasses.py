"""What answers say of a try to get past a limit: PROVED where the limit held against it."""

from collections.abc import Sequence
from typing import Final

from guardapi.findings import counted
from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import (
    Reach,
    broken,
    flat,
    inconclusive,
    is_refused,
    proved,
    refuted,
    said,
    served,
    status,
)
from guardapi.prove.judging.limits import Judge
from guardapi.prove.plans import Answers, Judgement

SLACK: Final = 0.05
"""Two answers of one view may differ in length by this part of it, and by a few characters at least."""
_FEW: Final = 16
_NAMED: Final = 3
LONGEST: Final = 5.0
"""Seconds that an answer may take while the store is silent."""


def nothing_through(number: int, names: Sequence[str], reach: Reach) -> Judge:
    """Judges a flood, then other forms of its request, then the request itself once more: only the flood is served."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := _cut_short(given, number + 2 + len(names)):
            return problem
        flood, tried, last = given[: number + 1], given[number + 1 : -1], given[-1]
        if problem := _not_met(flood, number, reach):
            return problem
        if not is_refused(last):
            return inconclusive(f"the limit had forgotten before all was tried: {status(last)} in the end")
        passed = [
            name for name, answer in zip(names, tried, strict=True) if _is_the_same(answer, flood[:number])
        ]
        if not passed:
            return proved(
                f"{number} requests were served, then {status(flood[-1])}; {said(tried)}"
                f" for {counted(len(tried), 'other form')} of it"
            )
        named = ", ".join(passed[:_NAMED]) + (" and others" if len(passed) > _NAMED else "")
        return refuted(
            f"{number} requests were served, then {status(flood[-1])};"
            f" {len(passed)} of {len(tried)} other forms of it were served nevertheless: {named}"
        )

    return judge


def no_more_than(number: int, reach: Reach, *, among: slice = slice(None), how: str = "") -> Judge:
    """Judges that some of the requests, all of them where nothing is said, are served so often and not more."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)[among]
        if problem := broken(given):
            return problem
        if missing := reach.missing([answer for answer in given if not is_refused(answer)] or given):
            return missing
        let_through = served(given)
        detail = f"{let_through} of {len(given)} requests were served{how}, where {number} may be"
        return refuted(detail) if let_through > number else proved(f"{detail}; {said(given)}")

    return judge


def fails_closed(number: int, reach: Reach) -> Judge:
    """Judges that a limiter whose store is gone lets no more through than it does otherwise."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        let_through = [answer for answer in given if reach.of(answer) and not is_refused(answer)]
        if len(let_through) > number:
            return refuted(
                f"open: {len(let_through)} of {len(given)} requests were served, where {number} may be"
            )
        if not let_through:
            return proved(f"closed: {said(given)}")
        return proved(
            f"still limited: {len(let_through)} of {len(given)} requests were served; {said(given)}"
        )

    return judge


def answers_in_time() -> Judge:
    """Judges that no request waits for a store that is silent."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        longest = max((answer.seconds for answer in given), default=0.0)
        if longest > LONGEST:
            return refuted(f"hanging: an answer took {longest:.1f} seconds; {said(given)}")
        return broken(given) or proved(f"an answer took {longest:.1f} seconds at most; {said(given)}")

    return judge


def success_resets_nothing(number: int, successes: frozenset[int], reach: Reach) -> Judge:
    """Judges failing tries with successful ones between them: all of them count."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := _cut_short(given, max(successes) + 1):
            return problem
        right = [answer for index, answer in enumerate(given) if index in successes]
        failing = [answer for index, answer in enumerate(given) if index not in successes]
        if right[0].status >= 400 or right[0].status == failing[0].status:
            return inconclusive(f"the request that is to succeed got {status(right[0])}")
        if missing := reach.missing(failing):
            return missing
        tries = served(failing)
        detail = f"{tries} of {len(failing)} failing tries were let through, where {number} may be"
        return refuted(detail) if tries > number else proved(detail)

    return judge


def one_at_a_time(operations: int, names: Sequence[str]) -> Judge:
    """Judges that many operations in one request are not answered as many: one alone, then each form with many."""

    def judge(answers: Answers) -> Judgement:
        if problem := _cut_short(flat(answers), 1 + len(names)):
            return problem
        one, *many = flat(answers)
        if one.status != 200:
            return inconclusive(f"one operation alone was answered with {status(one)}")
        passed = [
            f"{name} ({answer.size} bytes, where one has {one.size})"
            for name, answer in zip(names, many, strict=True)
            if answer.status == 200 and answer.size >= operations * max(one.size, 2) / 4
        ]
        if passed:
            return refuted(f"{operations} operations were run for one request: {', '.join(passed)}")
        return proved(f"{operations} operations in one request were not run: {said(many)}")

    return judge


def _cut_short(given: Sequence[Answer], wanted: int) -> Judgement | None:
    """That not all was answered, or nothing."""
    if len(given) < wanted:
        return broken(given) or inconclusive(f"{len(given)} of {wanted} requests were answered")
    return broken(given)


def _not_met(flood: Sequence[Answer], number: int, reach: Reach) -> Judgement | None:
    """That the limit itself was not met as it is written: nothing can be said of ways around it."""
    if missing := reach.missing(flood[:number]):
        return missing
    if served(flood[:number]) < number or not is_refused(flood[-1]):
        return inconclusive(f"the limit was not met as it is written: {said(flood)}")
    return None


def _is_the_same(answer: Answer, usual: Sequence[Answer]) -> bool:
    """Whether the view has answered: with a status of the usual answers, and in their length.

    An answer to HEAD has no length, and a page that catches all other paths has another one.
    """
    sizes = [one.size for one in usual if one.status == answer.status]
    if not sizes:
        return False
    slack = max(_FEW, SLACK * max(sizes))
    return answer.size == 0 or min(sizes) - slack <= answer.size <= max(sizes) + slack
