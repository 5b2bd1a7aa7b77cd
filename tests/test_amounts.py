"""Which limits fixes write for which work, and where they write none."""

import pytest

from guardapi.amounts import key_for
from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree
from guardapi.remedy import LimitView, Remedy, Safety, SetArgument

HEAD = """\
import smtplib
import sqlite3
import subprocess

from flask import Blueprint, Flask, abort, request
from flask_httpauth import HTTPBasicAuth
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import login_required
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
STORED = generate_password_hash("s3cret")


def run(*words):
    return subprocess.run(words, capture_output=True, timeout=9).stdout


"""
LIMITED = '@app.get("/")\n@limiter.limit("9 per minute")\ndef home():\n    return "shop"\n\n\n'


def remedies(views: str, rule: str) -> list[Remedy | None]:
    report = scan_tree(from_mapping({"shop.py": HEAD + LIMITED + views}))
    return [finding.remedy for finding in report.findings if finding.rule == rule]


def limits(views: str, rule: str) -> list[tuple[tuple[str, ...], Safety]]:
    """The texts of the limits that are written for the findings of a rule, and whether that is safe."""
    return [
        (edit.limits, remedy.safety)
        for remedy in remedies(views, rule)
        if remedy is not None
        for edit in remedy.edits
        if isinstance(edit, LimitView)
    ]


def test_password_of_person_safe() -> None:
    views = '@app.post("/login")\ndef login():\n    return str(check_password_hash(STORED, request.form["password"]))\n'

    assert limits(views, "GA501") == [(("5 per minute",), Safety.SAFE)]


def test_password_of_every_request() -> None:
    """What programs send with each request is checked as often as they ask."""
    views = """\
auth = HTTPBasicAuth()


@auth.verify_password
def verify(name, password):
    return check_password_hash(STORED, password)


@app.get("/orders")
@auth.login_required
def orders():
    return "none"
"""
    assert remedies(views, "GA501") == [None]


def test_heavy_work_by_method() -> None:
    views = "".join(
        f'@app.{method}("/{method}")\ndef {method}():\n    return run("report", request.args["of"])\n\n\n'
        for method in ("get", "post")
    )

    assert sorted(limits(views, "GA605")) == [
        (("10 per minute",), Safety.UNSAFE),
        (("30 per minute",), Safety.UNSAFE),
    ]


def test_limit_of_same_work_copied() -> None:
    views = """\
@app.post("/a")
@limiter.limit("7 per minute")
def a():
    return run("a", request.form["of"])


@app.post("/b")
def b():
    return run("b", request.form["of"])
"""
    assert limits(views, "GA605") == [(("7 per minute",), Safety.SAFE)]
    assert limits(views.replace('"7 per minute"', '"7 per minute", key_func=run'), "GA605") == [
        (("10 per minute",), Safety.UNSAFE)
    ]


def test_limit_of_other_work_not_copied() -> None:
    views = """\
@app.post("/login")
@limiter.limit("3 per hour")
def login():
    return str(check_password_hash(STORED, request.form["password"]))


@app.post("/b")
def b():
    return run("b", request.form["of"])
"""
    assert limits(views, "GA605") == [(("10 per minute",), Safety.UNSAFE)]


MAIL = """\
@app.post("/invite")
def invite():
    with smtplib.SMTP("localhost", timeout=9) as server:
        server.sendmail("shop@example.com", [request.form["mail"]], "come")
    return "sent"
"""


def test_messages_by_audience() -> None:
    assert limits(MAIL, "GA505") == [(("3 per hour", "10 per hour"), Safety.SAFE)]
    account = MAIL.replace('"/invite")\n', '"/invite")\n@login_required\n')
    assert limits(account, "GA505") == [(("3 per hour", "30 per hour"), Safety.UNSAFE)]


def test_one_request_suffices() -> None:
    views = '@app.post("/a")\ndef a():\n    for one in request.get_json():\n        run("a", one)\n    return "done"\n'

    assert remedies(views, "GA605") == [None]


def test_many_views_one_default() -> None:
    views = "".join(
        f"""\
@app.post("/{name}")
def {name}():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO things VALUES (?)", (request.form["of"],))
    return "kept"


"""
        for name in ("a", "b", "c", "d", "e", "f", "g")
    )

    (remedy,) = remedies(views, "GA102")

    assert remedy is not None
    (edit,) = remedy.edits
    assert isinstance(edit, SetArgument)
    assert (edit.name, edit.value) == ("default_limits", '["50 per minute"]')
    few = views.split("@app.post")[:4]
    assert limits("@app.post".join(few), "GA102") == [(("60 per minute",), Safety.UNSAFE)] * 3


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("request.form['user']", "submitted_user"),
        ("request.get_json()['user']", "submitted_json_user"),
        ("request.json['user']", "submitted_json_user"),
        ("request.form['two words']", None),
        ("request.args['user'][0]", None),
    ],
)
def test_key_of_what_is_sent(source: str, name: str | None) -> None:
    key = key_for(source)

    assert (key and key.name) == name
    if key is not None:
        compile(key.text, "<key>", "exec")
        assert f'"{key.field}"' in key.text
