"""Operators, loops and calls that cost as much as the caller says."""

import pytest
from reading import sinks_of

from guardapi.sink import Kind, Sink

HEAD = """
import math, os, random, secrets, time
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from functools import cache, lru_cache

PLANS = [{"name": "small"}, {"name": "large"}]
kept = {}
listed = []
tidied = {}
bounded = deque(maxlen=10)
counted = Counter()
grouped = defaultdict(list)


@cache
def remembered(text):
    return text


@lru_cache(maxsize=None)
def remembered_too(text):
    return text


@lru_cache(maxsize=10)
def some_remembered(text):
    return text


def tidy():
    tidied.clear()


@app.get("/x")
def view():
    n = int(request.args["n"])
    q = request.args["q"]
"""


def sinks(body: str, *kinds: Kind) -> tuple[Sink, ...]:
    return sinks_of(HEAD + "".join(f"    {line}\n" for line in body.splitlines()), *kinds)


def free(body: str, kind: Kind) -> int:
    """How many sinks of a kind have something free."""
    return sum(any(not given.is_bounded for given in sink.inputs) for sink in sinks(body, kind))


@pytest.mark.parametrize(
    "body",
    [
        "return '-' * n",
        "return n * '-'",
        "return str([0] * n)",
        "return str(bytes(n))",
        "return os.urandom(n)",
        "return secrets.token_hex(n)",
        "return str(random.sample(range(10), k=n))",
        "return '7'.zfill(n)",
        "return q.ljust(n)",
        "for k in range(n): pass",
        "return str([k for k in range(n)])",
        "i = 0\nwhile i < n:\n    i += 1",
        "while n > 0:\n    n -= 1",
        "day = datetime(2020, 1, 1)\nend = datetime.fromisoformat(q)\nwhile day < end:\n    day += timedelta(days=1)",
        "day = datetime(2020, 1, 1)\nwhile day < datetime.fromisoformat(q):\n    day = day + timedelta(days=1)",
    ],
)
def test_size_of_caller_found(body: str) -> None:
    assert free(body, Kind.SIZE) == 1


@pytest.mark.parametrize(
    "body",
    [
        "return str(n * 3)",
        "return str(2.5 * n)",
        "return str(5 in range(n))",
        "for k in range(n):\n    if k > 3: break",
        "for k in range(n):\n    if k > 3: return 'x'",
        "return str(list(range(n, n + 20)))",
        "return str(list(range(n - 2, n + 3)))",
        "return str(list(zip(range(n), 'abc')))",
        "return str(list(range(len(q))))",
        "while n > 0:\n    n -= 1\n    if n == 7: break",
        "while time.time() < n: pass",
        "return q[:n]",
        "return str(bytes(q, 'utf-8'))",
        "return q.center(10)",
        "return '-' * (1000 // n)",
        "return str(random.sample(q.split(), k=3))",
    ],
)
def test_no_size_of_caller(body: str) -> None:
    assert free(body, Kind.SIZE) == 0


@pytest.mark.parametrize(
    "body",
    ["2 ** n", "1 << n", "pow(2, n)", "pow(n, n)", "math.factorial(n)", "math.comb(n, 2)", "n ** n"],
)
def test_large_number_found(body: str) -> None:
    assert free(f"return str({body})", Kind.BIG_NUMBER) == 1


@pytest.mark.parametrize(
    "body",
    [
        *("n ** 2", "1.5 ** n", "float(q) ** n", "2 ** float(q)", "pow(2, n, 97)", "n << 2", "math.sqrt(n)"),
        *("(-1) ** n", "(n / 255) ** n", "2 ** (n / 3)", "math.pow(2, n)", "int(q)"),
    ],
)
def test_number_of_fixed_size(body: str) -> None:
    assert free(f"return str({body})", Kind.BIG_NUMBER) == 0


def test_lifted_digits_found() -> None:
    source = "import sys\nsys.set_int_max_str_digits(0)\n" + HEAD
    (sink,) = sinks_of(source + "    return 'x'\n", Kind.BIG_NUMBER)
    assert sink.name == "builtins.int"


def test_power_of_expression_text() -> None:
    source = "import sympy\n" + HEAD + "    return str(sympy.sympify(q))\n"
    assert len(sinks_of(source, Kind.BIG_NUMBER)) == 1


@pytest.mark.parametrize(
    "body",
    [
        *(
            "kept[q] = 1",
            "kept.setdefault(q, 1)",
            "listed.append(q)",
            "counted[q] += 1",
            "grouped[q].append(1)",
        ),
        *("remembered(q)", "remembered_too(q)", "kept[request.remote_addr] = 1"),
        "plan = None\nfor one in PLANS:\n    if one['name'] == q:\n        plan = one\nkept[q] = plan",
    ],
)
def test_entry_is_kept(body: str) -> None:
    assert [sink.kind for sink in sinks(body, Kind.CACHE)] == [Kind.CACHE]


@pytest.mark.parametrize(
    "body",
    [
        *("tidied[q] = 1", "bounded.append(q)", "some_remembered(q)", "kept['last'] = q", "listed.append(1)"),
        *("own = {}\nown[q] = 1", "session[q] = 1", "remembered('x')", "app.config[q] = 1"),
        "if q not in ('a', 'b'): abort(400)\nkept[q] = 1",
        "if not os.path.exists(q): abort(404)\nkept[q] = 1",
        "plan = None\nfor one in PLANS:\n    if one['name'] == q: plan = one\nif plan is None: abort(404)\nkept[q] = 1",
    ],
)
def test_entry_is_not_kept(body: str) -> None:
    assert sinks(body, Kind.CACHE) == ()


def test_removal_in_other_module_counts() -> None:
    files = {
        "store.py": "entries = {}\n",
        "cleaning.py": "import store\ndef clean():\n    del store.entries['x']\n",
        "shop.py": """
            from flask import Flask, request
            import cleaning
            import store
            app = Flask(__name__)
            @app.get("/x")
            def view():
                store.entries[request.args["q"]] = 1
                return "x"
        """,
    }
    assert sinks_of(files, Kind.CACHE) == ()
    files["cleaning.py"] = "import store\n"
    assert len(sinks_of(files, Kind.CACHE)) == 1


def streamed(body: str) -> str:
    inner = "".join(f"        {line}\n" for line in body.splitlines())
    return f"{HEAD}    def items():\n{inner}    return app.response_class(items())\n"


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    yield 'x'",
        "while 1:\n    time.sleep(1)\n    if q:\n        yield 'x'",
        "while True:\n    try:\n        yield 'x'\n    except GeneratorExit:\n        return",
        "while True:\n    for part in 'ab':\n        if part == 'b': break\n        yield part",
    ],
)
def test_endless_stream_found(body: str) -> None:
    assert len(sinks_of(streamed(body), Kind.STREAM)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "end = time.time() + 9\nwhile time.time() < end:\n    yield 'x'",
        "while True:\n    if time.time() > 9: break\n    yield 'x'",
        "while True:\n    yield 'x'\n    if not q: return",
        "for part in 'abc':\n    yield part",
        "while True:\n    try:\n        yield 'x'\n    except OSError:\n        break",
    ],
)
def test_stream_has_an_end(body: str) -> None:
    assert sinks_of(streamed(body), Kind.STREAM) == ()


RECURSIVE = """
def walk(node, extra=None, depth=0):
    {body}

@app.post("/x")
def view():
    return str(walk(request.get_json()))
"""


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("return [walk(child) for child in node]", 1),
        ("return walk(node['child'])", 1),
        ("return walk(node.get('child'), extra=extra)", 1),
        ("return [walk(child, depth=depth + 1) for child in node if depth < 9]", 0),
        ("return walk([1], node)", 0),
        ("return walk(node['child'], extra['child'])", 0),
        ("for part in extra.parts:\n        inner = part.kind\n        walk(node['child'], inner)", 0),
        ("for part in extra.parts:\n        walk(node['child'], extra)", 1),
        ("return walk(node)", 0),
        ("return [walk(child) for child in [1, 2]]", 0),
    ],
)
def test_recursion_on_document(body: str, number: int) -> None:
    assert len(sinks_of(RECURSIVE.format(body=body), Kind.RECURSION, route="POST /x")) == number


def test_wrappers_are_no_recursion() -> None:
    """One decorator on two functions makes two functions out of one `def`."""
    source = """
    def logged(function):
        def wrapper(node):
            return function(node)
        return wrapper

    @logged
    def inner(node):
        return str(node)

    @logged
    def outer(node):
        return inner(node["child"])

    @app.post("/x")
    def view():
        return outer(request.get_json())
    """
    assert sinks_of(source, Kind.RECURSION, route="POST /x") == ()


PAIRS = """
@app.post("/x")
def view():
    rows = request.get_json()
    found = []
    {body}
    return str(found)
"""


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("for a in rows:\n        for b in rows: found.append((a, b))", 1),
        ("for i in range(len(rows)):\n        for b in rows[i:]: found.append(b)", 1),
        ("for a in rows:\n        if a not in found: found.append(a)", 1),
        ("for a in rows:\n        rows.remove(a)", 1),
        ("for a in rows:\n        for b in a: found.append(b)", 0),
        ("for a in rows:\n        if a not in (1, 2): found.append(a)", 0),
        ("for a in rows[:50]:\n        for b in rows[:50]: found.append(b)", 0),
        ("for a in rows:\n        if a == 1:\n            found = [b for b in rows]\n            break", 0),
    ],
)
def test_loop_over_itself(body: str, number: int) -> None:
    assert len(sinks_of(PAIRS.format(body=body), Kind.SUPERLINEAR, route="POST /x")) == number
