"""Expressions and texts rewritten in their place, with the parentheses and escapes that this takes."""

import pytest
from writing import place, write

from guardapi.remedy import Rewrite, RewriteText, SetArgument


@pytest.mark.parametrize(
    ("before", "part", "text", "after"),
    [
        ("x = int(a)", "int(a)", "min({}, 3)", "x = min(int(a), 3)"),
        ("x = a + b", "a + b", "min({}, 3)", "x = min(a + b, 3)"),
        ("x = (a +\n b)", "a +\n b", "min({}, 3)", "x = min(a +\n b, 3)"),
        ("x = a, b", "a, b", "min({}, 3)", "x = min((a, b), 3)"),
        ("x = (a, b)", "(a, b)", "min({}, 3)", "x = min((a, b), 3)"),
        ("f(x for x in y)", "x for x in y", "min({}, 3)", "f(min((x for x in y), 3))"),
        ("x = 1 if a else b", "1 if a else b", "{}[:3]", "x = (1 if a else b)[:3]"),
        ("x = (a)if(b)else c", "b", "min({}, 3)", "x = (a)if min(b, 3)else c"),
        ("def f():\n    return(q)", "q", "min({}, 3)", "def f():\n    return min(q, 3)"),
        ("x = y * q", "q", "{} or 5", "x = y * (q or 5)"),
        ("x = y(q)", "q", "{} or 5", "x = y(q or 5)"),
        ("x = (q) + 1", "q", "{} or 5", "x = (q or 5) + 1"),
        ("x = q", "q", "({}, {})", "x = (q, q)"),
        ("x = y + q", "q", "5", "x = y + 5"),
        ('x = f"{q} b"', "q", "min({}, 3)", 'x = f"{min(q, 3)} b"'),
    ],
)
def test_expression_rewritten_in_place(before: str, part: str, text: str, after: str) -> None:
    edit = Rewrite(expression=place(before, part), text=text)

    assert write(f"{before}\n", edit) == f"{after}\n"


def test_rewrites_nest() -> None:
    source = "x = f(int(a), b)\n"
    edits = (
        Rewrite(expression=place(source, "int(a)"), text="min({}, 3)"),
        Rewrite(expression=place(source, "a"), text="abs({})"),
        SetArgument(call=place(source, "f(int(a), b)"), name="t", value="1"),
        Rewrite(expression=place(source, "b"), text="len({})"),
    )

    assert write(source, *edits) == "x = f(min(int(abs(a)), 3), len(b), t=1)\n"
    assert write(source, *reversed(edits)) == write(source, *edits)


def test_same_expression_not_rewritten_twice() -> None:
    source = "x = a\n"
    edits = [Rewrite(expression=place(source, "a"), text=text) for text in ("min({}, 3)", "int({})")]

    assert write(source, *edits).startswith("not fixable")


def test_no_quotes_within_f_strings() -> None:
    source = 'x = f"{a}"\n'

    assert "f-string" in write(source, Rewrite(expression=place(source, "a"), text='g("b", {})'))
    shown = 'x = f"{a=}"\n'
    assert "f-string" in write(shown, Rewrite(expression=place(shown, "a"), text="min({}, 3)"))


def test_targets_are_no_expressions() -> None:
    source = "a = 1\n"

    assert write(source, Rewrite(expression=place(source, "a"), text="min({}, 3)")).startswith("not fixable")


def test_place_that_has_moved() -> None:
    moved = place("x = ab\n", "ab")

    assert (
        write("x = abc\n", Rewrite(expression=moved, text="1"))
        == "not fixable: shop.py:1 is not as it was read"
    )


@pytest.mark.parametrize(
    ("literal", "old", "new", "after"),
    [
        ("'5/minute b'", "minute", "hour", "'5/hour b'"),
        ("'a'\n 'b/hour'", "hour", "day", "'a'\n 'b/day'"),
        ("b'abc'", "abc", "d", "b'd'"),
        ("'it'", "it", "it's", "'it\\'s'"),
        ('"aé b"', "b", "c", '"aé c"'),
        ('"""long\n text"""', "text", "word", '"""long\n word"""'),
        ("r'a\\d'", "a", "b", "r'b\\d'"),
        ("'whole'", "", "new", "'new'"),
    ],
)
def test_text_of_literal_rewritten(literal: str, old: str, new: str, after: str) -> None:
    source = f"x = ({literal})\n"

    assert write(source, RewriteText(literal=place(source, literal), old=old, new=new)) == f"x = ({after})\n"


@pytest.mark.parametrize(
    ("literal", "old", "new"),
    [
        ('"a a"', "a", "b"),
        ("f'a'", "a", "b"),
        ("r'a'", "a", "it's"),
        ("b'a'", "a", "é"),
        ("'\\x61'", "a", "b"),
        ("'a' 'b'", "ab", "c"),
    ],
)
def test_text_that_cannot_be_told(literal: str, old: str, new: str) -> None:
    source = f"x = {literal}\n"

    assert write(source, RewriteText(literal=place(source, literal), old=old, new=new)).startswith(
        "not fixable"
    )
