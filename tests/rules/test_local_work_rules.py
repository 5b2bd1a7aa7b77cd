"""GA605, GA606, GA607, GA703 and GA704 beside what must stay silent."""

import textwrap

import pytest

from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.pipeline import scan_tree

OPEN = """
import hashlib
import os
import sqlite3
import subprocess
import uuid

import requests
from flask import Flask, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from PIL import Image
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1_000_000
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
"""
LIMITED = OPEN.replace("app=app,", 'app=app, default_limits=["5 per minute"],')
NO_LIMITER = OPEN.replace("limiter = ", "# ")


def found(
    rule: str, source: str, *, before: str = OPEN, files: dict[str, str] | None = None
) -> list[Finding]:
    text = before + textwrap.dedent(source)
    report = scan_tree(from_mapping({"shop.py": text, **(files or {})}))
    assert report.failures == ()
    return [finding for finding in (*report.findings, *report.hidden) if finding.rule == rule]


def view(lines: str, route: str = '@app.post("/x")', head: str = "def x():") -> str:
    return f"{route}\n{head}\n" + textwrap.indent(textwrap.dedent(lines).strip("\n"), "    ") + "\n"


PROCESS = view('return subprocess.run(["make", request.form["target"]], timeout=9).stdout')


def test_row_of_missing_limiter() -> None:
    """Without any limiter it is a row of that finding, and no finding of its own."""
    assert found("GA605", PROCESS)
    assert not found("GA605", PROCESS, before=NO_LIMITER)


def test_work_for_each_upload_is_one_finding() -> None:
    """Without a limiter it is the list alone that one request makes too long."""
    each = view("""
        for sent in request.files.values():
            Image.open(sent).convert("RGB").resize((64, 64)).save("small.png")
        return ""
    """)

    assert found("GA605", each)
    assert not found("GA605", each, before=NO_LIMITER)
    assert found("GA704", each, before=NO_LIMITER)


def test_file_for_each_element_is_one_finding() -> None:
    each = view("""
        for text in request.json["texts"]:
            open(f"{uuid.uuid4()}.txt", "w").write(text)
        return ""
    """)

    assert found("GA704", each)
    assert not found("GA607", each)


def test_limit_answers_constant_work() -> None:
    assert not found("GA605", PROCESS, before=LIMITED)
    assert not found("GA605", PROCESS.replace("def x", '@limiter.limit("2 per minute")\ndef x'))


def test_outer_limit_answers_it() -> None:
    nginx = """
        http {
            limit_req_zone $binary_remote_addr zone=one:10m rate=1r/s;
            server {
                listen 80;
                location / {
                    limit_req zone=one;
                    proxy_pass http://127.0.0.1:8000;
                }
            }
        }
    """

    assert not found("GA605", PROCESS, files={"nginx.conf": textwrap.dedent(nginx)})


def test_process_without_timeout_ranks_higher() -> None:
    (with_timeout,) = found("GA605", PROCESS)
    (without,) = found("GA605", PROCESS.replace(", timeout=9", ""))

    assert without.severity == with_timeout.severity + 1
    assert "without a timeout" in without.message


def test_size_from_caller_despite_limit() -> None:
    source = view('qrcode.make(request.form["text"], box_size=int(request.form["size"]))')
    (finding,) = found("GA605", f"import qrcode\n{source}", before=LIMITED)

    assert "a rate limit does not cure it" in finding.message


def test_unresolved_model_is_not_certain() -> None:
    source = "from company import engine\n" + view('return str(engine.current().predict(request.json["x"]))')
    findings = found("GA605", source)

    assert all(finding.confidence is not Confidence.CERTAIN for finding in findings)


def test_helper_of_many_routes_is_one() -> None:
    helper = "def small(name):\n    return Image.open(name).resize((9, 9))\n"
    views = "".join(view('small("a.png")\nreturn "x"', f'@app.get("/{n}")', f"def v{n}():") for n in range(5))
    (finding,) = found("GA605", helper + views)

    assert "(and 4 more routes)" in finding.message
    assert finding.route is None


def test_further_work_is_related() -> None:
    (finding,) = found(
        "GA605", view('image = Image.open("a")\nimage.rotate(9)\nimage.resize((9, 9)).save("b")\nreturn "x"')
    )

    assert sum("too" in related.message for related in finding.related) >= 2


HASH = view('generate_password_hash(request.form["password"])\nreturn "x"')


def test_hash_beside_check_is_left() -> None:
    both = view("""
        if check_password_hash("x", request.form["old"]):
            generate_password_hash(request.form["new"])
        return "x"
    """)

    assert found("GA606", HASH)
    assert not found("GA606", both)


def test_hash_for_staff_ranks_lower() -> None:
    guarded = "from flask_security import roles_required\n" + HASH.replace(
        "def x", '@roles_required("admin")\ndef x'
    )
    (anyone,) = found("GA606", HASH)
    (staff,) = found("GA606", guarded)

    assert (anyone.severity, staff.severity) == (Severity.HIGH, Severity.MEDIUM)


def test_rounds_of_settings_are_no_choice() -> None:
    source = view('hashlib.pbkdf2_hmac("sha256", b"x", b"y", app.config["ROUNDS"])\nreturn "x"')

    assert not found("GA606", source, before=LIMITED)


STORE = view('request.files["f"].save(os.path.join("up", {}))\nreturn "x"')


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("uuid.uuid4().hex", True),
        ('request.form["name"]', True),
        ('"logo.png"', False),
        ('app.config["NAME"]', False),
    ],
)
def test_name_decides_whether_it_fills(name: str, is_found: bool) -> None:
    assert bool(found("GA607", STORE.format(name))) is is_found


def test_number_of_address_names_what_is_there() -> None:
    source = view(
        'request.files["f"].save(f"avatars/{number}.png")\nreturn "x"',
        '@app.put("/users/<int:number>/avatar")',
        "def x(number):",
    )

    assert not found("GA607", source)


@pytest.mark.parametrize(
    "more",
    [
        'if shutil.disk_usage("up").free < 10**9: abort(507)',
        'os.remove("up/oldest")',
    ],
)
def test_quota_or_removal_is_left(more: str) -> None:
    source = "import shutil\n" + view(f'request.files["f"].save(request.form["name"])\n{more}\nreturn "x"')

    assert not found("GA607", source)


def test_unbounded_body_weighs_more() -> None:
    bounded = found("GA607", STORE.format("uuid.uuid4().hex"))
    unbounded = found(
        "GA607",
        STORE.format("uuid.uuid4().hex"),
        before=OPEN.replace('app.config["MAX_CONTENT_LENGTH"] = 1_000_000\n', ""),
    )

    assert "the caller picks the amount" in unbounded[0].why
    assert "the caller picks the amount" not in bounded[0].why


READ = view('return str(len(request.files["f"].read()))')


@pytest.mark.parametrize(
    ("bound", "severity"),
    [
        ("1_000_000", Severity.LOW),
        ("16 * 1024 * 1024", Severity.LOW),
        ("17 * 1024 * 1024", Severity.MEDIUM),
        ("256 * 1024 * 1024", Severity.MEDIUM),
        ("257 * 1024 * 1024", None),
        ("None", None),
        ("unknown()", None),
    ],
)
def test_upload_ranks_by_bound(bound: str, severity: Severity | None) -> None:
    """Without a useful bound the missing bound is the finding."""
    before = LIMITED.replace("1_000_000", bound).replace("\napp = ", "\nfrom company import unknown\napp = ")

    assert [finding.severity for finding in found("GA703", READ, before=before)] == [severity] * bool(
        severity
    )


def test_checked_length_is_advice() -> None:
    check = view("""
        if request.content_length > 10_000_000:
            abort(413)
        return str(len(request.files["f"].read()))
    """)
    (finding,) = found("GA703", check, before=LIMITED.replace("1_000_000", "100_000_000"))

    assert (finding.severity, finding.is_advisory) == (Severity.LOW, True)


def test_view_lifts_bound() -> None:
    lifted = view("""
        request.max_content_length = None
        return str(len(request.files["f"].read()))
    """)
    (finding,) = found("GA703", lifted, before=LIMITED)

    assert finding.severity is Severity.HIGH


LOOP = """
    with sqlite3.connect("shop.db") as database:
        for item in {}:
            {}
    return "x"
"""
WRITE = 'database.execute("INSERT INTO t VALUES (?)", (str(item),))'


@pytest.mark.parametrize(
    "items",
    [
        'request.get_json()["items"]',
        "request.get_json()",
        'request.form.getlist("items")',
        'request.form["items"].split(",")',
        'request.get_json()["items"].values()',
        'set(request.json["items"])',
        'sorted(request.json["items"])',
        'enumerate(request.json["items"])',
        '[item for item in request.json["items"] if item]',
        'request.files.getlist("files")',
    ],
)
def test_list_of_caller_repeats_work(items: str) -> None:
    (finding,) = found("GA704", view(LOOP.format(items, WRITE)), before=LIMITED)

    assert "for each element" in finding.message


@pytest.mark.parametrize(
    "items",
    [
        'request.get_json()["items"][:20]',
        '("a", "b")',
        "range(10)",
        'database.execute("SELECT 1")',
        'itertools.islice(request.json["items"], 5)',
    ],
)
def test_bounded_lists_stay_silent(items: str) -> None:
    assert not found("GA704", "import itertools\n" + view(LOOP.format(items, WRITE)), before=LIMITED)


def test_cheap_loops_stay_silent() -> None:
    assert not found("GA704", view(LOOP.format("request.json", "print(item)")), before=LIMITED)


def test_length_is_checked_in_helper() -> None:
    source = """
        def checked(items):
            if len(items) > 50:
                abort(413)

        @app.post("/x")
        def x():
            items = request.get_json()["items"]
            checked(items)
            with sqlite3.connect("shop.db") as database:
                for item in items:
                    database.execute("INSERT INTO t VALUES (?)", (item,))
            return "x"
    """

    assert not found("GA704", source, before=LIMITED)
    assert found(
        "GA704", source.replace("checked(items)\n            with", "pass\n            with"), before=LIMITED
    )


def test_work_that_leaves_loop_is_done_once() -> None:
    source = view("""
        for item in request.get_json()["items"]:
            if item == "x":
                generate_password_hash(item)
                return "found"
        return "none"
    """)

    assert not found("GA704", source, before=LIMITED)


def test_list_that_number_fills_is_left() -> None:
    days = '[day for day in range(int(request.form["days"]))]'
    source = view(LOOP.format(days, WRITE))

    assert found("GA801", source, before=LIMITED)
    assert not found("GA704", source, before=LIMITED)


def test_address_bounds_its_lists() -> None:
    (finding,) = found("GA704", view(LOOP.format('request.args.getlist("id")', WRITE)), before=LIMITED)

    assert finding.severity is Severity.MEDIUM


def test_calls_of_others_left_to_their_rule() -> None:
    source = view(LOOP.format("request.json", 'requests.get("https://example.com", timeout=1)'))

    assert not found("GA704", source, before=LIMITED)
    assert found("GA603", source, before=LIMITED)


@pytest.mark.parametrize(("test", "is_found"), [("if item not in KNOWN: continue", False), ("pass", True)])
def test_items_of_few_values(test: str, is_found: bool) -> None:
    source = "KNOWN = {'a', 'b'}\n" + view(
        LOOP.format('request.json["items"]', f"{test}\n            {WRITE}")
    )

    assert bool(found("GA704", source, before=LIMITED)) is is_found


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ("", True),
        ("shutil.move(path, 'kept.txt')", False),
        ("os.remove(path)", False),
        ("start_job(path)", False),
    ],
)
def test_temporary_file_that_stays(more: str, is_found: bool) -> None:
    lines = f"handle, path = tempfile.mkstemp()\nos.write(handle, request.get_data())\n{more}\nreturn 'x'"
    source = "import shutil, tempfile\nfrom jobs import start_job\n" + view(lines)

    assert bool(found("GA607", source)) is is_found


def test_caller_removes_file_again() -> None:
    source = """
        def keep(upload):
            path = os.path.join("up", upload.filename)
            upload.save(path)
            return path

        @app.post("/x")
        def x():
            path = keep(request.files["f"])
            {}
            return "x"
    """

    assert found("GA607", source.format("pass"))
    assert not found("GA607", source.format("os.remove(path)"))


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        ('return subprocess.run(["make"]).stdout', Severity.LOW),
        ('return subprocess.run(["make", request.form["target"]]).stdout', Severity.MEDIUM),
        ('return subprocess.Popen(["make"]).communicate()[0]', Severity.LOW),
        ('return subprocess.Popen(["make", request.form["target"]]).communicate()[0]', Severity.MEDIUM),
    ],
)
def test_own_command_seldom_hangs(lines: str, severity: Severity) -> None:
    (finding,) = found("GA901", view(lines))

    assert finding.severity is severity


def test_messages_are_told_at_their_handler() -> None:
    (finding,) = found(
        "GA961",
        """
        import functools
        from flask_socketio import SocketIO

        socketio = SocketIO(app)

        def signed_in(function):
            @functools.wraps(function)
            def wrapped(*args):
                return function(*args)
            return wrapped

        @socketio.on("make")
        @signed_in
        def make(message):
            subprocess.run(["make", message])
        """,
    )
    lines = (OPEN + "").count("\n")

    assert finding.place.line == lines + 15
