"""Handlers that were written to keep a reader busy, or to break it: reading ends, and the rest is read."""

import time

import pytest
from reading import work_of

from guardapi.sink import Kind

VIEW = """
import requests

@app.get("/x")
def x():
    {body}
    return requests.get("http://example.org", timeout=5).text
"""


def nested_conditions(depth: int) -> str:
    text = "request.args.get('a')"
    for _ in range(depth):
        text = f"(request.args if {text} and request.path else 2)"
    return text


HOSTILE = {
    "a long sum": " + ".join(["request.args['a']"] * 3_000),
    "deep brackets": "[" * 90 + "]" * 90,
    "tests within tests": nested_conditions(30),
    "a chain of calls": "a" + ".b()" * 1_500,
    "many operands": " or ".join(f"request.args.get('a{n}') == '{n}'" for n in range(2_000)),
    "a list of lists": "[" + ", ".join(["[1, 2, 3]"] * 5_000) + "]",
    "nested comprehensions": "[" * 20 + "1" + " for a in request.args]" * 20,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expression_costs_itself(name: str) -> None:
    started = time.process_time()
    found = work_of(VIEW.replace("{body}", f"y = {HOSTILE[name]}"))

    assert found.of(Kind.HTTP)
    assert time.process_time() - started < 30


def test_many_branches_end() -> None:
    body = "\n    ".join(f"if request.args.get('a{n}'):\n        z = {n}" for n in range(2_000))

    assert work_of(VIEW.replace("{body}", body)).of(Kind.HTTP)


def test_nested_loops_end() -> None:
    lines = [f"{'    ' * level}for a{level} in request.args:" for level in range(12)]
    body = "\n    ".join([*lines, f"{'    ' * 12}b = a11"])

    assert work_of(VIEW.replace("{body}", body)).of(Kind.HTTP)


def test_functions_that_call_each_other_end() -> None:
    functions = "\n".join(
        f"def f{n}(a):\n    return f{(n + 1) % 40}(a + {n}) + f{(n + 7) % 40}([a])" for n in range(40)
    )

    assert work_of(f"{functions}\n{VIEW}".replace("{body}", "f0(request.args['n'])")).of(Kind.HTTP)
