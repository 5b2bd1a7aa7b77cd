"""Decorators put on functions and classes, moved and taken away; each keeps a line (or several) of its own."""

import pytest
from writing import place, write

from guardapi.remedy import Decorate, Import, MoveDecorator, RemoveDecorator

VIEW = """\
@app.route("/pay")
@login_required  # who
def pay():
    pass
"""


def decorated(source: str, *, below: str = "", is_outermost: bool = False) -> str:
    return write(
        source,
        Decorate(
            function=place(source, "def pay" if "def pay" in source else "class Pay"),
            decorator="limit(5)",
            below=place(source, below) if below else None,
            is_outermost=is_outermost,
        ),
    )


def test_decorator_below_another() -> None:
    assert decorated(VIEW, below='app.route("/pay")') == VIEW.replace("@login", "@limit(5)\n@login")


def test_decorator_becomes_innermost() -> None:
    assert decorated(VIEW) == VIEW.replace("def", "@limit(5)\ndef")


def test_decorator_above_all_others() -> None:
    assert decorated(f"# about it\n{VIEW}", is_outermost=True) == f"# about it\n@limit(5)\n{VIEW}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("class Pay:\n    pass\n", "@limit(5)\nclass Pay:\n    pass\n"),
        ("def pay():\r\n\tpass\r\n", "@limit(5)\r\ndef pay():\r\n\tpass\r\n"),
        ("if a:\n\tdef pay(): pass", "if a:\n\t@limit(5)\n\tdef pay(): pass"),
        ("@a\n\n# why\ndef pay():\n    pass\n", "@a\n\n# why\n@limit(5)\ndef pay():\n    pass\n"),
    ],
)
def test_decorator_in_way_of_file(before: str, after: str) -> None:
    assert decorated(before) == after


def test_decorator_below_one_of_several_lines() -> None:
    source = "@app.route(\n    '/pay',\n)  # here\nasync def pay():\n    pass\n"
    edit = Decorate(
        function=place(source, "async def"), decorator="limit(5)", below=place(source, "app.route")
    )

    assert write(source, edit) == source.replace("async", "@limit(5)\nasync")


def test_decorator_brings_its_import() -> None:
    source = f"import os\n\n{VIEW}"
    edit = Decorate(
        function=place(source, "def pay"),
        decorator="wraps(f)",
        imports=(Import(module="functools", name="wraps"),),
    )

    assert write(source, edit).startswith("import os\nfrom functools import wraps\n")


def test_decorator_of_other_function() -> None:
    source = f"{VIEW}\n\n@b\ndef other():\n    pass\n"

    assert decorated(source, below="b\ndef").startswith("not fixable: no decorator of the same function")


def test_moved_with_its_comment() -> None:
    source = "# the view\n@a\n# slow\n@limit(5)  # five\n@b\n@app.get('/')\n@c\ndef pay(): pass\n"
    edit = MoveDecorator(decorator=place(source, "limit(5)"), below=place(source, "app.get('/')"))

    after = "# the view\n@a\n@b\n@app.get('/')\n# slow\n@limit(5)  # five\n@c\ndef pay(): pass\n"
    assert write(source, edit) == after


def test_first_decorator_leaves_comment() -> None:
    source = "# the view\n@limit(5)\n@app.get('/')\ndef pay(): pass\n"
    edit = MoveDecorator(decorator=place(source, "limit(5)"), below=place(source, "app.get('/')"))

    assert write(source, edit) == "# the view\n@app.get('/')\n@limit(5)\ndef pay(): pass\n"


def test_decorator_is_taken_away() -> None:
    source = "@a\n# why\n@limiter.exempt  # light\ndef pay(): pass\n"

    assert (
        write(source, RemoveDecorator(decorator=place(source, "limiter.exempt")))
        == "@a\n# why\ndef pay(): pass\n"
    )


def test_no_decorator_there() -> None:
    edit = RemoveDecorator(decorator=place(VIEW, "pass"))

    assert write(VIEW, edit) == "not fixable: no decorator stands at shop.py:4"


def test_long_decorator_gets_lines() -> None:
    source = "@app.get('/')\ndef view():\n    pass\n"
    call = "limiter.limit('3 per hour', methods=['POST'], key_func=submitted_address_of_the_recipient)"
    edit = Decorate(function=place(source, "def view"), decorator=call)

    assert write(source, edit) == (
        "@app.get('/')\n@limiter.limit(\n    '3 per hour',\n    methods=['POST'],\n"
        "    key_func=submitted_address_of_the_recipient,\n)\ndef view():\n    pass\n"
    )
