"""The release that a version specifier stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.python.releases import LAST, likely_release
from guardapi.python.templates import NOT_KNOWN, render
from guardapi.python.values import DictValue, Unknown


@pytest.mark.parametrize(
    ("specifier", "release"),
    [
        ("", (5, 3)),
        (">=4", (5, 3)),
        ("==4.5.3", (4, 5)),
        ("==4.*", (4, LAST)),
        ("~=4.1", (4, LAST)),
        ("~=4.1.2", (4, 1)),
        ("<5", (4, LAST)),
        (">=4.1,<4.6", (4, 5)),
        ("<=4.6.1", (4, 6)),
        ("<4.6.1", (4, 6)),
        (">=6.2", (6, 2)),
        ("!=5.3", (5, 3)),
    ],
)
def test_specifier_means_newest_allowed(specifier: str, release: tuple[int, int]) -> None:
    assert likely_release(specifier, (5, 3)) == release


@given(st.text())
def test_odd_specifiers_give_releases(specifier: str) -> None:
    assert len(likely_release(specifier, (5, 3))) == 2


def test_placeholders_are_filled() -> None:
    names = {"prefix": "v1", "texts": DictValue({"a": ["x", "y"]}), "odd": Unknown("not known")}
    text = "{{prefix}} {{ texts['a'][1] }} {{ texts.a[0] }}|{{ absent }}|{{ odd }} {{ prefix | upper }}{# note #}"
    assert render(text, names) == f"v1 y x||{NOT_KNOWN} {NOT_KNOWN}"


@given(st.text(alphabet="{}%#a[]'. -", max_size=60))
def test_odd_templates_render(text: str) -> None:
    assert isinstance(render(text, {"a": "b"}), str)
