"""Rules on amounts, patterns, archives, markup, recursion, caches and streams: how bad, how sure, how often."""

import textwrap

import pytest

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.findings import Finding, Severity
from guardapi.pipeline import scan_tree

HEAD = """
from flask import Flask, Response, abort, request
app = Flask(__name__)
"""


def findings(
    rule: str, source: str, *, profile: Profile = Profile.DEFAULT, head: str = HEAD, **files: str
) -> list[Finding]:
    tree = from_mapping(
        {
            "shop.py": head + textwrap.dedent(source),
            **{name.replace("__", "."): text for name, text in files.items()},
        }
    )
    report = scan_tree(tree, Options(profile=profile))
    assert report.failures == ()
    return [finding for finding in report.findings if finding.rule == rule]


def one(rule: str, source: str, **facts: str) -> Finding:
    (found,) = findings(rule, source, **facts)
    return found


LIMITED = (
    HEAD
    + """
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
limiter = Limiter(get_remote_address, app=app, default_limits=["1 per minute"], storage_uri="memory://")
"""
)


def test_limit_does_not_cure_size() -> None:
    source = """
        @app.get("/x")
        def view():
            return "-" * int(request.args["n"])
    """
    assert findings("GA801", source, head=LIMITED)[0].severity is Severity.HIGH
    assert one("GA801", source).severity is Severity.HIGH


@pytest.mark.parametrize("asked", ["name", "str(name)", "str(name).lower()"])
def test_entry_for_what_is_there_is_none(asked: str) -> None:
    source = """
        import store
        kept = {}

        @app.get("/x")
        def view():
            name = request.args["name"]
            if not store.has(ASKED):
                abort(404)
            kept[name] = 1
            return "x"
    """
    assert findings("GA808", source.replace("store.has(ASKED)", "True"))
    assert not findings("GA808", source.replace("ASKED", asked))


def test_number_of_one_parameter_found_once() -> None:
    found = one(
        "GA801",
        """
        @app.get("/x")
        def view():
            n, m = int(request.args["n"]), 5
            first = [i for i in range(n)]
            return str([first[i] for i in range(0, n)])
        """,
    )
    assert found.place.line == 8
    assert [related.place.line for related in found.related][-1] == 9


def test_helper_of_many_routes_found_once() -> None:
    found = one(
        "GA801",
        """
        def line(n):
            return "-" * n

        @app.get("/a")
        def a():
            return line(int(request.args["n"]))

        @app.get("/b")
        def b():
            return line(int(request.args["n"]))
        """,
    )
    assert "(and 1 more route)" in found.message
    assert found.route is None
    assert [related.place.line for related in found.related] == [9, 10, 13]


def test_polynomial_pattern_is_advice() -> None:
    source = r"""
        import re
        @app.get("/x")
        def view():
            return re.sub(r"\s+$", "", request.args["q"])
    """
    assert findings("GA802", source) == []
    (found,) = findings("GA802", source, profile=Profile.PEDANTIC)
    assert found.is_advisory
    assert found.severity is Severity.MEDIUM


def test_pattern_text_is_shown() -> None:
    found = one(
        "GA802",
        r"""
        import re
        @app.get("/x")
        def view():
            return str(re.match(r"(a+)+$", request.args["q"]))
        """,
    )
    assert "exponential time" in found.message
    assert "'a'` again and again" in found.message


def test_flags_of_compiled_pattern_count() -> None:
    source = r"""
        import re
        PATTERN = re.compile(r"(a|Ab?)+$", FLAGS)
        @app.get("/x")
        def view():
            return str(PATTERN.match(request.args["q"]))
    """
    assert findings("GA802", source.replace("FLAGS", "0")) == []
    assert len(findings("GA802", source.replace("FLAGS", "re.IGNORECASE"))) == 1


YAML = """
    import yaml
    @app.post("/x")
    def view():
        return yaml.safe_load(request.get_data())
"""


@pytest.mark.parametrize(
    ("bound", "severity"),
    [("", Severity.HIGH), ("50_000", Severity.MEDIUM), ("50_000_000", Severity.HIGH)],
)
def test_small_bodies_make_yaml_milder(bound: str, severity: Severity) -> None:
    head = HEAD + (f'app.config["MAX_CONTENT_LENGTH"] = {bound}\n' if bound else "")
    (found,) = findings("GA805", YAML, head=head)
    assert found.severity is severity


def test_plain_xml_is_advice() -> None:
    source = """
        from xml.etree import ElementTree
        @app.post("/x")
        def view():
            return ElementTree.fromstring(request.get_data()).tag
    """
    assert findings("GA805", source) == []
    (found,) = findings("GA805", source, profile=Profile.PEDANTIC)
    assert found.severity is Severity.LOW


BRANCHING = """
    from functools import cache
    {decorator}
    def paths(n):
        return 1 if n < 2 else paths(n - 1) + paths(n - 2)
    @app.get("/x/<int:n>")
    def view(n):
        return str(paths(n))
"""


@pytest.mark.parametrize(("decorator", "severity"), [("", Severity.HIGH), ("@cache", Severity.LOW)])
def test_cache_makes_branching_linear(decorator: str, severity: Severity) -> None:
    assert one("GA806", BRANCHING.format(decorator=decorator)).severity is severity


def test_query_at_each_level_is_worse() -> None:
    found = one(
        "GA806",
        """
        import sqlite3
        def stored(node):
            sqlite3.connect("x").execute("INSERT INTO nodes VALUES (?)", [node["name"]])
            for child in node["children"]:
                stored(child)
        @app.post("/x")
        def view():
            stored(request.get_json())
            return "stored"
        """,
    )
    assert found.severity in {Severity.LOW, Severity.MEDIUM}


def test_word_of_url_is_no_document() -> None:
    source = """
        def slug(text):
            return text if len(text) < 3 else slug(text[1:])
        @app.get("/x")
        def view():
            return slug(request.args["q"])
    """
    assert findings("GA806", source) == []


CACHED = """
    seen = set()
    @app.get("/x")
    def view():
        seen.add(request.args["q"])
        return "seen"
"""


def test_renewed_workers_make_cache_milder() -> None:
    assert one("GA808", CACHED).severity is Severity.MEDIUM
    procfile = "web: gunicorn --max-requests 1000 shop:app\n"
    assert one("GA808", CACHED, Procfile=procfile).severity is Severity.LOW


STREAM = """
    import time
    @app.get("/x")
    def view():
        def ticks():
            while True:
                yield "tick"
                time.sleep(1)
        return Response(ticks())
"""


@pytest.mark.parametrize(
    ("procfile", "severity", "held"),
    [
        ("", Severity.MEDIUM, "a worker or a thread"),
        ("web: gunicorn -w 2 shop:app\n", Severity.HIGH, "one of 2 workers"),
        ("web: gunicorn shop:app\n", Severity.HIGH, "a worker"),
        ("web: gunicorn -w 2 --threads 8 shop:app\n", Severity.MEDIUM, "one of 16 threads"),
        ("web: gunicorn -w 2 -k gevent shop:app\n", Severity.LOW, "a connection"),
    ],
)
def test_workers_decide_about_stream(procfile: str, severity: Severity, held: str) -> None:
    found = one("GA810", STREAM, Procfile=procfile)
    assert found.severity is severity
    assert f"holds {held}." in found.message


def test_limited_stream_one_level_lower() -> None:
    (found,) = findings("GA810", STREAM, head=LIMITED, Procfile="web: gunicorn -w 2 shop:app\n")
    assert found.severity is Severity.MEDIUM


UNZIP = """
    import io, zipfile
    @app.post("/x")
    def view():
        archive = zipfile.ZipFile(io.BytesIO(request.get_data()))
        {check}
        archive.extractall("/tmp/x")
        return "done"
"""


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("pass", 1),
        ("if len(archive.namelist()) > 10: abort(400)", 1),
        ("if sum(i.file_size for i in archive.infolist()) > 1000: abort(413)", 0),
    ],
)
def test_sizes_of_members_count(check: str, number: int) -> None:
    assert len(findings("GA804", UNZIP.format(check=check))) == number


def test_named_archive_is_not_callers() -> None:
    source = """
        import zipfile
        @app.get("/x")
        def view():
            return zipfile.ZipFile(request.args["name"]).read("a.txt")
    """
    assert findings("GA804", source) == []


def test_text_compared_with_own_is_linear() -> None:
    source = """
        import difflib
        @app.post("/x")
        def view():
            return str(difflib.SequenceMatcher(None, "a long text", request.form["a"]).ratio())
    """
    assert findings("GA807", source) == []


@pytest.mark.parametrize(("second", "is_advisory"), [('args["b"]', True), ('form["b"]', False)])
def test_text_of_address_is_advice(second: str, is_advisory: bool) -> None:
    source = f"""
        import difflib
        @app.post("/x")
        def view():
            a, b = request.args["a"], request.{second}
            return str(difflib.SequenceMatcher(None, a, b).ratio())
    """
    (finding,) = findings("GA807", source, profile=Profile.PEDANTIC)

    assert finding.is_advisory is is_advisory
