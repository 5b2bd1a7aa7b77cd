"""Statements put beside others, moved and taken away; indentation, line ends and comments as the file has them."""

import pytest
from writing import place, write

from guardapi.remedy import Delete, Insert, MoveStatement, Where

GUARD = "if len(x) > 1:\n    abort(413)"


def inserted(source: str, anchor: str, where: Where, text: str = GUARD) -> str:
    return write(source, Insert(anchor=place(source, anchor), text=text, where=where))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\ny = f(x)\n", "x = 1\nif len(x) > 1:\n    abort(413)\ny = f(x)\n"),
        (
            "def g():\r\n\t# why\r\n\ty = f(x)\r\n",
            "def g():\r\n\tif len(x) > 1:\r\n\t\tabort(413)\r\n\t# why\r\n\ty = f(x)\r\n",
        ),
        ("if a: f(x)\n", "if a:\n    if len(x) > 1:\n        abort(413)\n    f(x)\n"),
        (
            "if a:\n  pass\nelse: f(x)\nb\n",
            "if a:\n  pass\nelse:\n  if len(x) > 1:\n    abort(413)\n  f(x)\nb\n",
        ),
        ("a; f(x); b  # c\n", "a\nif len(x) > 1:\n    abort(413)\nf(x); b  # c\n"),
        (
            "@d(f(x))\ndef h():\n    pass\n",
            "if len(x) > 1:\n    abort(413)\n\n\n@d(f(x))\ndef h():\n    pass\n",
        ),
        ("#!/bin/python\n# why\nf(x)", "#!/bin/python\n# why\nif len(x) > 1:\n    abort(413)\nf(x)"),
        ("a\n\x0c\nf(x)\n", "a\n\x0c\nif len(x) > 1:\n    abort(413)\nf(x)\n"),
        (
            "async def g(): return f(x)\n",
            f"async def g():\n    {GUARD.replace(chr(10), chr(10) + '    ')}\n    return f(x)\n",
        ),
    ],
)
def test_statement_put_before(before: str, after: str) -> None:
    assert inserted(before, "f(x)", Where.BEFORE) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = f(x)\nz = 2\n", "y = f(x)\nif len(x) > 1:\n    abort(413)\nz = 2\n"),
        ("y = f(x)  # c", "y = f(x)  # c\nif len(x) > 1:\n    abort(413)"),
        ("a; f(x); b\n", "a; f(x)\nif len(x) > 1:\n    abort(413)\nb\n"),
        ("if a: f(x)  # c\nb\n", "if a:\n    f(x)  # c\n    if len(x) > 1:\n        abort(413)\nb\n"),
        (
            "for i in f(x):\n    a\n    # end\nb\n",
            "for i in f(x):\n    a\n    # end\nif len(x) > 1:\n    abort(413)\nb\n",
        ),
        ("y = f(x) + '''\n'''\nz\n", "y = f(x) + '''\n'''\nif len(x) > 1:\n    abort(413)\nz\n"),
    ],
)
def test_statement_put_after(before: str, after: str) -> None:
    assert inserted(before, "f(x)", Where.AFTER) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('def g(a):\n    """Doc."""\n    x = 1\n', 'def g(a):\n    """Doc."""\n    x = 0\n    x = 1\n'),
        ("def g(a):  # c\n    # why\n    x = 1\n", "def g(a):  # c\n    x = 0\n    # why\n    x = 1\n"),
        ("def g(a): pass\n", "def g(a):\n    x = 0\n    pass\n"),
        ("class A:\n  '''d'''\n", "class A:\n  '''d'''\n  x = 0\n"),
    ],
)
def test_statement_put_inside(before: str, after: str) -> None:
    assert inserted(before, before.partition("\n")[0], Where.INSIDE, "x = 0") == after


@pytest.mark.parametrize(
    ("before", "where", "after"),
    [
        ("a\nf(x)\nc\n", Where.BEFORE, "a\n\n\ndef k():\n    return 1\n\n\nf(x)\nc\n"),
        ("a\nf(x)\nc\n", Where.AFTER, "a\nf(x)\n\n\ndef k():\n    return 1\n\n\nc\n"),
        ("f(x)\n\n\nc\n", Where.AFTER, "f(x)\n\n\ndef k():\n    return 1\n\n\nc\n"),
        ("f(x)\n", Where.BEFORE, "def k():\n    return 1\n\n\nf(x)\n"),
        (
            "class A:\n    f(x)\n    c\n",
            Where.AFTER,
            "class A:\n    f(x)\n\n    def k():\n        return 1\n\n    c\n",
        ),
    ],
)
def test_blank_lines_around_definitions(before: str, where: Where, after: str) -> None:
    assert inserted(before, "f(x)", where, "def k():\n    return 1\n") == after


def test_several_statements_at_one_place() -> None:
    source = "a\nf(x)\n"
    before, after = place(source, "f(x)"), place(source, "a")
    edits = [
        Insert(anchor=after, text="one = 1", where=Where.AFTER),
        Insert(anchor=before, text="two = 2", where=Where.BEFORE),
        Insert(anchor=before, text="three = 3", where=Where.BEFORE),
    ]

    assert write(source, *edits) == "a\none = 1\ntwo = 2\nthree = 3\nf(x)\n"


@pytest.mark.parametrize("source", ["if q:\n    pass\nelif f(x):\n    pass\n", "if a: f(x); b\n"])
def test_no_statement_beside_shared_ones(source: str) -> None:
    assert inserted(source, "f(x)", Where.AFTER).startswith("not fixable")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nf(x)\nb\n", "a\nb\n"),
        ("a\n\nf(x)  # c\n\nb\n", "a\n\nb\n"),
        ("if a:\n    f(x)\nb\n", "if a:\n    pass\nb\n"),
        ("if a: f(x)\n", "if a: pass\n"),
        ("a; f(x); b\n", "a; b\n"),
        ("f(x); b\n", "b\n"),
        ("a; f(x)\n", "a\n"),
        ("def g():\n    @f(x)\n    def h(): pass\n", "def g():\n    pass\n"),
        ("a\nf(\n  x\n)".replace("f(\n  x\n)", "f(x)"), "a\n"),
    ],
)
def test_statement_deleted_whole(before: str, after: str) -> None:
    assert write(before, Delete(statement=place(before, "f(x)"))) == after


def test_statement_moved_up() -> None:
    source = "app = A()\n# binds\nlimiter = L(app)\n\napp.config['a'] = 1  # five\nb\n"
    edit = MoveStatement(statement=place(source, "app.config"), before=place(source, "L(app)"))

    assert write(source, edit) == "app = A()\napp.config['a'] = 1  # five\n# binds\nlimiter = L(app)\n\nb\n"


def test_statement_moved_above_definition() -> None:
    source = "app = A()\n\n\n@app.hook\ndef check():\n    pass\n\n\nlimiter = L(app)\n\n\nb\n"
    edit = MoveStatement(statement=place(source, "L(app)"), before=place(source, "def check"))

    after = "app = A()\n\n\nlimiter = L(app)\n\n\n@app.hook\ndef check():\n    pass\n\n\nb\n"
    assert write(source, edit) == after


@pytest.mark.parametrize(
    "source",
    [
        "limiter = L(app)\nvalue = 1\nconfig['a'] = value\n",
        "limiter = L(app)\nif a:\n    config['a'] = 1\n",
        "config['a'] = 1\nlimiter = L(app)\n",
    ],
)
def test_statement_not_moved_above_its_needs(source: str) -> None:
    edit = MoveStatement(statement=place(source, "config"), before=place(source, "limiter"))

    assert write(source, edit).startswith("not fixable")
