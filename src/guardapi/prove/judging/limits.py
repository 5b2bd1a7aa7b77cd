"""What answers mean for claims on limits: functions that a plan judges by."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from guardapi.findings import counted
from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import (
    Reach,
    broken,
    first_refusal,
    flat,
    inconclusive,
    is_hidden,
    is_refused,
    proved,
    refuted,
    said,
    served,
    status,
)
from guardapi.prove.plans import Answers, Judgement
from guardapi.verdict import Ruling

Judge = Callable[[Answers], Judgement]
SHARE: Final = 0.7
"""Of a window; requests that take as long may have met two."""


def refused_after(
    number: int,
    reach: Reach,
    *,
    is_sure: bool = True,
    workers: int = 1,
    window: float = math.inf,
) -> Judge:
    """Judges that a limit holds: exactly so many requests are let through, the next one is refused.

    `is_sure` False: the limit counts some requests alone, so that what is let through refutes nothing. `workers`: the
    last requests are one for each other process, and refused there, too, where all count together. `window`: seconds
    after which it may have forgotten the first ones.
    """
    by = f" by each of {workers} processes" if workers > 1 else ""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        first = first_refusal(given)
        if first == number and not served(given[number:]):
            return proved(f"{number} of {len(given)} requests were served, then {status(given[number])}{by}")
        if first is not None and first < number:
            if first == 0:
                return inconclusive(f"the first request was refused already with {status(given[0])}")
            return inconclusive(
                f"{status(given[first])} came after {first} of {number} requests already:"
                " another limit, or a cost, decided"
            )
        if missing := reach.missing(given):
            return missing
        taken = sum(answer.seconds for answer in given)
        if taken > SHARE * window:
            return inconclusive(f"the requests took {taken:.1f} of the {window:g} seconds of the window")
        if not is_sure:
            return inconclusive(
                f"{served(given)} of {len(given)} requests were served: not every one is counted"
            )
        among = f" by {workers} processes" if workers > 1 else ""
        return refuted(f"{served(given)} of {len(given)} requests were served{among}: {said(given)}")

    return judge


def served_again(number: int, window: float, reach: Reach, *, limit: str = "") -> Judge:
    """Judges that a limit forgets: a burst, a request at half the window, then more behind it.

    Where another limit than this one refuses then (one that counts refusals), nothing is shown. `Retry-After` is honest
    where it lies within the window, and no later request was refused once it had passed.
    """

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        burst, halfway, after = given[: number + 1], given[number + 1 : number + 2], given[number + 2 :]
        if first_refusal(burst) != number:
            return reach.missing(burst) or inconclusive(f"the limit was not met: {said(burst)}")
        other = next((answer.limited_by for answer in after if answer.limited_by not in ("", limit)), None)
        if not served(after) and limit and other is not None:
            return inconclusive(f"after {window:g} seconds another limit refused: {other}")
        if not served(after):
            return refuted(f"no request was served after {window:g} seconds: {said(after)}")
        told = [
            (at, seconds)
            for at, answer in ((0.0, burst[-1]), *((window / 2, answer) for answer in halfway))
            if is_refused(answer) and (seconds := _retry_after(answer)) is not None
        ]
        for at, seconds in told:
            if not 0 < seconds <= window + 1:
                return refuted(f"Retry-After says {seconds:g} seconds, and the window has {window:g}")
            if at + seconds < window / 2 - 1 and halfway and is_refused(halfway[0]):
                return refuted(
                    f"Retry-After says {seconds:g} seconds, and after {window / 2:g} it still refuses"
                )
        detail = f"{served(after)} of {len(after)} requests were served after {window:g} seconds"
        return proved(f"{detail}; {_told(told, burst[-1])}")

    return judge


def another_is_served(number: int, reach: Reach) -> Judge:
    """Judges that clients are told apart: the last request is of another client than those before."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        if first_refusal(given[:-1]) != number:
            return reach.missing(given) or inconclusive(
                f"the limit was not met as stated: {said(given[:-1])}"
            )
        if is_refused(given[-1]):
            return refuted(
                f"after {number} requests of one client, the first one of another got {status(given[-1])}"
            )
        return proved(
            f"one client was refused after {number} requests, and another one got {status(given[-1])}"
        )

    return judge


def reversed_judge(judge: Judge) -> Judge:
    """Judges the contrary of another claim."""
    turned = {Ruling.PROVED: Ruling.REFUTED, Ruling.REFUTED: Ruling.PROVED}

    def turn(answers: Answers) -> Judgement:
        found = judge(answers)
        return Judgement(ruling=turned.get(found.ruling, found.ruling), detail=found.detail)

    return turn


def never_refused(reach: Reach, *, skipped: int = 0) -> Judge:
    """Judges that nothing limits."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)[skipped:]
        if problem := broken(given):
            return problem
        first = first_refusal(given)
        if first is None:
            return reach.missing(given) or proved(f"{served(given)} of {len(given)} requests were served")
        if served(given) == 0:
            return inconclusive(f"every request was refused: {said(given)}")
        return refuted(f"{status(given[first])} came after {counted(first, 'request')}")

    return judge


def more_than(number: int, reach: Reach, *, skipped: int = 0) -> Judge:
    """Judges that more is let through than a limit admits."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)[skipped:]
        if problem := broken(given):
            return problem
        let_through = served(given)
        if missing := reach.missing(given):
            return missing
        if let_through > number:
            return proved(f"{let_through} of {len(given)} requests were served, where {number} are admitted")
        return refuted(f"{let_through} of {len(given)} requests were served, as many as are admitted")

    return judge


def hides_refusals(number: int, reach: Reach) -> Judge:
    """Judges that refusals look like answers; where the limiter is not seen, that more seems to be served."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        hidden = [answer for answer in given if is_hidden(answer)]
        if hidden:
            return proved(f"{counted(len(hidden), 'refusal')} of {len(given)} answers: {said(hidden)}")
        if any(answer.limited_by for answer in given):
            return refuted(said(given))
        return more_than(number, reach)(answers)

    return judge


def works_while_refusing(number: int, reach: Reach) -> Judge:
    """Judges that refused requests cause work, too."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        refused = [answer for answer in given if is_refused(answer)]
        busy = [answer for answer in refused if answer.calls]
        if busy:
            return proved(f"{len(busy)} of {len(refused)} refused requests did work before")
        if not refused:
            return more_than(number, reach)(answers)
        return inconclusive(f"{len(refused)} requests were refused, and what they caused was not counted")

    return judge


def always_fails() -> Judge:
    """Judges that every request is answered with 500."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        statuses = {answer.status for answer in given}
        return proved(f"all {len(given)} got 500") if statuses == {500} else refuted(said(given))

    return judge


def unreachable(detail: str) -> Judge:
    """Judges a claim for which nothing is sent."""
    return lambda _answers: inconclusive(detail)


def _retry_after(answer: Answer) -> float | None:
    """Seconds; None where there is none, or a date (which would be of a clock that was put forward)."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isdecimal() else None


def _told(told: Sequence[tuple[float, float]], refused: Answer) -> str:
    if told:
        return f"Retry-After said {told[0][1]:g}"
    return "Retry-After was a date" if refused.headers.get("retry-after") else "no Retry-After was sent"
