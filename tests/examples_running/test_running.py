"""What an example may do while it runs, and how a request is planned for it."""

from collections.abc import Mapping
from textwrap import dedent

import pytest
from attacks import Way, flood
from request_planning import path_of
from running import Answer, Job, Runner, Sent
from targets import Target, by_stake, known, target
from verdicts import Outcome, judge

from guardapi.rule import Example

HEAD = """
    import os
    import socket
    import subprocess
    import time

    from flask import Flask, abort, request, session
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    app.secret_key = "only for this test"
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
"""


def planned(view: str, files: Mapping[str, str] | None = None) -> Target:
    text = dedent(HEAD) + "\n\n" + dedent(view)
    seen = known(Example(title="", files={"shop.py": text, **(files or {})}))
    assert seen.app is not None
    route = by_stake(seen, seen.app)[0]
    return target(seen, seen.app, route, route.methods[0])


def answers(runner: Runner, one: Target, *sent: Sent) -> list[Answer]:
    steps = tuple(((request,), 0.0) for request in sent or (Sent(request=one.request, client="203.0.113.5"),))
    ran = runner.run(one.known.example.project, one.app, Job(steps=steps))
    assert ran.failure == ""
    return [answer for step in ran.steps for answer in step]


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
    (answer,) = answers(runner, planned(view))

    assert (answer.status, answer.error) == (200, "")


@pytest.mark.parametrize(
    "statement",
    [
        'socket.create_connection(("198.51.100.1", 80), timeout=1)',
        'socket.getaddrinfo("example.com", 80)',
        'subprocess.run(["true"])',
        'os.system("true")',
        "os.fork()",
        'open("/tmp/outside-of-the-example", "w")',
    ],
)
def test_nothing_leaves_an_example(runner: Runner, statement: str) -> None:
    one = planned(f"""
        @app.get("/")
        def index():
            try:
                {statement}
            except OSError as error:
                return type(error).__name__ + " refused", 418
            return "done"
    """)

    (answer,) = answers(runner, one)

    assert (answer.status, answer.calls >= 1) == (418, True)


def test_example_waits_for_nothing(runner: Runner) -> None:
    """A pause is counted and costs no time; the clock stands still, so that no window ends by accident."""
    one = planned("""
        @app.get("/")
        def index():
            before = time.time()
            time.sleep(1000)
            return str(time.time() - before)
    """)

    (answer,) = answers(runner, one)

    assert (answer.status, answer.amount, answer.size) == (200, 1000.0, 3)


def test_process_that_dies_is_told(runner: Runner) -> None:
    one = planned("""
        @app.get("/")
        def index():
            os._exit(3)
    """)

    ran = runner.run(
        one.known.example.project,
        one.app,
        Job(steps=(((Sent(request=one.request, client="203.0.113.5"),), 0.0),)),
    )

    assert "without answers" in ran.failure


@pytest.mark.parametrize(
    ("decorator", "outcome"),
    [
        ("", Outcome.EXHAUSTED),
        ('@limiter.limit("5 per minute")', Outcome.REFUSED),
    ],
)
def test_flood_tells_limits_apart(runner: Runner, decorator: str, outcome: Outcome) -> None:
    one = planned(f"""
        @app.get("/")
        {decorator}
        def index():
            return "shop"
    """)
    proof = flood(one)

    verdict = judge(proof, [runner.run(one.known.example.project, one.app, job) for job in proof.jobs()])

    assert verdict.outcome is outcome


def test_flood_that_misses_is_unclear(runner: Runner) -> None:
    """A view that the request does not reach proves nothing."""
    one = planned("""
        @app.get("/")
        def index():
            abort(404)
    """)
    proof = flood(one)

    verdict = judge(proof, [runner.run(one.known.example.project, one.app, job) for job in proof.jobs()])

    assert (verdict.outcome, verdict.proof.way) == (Outcome.UNCLEAR, Way.FLOOD)


def test_path_fits_converters() -> None:
    assert path_of("/a/<int:x>/<any(red, blue):y>/<path:z>/<w>") == "/a/1/red/some/where/red"
