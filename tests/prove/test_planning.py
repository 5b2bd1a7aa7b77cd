"""What is planned for a report: which claims, how many requests, and what is left out."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_projects import HEAD, LIMITER, planned, scanned, tried

from guardapi.config import Options, Profile
from guardapi.errors import TargetError
from guardapi.files import open_tree
from guardapi.pipeline import Report, scan_tree
from guardapi.prove.exchange import Answer
from guardapi.prove.planning import Planned, Wanted, plan_all
from guardapi.prove.plans import Plan
from guardapi.prove.requests.recipes import Login, Recipe
from guardapi.prove.requests.sources import Sources
from guardapi.prove.run import prove
from guardapi.prove.signing_in import as_signed_in, signed_in
from guardapi.prove.transports.booting import boot_name, chosen_apps, import_folder, interpreter
from guardapi.verdict import Mode, Ruling

SHOP = Path(__file__, "../../../examples/shop_vulnerable").resolve()
LIMITED = f"""{HEAD}{LIMITER}
both = limiter.shared_limit("4 per minute", scope="both")
@app.get("/one")
@both
def one():
    return "1"
@app.get("/two/<int:number>")
@both
@limiter.limit("2 per second")
def two(number):
    return "2"
@app.post("/three")
def three():
    return request.form["name"]
"""


@cache
def read_shop() -> tuple[Report, Sources]:
    tree = open_tree(SHOP)
    texts = {file.path: tree.read(file).decode() for file in tree.python}
    return scan_tree(tree, Options(profile=Profile.AUDIT)), Sources.of_texts(texts)


def of_shop(wanted: Wanted) -> Planned:
    return plan_all(*read_shop(), Recipe(), wanted)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 200), st.booleans(), st.sampled_from(Mode))
def test_no_claim_exceeds_the_bound(most: int, every: bool, mode: Mode) -> None:
    """Whatever is asked for, and the total is the sum."""
    found = of_shop(Wanted(max_requests=most, every_route=every, mode=mode))

    assert all(plan.requests <= most for plan in found.plans)
    assert all(mode in plan.modes for plan in found.plans)
    assert found.requests == sum(plan.requests for plan in found.plans)


def test_findings_of_the_shop_are_tried() -> None:
    """Each on the route that it is about; what is not tried is told."""
    plans = of_shop(Wanted()).plans
    tried_on = {(plan.rule, plan.way, plan.route) for plan in plans if plan.rule}

    assert {
        ("GA202", "flood", "/accounts/login"),
        ("GA602", "growth", "/catalog/search"),
        ("GA607", "flood", "/media/upload"),
        ("GA701", "body", "/media/upload"),
    } <= tried_on
    left_out = {left.what.split()[0] for left in of_shop(Wanted()).left_out}
    assert {"GA401", "GA922"} <= left_out


def test_workers_take_a_server() -> None:
    served = of_shop(Wanted(mode=Mode.SERVED)).plans

    assert [plan.route for plan in served if plan.rule == "GA401"] == ["/accounts/register"]
    assert not any(plan.way == "reset" for plan in served)


def test_each_limit_is_tried_once() -> None:
    """Unless all routes are wanted, or one is named."""

    def routes(wanted: Wanted) -> list[str]:
        plans = planned(LIMITED, wanted).plans
        return sorted(plan.route for plan in plans if plan.rule is None and plan.way == "limit")

    two = "/two/<int:number>"
    assert routes(Wanted()) == [two, two]
    assert routes(Wanted(every_route=True)) == ["/one", two, two]
    assert routes(Wanted(routes=frozenset({"/one"}))) == ["/one"]


def test_running_server_is_another_client_each_time() -> None:
    """Its counters are not empty: who asks next was not there before."""
    seen: list[set[str]] = []

    def carry(plan: Plan) -> object:
        seen.append({sent.client for exchange in plan.exchanges for sent in exchange.sent})
        for exchange in plan.exchanges:
            yield tuple(Answer(status=200) for _ in exchange.sent)

    list(prove(planned(LIMITED).plans, carry, Mode.URL))  # type: ignore[arg-type]

    assert len(seen) > 2
    assert len(set.union(*seen)) == sum(map(len, seen))


def test_proved_finding_is_not_tried_again() -> None:
    found = [plan for plan in planned(LIMITED).plans if plan.rule]
    twice = Planned(plans=(*found, *found))

    assert len(tried(twice, LIMITED)) == len({plan.fingerprint for plan in found})


def test_broken_application_leaves_claim_open() -> None:
    def carry(_plan: Plan) -> object:
        yield (Answer(status=200),)
        raise TargetError("it has ended")

    found = list(prove(planned(LIMITED).plans, carry, Mode.IN_PROCESS))  # type: ignore[arg-type]

    assert {one.ruling for one in found} == {Ruling.INCONCLUSIVE}
    assert all("it has ended" in one.detail for one in found)


def test_login_gives_its_cookies() -> None:
    login = Login(path="/login", form={"name": "ann"})

    def carry(plan: Plan) -> object:
        assert plan.exchanges[0].sent[0].request.form == {"name": "ann"}
        yield (Answer(status=302, headers={"set-cookie": "session=abc; Path=/; HttpOnly\ntheme=dark"}),)

    credentials = signed_in(login, carry)  # type: ignore[arg-type]
    plan = as_signed_in(planned(LIMITED).plans[-1], credentials)

    assert credentials.cookies == {"session": "abc", "theme": "dark"}
    assert {tuple(sent.request.cookies.items()) for one in plan.exchanges for sent in one.sent} == {
        (("session", "abc"), ("theme", "dark"))
    }
    assert len({id(sent.request) for one in plan.exchanges for sent in one.sent}) == 1


def test_login_gives_token_of_its_json() -> None:
    login = Login(path="/login", json={"name": "ann"}, token="data.access")

    def carry(plan: Plan) -> object:
        assert plan.exchanges[0].sent[0].request.is_kept
        yield (Answer(status=200, text='{"data": {"access": "abc"}}'),)

    def refusing(_plan: Plan) -> object:
        yield (Answer(status=200, text='{"data": {"other": "secret"}}'),)

    plan = as_signed_in(planned(LIMITED).plans[-1], signed_in(login, carry))  # type: ignore[arg-type]

    headers = [dict(sent.request.headers) for one in plan.exchanges for sent in one.sent]
    assert {"Authorization": "Bearer abc"} in headers
    with pytest.raises(TargetError, match=r"gives no text `data\.access`; the answer is 200\.$"):
        signed_in(login, refusing)  # type: ignore[arg-type]


def test_finding_without_limited_route_is_told() -> None:
    """A refusal that says 200 shows nowhere, where the only limit is switched off."""
    handler = "@app.errorhandler(429)\ndef slow(error):\n    return 'slow'\n"
    found = planned(
        HEAD + LIMITER + handler + "@app.get('/')\n@limiter.limit('200/day')\ndef index(): return 'x'\n"
    )

    assert [(one.what, one.reason) for one in found.left_out if "GA209" in one.what] == [
        ("GA209 shop.py:9", "no request was found that shows it")
    ]


def test_application_is_named_as_deployed(tmp_path: Path) -> None:
    known = read_shop()[0].inventory
    app = known.apps[0]

    assert boot_name(app, known.deployment) == "wsgi:app"
    assert import_folder(app) == "."
    assert chosen_apps(known.apps, "wsgi:app") == chosen_apps(known.apps, "shop:create_app()") == (app,)
    below = scanned(LIMITED).inventory.apps[0]
    assert import_folder(below) == "."
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch(mode=0o755)
    assert interpreter(tmp_path, None) == tmp_path / ".venv" / "bin" / "python"
