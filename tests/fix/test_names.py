"""Functions that decorators make get the name of what they wrap."""

import pytest
from writing import place, write

from guardapi.remedy import KeepName

DECORATOR = """\
def traced(view):
    def wrapper(*args):
        return view(*args)
    return wrapper
"""


def kept(source: str) -> str:
    return write(source, KeepName(function=place(source, "def wrapper")))


def test_wraps_names_wrapped_function() -> None:
    wrapped = DECORATOR.replace("    def wrapper", "    @wraps(view)\n    def wrapper")

    assert kept(f"import os\n\n\n{DECORATOR}") == f"import os\nfrom functools import wraps\n\n\n{wrapped}"


def test_module_that_is_imported() -> None:
    assert "@functools.wraps(view)" in kept(f"import functools\n\n\n{DECORATOR}")


@pytest.mark.parametrize(
    "source",
    [
        DECORATOR.replace("view(*args)", "args"),
        DECORATOR.replace("traced(view)", "traced(view, text)"),
        "def wrapper():\n    pass\n",
    ],
)
def test_function_that_wraps_nothing(source: str) -> None:
    assert kept(source) == "not fixable: the function wraps no other one"
