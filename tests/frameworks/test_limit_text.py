"""The grammar of limit texts, against the library that defines it."""

import limits
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardapi.frameworks.limit_text import MAX_LENGTH, LimitItem, LimitTextError, parse_many

BLANKS = st.sampled_from(["", " ", "  ", "\t", "\n", "\xa0", "\x1f"])
NUMBERS = st.sampled_from(["", "0", "1", "10", "007", "999999999999999999999", "1.5", "-1", "1_000", "٣"])
JOINS = st.sampled_from(["/", "per", "PER", " per ", "//", "pe", "", "/per", "per/", "perper"])
UNITS = st.sampled_from(
    ["second", "minutes", "HOUR", "Days", "month", "years", "s", "min", "minutess", "", "\u017fecond", "per"]
)
SEPARATORS = st.sampled_from([";", ",", "|", ":;", ":,", " ; ", ": ;", "::;", ";;", "\n;", "\n", ":", " "])
ITEMS = st.tuples(BLANKS, NUMBERS, BLANKS, JOINS, BLANKS, NUMBERS, BLANKS, UNITS, BLANKS).map("".join)
GOOD_ITEMS = st.tuples(
    BLANKS,
    st.integers(0, 500).map(str),
    BLANKS,
    st.sampled_from(["/", "per", "Per"]),
    BLANKS,
    st.sampled_from(["", "0", "1", "2", "30"]),
    BLANKS,
    st.sampled_from(["second", "minutes", "HOUR", "Days", "month", "years"]),
    BLANKS,
).map("".join)


def join(parts: list[str], separator: str) -> str:
    return separator.join(parts)


TEXTS = st.one_of(
    st.builds(join, st.lists(st.one_of(ITEMS, GOOD_ITEMS), max_size=4), SEPARATORS),
    st.builds(join, st.lists(GOOD_ITEMS, min_size=1, max_size=4), SEPARATORS),
    st.text(alphabet="0123456789 /:;,|persmintud\n", max_size=30),
    st.text(max_size=20),
)


def read_by_library(text: str) -> list[tuple[str, int, int]] | None:
    try:
        return [(str(item), item.get_expiry(), item.GRANULARITY.seconds) for item in limits.parse_many(text)]
    except ValueError:
        return None


def read_by_us(text: str) -> list[tuple[str, int, int]] | None:
    try:
        return [(str(item), item.seconds, item.granularity) for item in parse_many(text)]
    except LimitTextError:
        return None


@given(TEXTS)
@example("10/minute:;5/hour")
@example("10/minute: ;5/hour")
@example("10per2minute")
@example("10 PER Minute")
@example("1 per 0 minute")
@example("10/minute;")
@example("10/hour\n")
@example("")
@example("1/1/minute")
def test_texts_read_as_library_does(text: str) -> None:
    assert read_by_us(text) == read_by_library(text)


@given(st.lists(GOOD_ITEMS, min_size=1, max_size=4), st.sampled_from([";", ",", "|", ":;"]))
def test_valid_texts_are_accepted(parts: list[str], separator: str) -> None:
    """The control of the comparison above: it does not merely agree on refusals."""
    assert len(parse_many(separator.join(parts))) == len(parts)


@given(st.lists(GOOD_ITEMS, min_size=2, max_size=5))
def test_sorting_follows_the_library(parts: list[str]) -> None:
    text = ";".join(parts)
    ours = sorted(parse_many(text), key=lambda item: item.granularity)
    assert [str(item) for item in ours] == [str(item) for item in sorted(limits.parse_many(text))]


def test_item_knows_its_window() -> None:
    item = LimitItem(amount=5, multiples=2, unit="month")
    assert (str(item), item.seconds) == ("5 per 2 month", 60 * 86_400)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("5/minute;", "a part of"),
        ("ten/minute", "'ten/minute' does not begin"),
        ("5/minute hour", "does not end in one unit"),
        ("5/week", "'week' is no unit"),
        ("1.5/minute", "'1.5/minute' does not begin"),
    ],
)
def test_refusal_names_the_fault(text: str, complaint: str) -> None:
    with pytest.raises(LimitTextError, match=complaint):
        parse_many(text)


@pytest.mark.parametrize("filler", [" ", "1", "per", "1/minute;", "\x1f"])
def test_hostile_length_is_refused(filler: str) -> None:
    with pytest.raises(LimitTextError, match="characters"):
        parse_many("5/minute" + filler * MAX_LENGTH)


@pytest.mark.parametrize("filler", [" ", "1", "p", "\n"])
def test_longest_text_is_read_quickly(filler: str) -> None:
    """A text at the bound must not make the expression backtrack."""
    with pytest.raises(LimitTextError):
        parse_many(("5 per" + filler * MAX_LENGTH)[: MAX_LENGTH - 1] + "!")
