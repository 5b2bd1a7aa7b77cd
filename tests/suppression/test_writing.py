"""Comments written beside findings: they accept these and no more, and change nothing else."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.place import Place
from guardapi.suppression import NotWritableError, accepted, read_comments, with_comments

NAMES = {"ga101": "GA101", "ga601": "GA601"}


def finding(line: int, rule: str = "GA101", file: str = "a.py") -> Finding:
    return Finding(
        rule=rule,
        name="x",
        severity=Severity.LOW,
        confidence=Confidence.CERTAIN,
        message="x",
        place=Place(file=file, line=line),
        app="a:app",
        fingerprint=f"{rule}{line}",
        cwe=(),
        owasp=(),
    )


def written(source: str | bytes, *found: Finding, file: str = "a.py", reason: str = "x") -> str:
    content = source.encode() if isinstance(source, str) else source
    after = with_comments(content, file, found, reason, NAMES, is_python=file.endswith(".py"))
    return after.decode()


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        ("a = 1\n", 1, "# guardapi: ignore[GA101] because x\na = 1\n"),
        ("def f():\n    a = 1\n", 2, "def f():\n    # guardapi: ignore[GA101] because x\n    a = 1\n"),
        ("f(\n  '''\n''', b,\n)\n", 3, "# guardapi: ignore[GA101] because x\nf(\n  '''\n''', b,\n)\n"),
        (
            "@d(\n  1)\ndef f():\n    a = 1\n",
            1,
            "@d(\n  1)  # guardapi: ignore[GA101] because x\ndef f():\n    a = 1\n",
        ),
        (
            "def f(a,\n      b): # y \n    a = 1\n",
            1,
            "def f(a,\n      b): # y  # guardapi: ignore[GA101] because x\n    a = 1\n",
        ),
        ("if a: b()", 1, "if a: b()  # guardapi: ignore[GA101] because x"),
        ("a = 1\r\nb = 1\r\n", 2, "a = 1\r\n# guardapi: ignore[GA101] because x\r\nb = 1\r\n"),
    ],
)
def test_comment_stands_at_statement(before: str, line: int, after: str) -> None:
    assert written(before, finding(line)) == after
    assert ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))


def test_rules_of_a_line_share_comment() -> None:
    assert written("a = 1\nb = 1\n", finding(2, "GA601"), finding(2), finding(1)) == (
        "# guardapi: ignore[GA101] because x\na = 1\n# guardapi: ignore[GA101, GA601] because x\nb = 1\n"
    )


def test_second_comment_joins_first() -> None:
    once = written("if a: b()\n", finding(1))

    assert written(once, finding(1, "GA601"), reason="y") == (
        "if a: b()  # guardapi: ignore[GA101] because x  # guardapi: ignore[GA601] because y\n"
    )


def test_reason_that_file_cannot_hold() -> None:
    with pytest.raises(NotWritableError):
        written("# coding: latin-1\na = 1\n", finding(2), reason="日本")


@pytest.mark.parametrize(
    ("file", "before", "line", "after"),
    [
        (
            "Dockerfile",
            "CMD a \\\n  b \\\n  c\n",
            3,
            "# guardapi: ignore[GA101] because x\nCMD a \\\n  b \\\n  c\n",
        ),
        (
            "compose.yml",
            "a:\n  b: 1\n  c: 2\n",
            3,
            "a:\n  b: 1\n  # guardapi: ignore[GA101] because x\n  c: 2\n",
        ),
        (
            "compose.yml",
            "a:\n  b: |\n    one\n    two\n",
            4,
            "a:\n  # guardapi: ignore[GA101] because x\n  b: |\n    one\n    two\n",
        ),
        ("pyproject.toml", "[a]\nb = 1\n", 2, "[a]\n# guardapi: ignore[GA101] because x\nb = 1\n"),
    ],
)
def test_deployment_file_gets_comment(file: str, before: str, line: int, after: str) -> None:
    assert written(before, finding(line, file=file), file=file) == after


@pytest.mark.parametrize(
    ("file", "before"),
    [
        ("a.json", "{}\n"),
        ("a.yaml", "a: [\n"),
        ("a.toml", 'a = """\nx\n"""\n'),
        ("a.py", "a = 1\n"),
    ],
)
def test_impossible_place_is_refused(file: str, before: str) -> None:
    line = 9 if file == "a.py" else 2 if file == "a.toml" else 1

    with pytest.raises(NotWritableError):
        written(before, finding(line, file=file), file=file)


STATEMENTS = st.sampled_from(
    [
        "a = 1",
        "a = [\n    1,\n]",
        'a = """\n# x\n"""',
        "a = 1  # y",
        "a = 1; b = 2",
        "@d\n@e(\n1)\ndef f():\n    return 1",
        "if a:\n    b = 1\nelse:\n    b = 2",
        "class A:\n    # z\n    def f(self): pass",
        "a = \\\n  1",
        "",
    ]
)


@given(st.lists(STATEMENTS, min_size=1, max_size=6), st.data())
def test_written_comment_accepts_finding(statements: list[str], data: st.DataObject) -> None:
    source = "\n".join(statements) + "\n"
    lines = source.split("\n")
    line = data.draw(st.integers(1, len(lines) - 1))
    try:
        after = written(source, finding(line))
    except NotWritableError:
        return
    tree = from_mapping({"a.py": after})
    comments, problems = read_comments(tree, NAMES, is_read={"a.py"})
    added = after.count("\n") - source.count("\n")
    moved = [finding(number) for number in range(1, len(after.split("\n")))]
    marked, unused = accepted(moved, comments, judged={"GA101"})

    assert (problems, unused) == ((), ())
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(after))
    assert any(one.suppressed and one.place.line in {line, line + added} for one in marked)
