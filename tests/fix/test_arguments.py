"""Arguments of calls: given, changed, named and taken away, as the others of the call are laid out."""

import pytest
from writing import FILE, place, planned, project_of, write

from guardapi.fix.composing import composed
from guardapi.remedy import NameArgument, RemoveArgument, SetArgument


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()", "f(t=10)"),
        ("f(a)", "f(a, t=10)"),
        ("f(a,)", "f(a, t=10,)"),
        ("f((a))", "f((a), t=10)"),
        ("f(a, *b)", "f(a, *b, t=10)"),
        ("f(x for x in y)", "f((x for x in y), t=10)"),
        ("f(g(\n  a\n))", "f(g(\n  a\n), t=10)"),
        ("f(\n    a, b\n)", "f(\n    a, b, t=10\n)"),
        ("f(\n    a,\n    b,\n)", "f(\n    a,\n    b,\n    t=10,\n)"),
        ("f(\n    a,\n    b\n)", "f(\n    a,\n    b,\n    t=10\n)"),
        ("f(a,\n  b)", "f(a,\n  b,\n  t=10)"),
        ("f(\n\ta,\n\tb  # why\n)", "f(\n\ta,\n\tb,  # why\n\tt=10\n)"),
        ("f(\n    a,\n    b,  # why\n)", "f(\n    a,\n    b,  # why\n    t=10,\n)"),
        ("f(t=None, b=2)", "f(t=10, b=2)"),
        ("f(a, t=(\n None))", "f(a, t=(\n 10))"),
        ("f('é', t=3)", "f('é', t=10)"),
    ],
)
def test_argument_set_in_layout(before: str, after: str) -> None:
    edit = SetArgument(call=place(before, before), name="t", value="10")

    assert write(f"{before}\n", edit) == f"{after}\n"
    again = SetArgument(call=place(after, after), name="t", value="10")
    assert write(f"{after}\n", again) == f"{after}\n"


LONG = 'value = client.get("https://rates.example/today/of/each/currency", headers=HEADERS)'
BROKEN = """\
value = client.get(
    "https://rates.example/today/of/each/currency",
    headers=HEADERS,
    timeout=10,
)
"""


def long_call(**files: str) -> str:
    """The file after an argument more for a call that leaves no room for it in 88 characters."""
    project = project_of(
        {FILE: f"{LONG}\n".encode(), **{path: text.encode() for path, text in files.items()}}
    )
    call = place(LONG, LONG.removeprefix("value = "))
    changes, _ = planned(project, (SetArgument(call=call, name="timeout", value="10"),))
    return composed(changes, project)[FILE].decode()


def test_long_call_gets_lines() -> None:
    assert long_call() == BROKEN


@pytest.mark.parametrize("tool", ["ruff", "black"])
def test_project_says_the_length(tool: str) -> None:
    text = long_call(**{"pyproject.toml": f"[tool.{tool}]\nline-length = 110\n"})

    assert text == f"{LONG.removesuffix(')')}, timeout=10)\n"
    assert long_call(**{"pyproject.toml": f"[tool.{tool}]\nline-length = 90\n"}) == BROKEN


def test_longer_lines_of_a_file_count() -> None:
    before = f"# {'-' * 98}\n{LONG}\n"
    edit = SetArgument(call=place(before, LONG.removeprefix("value = ")), name="timeout", value="10")

    assert write(before, edit).endswith("headers=HEADERS, timeout=10)\n")


def test_open_arguments_not_guessed() -> None:
    edit = SetArgument(call=place("f(**k)", "f(**k)"), name="t", value="10")

    assert write("f(**k)\n", edit) == "not fixable: not all arguments of the call are written there"


def test_two_arguments_of_empty_call() -> None:
    edits = [SetArgument(call=place("f()", "f()"), name=name, value="1") for name in ("s", "t")]

    assert write("f()\n", *edits).startswith("not fixable")
    edits = [SetArgument(call=place("f(a)", "f(a)"), name=name, value="1") for name in ("s", "t")]
    assert write("f(a)\n", *edits) == "f(a, s=1, t=1)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(t=1)", "f()"),
        ("f(t=1,)", "f()"),
        ("f(a, t=1)", "f(a)"),
        ("f(t=1, a=2)", "f(a=2)"),
        ("f(a, t=1,)", "f(a,)"),
        ("f(a, t=(1), b=2)", "f(a, b=2)"),
        ("f(\n    a,\n    t=1,  # why\n    b=1,\n)", "f(\n    a,\n    b=1,\n)"),
        ("f(\n    a,\n    t=1\n)", "f(\n    a\n)"),
        ("f(a,  # why\n  t=1)", "f(a,  # why\n  )"),
        ("f(\n    t=1,\n    # of b\n    b=1,\n)", "f(\n    # of b\n    b=1,\n)"),
    ],
)
def test_argument_removed_with_comma(before: str, after: str) -> None:
    edit = RemoveArgument(call=place(before, before), name="t")

    assert write(f"{before}\n", edit) == f"{after}\n"


def test_neighbouring_arguments_removed() -> None:
    source = "f(a, s=1, t=2, b=3, u=4)\n"
    edit = RemoveArgument(call=place(source, source.strip()), name="t", others=("s", "u"))

    assert write(source, edit) == "f(a, b=3)\n"


def test_missing_argument_not_removed() -> None:
    assert write("f(a)\n", RemoveArgument(call=place("f(a)", "f(a)"), name="t")).startswith("not fixable")


def test_positions_get_names() -> None:
    source = "Limiter(app, key)\n"
    call = place(source, "Limiter(app, key)")
    edits = [NameArgument(call=call, name=name, position=at) for at, name in enumerate(("app", "key_func"))]

    assert write(source, *edits) == "Limiter(app=app, key_func=key)\n"
    assert write(source, edits[1]) == "Limiter(app, key_func=key)\n"
    beyond = NameArgument(call=call, name="x", position=2)
    assert write(source, beyond).startswith("not fixable")


def test_argument_gets_other_name() -> None:
    source = "Limiter(key, storage_url=url)\n"
    edit = NameArgument(call=place(source, source.strip()), name="storage_uri", former="storage_url")

    assert write(source, edit) == "Limiter(key, storage_uri=url)\n"
    twice = "Limiter(key, storage_url=url, storage_uri=other)\n"
    edit = NameArgument(call=place(twice, twice.strip()), name="storage_uri", former="storage_url")
    assert write(twice, edit).startswith("not fixable")
