"""f-strings of newer Pythons, written for older ones."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.python.interpolation import Unreadable, lowered, read_interpolated

SCOPE = {"x": {"b": 1, "y": 2}, "y": 2, "w": {"a": 5}, "names": ["p", "q"], "none": None}


@pytest.mark.parametrize(
    ("newer", "value"),
    [
        ('f"a{x["b"]}c"', "a1c"),
        (r'f"{"\n".join(names)}"', "p\nq"),
        (r'f"{y!r:>{w["a"]}}|{y:{"0"}>4}"', "    2|0002"),
        ('f"""{f"""{f"""{1 + 1}"""}"""}"""', "2"),
        ('f"{\ny  # why }\n}"', "2"),
        ('f"""{\n"""a\nb"""}"""', "a\nb"),
        ('f"{x["b"]}{{}}{"it\'s"}"', "1{}it's"),
        (r'rf"\d{x["y"]}"', r"\d2"),
        ('f"{none or f"{x["b"]}" + f\'{y}\'}"', "12"),
        ('f"{ {"a": 1}["a"] }"', "1"),
        (r'f"{"\\"}{b"\x00"!r}"', "\\b'\\x00'"),
        (r'f"\N{BULLET}{x["b"]}"', "\u20221"),
        ('t"a{y}"', "a2"),
        ('f""', ""),
        ('f"{f""}"', ""),
    ],
)
def test_lowered_string_has_same_value(newer: str, value: str) -> None:
    older = lowered(newer)
    ast.parse(older, feature_version=(3, 11))
    assert eval(older, dict(SCOPE)) == value
    assert older.count("\n") == newer.count("\n")


@pytest.mark.parametrize(
    "text", ['f"{', 'f"{x', 'f"{x"', 'f"{(}"', 'f"\n"', 'f"{x:\n"', '"', "f'{" * 100, "f'{x:{" * 100]
)
def test_incomplete_string_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_interpolated(text, 0)
    assert lowered(text) == text


@given(st.text("f'\"{}:!\\\nx#()[]N", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert lowered(f'f"{text}').count("\n") >= 0
    try:
        end = read_interpolated(f"f'{text}", 0).end
    except Unreadable:
        return
    assert 0 < end <= len(text) + 2
