"""Lines of deployment files: a part of one replaced, or the value behind the name of an option."""

import pytest
from writing import planned, project_of

from guardapi.fix.composing import composed
from guardapi.place import Place
from guardapi.remedy import Edit, RewriteLine, SetOption


def write(content: bytes, edit: Edit, file: str = "Procfile") -> bytes | str:
    project = project_of({file: content})
    changes, why = planned(project, (edit,))
    return why[0] if why else composed(changes, project)[file]


def test_part_of_line_replaced() -> None:
    line = Place(file="Procfile", line=2)

    assert write(b"a: b\r\nweb: b\r\n", RewriteLine(line=line, old="b:", new="c:")) == b"a: b\r\nwec: b\r\n"
    assert write(b"a\r\nb\r\n", RewriteLine(line=line, old="", new="x\ny")) == b"a\r\nx\r\ny\r\n"
    assert write(b"a\n\xff b", RewriteLine(line=line, old="b", new="\u00e9")) == b"a\n\xff \xc3\xa9"


@pytest.mark.parametrize("line", [0, 2, 9])
def test_line_that_says_something_else(line: int) -> None:
    edit = RewriteLine(line=Place(file="Procfile", line=line), old="a", new="b")

    assert str(write(b"a\na a\n", edit)).startswith("Procfile")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("timeout = 0  # 0", "timeout = 30  # 0"),
        (
            "web: gunicorn --bind 0.0.0.0:80 --timeout 0 a:b",
            "web: gunicorn --bind 0.0.0.0:80 --timeout 30 a:b",
        ),
        ("web: gunicorn --timeout=0 a:b", "web: gunicorn --timeout=30 a:b"),
        ('CMD ["gunicorn", "--timeout", "0", "a:b"]', 'CMD ["gunicorn", "--timeout", "30", "a:b"]'),
        ('  timeout: "0"', '  timeout: "30"'),
        ("graceful_timeout = 0", None),
        ("timeout = 05", None),
        ("x.timeout = 0", None),
    ],
)
def test_option_gets_other_value(before: str, after: str | None) -> None:
    edit = SetOption(line=Place(file="Procfile", line=1), name="timeout", old="0", new="30")

    written = write(before.encode(), edit)
    assert written == ("Procfile:1 does not say timeout once" if after is None else after.encode())


def test_option_with_hyphens_and_groups() -> None:
    edit = SetOption(line=Place(file="Procfile", line=1), name="limit_request_line", old="1000", new="4094")

    assert write(b"x --limit-request-line 1000", edit) == b"x --limit-request-line 4094"
    assert write(b"limit_request_line = 1_000", edit) == b"limit_request_line = 4094"
