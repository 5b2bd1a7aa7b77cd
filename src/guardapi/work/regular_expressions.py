"""Patterns on which backtracking takes exponential or polynomial time, each with a text that shows it.

An automaton of the pattern proposes texts (a repetition that can read one text in two ways); a matcher that
backtracks as the engine does and counts its steps decides. Nothing here runs the engine on such a text.
"""

import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, Final

from guardapi.work.backtracking import OutOfSteps, Program, compiled, steps_of
from guardapi.work.pattern_automaton import Automaton, TooLarge, automaton_of

PARSER: Final = importlib.import_module("re._parser")
MAX_PATTERN: Final = 1_000
MAX_CANDIDATES: Final = 24
MAX_SUFFIXES: Final = 6
MANY_ROUNDS: Final = 16
ENOUGH_ROUNDS: Final = 6
LITTLE: Final = 1.45
DOUBLING: Final = 1.6
"""The least growth that counts: a power of six or seven looks like less at so few rounds."""
STEEP: Final = 4
SIZES: Final = (16, 32, 64)
EXPONENTIAL_STEPS: Final = 15_000
POLYNOMIAL_STEPS: Final = 40_000
ALL_STEPS: Final = 150_000
"""For one pattern."""
ANYWHERE: Final = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
"""Functions that try every position of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Why a pattern is slow: the time for `prefix + n * pump + suffix` grows that way with n."""

    is_exponential: bool
    """Otherwise it grows like a power of n, at least the square."""
    prefix: str
    pump: str
    suffix: str

    def text(self, count: int) -> str:
        """A text that takes long."""
        return self.prefix + count * self.pump + self.suffix


@lru_cache(maxsize=512)
def ambiguity(pattern: str, flags: int = 0, function: str = "match") -> Ambiguity | None:
    """The ambiguity of a pattern under a function of `re`; None where there is none, or it is not understood."""
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        tree = _parsed(pattern, flags)
        program = compiled(tree, function)
        machine = automaton_of(tree, is_unanchored=function in ANYWHERE)
    except (TooLarge, ValueError, OverflowError, RecursionError, ArithmeticError):
        return None
    purse = Purse(ALL_STEPS)
    return _exponential(machine, program, purse) or _polynomial(machine, program, purse)


class Purse:
    """The steps that the matcher may still take."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    @property
    def is_empty(self) -> bool:
        """Whether none are left."""
        return self._left <= 0

    def steps_of(self, program: Program, text: str, most: int) -> int | None:
        """How many steps a text takes; None for too many."""
        most = min(most, self._left)
        try:
            steps = steps_of(program, text, most)
        except (OutOfSteps, RecursionError):
            self._left -= most
            return None
        self._left -= steps
        return steps


def _parsed(pattern: str, flags: int) -> Any:  # the module has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return PARSER.parse(pattern, flags)
        except importlib.import_module("re").error as error:
            raise ValueError(str(error)) from error


def _exponential(machine: Automaton, program: Program, purse: Purse) -> Ambiguity | None:
    for prefix, pump in islice(_distinct(machine.doubled()), MAX_CANDIDATES):
        for suffix in islice(machine.suffixes(prefix, pump), MAX_SUFFIXES):
            if _grows_exponentially(program, purse, prefix, pump, suffix):
                return Ambiguity(is_exponential=True, prefix=prefix, pump=pump, suffix=suffix)
    return None


def _polynomial(machine: Automaton, program: Program, purse: Purse) -> Ambiguity | None:
    for prefix, pump in islice(_distinct(machine.split()), MAX_CANDIDATES):
        for suffix in islice(machine.suffixes(prefix, pump), MAX_SUFFIXES):
            if _grows_polynomially(program, purse, prefix, pump, suffix):
                return Ambiguity(is_exponential=False, prefix=prefix, pump=pump, suffix=suffix)
    return None


def _distinct(candidates: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    for candidate in candidates:
        if candidate not in seen:
            seen.add(candidate)
            yield candidate


def _grows_exponentially(program: Program, purse: Purse, prefix: str, pump: str, suffix: str) -> bool:
    """Whether each repetition adds at least about twice the steps that the one before it has added."""
    counts: list[int] = []
    for size in range(1, MANY_ROUNDS):
        steps = purse.steps_of(program, prefix + size * pump + suffix, EXPONENTIAL_STEPS)
        if steps is None and len(counts) < ENOUGH_ROUNDS:
            return _is_steep(counts) and not purse.is_empty
        if steps is None:
            break
        counts.append(steps)
        if len(counts) == ENOUGH_ROUNDS and counts[5] - counts[4] < LITTLE * (counts[4] - counts[3]):
            return False  # hardly more: the usual case, and the end of it
    added = [later - earlier for earlier, later in pairwise(counts)]
    ratios = [later / max(earlier, 1) for earlier, later in pairwise(added)]
    return len(ratios) >= 2 and all(ratio > DOUBLING for ratio in ratios[-3:])


def _is_steep(counts: list[int]) -> bool:
    """Whether the few rounds that were not too many already grow beyond what a power does."""
    if len(counts) > 1:
        return counts[-1] > STEEP * counts[-2] or (
            len(counts) > 3 and counts[-1] > DOUBLING * counts[-2] > DOUBLING**2 * counts[-3]
        )
    return bool(counts) and STEEP**3 * counts[0] < EXPONENTIAL_STEPS


def _grows_polynomially(program: Program, purse: Purse, prefix: str, pump: str, suffix: str) -> bool:
    counts: list[int] = []
    for size in SIZES:
        steps = purse.steps_of(program, prefix + size * pump + suffix, POLYNOMIAL_STEPS)
        if steps is None:
            return bool(counts) and not purse.is_empty
        counts.append(steps)
    # What grows in proportion cancels out; the rest of a square is four times as large for twice the length.
    earlier, later = counts[1] - 2 * counts[0], counts[2] - 2 * counts[1]
    return later > 200 and later > 3 * max(earlier, 1)
