"""What sizes, times and memory mean for claims on what one request may cause: functions that a plan judges by."""

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import (
    MISSED,
    TURNED_AWAY,
    Reach,
    broken,
    flat,
    hint,
    inconclusive,
    is_late,
    is_refused,
    proved,
    refuted,
    said,
)
from guardapi.prove.judging.limits import Judge
from guardapi.prove.plans import Answers, Judgement

SLOW: Final = 5.0
"""Seconds after which a caller counts as held."""
LEAST_TIME: Final = 0.02
"""Seconds below which a time says nothing of what was done."""
LEAST_EXPONENT: Final = 0.5
LEAST_GROWTH: Final = 1.5
LEAST_STEP: Final = 1.2
LEAST_SIZES: Final = 3
"""So many answers show whether something grows."""
LARGE: Final = 2**20


def large_is_taken(reach: Reach) -> Judge:
    """Judges that a large body is not refused. The first one announces its length, and decides.

    Where it does not, Werkzeug cuts the body at the bound and hands it on: that it is taken says nothing.
    """

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        if given[0].status == 413:
            return refuted(_announced(given))
        taken = [answer for answer in given if answer.status != 413]
        return reach.missing(taken) or proved(f"it was taken: {said(given)}")

    return judge


def large_is_refused() -> Judge:
    """Judges that a body above its bound gets 413. The first one announces its length, and decides."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if problem := broken(given):
            return problem
        if given[0].status == 413:
            return proved(_announced(given))
        if all(answer.status in MISSED | TURNED_AWAY for answer in given):
            return inconclusive(f"the body was not read: {said(given)}. {hint(given)}")
        return refuted(f"it was taken: {said(given)}")

    return judge


def _announced(given: Sequence[Answer]) -> str:
    if all(answer.status == 413 for answer in given):
        return f"all {len(given)} got 413"
    return f"413 where its length is announced; {said(given[1:])} where it is not"


def grows(
    sizes: Sequence[float], reach: Reach, *, least: float | None = None, may_lack: bool = False
) -> Judge:
    """Judges that time, size or work grow with what the caller sends; the exponent is fitted.

    `least` is the exponent from which on the time does too much, where some growth is in the nature of things.
    `may_lack`: rows are asked for, and there may be fewer.
    """

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        slow = next((index for index, answer in enumerate(given) if is_late(answer)), None)
        if slow is not None:
            before = f"{max(given[slow - 1].seconds, 0.001):.3f} s with {sizes[slow - 1]:g}, " if slow else ""
            return proved(f"{before}no answer in time with {sizes[slow]:g}")
        taken = list(takewhile(lambda answer: not is_refused(answer), given))
        if missing := reach.missing(taken or given):
            return missing
        taken = list(takewhile(reach.of, taken))
        if len(taken) < min(LEAST_SIZES, len(given)):
            rest = given[len(taken) :]
            if not any(is_refused(answer) or answer.status in MISSED for answer in rest):
                return inconclusive(f"it failed: {said(given)}. {hint(rest)}")
            return refuted(f"larger ones are refused: {said(given)}")
        for name, unit, numbers, floor in (
            ("the answer", "bytes", [float(answer.size) for answer in taken], 1.0),
            ("the work", "calls", [float(answer.calls) for answer in taken], 1.0),
            ("the work", "units", [answer.amount for answer in taken], 1.0),
            ("the time", "ms", [1000 * answer.seconds for answer in taken], 1000 * LEAST_TIME),
        ):
            power = exponent(sizes[: len(taken)], numbers)
            if least is not None and name != "the time":
                continue
            if power >= (least or LEAST_EXPONENT) and _goes_on(numbers, floor):
                shown = ", ".join(f"{number:.0f}" for number in numbers)
                return proved(f"{name} grows with the size to the power of {power:.1f}: {shown} {unit}")
        rows = sizes[len(taken) - 1] - sizes[0]
        # Not even a byte for each row: the number that was asked for may be repeated in the answer.
        if may_lack and abs(taken[-1].size - taken[0].size) < rows:
            return inconclusive(
                "the answer has no more in any size: there may be no more rows. `start` in prove.toml can add some"
            )
        return refuted("neither the answer nor the time grew with what was sent")

    return judge


def _goes_on(numbers: Sequence[float], floor: float) -> bool:
    """Whether the last one is still larger than the one before: what is cut at some size does not grow."""
    last, before = numbers[-1], numbers[-2] if len(numbers) > 1 else 0.0
    return last >= max(LEAST_GROWTH * numbers[0], LEAST_STEP * before, floor)


def falls(reach: Reach) -> Judge:
    """Judges that the application fails for the last request, and serves the first."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if missing := reach.missing(given[:1]):
            return missing
        last = given[-1]
        if last.status in (0, 500):
            why = last.error.strip().splitlines()[-1][:100] if last.error.strip() else "without a word"
            return proved(f"{said(given[:1])}, then {last.status or 'no answer'}: {why}")
        # What is nested deeper yet fails in the parser of the request already, whoever reads it.
        return inconclusive(f"all were answered: {said(given)}")

    return judge


def takes_memory(least: int, reach: Reach) -> Judge:
    """Judges that a request leaves the process with so many bytes more at its peak; the first one only prepares."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        if len(given) > 1 and reach.of(given[0]) and not given[-1].status and not is_late(given[-1]):
            return proved(f"the process did not survive it: {given[-1].error[:200]}")
        if problem := broken(given):
            return problem
        if not all(answer.peak for answer in given):
            return inconclusive("the memory of the process is not known here")
        if any(is_refused(answer) for answer in given):
            return refuted(f"it is refused: {said(given)}")
        if missing := reach.missing(given[1:]):
            return missing
        more = given[-1].peak - given[0].peak
        detail = f"the peak of the process rose by {more / LARGE:.1f} MiB, from {given[0].peak / LARGE:.1f}"
        return proved(detail) if more >= least else refuted(detail)

    return judge


def hangs() -> Judge:
    """Judges that a request waits for a store that never answers."""

    def judge(answers: Answers) -> Judgement:
        given = flat(answers)
        held = [answer for answer in given if is_late(answer) or answer.seconds >= SLOW]
        if held:
            return proved(
                f"{len(held)} of {len(given)} requests waited for {max(a.seconds for a in held):.1f} s"
            )
        if problem := broken(given):
            return problem
        return refuted(f"answered within {max(a.seconds for a in given):.1f} s: {said(given)}")

    return judge


def exponent(sizes: Sequence[float], numbers: Sequence[float]) -> float:
    """The power of the size that the numbers follow, by least squares of the logarithms."""
    pairs = [(math.log(a), math.log(b)) for a, b in zip(sizes, numbers, strict=False) if a > 0 and b > 0]
    if len(pairs) < 2 or len(pairs) < len(numbers):
        return 0.0
    mean_x = sum(x for x, _ in pairs) / len(pairs)
    mean_y = sum(y for _, y in pairs) / len(pairs)
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    return sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if spread else 0.0
