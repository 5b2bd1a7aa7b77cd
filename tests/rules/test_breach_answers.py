"""GA209 on what `on_breach` answers, compared with what Flask-Limiter makes of it."""

import pytest
from flask import Flask, Response, jsonify, make_response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree

SOURCE = """
from flask import Flask, jsonify, make_response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)


def breached(limit):
    return {answer}


limiter = Limiter(
    get_remote_address, app=app, default_limits=["1 per hour"], storage_uri="memory://", on_breach=breached
)


@app.get("/")
def index():
    return "shop"
"""


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ('"please wait"', 429),
        ('("please wait", 200)', 429),
        ('{"error": "please wait"}', 429),
        ('make_response("please wait", 429)', 429),
        ('make_response(("please wait", 503))', 503),
        ('make_response("please wait", 200)', 200),
        ('make_response("please wait")', 200),
        ('jsonify(error="please wait")', 200),
    ],
)
def test_breach_answers_agree(answer: str, status: int) -> None:
    """Flask-Limiter passes over all that is no response yet, and answers 429 itself."""
    app = Flask("shop")

    def breached(_limit: object) -> Response:
        made: Response = eval(answer, {"make_response": make_response, "jsonify": jsonify})
        return made

    Limiter(
        get_remote_address,
        app=app,
        default_limits=["1 per hour"],
        storage_uri="memory://",
        on_breach=breached,
    )
    app.add_url_rule("/", view_func=lambda: "shop")
    client = app.test_client()
    client.get("/")
    report = scan_tree(from_mapping({"shop.py": SOURCE.replace("{answer}", answer)}))

    assert client.get("/").status_code == status
    assert ("GA209" in {finding.rule for finding in report.findings + report.hidden}) == (status == 200)
