"""Whom an introduced limiter counts, with the real libraries: accounts that have signed in, addresses before."""

import textwrap

import pytest
from introducing import introduced
from shapes import Shape
from starting import REFUSED, Running, Start
from werkzeug.test import Client

ORDERS = """
@app.get("/orders")
def orders():
    with sqlite3.connect(":memory:") as database:
        return str(database.execute("SELECT 1").fetchall())
"""
LOGIN = """
HASHES = {name: generate_password_hash("right", method="pbkdf2:sha256:1") for name in ("ada", "eve")}
ACCOUNTS = " UNION ".join(f"SELECT '{name}' AS name" for name in HASHES)


@app.post("/login")
def login():
    with sqlite3.connect(":memory:") as database:
        found = database.execute(f"SELECT name FROM ({ACCOUNTS}) WHERE name = ?", (request.form["name"],)).fetchone()
    known = HASHES.get(found[0]) if found else None
    if known is None or not check_password_hash(known, request.form["password"]):
        abort(401)
    SIGNED
    return "welcome"
"""
BY_LOGIN = """
import sqlite3

from flask import Flask, abort, request
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config.update(SECRET_KEY="test", MAX_CONTENT_LENGTH=100_000)
logins = LoginManager(app)


class Account(UserMixin):
    def __init__(self, name):
        self.id = name


@logins.user_loader
def load(name):
    return Account(name)

"""
BY_SESSION = """
import sqlite3

from flask import Flask, abort, request, session
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config.update(SECRET_KEY="test", MAX_CONTENT_LENGTH=100_000)

"""
BY_TOKEN = """
import sqlite3

from flask import Flask, abort, request
from flask_jwt_extended import JWTManager, create_access_token
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config.update(JWT_SECRET_KEY="a secret of thirty-two characters", MAX_CONTENT_LENGTH=100_000)
JWTManager(app)

"""
TOKEN = LOGIN.replace("SIGNED", 'return create_access_token(request.form["name"])').replace(
    '    return "welcome"\n', ""
)
APPLICATIONS = {
    "Flask-Login": BY_LOGIN
    + LOGIN.replace("SIGNED", 'login_user(Account(request.form["name"]))')
    + "\n"
    + ORDERS,
    "session": BY_SESSION
    + LOGIN.replace("SIGNED", 'session["user_id"] = request.form["name"]')
    + "\n"
    + ORDERS,
    "Flask-JWT-Extended": BY_TOKEN + TOKEN + "\n" + ORDERS,
}
ONE_FILE = Shape(files={})
ADMITTED = 50


class Caller:
    """Somebody who keeps cookies and tokens."""

    def __init__(self, running: Running, address: str) -> None:
        self.client: Client = running.app.test_client()
        self.address = address
        self.headers: dict[str, str] = {}

    def sign_in(self, name: str, password: str = "right") -> int:
        answer = self.client.post(
            "/login", data={"name": name, "password": password}, environ_base={"REMOTE_ADDR": self.address}
        )
        if answer.text != "welcome":
            self.headers = {"Authorization": f"Bearer {answer.text}"}
        return answer.status_code

    def ask(self) -> int:
        environ = {"REMOTE_ADDR": self.address}
        return self.client.get("/orders", headers=self.headers, environ_base=environ).status_code

    def is_admitted(self, times: int) -> bool:
        return REFUSED not in {self.ask() for _ in range(times)}


@pytest.fixture(params=APPLICATIONS)
def running(request: pytest.FixtureRequest, start: Start) -> Running:
    """Each application with its limiter."""
    made = introduced({"app.py": textwrap.dedent(APPLICATIONS[request.param]).lstrip()})
    assert made.left == ()
    return start(ONE_FILE, made.files)


def test_account_is_counted_whatever_its_address(running: Running) -> None:
    first, second = Caller(running, "10.0.0.1"), Caller(running, "10.0.0.2")
    assert (first.sign_in("ada"), second.sign_in("ada")) == (200, 200)

    assert first.is_admitted(ADMITTED)
    assert (first.ask(), second.ask()) == (REFUSED, REFUSED)


def test_accounts_of_one_address_are_apart(running: Running) -> None:
    first, second, stranger = (Caller(running, "10.0.0.1") for _ in range(3))
    assert (first.sign_in("ada"), second.sign_in("eve")) == (200, 200)

    assert first.is_admitted(ADMITTED)
    assert first.ask() == REFUSED
    assert second.ask() == stranger.ask() == 200


def test_strangers_are_counted_by_address(running: Running) -> None:
    """Whether they keep their cookies or not, and whatever token they make up."""
    assert all(Caller(running, "10.0.0.1").ask() == 200 for _ in range(ADMITTED))
    forger = Caller(running, "10.0.0.1")
    forger.headers = {"Authorization": "Bearer e30.e30.e30", "Cookie": "session=e30.e30.e30"}

    assert (Caller(running, "10.0.0.1").ask(), forger.ask()) == (REFUSED, REFUSED)
    assert Caller(running, "10.0.0.2").ask() == 200


def test_passwords_are_tried_by_address_and_account(running: Running) -> None:
    """One address tries few passwords of all accounts; all addresses together try few of one."""
    tries = [
        Caller(running, "10.0.0.1").sign_in(name, "wrong")
        for name in ("ada", "eve", "bob", "sue", "tom", "una")
    ]
    assert tries == [401] * 5 + [REFUSED]

    spread = [Caller(running, f"10.0.1.{host}").sign_in("ada", "wrong") for host in range(21)]
    assert spread == [401] * 19 + [REFUSED] * 2
    assert Caller(running, "10.0.2.1").sign_in("eve", "wrong") == 401


def test_requests_without_a_name_are_counted_by_address(running: Running) -> None:
    client = running.app.test_client()

    def ask(address: str) -> int:
        return client.post("/login", data={}, environ_base={"REMOTE_ADDR": address}).status_code

    assert [ask("10.0.0.1") for _ in range(6)] == [400] * 5 + [REFUSED]
    assert ask("10.0.0.2") == 400
