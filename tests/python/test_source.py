"""From bytes to a syntax tree: encodings, broken files, other versions of Python."""

import ast
import sys
import textwrap
import time
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guardapi.python.source import Parsed, parse


def read(text: str) -> Parsed:
    return parse(textwrap.dedent(text).encode(), "app.py")


def code(text: str) -> str:
    return ast.unparse(read(text).tree)


def definitions(parsed: Parsed) -> dict[str, int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node.lineno for node in ast.walk(parsed.tree) if isinstance(node, kinds)}


def lines_of_problems(parsed: Parsed) -> list[int]:
    return [problem.line for problem in parsed.problems]


@pytest.mark.parametrize(
    ("content", "has_problem"),
    [
        ("x = 'é'".encode(), False),
        (b"\xef\xbb\xbf" + "x = 'é'".encode(), False),
        ("# coding: latin-1\nx = 'é'".encode("latin-1"), False),
        ("#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = 'é'".encode("cp1252"), False),
        ("x = 'é'".encode("utf-16"), False),
        ("# coding: nonsense\nx = 'é'".encode(), False),
        ("# coding: hex\nx = 'é'".encode(), False),
        ("# coding: ascii\nx = 'é'".encode(), False),
        ("x = 'é'".encode("latin-1"), True),
        ("# coding: utf-8\nx = 'é'".encode("latin-1"), True),
    ],
)
def test_encodings_are_understood(content: bytes, has_problem: bool) -> None:
    parsed = parse(content, "app.py")
    assert ast.unparse(parsed.tree) == "x = 'é'"
    assert parsed.text.endswith("x = 'é'")
    assert bool(parsed.problems) is has_problem


@pytest.mark.parametrize("content", [b"\x7fELF\0\0\x01", b"x = 1\0\n", b"\0" * 100, b"\xff\xfe\0"])
def test_binary_files_are_left_out(content: bytes) -> None:
    parsed = parse(content, "lib.py")
    assert parsed.tree.body == []
    assert len(parsed.problems) == 1
    assert parsed.problems[0].file == "lib.py"


def test_empty_file_is_sound() -> None:
    assert parse(b"", "a.py").tree.body == []
    assert parse(b"\xef\xbb\xbf\n", "a.py").problems == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("broken", ["", "x y"])
def test_line_ends_count_alike(newline: str, broken: str) -> None:
    text = newline.join(
        ["import os", "\x0c", broken, "def a():", "    return '''", "'''", "def b(): pass", ""]
    )
    parsed = parse(text.encode(), "app.py")
    assert definitions(parsed) == {"a": 4, "b": 7}
    assert parsed.text.split("\n")[6] == "def b(): pass"


def test_warnings_of_scanned_code_are_silent() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parsed = parse(b"x = '\\d'\ny = 1 is 1\nprint 'a\\d'\n", "app.py")
    assert caught == []
    assert len(parsed.tree.body) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print 'a', x", "print('a', x)"),
        ("print 'a',", "print('a')"),
        ("print x; print y", "print(x)\nprint(y)"),
        ("if x: print 'y'", "if x:\n    print('y')"),
        ("print >>f, 'a'\nprint -1\nprint `x`", "(print >> f, 'a')\nprint - 1\nprint(repr(x))"),
        ("exec 'x = 1'", "exec('x = 1')"),
        ("exec text in scope", "exec(text, scope)"),
        ("raise E, 'message'", "raise E('message')"),
        ("raise E, 'message', trace", "raise E('message', trace)"),
        ("x = `a` <> 0777L, 0o17, 10L, 0", "x = (repr(a) != 511, 15, 10, 0)"),
        (r"x = ur'\d' + Ur'\w' <> 1", r"x = '\\d' + '\\w' != 1"),
        ("key = lambda (k, v): v", "key = lambda k, v: v"),
        ("run(async=True)", "run(async_=True)"),
    ],
)
def test_python_2_statements_are_rewritten(old: str, new: str) -> None:
    parsed = read(old)
    assert ast.unparse(parsed.tree) == new
    assert parsed.problems == ()


def test_python_2_except_names_error() -> None:
    text = "try:\n    pass\nexcept (A, B), e:\n    pass\nexcept C, error: pass"
    assert code(text) == "try:\n    pass\nexcept (A, B) as e:\n    pass\nexcept C as error:\n    pass"


def test_except_without_parentheses_catches_both() -> None:
    """Python 3.14 reads a tuple, which the names of classes tell from Python 2."""
    for caught in ("A, B", "errors.A, errors.b", "A, B, C"):
        text = f"try:\n    pass\nexcept {caught}:\n    pass"
        assert code(text) == f"try:\n    pass\nexcept ({caught}):\n    pass"


def test_python_2_tuple_parameters_are_names() -> None:
    assert code("def f(a, (b, c), d=(1, 2)): return a") == "def f(a, b, c, d=(1, 2)):\n    return a"


def test_tabs_count_as_eight() -> None:
    parsed = parse(
        b"def f():\n\tif x:\n\t    return 1\n        return 2\ndef g():\n        pass\n\tpass\n", "app.py"
    )
    assert ast.unparse(parsed.tree) == (
        "def f():\n    if x:\n        return 1\n    return 2\n\ndef g():\n    pass\n    pass"
    )
    assert parsed.problems == ()


PYTHON_2_SHOP = '''\
# -*- coding: utf-8 -*-
import urllib2
from flask import Flask, request

app = Flask(__name__)

@app.route('/items/<int:item>', methods=['GET', 'POST'])
def items(item):
    """All of them."""
    print "serving", item
    try:
        page = urllib2.urlopen(u"http://x/%d" % item).read()
    except urllib2.URLError, e:
        print >>sys.stderr, "failed: %s" % e
        raise ValueError, "no page"
    if item <> 3:
        return `page`
    return page

class Basket(MethodView):
    def get(self):
        exec "x = 1"
        return unicode(0777)

    def post(self): print "posted"; return ""

app.add_url_rule('/basket', view_func=Basket.as_view('basket'))

if __name__ == '__main__':
    print 'start'
    app.run(debug=True)
'''

PYTHON_2_ADMIN = """\
from flask import Blueprint
admin = Blueprint('admin', __name__)
limits = dict(map(lambda (k, v): (k, v * 2L), {'a': 1}.iteritems()))
def guard(f):
\tdef inner(*args, **kw):
\t\tprint "guarded",
\t\treturn f(*args, **kw)
\treturn inner

@admin.route(ur'/users/<name>')
@guard
def users(name):
\ttry:
\t\treturn find(name)
\texcept (KeyError, IndexError), why:
\t\tprint why
\t\tabort(404)

@admin.route('/log', methods=['DELETE'])
def clear():
        os.chmod('log', 0644)
\treturn 'ok'
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PYTHON_2_SHOP, {"items": 8, "Basket": 20, "get": 21, "post": 25}),
        (PYTHON_2_ADMIN, {"guard": 4, "inner": 5, "users": 12, "clear": 20}),
    ],
)
def test_python_2_files_are_complete(text: str, expected: dict[str, int]) -> None:
    parsed = parse(text.encode(), "app.py")
    assert definitions(parsed) == expected
    assert parsed.problems == ()
    rules = [node.args[0].value for node in ast.walk(parsed.tree) if isinstance(node, ast.Call) and "route" in
             ast.unparse(node.func) and isinstance(node.args[0], ast.Constant)]  # fmt: skip
    assert len(rules) == text.count(".route(")


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("x = f'/{names['a']}/b'", "x = f\"/{names['a']}/b\""),
        ('x = f"{names["a"]}"', "x = f\"{names['a']}\""),
        (r"""x = f'{'\n'.join(a)}'""", "x = f'{chr(10).join(a)}'"),
        ("x = f'{\na # why\n}'", "x = f'{a}'"),
        ("x = f'{f'{f'{1}'}'}'", "x = f\"{f'{1}'}\""),
    ],
)
def test_newer_f_strings_keep_meaning(newer: str, older: str) -> None:
    parsed = read(f"{newer}\ndef after(): pass")
    scope: dict[str, object] = {"names": {"a": "v1"}, "a": "pq"}
    exec(compile(ast.Module(parsed.tree.body[:1], []), "app.py", "exec"), scope)
    value = scope["x"]
    exec(older, scope)
    assert value == scope["x"]
    assert definitions(parsed) == {"after": newer.count("\n") + 2}
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("newer", "names"),
    [
        ("type Pair[T] = tuple[T, T]", ["Pair"]),
        ("type Name = str", ["Name"]),
        ("def f[T: int, *Ts, **P](a: T) -> T: return a", ["f"]),
        ("def f[\n  T = str,  # why\n](a): pass", ["f"]),
        ("async def f[T](a): pass", ["f"]),
        ("class A[T = int](Base): pass", ["A"]),
        ("class A[T]: pass", ["A"]),
        ("x = t'hello {name}'", ["x"]),
    ],
)
def test_newer_statements_are_modelled(newer: str, names: list[str]) -> None:
    # The stray line makes every Python take the way of repair, whatever it understands itself.
    parsed = read(f"{newer}\nx y\ndef after(): pass")
    first = parsed.tree.body[0]
    found = getattr(first, "name", None) or getattr(first, "targets", [None])[0]
    assert [found.id if isinstance(found, ast.Name) else found] == names
    assert definitions(parsed)["after"] == newer.count("\n") + 3
    assert len(parsed.problems) == 1


def test_template_strings_read_as_text() -> None:
    parsed = read("x = t'a{1}' rt'b'\nx y")
    scope: dict[str, object] = {}
    exec(compile(ast.Module(parsed.tree.body[:1], []), "app.py", "exec"), scope)
    if sys.version_info < (3, 14):
        assert scope["x"] == "a1b"


@pytest.mark.parametrize(
    ("broken", "expected", "lines"),
    [
        ("x = 1\ny = = 2\nz = 3", "x = 1\ny = _left_out_\nz = 3", [2]),
        ("def f():\n    a b\n    return 1", "def f():\n    pass\n    return 1", [2]),
        ("def f():\n    return (1,\n", "def f():\n    return _left_out_", [2]),
        ("if a = b:\n    x = 1\nelse:\n    x = 2", "if _left_out_:\n    x = 1\nelse:\n    x = 2", [1]),
        ("for x y:\n    z()", "for _left_out_ in _left_out_:\n    z()", [1]),
        ("class A(B:\n    x = 1", "class A(_left_out_):\n    x = 1", [1]),
        ("async def f(a:\n    x = 1", "async def f(*_args, **_kwargs):\n    x = 1", [1]),
        ("@app.route('/x'\ndef f(): pass", "@_left_out_\ndef f():\n    pass", [1]),
        ("def f(a):\n\ndef g(): pass", "def f(a):\n    pass\n\ndef g():\n    pass", [1]),
        ("x = 1\n    y = 2\n    z = 3\nw = 4", "x = 1\ny = 2\nz = 3\nw = 4", [2]),
        ("def f():\n        x = 1\n    y = 2\nz = 3", "def f():\n    x = 1\n    y = 2\nz = 3", []),
        ("else:\n    x = 1", "if _left_out_:\n    x = 1", [1]),
        ("try:\n    x = 1\ny = 2", "if True:\n    x = 1\ny = 2", [1]),
        ("@a\nx = 1", "pass\nx = 1", [1]),
        ("foo(\n    a,\n    b\nx = 1", "pass\nx = 1", [1]),
        ("foo(a))\nx = 1", "pass\nx = 1", [1]),
        ("x = 'abc\ny = 1", "x = _left_out_\ny = 1", [1]),
        ("match x:\n    case 1 2:\n        y = 1", "match x:\n    case _left_out_:\n        y = 1", [2]),
        ("match a b:\n    case 1:\n        y = 1", "match _left_out_:\n    case 1:\n        y = 1", [1]),
        ("while x y: go()", "while _left_out_:\n    pass", [1]),
        ("if x: y = 1\n    z = 2", "if x:\n    y = 1\nz = 2", [2]),
    ],
)
def test_only_broken_statement_is_lost(broken: str, expected: str, lines: list[int]) -> None:
    parsed = parse(broken.encode(), "app.py")
    assert ast.unparse(parsed.tree) == expected
    assert lines_of_problems(parsed) == lines or (not lines and parsed.problems)


def test_problem_names_the_place() -> None:
    (problem,) = read("x = 1\ny = = 2").problems
    assert (problem.file, problem.line) == ("app.py", 2)
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    assert problem.message == f"cannot be parsed as {version}: invalid syntax; this statement is left out"


def test_problems_of_a_file_are_limited() -> None:
    parsed = read("x y\n" * 100)
    assert len(parsed.problems) == 21
    assert parsed.problems[-1].message.startswith("80 more places")


def test_conflict_markers_cost_three_lines() -> None:
    parsed = read("""\
        import os
        <<<<<<< HEAD
        def a(): pass
        =======
        def b(): pass
        >>>>>>> topic
        def c(): pass
        """)
    assert definitions(parsed) == {"a": 3, "b": 5, "c": 7}
    assert lines_of_problems(parsed) == [2, 4, 6]


@pytest.mark.parametrize(
    "deep",
    [
        *("(" * 10_000 + ")" * 10_000, "[" * 10_000, "+".join("a" * 20_000), "-" * 50_000 + "1"),
        *("a" + "[0]" * 20_000, "a" + ".b" * 20_000, "lambda: " * 20_000 + "1", "f'{" * 5_000, "{1:" * 5_000),
    ],
)
def test_deep_nesting_costs_one_statement(deep: str) -> None:
    parsed = parse(f"def a(): pass\nx = {deep}\ndef b(): pass\n".encode(), "app.py")
    assert definitions(parsed) == {"a": 1, "b": 3}
    assert lines_of_problems(parsed) == [2]


@pytest.mark.parametrize(
    "text",
    [
        "if 1:\n    pass\n" + "elif 1:\n    pass\n" * 20_000,
        "".join("    " * depth + "if 1:\n" for depth in range(300)),
        "def f():\n" + "    x y\n" * 30_000,
    ],
)
def test_hopeless_blocks_are_left_out(text: str) -> None:
    parsed = parse(f"{text}\ndef after(): pass\n".encode(), "app.py")
    assert definitions(parsed)["after"] == text.count("\n") + 2
    assert parsed.problems


@pytest.mark.parametrize(
    "line",
    ["x y", "f(", '"', '"""\\', 'f"{', "(", ")", "print 'a'", "try:", "else:", "@a", "  x", "def f(:", "`"],
)
def test_repeated_damage_takes_linear_time(line: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        parse(f"{line}\n".encode() * count, "app.py")
        return time.process_time() - started

    # Quadratic work would take 64 times as long; the quickest of three runs is the least disturbed one.
    few, many = (min(seconds(count) for _ in range(3)) for count in (400, 3_200))
    assert many < 30 * max(few, 0.01)


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"# coding: utf-7\n+2AA-")
@example(b"# coding: unicode_escape\n\\ud800 y")
def test_any_bytes_can_be_parsed(content: bytes) -> None:
    parsed = parse(content, "app.py")
    assert isinstance(parsed.tree, ast.Module)


FRAGMENTS = [
    *(
        "def f(",
        "class A",
        "if x",
        "else",
        "try",
        "except",
        "finally",
        "for i in",
        "while",
        "with",
        "match x",
        "case",
    ),
    *(
        ":",
        "\n",
        "\n    ",
        "\n  ",
        "\n\t",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "=",
        ",",
        ".",
        "@",
        "`",
        "<>",
        ";",
        "\\\n",
    ),
    *(
        "'",
        '"',
        '"""',
        "f'",
        'f"{',
        "t'",
        "rb'",
        "#",
        "x",
        "0777",
        "10L",
        "print",
        "exec",
        "raise",
        "lambda",
        "type",
    ),
    *("async", "await", "return", " in ", " as ", "\x0c", "é", "\u2028", "*", "->", "pass", "import", " "),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
@example("\\\n")
def test_any_words_can_be_parsed(text: str) -> None:
    parsed = parse(text.encode(), "app.py")
    last = text.count("\n") + 1
    assert all(1 <= problem.line <= last for problem in parsed.problems)
    assert all(1 <= node.lineno <= last for node in ast.walk(parsed.tree) if isinstance(node, ast.stmt))


SOUND = [
    'def {0}():\n    """Text (with, brackets\n\n    def inner(: {{}}\n    """\n    return 1\n',
    "@app.route('/{0}', methods=[\n    'GET',\n    'POST',\n])\ndef {0}(a, *, b=(1, 2)):\n    return b\n",
    "async def {0}(a):\n    try:\n        await a\n    except E:\n        raise\n    else:\n        pass\n",
    "class {0}(Base):\n    x = {{'a': [1, 2]}}\n\n    def get(self):\n        return f'{{self.x}}'\n",
    "def {0}(x): return [y for y in x\n    if y]\n",
    "if DEBUG:\n    def {0}():\n        pass\nelse:\n    other = 1\n",
    "def {0}():\n    text = '''\n  # no ' \" (\n'''\n    match text:\n        case 'a':\n            pass\n",
]
GARBAGE = [
    *("x y", "foo(", "]", "= 3", "'", "f'{", "if", "else:", "  x = = 1", "@", "def", "try:"),
    *("?", "a[", "{", "0a", '"""', "x = '''", ">>>> topic", "$", "x \\ y"),
]


@given(
    st.lists(st.sampled_from(SOUND), min_size=1, max_size=6),
    st.sampled_from(GARBAGE),
    st.integers(min_value=0, max_value=6),
)
def test_garbage_line_leaves_the_rest(pieces: list[str], garbage: str, position: int) -> None:
    """Every other top-level name is found, at the line where it stands."""
    texts = [piece.format(f"name{index}") for index, piece in enumerate(pieces)]
    texts.insert(min(position, len(texts)), f"{garbage}\n")
    text = "".join(texts)
    whole = text.split("\n")
    expected = {
        f"name{index}": next(number for number, line in enumerate(whole, 1) if f" name{index}(" in line)
        for index in range(len(pieces))
    }
    parsed = parse(text.encode(), "app.py")
    found = definitions(parsed)
    assert {name: line for name, line in found.items() if name.startswith("name")} == expected
    assert parsed.problems


@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=4))
def test_damage_elsewhere_changes_nothing(pieces: list[str]) -> None:
    """What is sound has the same tree, whether another statement is broken or not."""
    text = "".join(piece.format(f"name{index}") for index, piece in enumerate(pieces))
    sound = parse(text.encode(), "app.py").tree.body
    damaged = parse(f"{text}x y\n".encode(), "app.py").tree.body
    assert [ast.dump(node, include_attributes=True) for node in sound] == [
        ast.dump(node, include_attributes=True) for node in damaged[:-1]
    ]
