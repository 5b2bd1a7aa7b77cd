"""Ways around a limit, on the real Flask-Limiter: what is open to one is told, and what withstands is proved."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from flask_transport import FlaskTransport
from small_projects import HEAD, LIMITER, maker, planned, scanned

from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import Reach
from guardapi.prove.judging.bypasses import answers_in_time, fails_closed, no_more_than, one_at_a_time
from guardapi.prove.planning import Wanted
from guardapi.prove.plans import Plan, Store
from guardapi.prove.requests.aims import Subject, aim
from guardapi.prove.requests.recipes import Login, Recipe
from guardapi.prove.requests.sources import Sources
from guardapi.prove.run import tried
from guardapi.prove.ways import bypasses, disguises
from guardapi.prove.ways.limits import stated
from guardapi.verdict import Mode, Ruling, Verdict

SEARCH = """
@app.{method}("/search"{options})
@limiter.limit("3 per minute"{own})
def search():
    return "found"
"""


def plans(source: str, recipe: Recipe | None = None, workers: int = 1) -> list[Plan]:
    """The ways around the limits of the last route of a project."""
    (app,) = scanned(source).inventory.apps
    subject = Subject(app=app, sources=Sources.of_texts({"shop.py": source}), recipe=recipe or Recipe())
    route = app.routes[-1]
    one = aim(subject, route, route.methods[0])
    return [plan for held in stated(one) for plan in bypasses.bypasses(held, workers=workers)]


def verdicts(source: str, recipe: Recipe | None = None) -> Mapping[str, Verdict]:
    """What comes of those that can be tried in process."""
    transport = FlaskTransport(maker(source))
    found = [
        tried(plan, transport.carry, Mode.IN_PROCESS)
        for plan in plans(source, recipe)
        if Mode.IN_PROCESS in plan.modes and plan.store is Store.WORKING
    ]
    return {verdict.way: verdict for verdict in found}


def shop(*, key: str = "get_remote_address", method: str = "get", options: str = "", own: str = "") -> str:
    limiter = f"""
def key():
    return {key if "(" in key or "." in key else key + "()"}
limiter = Limiter(key, app=app, storage_uri="memory://", strategy="moving-window")
"""
    return HEAD + limiter + SEARCH.format(method=method, options=options, own=own)


def test_moving_window_withstands_all() -> None:
    found = verdicts(shop(key="request.remote_addr[:13]"))

    assert {way for way, verdict in found.items() if verdict.ruling is not Ruling.PROVED} == set()
    assert {
        "forwarded",
        "address-headers",
        "client-headers",
        "paths",
        "methods",
        "noise",
        "edge",
        "burst",
    } < set(found)
    assert found["forwarded"].claim == "`X-Forwarded-For` opens no new count on GET /search"
    assert (
        found["edge"].detail
        == "3 of 5 requests were served within 2 seconds, where 3 may be; 3 times 200, 2 times 429"
    )


@pytest.mark.parametrize(
    ("source", "way", "detail"),
    [
        (
            shop(key="request.headers.get('X-Forwarded-For', request.remote_addr)"),
            "forwarded",
            "5 of 5 other forms of it were served nevertheless: `X-Forwarded-For` with one address",
        ),
        (
            shop(key="request.headers.get('CF-Connecting-IP', request.remote_addr)"),
            "address-headers",
            "1 of 11 other forms of it were served nevertheless: `CF-Connecting-IP: 198.51.100.7`",
        ),
        (
            shop(key="request.remote_addr + request.user_agent.string"),
            "client-headers",
            "1 of 10 other forms of it were served nevertheless: another `User-Agent`",
        ),
        (
            shop(key="request.remote_addr + request.path", options=", strict_slashes=False"),
            "paths",
            "1 of 10 other forms of it were served nevertheless: a slash at the end",
        ),
        (
            shop(own=', methods=["GET"]'),
            "methods",
            "1 of 4 other forms of it were served nevertheless: `HEAD`",
        ),
        (
            shop(key="request.remote_addr + request.full_path"),
            "noise",
            "3 of 3 other forms of it were served nevertheless: a parameter that means nothing",
        ),
        (
            shop(),
            "neighbours",
            "5 of 5 other forms of it were served nevertheless: the address 2001:db8:1:2::2",
        ),
    ],
    ids=["forwarded", "address", "agent", "path", "method", "parameter", "neighbour"],
)
def test_bypass_is_shown(source: str, way: str, detail: str) -> None:
    found = verdicts(source)

    assert found[way].ruling is Ruling.REFUTED
    assert f"3 requests were served, then 429; {detail}" in found[way].detail
    assert found[way].claim.endswith("GET /search")


def test_fixed_window_serves_twice_at_its_edge() -> None:
    found = verdicts(f"{HEAD}{LIMITER}{SEARCH.format(method='get', options='', own='')}")

    assert (found["edge"].ruling, found["edge"].detail) == (
        Ruling.REFUTED,
        "5 of 5 requests were served within 2 seconds, where 3 may be",
    )


LOGIN = f"""{HEAD}{LIMITER}
from werkzeug.security import check_password_hash, generate_password_hash
KNOWN = {{"ada": generate_password_hash("right", method="pbkdf2:sha256:1")}}
@app.post("/login")
@limiter.limit("3 per minute", key_func=lambda: KEY)
def login():
    if not check_password_hash(KNOWN["ada"], request.form["password"]) or request.form["user"] != "ada":
        abort(401)
    RESET
    return "welcome"
"""
RIGHT = Recipe(login=Login(path="/login", form={"user": "ada", "password": "right"}))


def test_login_counts_every_try() -> None:
    source = LOGIN.replace("KEY", "request.remote_addr").replace("RESET", "pass")

    found = verdicts(source, RIGHT)

    assert (found["accounts"].ruling, found["successes"].ruling) == (Ruling.PROVED, Ruling.PROVED)
    assert found["successes"].detail == "2 of 6 failing tries were let through, where 3 may be"


def test_login_that_forgets_is_shown() -> None:
    """Counts by account, and forgets them after each success."""
    source = LOGIN.replace("KEY", "request.form['user']").replace("RESET", "limiter.reset()")

    found = verdicts(source, RIGHT)

    assert (found["accounts"].ruling, found["successes"].ruling) == (Ruling.REFUTED, Ruling.REFUTED)
    assert found["successes"].detail == "6 of 6 failing tries were let through, where 3 may be"


def test_limit_that_fails_says_nothing_of_ways() -> None:
    """Where the limit itself does not refuse, no way around it can be told."""
    source = shop()
    transport = FlaskTransport(maker(source.replace("3 per minute", "30 per minute")))
    plan = next(plan for plan in plans(source) if plan.way == "noise")

    verdict = tried(plan, transport.carry, Mode.IN_PROCESS)

    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert "the limit was not met as it is written" in verdict.detail


def test_catch_all_page_is_no_bypass() -> None:
    """A page that answers every other path is not the limited view."""
    source = (
        shop() + '@app.get("/<path:rest>")\ndef page(rest):\n    return "a page for everything else" * 9\n'
    )

    assert verdicts(source)["paths"].ruling is Ruling.PROVED


def test_store_is_taken_away_only_where_there_is_one() -> None:
    source = shop().replace("memory://", "redis://store:6379")

    found = {plan.way: plan for plan in plans(source, workers=4)}

    assert not {plan.store for plan in plans(shop(), workers=4)} - {Store.WORKING}
    assert (found["store-gone"].store, found["store-silent"].store) == (Store.REFUSES, Store.HANGS)
    assert Mode.URL not in found["store-gone"].modes | found["store-silent"].modes
    assert found["workers"].modes == {Mode.SERVED}


def test_ways_of_a_key_are_told_once() -> None:
    """Two routes have one key: their paths differ, what a client claims to be does not."""
    source = shop() + '@app.get("/zoo")\n@limiter.limit("5 per minute")\ndef zoo():\n    return "zoo"\n'

    without, around = planned(source), planned(source, Wanted(has_bypasses=True))

    ways = Counter(plan.way for plan in around.plans)
    assert "paths" not in {plan.way for plan in without.plans}
    assert (ways["paths"], ways["forwarded"], ways["neighbours"]) == (2, 1, 1)
    assert len({plan.fingerprint for plan in around.plans if plan.way == "paths"}) == 2


def given(*statuses: int, seconds: float = 0.0, size: int = 0) -> Sequence[tuple[Answer, ...]]:
    return [(Answer(status=status, seconds=seconds, size=size),) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "ruling", "detail"),
    [
        ((500,) * 6, Ruling.PROVED, "closed: 6 times 500"),
        (
            (200, 200, 429, 429),
            Ruling.PROVED,
            "still limited: 2 of 4 requests were served; 2 times 200, 2 times 429",
        ),
        ((200,) * 6, Ruling.REFUTED, "open: 6 of 6 requests were served, where 3 may be"),
        ((0,) * 6, Ruling.INCONCLUSIVE, "no answer came to 6 of 6 requests: nothing was sent"),
    ],
)
def test_missing_store_is_open_or_closed(statuses: tuple[int, ...], ruling: Ruling, detail: str) -> None:
    judged = fails_closed(3, Reach())(given(*statuses))

    assert (judged.ruling, judged.detail) == (ruling, detail)


def test_silent_store_must_not_hold_requests() -> None:
    held = answers_in_time()(given(0, seconds=10.0))
    quick = answers_in_time()(given(500, seconds=0.5))

    assert (held.ruling, held.detail) == (
        Ruling.REFUTED,
        "hanging: an answer took 10.0 seconds; once no answer",
    )
    assert (quick.ruling, quick.detail) == (Ruling.PROVED, "an answer took 0.5 seconds at most; once 500")


def test_burst_counts_what_is_served() -> None:
    judged = no_more_than(3, Reach(), how=" at once")([tuple(Answer(status=200) for _ in range(8))])

    assert (judged.ruling, judged.detail) == (
        Ruling.REFUTED,
        "8 of 8 requests were served at once, where 3 may be",
    )


def test_batch_is_told_by_its_length() -> None:
    one, many, refused = given(200, size=40)[0], given(200, size=1000)[0], given(400, size=30)[0]
    judge = one_at_a_time(25, ("a list", "aliases"))

    assert judge([one, many, refused]).detail == (
        "25 operations were run for one request: a list (1000 bytes, where one has 40)"
    )
    assert judge([one, refused, refused]).ruling is Ruling.PROVED


def test_spellings_of_path_differ() -> None:
    """No form is the request itself, and none comes twice."""
    source = shop()
    (app,) = scanned(source).inventory.apps
    subject = Subject(app=app, sources=Sources.of_texts({"shop.py": source}))
    request = aim(subject, app.routes[0], "GET").request
    forms = [form.path for _, form in disguises.other_paths(request)]

    assert request.path not in forms
    assert len(set(forms)) == len(forms)
