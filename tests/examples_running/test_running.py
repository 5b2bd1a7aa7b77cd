"""How a request is planned for an example, and what its answers come to."""

from collections.abc import Mapping
from textwrap import dedent

import pytest
from running import Runner

from examples import known
from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import Reach
from guardapi.prove.judging.limits import never_refused
from guardapi.prove.requests.aims import Aim, sent
from guardapi.prove.run import tried
from guardapi.prove.ways.claims import one_by_one, planned
from guardapi.rule import Example
from guardapi.verdict import Mode, Verdict

HEAD = """
    import time

    from flask import Flask, abort, request, session
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    app.secret_key = "only for this test"
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
"""


def aimed(view: str, files: Mapping[str, str] | None = None) -> tuple[Aim, Example]:
    text = dedent(HEAD) + "\n\n" + dedent(view)
    example = Example(title="", files={"shop.py": text, **(files or {})})
    seen = known(example)
    assert seen.app is not None
    return seen.aims(seen.app)[0], example


def flooded(runner: Runner, view: str, number: int = 6) -> tuple[Verdict, list[Answer]]:
    """What a flood of a view comes to."""
    one, example = aimed(view)
    answers: list[Answer] = []
    plan = planned(one, "flood", "", one_by_one([sent(one)] * number), never_refused(Reach()))
    with runner.booted(example.project, one.app) as booted:

        def carry(plan_: object) -> object:
            for together in booted.carry(plan):
                answers.extend(together)
                yield together

        return tried(plan, carry, Mode.IN_PROCESS), answers  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "view",
    [
        """
            @app.post("/pay/<int:number>")
            def pay(number):
                return request.form["name"] + request.form["amount"]
        """,
        """
            @app.post("/pay")
            def pay():
                sent = request.get_json()
                return {"sum": int(sent["amount"]) + len(sent["items"][:5])}
        """,
        """
            @app.put("/pay")
            def pay():
                return str(len(request.files["photo"].read()))
        """,
        """
            KINDS = {"cash": 1, "card": 2}

            @app.get("/pay")
            def pay():
                kind = request.args.get("kind")
                if kind not in KINDS or request.headers["X-Shop"] == "":
                    abort(400)
                return "paid"
        """,
        """
            @app.before_request
            def signed_in():
                if "account" not in session:
                    abort(401)

            @app.get("/pay")
            def pay():
                return session["account"]
        """,
    ],
    ids=["form", "json", "file", "options", "session"],
)
def test_planned_request_reaches_view(runner: Runner, view: str) -> None:
    _, answers = flooded(runner, view, 1)

    assert [(answer.status, answer.error) for answer in answers] == [(200, "")]


def test_pause_of_example_costs_no_time(runner: Runner) -> None:
    """It is counted, with its length."""
    _, (answer,) = flooded(
        runner,
        """
        @app.get("/")
        def index():
            time.sleep(1000)
            return "rested"
        """,
        1,
    )

    assert (answer.status, answer.amount) == (200, 1000.0)


@pytest.mark.parametrize(
    ("decorator", "ruling"), [("", "proved"), ('@limiter.limit("5 per minute")', "refuted")]
)
def test_flood_tells_limits_apart(runner: Runner, decorator: str, ruling: str) -> None:
    verdict, _ = flooded(
        runner,
        f"""
        @app.get("/")
        {decorator}
        def index():
            return "shop"
        """,
    )

    assert verdict.ruling == ruling


def test_flood_that_misses_is_unclear(runner: Runner) -> None:
    """A view that the request does not reach proves nothing."""
    verdict, _ = flooded(
        runner,
        """
        @app.get("/")
        def index():
            abort(404)
        """,
    )

    assert verdict.ruling == "inconclusive"
