"""What holds a worker: planned, and asked in a process whose clock and other servers are in our hands."""

import pytest
from booted import Projects
from small_projects import HEAD, LIMITER, planned

from guardapi.prove.exchange import Answer
from guardapi.prove.judging.stalls import nobody_else_is_served
from guardapi.prove.planning import Wanted
from guardapi.prove.plans import Plan
from guardapi.prove.processes.target import Bounds
from guardapi.prove.run import tried
from guardapi.prove.transports.in_process import Options
from guardapi.verdict import Mode, Ruling, Verdict

TICKS = 'while {test}:\n            yield "tick"\n            time.sleep(1)'
STREAM = f"""
@app.get("/events")
@limiter.limit("5 per hour")
def events():
    def ticks():
        end = time.monotonic() + 100
        {TICKS}
    return app.response_class(ticks())
"""
CALL = """
@app.get("/rate")
@limiter.limit("5 per hour")
def rate():
    return requests.get("http://rates.example.com/today"{timeout}).text
"""
ENDLESS = STREAM.format(test="True")
UNANSWERED = CALL.format(timeout="")


def project(view: str) -> str:
    return f"import time\nimport requests\n{HEAD}{LIMITER}{view}"


def stalls(view: str, mode: Mode = Mode.IN_PROCESS) -> list[Plan]:
    found = planned(project(view), Wanted(mode=mode, has_limits=False, workers=2))
    return [plan for plan in found.plans if plan.way == "stall"]


def verdict_on(projects: Projects, view: str, plan: Plan) -> Verdict:
    """What a plan shows of an application that may be another one."""
    booted = projects.boot(project(view), Options(bounds=Bounds(answer_seconds=5, silent_seconds=1)))
    try:
        return tried(
            plan, lambda plan: booted.send(plan.exchanges, is_silent=plan.is_silent), Mode.IN_PROCESS
        )
    finally:
        booted.close()


@pytest.mark.parametrize(
    ("timeout", "ruling", "detail"),
    [
        ("", Ruling.PROVED, "no answer within 1 seconds, and nothing"),
        (", timeout=0.2", Ruling.REFUTED, "it answered with 500 after 0."),
    ],
)
def test_silent_server_holds_what_waits(
    projects: Projects, timeout: str, ruling: Ruling, detail: str
) -> None:
    (plan,) = stalls(UNANSWERED)

    verdict = verdict_on(projects, CALL.format(timeout=timeout), plan)

    assert (plan.rule, plan.claim) == ("GA901", "GET /rate waits as long as what it calls is silent")
    assert verdict.ruling is ruling
    assert verdict.detail.startswith(detail)


@pytest.mark.parametrize(
    ("test", "ruling"), [("True", Ruling.PROVED), ("time.monotonic() < end", Ruling.REFUTED)]
)
def test_stream_ends_or_does_not(projects: Projects, test: str, ruling: Ruling) -> None:
    """A deadline comes at once where pauses take no time."""
    (plan,) = stalls(ENDLESS)

    verdict = verdict_on(projects, STREAM.format(test=test), plan)

    assert (plan.rule, verdict.ruling) == ("GA810", ruling), verdict.detail


def test_pause_is_counted_and_not_made(projects: Projects) -> None:
    view = '@app.get("/slow")\ndef slow():\n    time.sleep({seconds})\n    return "ready"\n'
    (plan,) = stalls(view.format(seconds=30))

    found = {seconds: verdict_on(projects, view.format(seconds=seconds), plan) for seconds in (30, 0.1)}

    assert [verdict.ruling for verdict in found.values()] == [Ruling.PROVED, Ruling.REFUTED]
    assert found[30].detail == "an answer takes 30.0 s"


@pytest.mark.parametrize("view", [ENDLESS, UNANSWERED], ids=["stream", "call"])
def test_every_worker_is_held_when_served(view: str) -> None:
    (plan,) = stalls(view, Mode.SERVED)
    waiting, last = plan.exchanges

    assert (len(waiting.sent), waiting.is_left, len(last.sent), last.is_left) == (2, True, 1, False)
    assert plan.is_silent


@pytest.mark.parametrize(
    ("answer", "ruling"),
    [
        (Answer(status=0, seconds=5.0, error="no answer in time"), "proved"),
        (Answer(status=404, seconds=0.1), "refuted"),
        (Answer(status=0, error="ConnectionRefusedError"), "inconclusive"),
    ],
)
def test_whoever_comes_last_decides(answer: Answer, ruling: str) -> None:
    left = (Answer(status=0, error="not waited for"),) * 2

    assert nobody_else_is_served(2, 1.0)([left, (answer,)]).ruling == ruling
