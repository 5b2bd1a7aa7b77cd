"""Hostile and broken projects: the evaluator ends, says what it left out, and runs nothing."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardapi.files import from_mapping, open_tree
from guardapi.frameworks import discover
from guardapi.model import App

APP = "from flask import Flask\napp = Flask(__name__)\n"
ROUTE = "\n\n@app.get('/after')\ndef after():\n    return 'ok'\n"

HOSTILE = {
    "natives without arguments": "import functools\nfunctools.wraps(app)()\nfunctools.cache()()\n[].append()",
    "endless loop": "while True:\n    pass",
    "endless recursion": "def again():\n    return again()\n\n\nagain()",
    "two functions that call each other": (
        "def a(n):\n    return b(n) + b(n)\n\n\ndef b(n):\n    return a(n) + a(n)\n\n\na(1)"
    ),
    "loop that grows": "items = [1]\nfor item in items:\n    items.append(item)",
    "text that doubles": "text = 'x'\nfor _ in range(200):\n    text = text + text",
    "list that doubles": "items = [1]\nfor _ in range(200):\n    items = items + items",
    "large power": "number = 9 ** 9 ** 9",
    "large shift": "number = 1 << 10 ** 9",
    "large repetition": "text = 'x' * 10 ** 12",
    "wide format": "text = f'{1:999999999}' + '%999999999d' % 1 + '{:999999999}'.format(1)",
    "huge range": "for number in range(10 ** 12):\n    pass",
    "hostile pattern": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')\nre.sub('(x|x)*y', '', 'x' * 90)",
    "class of itself": "class A:\n    pass\n\n\nA.__bases__ = (A,)\nclass B(A, A):\n    pass",
    "import of itself": "import shop\nfrom shop import *\nfrom shop import app as other",
    "deep expression": "value = " + "(" * 60 + "1" + ")" * 60,
    "long chain": "value = " + "+".join(["1"] * 5000),
    "deep attribute": "import os\nvalue = os" + ".path" * 3000,
    "nested containers": "value = []\nfor _ in range(1000):\n    value = [value, value]\n",
    "dictionary of itself": "value = {}\nvalue['self'] = value\nprint(value)\nstr(value)",
    "list of itself": "value = []\nvalue.append(value)\nvalue == value\nf'{value}'",
    "text of lists of one list": (
        "value = ['ha']\nfor _ in range(60):\n    value = [value, value, value]\nstr(value)\nf'{value}'"
    ),
    "generator without end": (
        "def numbers():\n    n = 0\n    while True:\n        yield n\n        n += 1\n\n\nlist(numbers())"
    ),
    "decorator of itself": "def again(f):\n    return again(f)\n\n\n@again\ndef view():\n    pass",
    "property of itself": "class A:\n    @property\n    def a(self):\n        return self.a\n\n\nA().a",
    "getattr of itself": (
        "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\n\n\nA().a"
    ),
    "metaclass of itself": (
        "class M(type):\n    def __call__(cls):\n        return cls()\n\n\nclass A(metaclass=M):\n    pass\n\n\nA()"
    ),
    "many unknown branches": "import os\n"
    + "\n".join(f"if os.path.getsize('{n}'):\n    a{n} = {n}" for n in range(300)),
    "code that exits": "import sys\nif not len(sys.argv):\n    sys.exit(1)",
    "unknown names": "a.b.c(d)[e] = f\nfor g in h:\n    i(*j, **k)",
    "odd slots": "del app.x, nothing\nx: int\n*a, b = 1\n(c, d), e = [1, 2], 3",
}


def read(files: Mapping[str, str]) -> list[App]:
    return discover(from_mapping(files))[0]


@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_hostile_code_costs_only_itself(case: str) -> None:
    (app,) = read({"shop.py": f"{APP}{HOSTILE[case]}{ROUTE}"})
    assert "/after" in {route.rule for route in app.routes}


def test_aliases_of_a_document_are_made_once() -> None:
    """Nine levels of nine references each: in full it would be 400 million elements."""
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10))
    text = "import yaml\n\nwith open('bomb.yaml') as file:\n    bomb = yaml.safe_load(file)\n"
    route = "\n\n@app.get(f'/{len(bomb[\"l9\"])}/{bomb[\"l1\"][8][0]}')\ndef view():\n    return 'ok'\n"
    (app,) = read({"shop.py": f"{APP}{text}{route}", "bomb.yaml": f"l0: &l0 [ha]\n{levels}\n"})
    assert "/9/ha" in {found.rule for found in app.routes}


def test_raising_module_keeps_what_came_before() -> None:
    (app,) = read({"shop.py": f"{APP}{ROUTE}\nraise RuntimeError\n"})
    assert "/after" in {route.rule for route in app.routes}


def test_scan_restores_recursion_limit() -> None:
    before = sys.getrecursionlimit()
    read({"shop.py": APP + ROUTE})
    assert sys.getrecursionlimit() == before


def test_nothing_of_the_project_runs(tmp_path: Path) -> None:
    written = tmp_path / "written"
    text = f"open({str(written)!r}, 'w').write('ran')\n__import__('os').system('touch {written}')\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(f"{APP}{text}{ROUTE}")
    (tmp_path / "setup.py").write_text(text)
    (tmp_path / "conftest.py").write_text(text)
    apps, _ = discover(open_tree(tmp_path))
    assert [app.id for app in apps] == ["shop:app"]
    assert not written.exists()
    assert "shop" not in sys.modules


NAMES = st.sampled_from(
    ["app", "bp", "f", "x", "Flask", "Blueprint", "self", "print", "os", "None", "True", "1", "'a'"]
)
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("{0[0]}({0[1]})".format),
        st.tuples(inner, inner).map("{0[0]}[{0[1]}]".format),
        st.tuples(inner, inner).map("({0[0]} + {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} if {0[1]} else x)".format),
        inner.map("{0}.route('/x')(f)".format),
        inner.map("[y for y in {0}]".format),
        inner.map("(lambda *a, **k: {0})".format),
        inner.map("{{'k': {0}, **{0}}}".format),
        inner.map("f'{{{0}}}'".format),
        inner.map("type({0})".format),
        inner.map("super({0}, {0}).x".format),
    ),
    max_leaves=8,
)
STATEMENTS = st.one_of(
    EXPRESSIONS,
    EXPRESSIONS.map("x = {0}".format),
    EXPRESSIONS.map("x, *y = {0}".format),
    EXPRESSIONS.map("{0}.a = x".format).filter(lambda text: not text.startswith(("1", "None", "True"))),
    EXPRESSIONS.map("for x in {0}:\n    app.add_url_rule('/l', 'l', f)".format),
    EXPRESSIONS.map("class x(({0})):\n    y = 1".format),
    EXPRESSIONS.map("def f(a=({0}), *b, c=({0}), **d):\n    return ({0})".format),
    EXPRESSIONS.map("with ({0}) as x:\n    pass".format),
    EXPRESSIONS.map("try:\n    raise ({0})\nexcept (ValueError, x):\n    pass".format),
    EXPRESSIONS.map("@({0})\ndef f():\n    pass".format),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STATEMENTS, max_size=8))
def test_any_program_ends(statements: list[str]) -> None:
    text = "\n".join(["from flask import Flask, Blueprint", "app = Flask(__name__)", "bp = Blueprint('b', __name__)",
                      "def f(): pass", "x = 1", *statements])  # fmt: skip
    apps, _ = discover(from_mapping({"shop.py": text}))
    assert apps  # a statement may make a second one, and register a view on it
