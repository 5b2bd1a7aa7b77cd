"""The ambiguity of patterns, compared with how long the real engine takes."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from guardapi.work.regular_expressions import Ambiguity, ambiguity

EXPONENTIAL = [
    (r"^(\w+\s?)+$", "match"),
    (r"(a+)+$", "match"),
    (r"(a*)*b", "search"),
    (r"(a|a)*c", "match"),
    (r"(a?b?)*c", "match"),
    (r"(a|b|ab)*c", "match"),
    (r"^(a|aa)+$", "fullmatch"),
    (r"(x+x+)+y", "search"),
    (r"(?=(a+)+b)", "match"),
    (r"(?:(a+)+b|a)", "match"),
    (r"(?:a+)+(?!a)!", "match"),
    (r"([a-z]+\d?)*!", "match"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "match"),
    (r"^(?:(?:\"(?:\\\"|[^\"])*\")|[^,])*$", "match"),
    (r"(?>(?:a+)+b)", "match"),
]
POLYNOMIAL = [
    (r"\s+$", "sub"),
    (r"^\s+|\s+$", "sub"),
    (r".*a.*b", "match"),
    (r"<[^>]+>", "sub"),
    (r"(\d+)-(\d+)", "search"),
    (r"\d+\s*\d+x", "match"),
]
TAME = [
    (r"^\w+(?:\s\w+)*\s?$", "match"),
    (r"(a+)+", "match"),
    (r"(?>a+)+b", "match"),
    (r"(?:a+)++b", "match"),
    (r"(?:a++)+b", "match"),
    (r"\s+$", "match"),
    (r"(?:a|(a+)+b)", "match"),
    (r"^[\w.+-]+@[\w-]+\.[a-z]{2,3}$", "match"),
    (r"^([a-zA-Z0-9_.+-]+)@([a-zA-Z0-9-]+\.)+[a-z]{2,}$", "match"),
    (r"([^/]+/)*x", "match"),
    (r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "match"),
    (r"\d+", "findall"),
    (r"(a{1,3}){1,3}$", "match"),
    (r"(.*)\d+(-\d+)?", "match"),
    (r"^(a+)+[\s\S]*$", "match"),
]


def growth(pattern: str, function: str) -> str:
    found = ambiguity(pattern, 0, function)
    if found is None:
        return "none"
    return "exponential" if found.is_exponential else "polynomial"


@pytest.mark.parametrize(("pattern", "function"), EXPONENTIAL)
def test_exponential_pattern_recognised(pattern: str, function: str) -> None:
    assert growth(pattern, function) == "exponential"


@pytest.mark.parametrize(("pattern", "function"), POLYNOMIAL)
def test_polynomial_pattern_recognised(pattern: str, function: str) -> None:
    assert growth(pattern, function) == "polynomial"


@pytest.mark.parametrize(("pattern", "function"), TAME)
def test_tame_pattern_left_alone(pattern: str, function: str) -> None:
    assert growth(pattern, function) == "none"


@pytest.mark.parametrize(
    "pattern", ["(", "[", "(?P<a>", "a" * 5_000, "(a+)+" * 300, "(" * 500 + ")" * 500, "(?:x{9}){9}{9}{9}$"]
)
def test_odd_pattern_ends(pattern: str) -> None:
    start = time.process_time()
    ambiguity(pattern, 0, "match")
    assert time.process_time() - start < 10


def test_flags_change_answer() -> None:
    assert ambiguity(r"(a|Ab?)+$", 0, "match") is None
    assert ambiguity(r"(a|Ab?)+$", re.IGNORECASE, "match") is not None


class TooSlowError(Exception):
    pass


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def seconds_for(pattern: str, function: str, text: str, most: float) -> float:
    """The processor time of the real engine, or `most`."""
    known = re.compile(pattern)
    start = time.process_time()
    try:
        with at_most(4 * most):
            known.sub("", text) if function == "sub" else getattr(known, function)(text)
    except TooSlowError:
        return most
    return min(time.process_time() - start, most)


def is_slow_soon(pattern: str, function: str, found: Ambiguity) -> bool:
    """Whether few repetitions of the text already take more time than thousands of steps need."""
    return any(
        seconds_for(pattern, function, found.text(count), 0.2) > 0.01
        for count in (8, 12, 16, 20, 24, 28, 36, 48)
    )


@pytest.mark.parametrize(("pattern", "function"), EXPONENTIAL)
def test_text_stops_real_engine(pattern: str, function: str) -> None:
    found = ambiguity(pattern, 0, function)
    assert found is not None
    assert is_slow_soon(pattern, function, found)


@pytest.mark.parametrize(("pattern", "function"), POLYNOMIAL)
def test_text_slows_real_engine(pattern: str, function: str) -> None:
    found = ambiguity(pattern, 0, function)
    assert found is not None
    once, twice = (
        min(seconds_for(pattern, function, found.text(count), 2) for _ in range(2)) for count in (500, 2_000)
    )
    assert twice > 6 * once


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", r"\w", "c", "ab", "[^a]"])
REPEATS = st.sampled_from(["*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}", "*+"])


def patterns() -> st.SearchStrategy[str]:
    inner = st.recursive(
        ATOMS,
        lambda part: st.one_of(
            st.builds("{}{}".format, part, part),
            st.builds("(?:{}|{})".format, part, part),
            st.builds("(?:{}){}".format, part, REPEATS),
            st.builds("(?:{}){}".format, part, REPEATS),
            st.builds("(?>{})".format, part),
        ),
        max_leaves=6,
    )
    ends = st.sampled_from(["$", "c", "!", "", r"\b"])
    return st.builds("{}{}{}".format, st.sampled_from(["", "^"]), inner, ends)


FUNCTIONS = st.sampled_from(["match", "search", "fullmatch", "sub"])
BOUNDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@given(patterns(), FUNCTIONS)
@BOUNDED
def test_exponential_answer_shows(pattern: str, function: str) -> None:
    """Whatever is called exponential takes the real engine long on a short text."""
    found = ambiguity(pattern, 0, function)
    assume(found is not None and found.is_exponential)
    assert found is not None
    assert is_slow_soon(pattern, function, found)


TEXTS = [
    before + "".join(letters) * 26 + end
    for size in (1, 2, 3)
    for letters in product("ab", repeat=size)
    for before in ("", "a")
    for end in ("", "!")
]


@given(patterns(), FUNCTIONS)
@BOUNDED
def test_tame_answer_holds(pattern: str, function: str) -> None:
    """Whatever is called tame is done quickly by the real engine with every short text, repeated."""
    assume(ambiguity(pattern, 0, function) is None)
    for text in TEXTS:
        assert seconds_for(pattern, function, text, 0.5) < 0.5, text
