"""Comments that accept findings: which they accept, and what is said of those that accept nothing."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.files import from_mapping
from guardapi.model import Problem
from guardapi.pipeline import Report, scan_tree
from guardapi.suppression import read_comments
from guardapi.suppression.extents import PythonLines, plain_comments

NAMES = {"ga101": "GA101", "no-limiter": "GA101", "ga601": "GA601", "ga922": "GA922"}
REASON = "because the gateway limits it"

SHOP = """
import sqlite3
from flask import Flask, request
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
@app.post("/orders")
def orders():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    return "", 201
"""


def scanned(source: str, **others: str) -> Report:
    return scan_tree(from_mapping({"shop.py": source, **others}))


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def covered(source: str) -> tuple[int, int]:
    """The lines of which the one comment of a source speaks."""
    comments, problems = read_comments(from_mapping({"a.py": source}), NAMES, is_read={"a.py"})
    assert problems == ()
    (comment,) = comments
    return comment.first, comment.last


def faults(source: str) -> list[Problem]:
    return list(read_comments(from_mapping({"a.py": source}), NAMES, is_read={"a.py"})[1])


def test_finding_is_accepted_with_reason() -> None:
    report = scanned(SHOP.replace("(__name__)", f"(__name__)  # guardapi: ignore[GA101] {REASON}"))
    (accepted,) = report.suppressed

    assert "GA101" not in rules(report)
    assert (accepted.rule, accepted.suppressed.reason) == ("GA101", "the gateway limits it")
    assert str(accepted.suppressed.place) == "shop.py:4"
    assert report.remarks == ()


@pytest.mark.parametrize(
    "comment",
    [
        "# guardapi: ignore[no-limiter] because x",
        "# guardapi: ignore[ga601, No-Limiter] because x",
        "#guardapi:ignore[GA101]  because: x",
        "# type: ignore  # guardapi: ignore[GA101] because x  # noqa: E501",
        "# guardapi: ignore[GA601] because y  # guardapi: ignore[GA101] because x",
    ],
)
def test_spellings_are_understood(comment: str) -> None:
    comments, _ = read_comments(from_mapping({"a.py": f"a = 1  {comment}\n"}), NAMES, is_read={"a.py"})

    assert any(one.covers("GA101", 1) and one.reason == "x" for one in comments)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a = 1\nb = f(\n    1,\n)  # guardapi: ignore[GA101] because x\n", (2, 4)),
        ("b = f(  # guardapi: ignore[GA101] because x\n    1,\n)\n", (1, 3)),
        ("# guardapi: ignore[GA101] because x\n@d\n@e(\n  1)\ndef f():\n    g()\n    h()\nk()\n", (2, 7)),
        ("@d\n# guardapi: ignore[GA101] because x\n@e\ndef f():\n    g()\nk()\n", (3, 5)),
        ("@d\ndef f():  # guardapi: ignore[GA101] because x\n    g()\n", (2, 2)),
        ("@d('/x')  # guardapi: ignore[GA101] because x\ndef f():\n    g()\n", (1, 1)),
        ("def f():\n    # guardapi: ignore[GA101] because x\n\n    # more\n    g()\n    h()\n", (5, 5)),
        ("f(\n    # guardapi: ignore[GA101] because x\n    a,\n    b,\n)\n", (3, 3)),
        ("def f():\n    g()\n    # guardapi: ignore[GA101] because x\ndef h():\n    g()\n", (3, 3)),
        ("if a:\n    b()\n# guardapi: ignore[GA101] because x\nelse:\n    c()\n", (4, 4)),
        ("a = 1\n# guardapi: ignore[GA101] because x\n", (2, 2)),
        ("\ufeffa = '''\n'''  # guardapi: ignore[GA101] because x\n", (1, 2)),
        ("a = 1\r\n# guardapi: ignore[GA101] because x\r\nb = \\\r\n    2\r\n", (3, 4)),
        ("def f(:\n# guardapi: ignore[GA101] because x\na = 1\n", (3, 3)),
    ],
)
def test_lines_a_comment_speaks_of(source: str, lines: tuple[int, int]) -> None:
    assert covered(source) == lines


def test_file_form_covers_file() -> None:
    report = scanned(f"{SHOP}\n# guardapi: ignore-file[GA101] {REASON}\n")

    assert "GA101" not in rules(report)
    assert [finding.suppressed.place.line for finding in report.suppressed] == [12]


def test_text_of_strings_is_no_comment() -> None:
    source = 'a = "# guardapi: ignore[GA101] because x"\nb = f"""{1}\n# guardapi: ignore[GA101]\n"""\n'

    assert read_comments(from_mapping({"a.py": source}), NAMES, is_read={"a.py"}) == ((), ())


@pytest.mark.parametrize(
    ("comment", "sentence"),
    [
        (
            "# guardapi: ignore",
            "names no rule in brackets; the form is `# guardapi: ignore[GA101] because REASON`",
        ),
        ("# guardapi: ignore[] because x", "names no rule in brackets"),
        ("# guardapi: ignore[GA101]", "gives no reason; the form is"),
        ("# guardapi: ignore[GA101] because", "gives no reason"),
        ("# guardapi: ignore[GA101] becauseof x", "gives no reason"),
        ("# guardapi: ignore[GA102x] because x", "there is no rule `GA102x`; the nearest is `GA101`"),
        ("# guardapi: ignore[no-limitr] because x", "there is no rule `no-limitr`; the nearest is `GA101`"),
        ("# guardapi: disable=GA101", "accepts nothing; the form is"),
        ("# guardapi-ignore GA101", "accepts nothing; the form is"),
        ("# guardapi: ignore-file GA101", "the form is `# guardapi: ignore-file[GA101] because REASON`"),
        ("# guardapi: ignore-file[GA101] because x", "stands on a line of its own"),
    ],
)
def test_malformed_comment_is_told(comment: str, sentence: str) -> None:
    (fault,) = faults(f"import os\nos.x()  {comment}\n")

    assert (fault.file, fault.line) == ("a.py", 2)
    assert sentence in fault.message


@pytest.mark.parametrize("comment", ["# see guardapi", "# run guardapi scan", "# guardapi is fine here"])
def test_prose_is_left_alone(comment: str) -> None:
    assert faults(f"{comment}\n") == []


def test_unused_comment_is_told() -> None:
    report = scanned(SHOP.replace("(__name__)", "(__name__)  # guardapi: ignore[GA101, GA401] because x"))
    other = scanned(SHOP.replace("@app.post", "# guardapi: ignore[GA401] because x\n@app.post"))

    assert [str(problem.line) + problem.message for problem in report.remarks] == [
        "4GA401 is not found where this comment accepts it; its id can go"
    ]
    assert [problem.message for problem in other.remarks] == [
        "GA401 is not found where this comment accepts it; the comment can go"
    ]
    assert report.problems[0] in report.remarks


def test_unasked_rule_is_not_judged() -> None:
    source = SHOP.replace("(__name__)", "(__name__)  # guardapi: ignore[GA101] because x")

    assert scan_tree(from_mapping({"shop.py": source}), rules=()).remarks == ()


def test_part_of_project_judges_no_comment() -> None:
    """The application may lie outside of what is scanned."""
    report = scanned(
        "from shop import app\n@app.get('/x')  # guardapi: ignore[GA601] because x\ndef x(): ...\n"
    )

    assert (report.inventory.apps, report.remarks) == ((), ())


def test_narrowest_comment_is_used() -> None:
    source = SHOP.replace("(__name__)", "(__name__)  # guardapi: ignore[GA101] because near")
    report = scanned(f"# guardapi: ignore-file[GA101] because far\n{source}")

    assert [finding.suppressed.reason for finding in report.suppressed] == ["near"]
    assert [problem.line for problem in report.remarks] == [1]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("gunicorn.conf.py", "# guardapi: ignore[GA922] because x\ntimeout = 0\n"),
        ("gunicorn.conf.py", "timeout = 0  # guardapi: ignore[GA922] because x\n"),
        ("Procfile", "# guardapi: ignore[GA922] because x\nweb: gunicorn --timeout 0 shop:app\n"),
        (
            "Dockerfile",
            '# guardapi: ignore[GA922] because x\nCMD ["gunicorn", "--timeout", "0", "shop:app"]\n',
        ),
        (
            "Dockerfile",
            "# guardapi: ignore[GA922] because x\nCMD gunicorn \\\n  --timeout 0 \\\n  shop:app\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  # guardapi: ignore[GA922] because x\n  web:\n    image: shop\n"
            "    command: gunicorn --timeout 0 shop:app\n",
        ),
        (
            "supervisord.conf",
            "# guardapi: ignore[GA922] because x\n[program:web]\nnumprocs = 1\ncommand = gunicorn -t 0 shop:app\n",
        ),
        (
            "shop.service",
            "[Service]\n# guardapi: ignore[GA922] because x\nExecStart=/bin/gunicorn -t 0 shop:app\n",
        ),
    ],
)
def test_deployment_files_accept_comments(file: str, text: str) -> None:
    plain = "\n".join(line.partition("# guardapi")[0] for line in text.split("\n"))

    assert "GA922" in rules(scanned(SHOP, **{file: plain}))
    report = scanned(SHOP, **{file: text})
    assert "GA922" not in rules(report)
    assert [(finding.rule, finding.suppressed.reason) for finding in report.suppressed] == [("GA922", "x")]
    assert report.remarks == ()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# c\nlocation / {\nproxy_pass http://a;\n}\nx\n", (2, 4)),
        ("# c\nlocation / {\n  proxy_pass http://a;\n}\nx\n", (2, 4)),
        ("# c\nargs:\n- a\n- b\nother: 1\n", (2, 4)),
        ("- a\n# c\n- b: 1\n  c: 2\n- d\n", (3, 4)),
        ("# c\n[a]\nb = 1\n[c]\n", (2, 3)),
        ("a\n# c\n", (2, 2)),
        ("a # c\nb\n", (1, 1)),
    ],
)
def test_entry_below_plain_comment(text: str, lines: tuple[int, int]) -> None:
    (comment,) = plain_comments(text)

    assert (comment.first, comment.last) == lines


@given(st.text(alphabet=string.printable + "é\u2028#'\"(){}[]\\", max_size=120))
def test_any_text_is_read(text: str) -> None:
    content = f"{text} # guardapi: ignore[GA101] because x".encode()
    for one in (*PythonLines(content, "a.py").comments(), *plain_comments(content.decode())):
        assert 1 <= one.first <= one.last <= content.count(b"\n") + content.count(b"\r") + 1
