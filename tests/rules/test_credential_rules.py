"""GA501 where the check is a callback of an extension."""

import textwrap

import pytest

from guardapi.files import from_mapping
from guardapi.findings import Finding
from guardapi.pipeline import scan_tree

SHOP = """
from flask import Flask
from flask_httpauth import HTTPBasicAuth
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.security import check_password_hash

app = Flask(__name__)
auth = HTTPBasicAuth()
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://"{defaults})
STORED = {{"ann": "scrypt:..."}}


@auth.verify_password
def verify(name, password):
    return name in STORED and check_password_hash(STORED[name], password)


@app.get("/orders")
@auth.login_required
def orders():
    return "orders"


@app.get("/bills")
@auth.login_required
def bills():
    return "bills"


@app.get("/")
def index():
    return "index"
"""


def findings(defaults: str) -> list[Finding]:
    report = scan_tree(from_mapping({"shop.py": textwrap.dedent(SHOP).format(defaults=defaults)}))
    assert report.problems == ()
    return [finding for finding in report.findings if finding.rule == "GA501"]


def test_callback_is_reported_once() -> None:
    (finding,) = findings("")

    assert finding.place.line == 16
    assert finding.message == (
        "`GET /bills` (and 1 more route) checks a password and has no limit: passwords can be guessed at full speed."
    )


def test_limited_callback_is_silent() -> None:
    assert findings(', default_limits=["5 per minute"]') == []


SIGNS_IN = """
from accounts import account_of
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import login_user

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


@app.post("{rule}")
def view(**_arguments):
    login_user(account_of(request.form))
    return "welcome"
"""


def signs_in(rule: str) -> list[str]:
    report = scan_tree(from_mapping({"shop.py": SIGNS_IN.format(rule=rule)}))
    return [finding.rule for finding in report.findings if finding.rule == "GA501"]


def test_signing_in_after_reset_checks_no_password() -> None:
    assert signs_in("/login") == ["GA501"]
    assert signs_in("/reset/<token>") == []
    assert signs_in("/register") == []


ISSUES = """
from flask import Flask, request
from flask_jwt_extended import JWTManager, create_access_token
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
JWTManager(app)
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


@app.post("/token")
def view():
    if not accounts():
        return create_access_token(identity={identity})
    return "no", 405
"""


@pytest.mark.parametrize(("identity", "number"), [("name_of(request.form)", 1), ('"owner"', 0)])
def test_fixed_account_is_no_guess(identity: str, number: int) -> None:
    report = scan_tree(from_mapping({"shop.py": ISSUES.format(identity=identity)}))

    assert len([finding for finding in report.findings if finding.rule == "GA501"]) == number
