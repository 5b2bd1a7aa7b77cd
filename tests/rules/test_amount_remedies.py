"""Bounds on amounts of the caller: where they are put, and where none is, since no number is right without a look."""

import difflib
from textwrap import dedent

import pytest

from guardapi.files import from_mapping
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import scan_tree

HEAD = """\
import difflib
import json
import math
import re
import secrets

from flask import Flask, abort, jsonify, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.security import generate_password_hash

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
app.config["PAGE"] = 250
limiter = Limiter(get_remote_address, app=app, default_limits=["9 per minute"], storage_uri="memory://")
ROWS = [str(number) for number in range(10_000)]


"""
ROUTE = '@app.route("/view/<int:n>", methods=["GET", "POST"])\n'


def added(body: str, rule: str) -> list[str]:
    """The lines that the remedies of a rule write into a view, or around it."""
    source = HEAD + dedent(body).lstrip("\n").replace("@route", ROUTE.rstrip())
    tree = from_mapping({"shop.py": source})
    report = scan_tree(tree)
    findings = [finding for finding in report.findings if finding.rule == rule]
    assert findings
    project = Project(tree=tree, inventory=report.inventory)
    fixes = plan(findings, project, lambda _: "")
    text = composed(fixes.changes, project).get("shop.py", source.encode()).decode()
    compile(text, "shop.py", "exec")
    lines = difflib.ndiff(source.splitlines(), text.splitlines())
    return [line[2:].strip() for line in lines if line.startswith("+ ")]


def page(*lines: str, argument: str = "size", parameters: str = "n") -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"@route\ndef view({parameters}):\n{body}\n    return jsonify(ROWS[:{argument}])\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (page("size = int(request.args['size'])"), "size = min(int(request.args['size']), 100)"),
        (
            page("size = request.args.get('size', type=int) or 20"),
            "size = min(request.args.get('size', type=int) or 20, 100)",
        ),
        (
            page("size = request.args.get('size', app.config['PAGE'], type=int)"),
            "size = min(request.args.get('size', app.config['PAGE'], type=int), 250)",
        ),
        (
            page("try:", "    size = int(request.args['size'])", "except ValueError:", "    size = 500"),
            "size = min(int(request.args['size']), 500)",
        ),
        (page(argument="n"), "n = min(n, 100)"),
        (
            page("size = int(request.args['size'])", "if size < 1:", "    size = 1"),
            "min(int(request.args['size']), 100)",
        ),
    ],
)
def test_page_is_bounded_where_it_begins(body: str, expected: str) -> None:
    (line,) = added(body, "GA602")

    assert line.endswith(expected)


@pytest.mark.parametrize(
    "body",
    [
        page("size = request.args.get('size', type=int)"),
        page("size = request.args.get('size', app.settings.size, type=int)"),
        page("size = request.get_json()['size']"),
        page("size = int(request.args.get('size', 100_000))"),
        page("size = int(request.args['size'])", "rows = ROWS[:size]", "if size > 500:", "    rows = []"),
        page("end = int(request.args['page']) * 20", argument="end"),
        page(argument="n", parameters="n=None"),
    ],
    ids=[
        "may be none",
        "unknown default",
        "of any type",
        "far more",
        "compared",
        "end of a page",
        "left out",
    ],
)
def test_page_is_left_to_the_author(body: str) -> None:
    assert added(body, "GA602") == []


def test_size_is_bounded_in_the_view_that_passes_it() -> None:
    helper = "def numbers(offset, count):\n    return ROWS[offset : offset + count]\n\n\n"
    view = "@route\ndef view(n):\n    count = int(request.args['count'])\n    return jsonify(numbers(n, count))\n"

    assert added(helper + view, "GA602") == ["count = min(int(request.args['count']), 100)"]


def test_size_of_a_helper_for_all_is_left() -> None:
    helper = "def numbers(count):\n    size = int(count)\n    return list(range(size))\n\n\n"
    view = "@route\ndef view(n):\n    return jsonify(numbers(request.args['count']))\n"

    assert added(helper + view, "GA801") == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("list(range(int(request.args['n'])))", "list(range(min(int(request.args['n']), 1000)))"),
        ("list(range(1, n + 1))", "list(range(1, min(n + 1, 1000)))"),
        ("'x' * int(request.get_json()['n'])", "'x' * min(int(request.get_json()['n']), 1_048_576)"),
        ("list(range(request.get_json()['n']))", "list(range(min(request.get_json()['n'], 1000)))"),
        ("secrets.token_hex(request.get_json()['n'])", None),
        ("list(range(int(request.args['a']), int(request.args['b'])))", None),
    ],
)
def test_size_is_bounded_where_it_is_a_number(expression: str, expected: str | None) -> None:
    found = added(f"@route\ndef view(n):\n    return jsonify({expression})\n", "GA801")

    assert found == ([] if expected is None else [f"return jsonify({expected})"])


def test_large_numbers_are_refused_by_their_name() -> None:
    named = "@route\ndef view(n):\n    b = request.args.get('b', type=int)\n    return str(2**b)\n"
    inline = "@route\ndef view(n):\n    return str(2 ** int(request.args['b']))\n"

    assert added(named, "GA803") == ["if b > 1000:", "abort(400)"]
    assert added(inline, "GA803") == ["return str(2 ** min(int(request.args['b']), 1000))"]


IN_LOOP = """
@route
def view(n):
    {}
    if users:
        for user in {}:
            generate_password_hash(user)
    return "ok"
"""


@pytest.mark.parametrize(
    ("taken", "gone_through", "expected"),
    [
        ("users = request.form.getlist('u')", "users", ["if len(users) > 100:", "abort(413)"]),
        ("users = request.get_json().get('u')", "users", ["if len(users) > 100:", "abort(413)"]),
        (
            "users = True",
            "request.get_json()['names']",
            [
                "names = request.get_json()['names']",
                "if len(names) > 100:",
                "abort(413)",
                "for user in names:",
            ],
        ),
        ("users = request.files.getlist('u')", "users", []),
        ("users = map(str, request.get_json())", "users", []),
    ],
)
def test_list_is_measured_before_its_loop(taken: str, gone_through: str, expected: list[str]) -> None:
    assert added(IN_LOOP.format(taken, gone_through), "GA704") == expected


def test_list_that_may_be_missing_is_measured_behind_the_question() -> None:
    source = IN_LOOP.format("users = request.get_json().get('u')", "users")
    body = source.replace("    if users:\n", "    if not users:\n        abort(400)\n    if users:\n")

    assert added(body, "GA704") == ["if len(users) > 100:", "abort(413)"]


@pytest.mark.parametrize(
    ("searched", "is_offered"),
    [
        ("re.search(sought, row)", True),
        ("re.search('^' + sought, row)", False),
        ("re.search(f'{sought}$', row)", False),
    ],
)
def test_pattern_of_the_caller_is_escaped_whole(searched: str, is_offered: bool) -> None:
    body = f"""
    @route
    def view(n):
        sought = request.args["q"]
        return jsonify([row for row in ROWS if {searched}])
    """

    assert added(body, "GA802") == (
        ["return jsonify([row for row in ROWS if re.search(re.escape(sought), row)])"] if is_offered else []
    )


STREAM = """
@route
def view(n):
    def rows():
        while True:
            {}
            yield "row"
    return app.response_class(rows())
"""


@pytest.mark.parametrize(("statement", "is_offered"), [("math.sqrt(2)", True), ("row = QUEUE.get()", False)])
def test_stream_that_waits_has_no_deadline(statement: str, is_offered: bool) -> None:
    found = added("import queue\n\nQUEUE = queue.Queue()\n" + STREAM.format(statement), "GA810")

    assert ("while time.monotonic() < deadline:" in found) == is_offered
    assert bool(found) == is_offered
