"""Where rules about limits offer no change: what is right there, the code does not show."""

import pytest

from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree
from guardapi.remedy import Remedy

HEAD = """\
import os
import subprocess

from flask import Blueprint, Flask, jsonify, redirect, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
limiter = Limiter(get_remote_address, app=app, default_limits=["9 per minute"], storage_uri="memory://")
report = Blueprint("report", __name__)


@app.get("/")
def index():
    return "shop"


"""


def remedy(source: str, rule: str) -> Remedy | None:
    report = scan_tree(from_mapping({"shop.py": source}))
    (found,) = {finding.remedy for finding in report.findings if finding.rule == rule}
    return found


HANDLER = "@app.errorhandler({})\ndef refused(error):\n    return {}\n"


@pytest.mark.parametrize(
    ("handles", "answer", "is_offered"),
    [
        ("429", 'jsonify(error="later")', True),
        ("429", '("later", 200)', True),
        ("429", 'redirect("/")', False),
        ("Exception", 'jsonify(error="later")', False),
    ],
)
def test_status_of_refusal(handles: str, answer: str, is_offered: bool) -> None:
    assert (remedy(HEAD + HANDLER.format(handles, answer), "GA209") is not None) == is_offered


def test_switch_of_environment() -> None:
    limited = HEAD.replace("@app.get", '@limiter.limit("3 per minute")\n@app.get')
    switch = 'app.config["RATELIMIT_ENABLED"] = {}\nlimiter = '

    off = limited.replace("limiter = ", switch.format("False"))
    asked = limited.replace("limiter = ", switch.format('os.environ.get("LIMIT") == "1" and False'))

    assert remedy(off, "GA201") is not None
    assert remedy(asked, "GA201") is None


def test_exemption_of_blueprint() -> None:
    view = '@{}.post("/report")\n{}def made():\n    return subprocess.run(["report"], timeout=9).args\n\n\n'
    single = HEAD + view.format("app", "@limiter.exempt\n")
    whole = HEAD + view.format("report", "") + "limiter.exempt(report)\napp.register_blueprint(report)\n"

    assert remedy(single, "GA103") is not None
    assert remedy(whole, "GA103") is None


def test_key_without_answer() -> None:
    key = 'def key():\n    if "X" in request.headers:\n        return request.headers["X"]\n{}\n\nlimiter = '
    source = HEAD.replace("limiter = ", key).replace("Limiter(get_remote_address", "Limiter(key")

    assert remedy(source.format("    return None\n"), "GA304") is not None
    assert remedy(source.format("    return\n"), "GA304") is None


def test_header_without_known_proxies() -> None:
    key = 'def key():\n    return request.headers["X-Forwarded-For"]\n\n\nlimiter = '
    source = HEAD.replace("limiter = ", key).replace("Limiter(get_remote_address", "Limiter(key")
    trusted = source.replace("import os\n", "import os\nfrom werkzeug.middleware.proxy_fix import ProxyFix\n")

    assert remedy(source, "GA301") is None
    assert (
        remedy(trusted.replace("def key", "app.wsgi_app = ProxyFix(app.wsgi_app)\n\n\ndef key"), "GA301")
        is not None
    )
