"""The limits that hold, against what the real library evaluates while it serves real requests."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limiter_facts import Facts
from limiter_setups import BlueprintSpec, Layer, LimiterSpec, LimitSpec, Setup, ViewSpec, boot, setups, source

from guardapi.frameworks.flask.effective import effective
from guardapi.frameworks.flask.limiter_request import Request
from guardapi.frameworks.flask.limiter_state import (
    LATEST,
    Check,
    DeclaredLimit,
    LimiterState,
    RouteFacts,
    Version,
    identity,
    plain_exemption,
)
from guardapi.model import Limit

COMPUTED_AMOUNTS = range(71, 74)


class Observer:
    """Serves requests and notes every limit that a limiter counts; none refuses."""

    def __init__(self, app: Flask, limiters: list[object]) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        self.client = app.test_client()
        logging.getLogger("flask-limiter").setLevel(logging.CRITICAL)
        app.logger.disabled = True
        self.urls = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
        self.methods = {rule.endpoint: sorted(rule.methods or ()) for rule in app.url_map.iter_rules()}
        self.limiters = limiters
        self.counted: list[list[str]] = [[] for _ in limiters]
        for limiter, counted in zip(limiters, self.counted, strict=True):
            strategy = getattr(limiter, "_limiter", None)
            if strategy is not None:
                strategy.hit = strategy.test = self._recorder(counted)

    def _recorder(self, counted: list[str]) -> object:
        def admit(item: object, *args: object, **kwargs: object) -> bool:
            counted.append(str(item))
            return True

        return admit

    def forget_hints(self) -> None:
        """As in a process that has served nothing yet."""
        for limiter in self.limiters:
            getattr(getattr(limiter, "limit_manager", None), "_endpoint_hints", {}).clear()

    def request(self, endpoint: str, method: str) -> tuple[list[Counter[str | None]], bool]:
        for counted in self.counted:
            counted.clear()
        failed = self.client.open(self.urls[endpoint], method=method).status_code == 500
        return [Counter(map(readable, counted)) for counted in self.counted], failed


def readable(text: str) -> str | None:
    """Text of a limit, None where it was computed in the request."""
    amount = int(text.split(maxsplit=1)[0])
    return None if amount in COMPUTED_AMOUNTS else text


def texts(limits: tuple[Limit, ...]) -> Counter[str | None]:
    return Counter(limit.text for limit in limits)


@dataclass(frozen=True)
class Met:
    """What one limiter did to one request, or is said to do."""

    limits: Counter[str | None]
    failed: bool


def at_first(state: LimiterState, route: RouteFacts, method: str) -> Met:
    """What is said of a request before the library has learned anything of the endpoint."""
    outcome = Request(state, route, method, {}).run()
    stated = Counter(None if one.item is None else str(one.item) for one in outcome.stated)
    return Met(stated, outcome.fails is not None)


def settled(state: LimiterState, route: RouteFacts, method: str) -> Met:
    """What is said of every later one."""
    held = effective(state, route, method)
    return Met(texts(held.limits), held.fails is not None)


def disagreements(setup: Setup, version: Version = LATEST) -> list[str]:
    """Where the model and the library differ, for every route, method and limiter."""
    facts = Facts(setup, version)
    observer = Observer(*boot(setup))
    states = [facts.state(index) for index in range(len(setup.limiters))]
    rows = list(zip(*(facts.routes(index) for index in range(len(states))), strict=True))
    assert {row[0].endpoint for row in rows} == set(observer.urls)
    return [line for row in rows for line in route_disagreements(observer, states, row)]


def route_disagreements(
    observer: Observer, states: list[LimiterState], row: tuple[RouteFacts, ...]
) -> Iterator[str]:
    endpoint = row[0].endpoint
    methods = observer.methods[endpoint]
    early = {m: [at_first(s, r, m) for s, r in zip(states, row, strict=True)] for m in methods}
    late = {m: [settled(s, r, m) for s, r in zip(states, row, strict=True)] for m in methods}
    if len(states) > 1 and any(
        one.failed for said in (early, late) for all_ in said.values() for one in all_
    ):
        return  # where one limiter fails, the others do not run to their end
    for method in methods:
        observer.forget_hints()
        yield from compare(
            f"at first: {method} {endpoint}", early[method], *observer.request(endpoint, method)
        )
    observer.forget_hints()
    for method in (*methods, *methods):
        observer.request(endpoint, method)
    for method in methods:
        yield from compare(f"settled: {method} {endpoint}", late[method], *observer.request(endpoint, method))


def compare(here: str, said: list[Met], met: list[Counter[str | None]], failed: bool) -> Iterator[str]:
    if failed != any(one.failed for one in said):
        yield f"{here}: answered 500: {failed}"
        return
    for index, (one, counted) in enumerate(zip(said, met, strict=True)):
        if one.limits != counted:
            yield f"{here}: limiter {index} met {counted}, said {one.limits}"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(setups())
def test_held_limits_are_those_met(setup: Setup) -> None:
    found = disagreements(setup)
    assert not found, "\n".join(found) + "\n" + source(setup)


def test_exemption_reaches_nested_blueprints() -> None:
    """Only with DESCENDENTS; the plain exemption of a parent leaves the defaults to its children."""
    for flags, held in (("DEFAULT", "DESCENDENTS"), 0), (("DEFAULT",), 1):
        setup = Setup(
            limiters=(LimiterSpec(defaults=(LimitSpec(text="11/minute"),)),),
            blueprints=(
                BlueprintSpec(name="a", exemptions=(Layer(kind="exempt", flags=flags),)),
                BlueprintSpec(name="b", parent=0),
            ),
            views=(ViewSpec(name="view", endpoint="e", blueprint=1, layers=(Layer(kind="route"),)),),
        )
        facts = Facts(setup)
        assert len(effective(facts.state(0), next(facts.routes(0)), "GET").limits) == held
        assert not disagreements(setup)


# What is not known


def hidden(limit: DeclaredLimit, what: str) -> DeclaredLimit:
    """The same limit with one fact taken away."""
    match what:
        case "override":
            return replace(limit, override_defaults=None)
        case "methods":
            return replace(limit, methods=None, methods_known=False)
        case "declared":
            return replace(limit, uncertain="it stands in a branch that is not decided")
        case _:
            return limit


@st.composite
def blurred_states(draw: st.DrawFn) -> tuple[LimiterState, LimiterState, list[RouteFacts]]:
    """A limiter, the same with a few facts hidden, and its routes."""
    facts = Facts(draw(setups()))
    state = facts.state(0)
    facts_hidden = st.sampled_from(["", "", "override", "methods", "declared"])

    def blur(limits: tuple[DeclaredLimit, ...]) -> tuple[DeclaredLimit, ...]:
        return tuple(hidden(limit, draw(facts_hidden)) for limit in limits)

    blurred = replace(
        state,
        enabled=draw(st.sampled_from([state.enabled, None])),
        bound=draw(st.sampled_from([state.bound, None])),
        decorated={name: blur(limits) for name, limits in state.decorated.items()},
        blueprints={name: blur(limits) for name, limits in state.blueprints.items()},
        defaults=blur(state.defaults),
        route_exemptions={
            name: draw(st.sampled_from([scope, scope, None]))
            for name, scope in state.route_exemptions.items()
        },
    )
    return state, blurred, list(facts.routes(0))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(blurred_states())
def test_unknown_facts_never_add_claims(case: tuple[LimiterState, LimiterState, list[RouteFacts]]) -> None:
    """What is hidden may take claims away, then with a sentence; it never changes what is said in silence."""
    exact, blurred, routes = case
    for route in routes:
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            truth, said = effective(exact, route, method), effective(blurred, route, method)
            if said.undecided:
                assert texts(said.limits) <= texts(truth.limits)
            else:
                assert texts(said.limits) == texts(truth.limits)
                assert (said.exempt, said.fails) == (truth.exempt, truth.fails)


# Single cases, for the words

LOGIN = "shop.login.login"


def state(**facts: object) -> LimiterState:
    known: dict[str, object] = {
        "name": "limiter",
        "defaults": (DeclaredLimit(text="100/day"),),
        "decorated": {LOGIN: (DeclaredLimit(text="5/minute", target="shop:login"),)},
        "marked": frozenset({LOGIN}),
    }
    return LimiterState(**{**known, **facts})  # type: ignore[arg-type]


def route(*checks: Check, endpoint: str = "login", blueprint: str | None = None) -> RouteFacts:
    return RouteFacts(
        endpoint=endpoint,
        registered_name=LOGIN,
        checks={"GET": checks or (Check(identity=LOGIN),)},
        blueprint=blueprint,
        blueprint_own_name=blueprint,
    )


UNWRAPPED = RouteFacts(endpoint="login", registered_name=LOGIN, checks={"GET": ()})


def test_decorated_limit_tells_its_chain() -> None:
    held = effective(state(), route(), "GET")
    assert [(str(one.text), one.source.value) for one in held.limits] == [("5 per 1 minute", "decorator")]
    assert held.limits[0].reasons == (
        "decorator `@limiter.limit` on shop:login",
        "it overrides the default limits",
    )
    assert held.reasons == ("the default limits are replaced by those on shop:login",)


def test_limit_above_route_is_explained() -> None:
    held = effective(state(), UNWRAPPED, "GET")
    assert not held.limits
    assert not held.undecided
    assert "is not the limited function" in held.reasons[0]


def test_old_release_sees_limit_above_route() -> None:
    """Until 2.1 the wrong order limited all the same, and the defaults applied as well."""
    old = state(version=(1, 5))
    assert texts(effective(old, UNWRAPPED, "GET").limits) == Counter(["5 per 1 minute", "100 per 1 day"])


def test_explicit_limits_come_first() -> None:
    limits = effective(
        state(
            decorated={LOGIN: (DeclaredLimit(text="5/minute", override_defaults=False),)},
            blueprints={"auth": (DeclaredLimit(text="50/hour", override_defaults=False),)},
            application=(DeclaredLimit(text="900/day"),),
        ),
        route(blueprint="auth", endpoint="auth.login"),
        "GET",
    ).limits
    assert [one.source.value for one in limits] == ["decorator", "blueprint", "default", "application"]
    assert limits[3].shared


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"enabled": False}, "`limiter` is disabled"),
        ({"bound": False}, "never initialised"),
        ({"route_exemptions": {LOGIN: plain_exemption()}}, "exempt from the application and default limits"),
        ({"version": (2, 0), "route_exemptions": {LOGIN: plain_exemption()}}, "the view is exempt"),
    ],
)
def test_exemption_is_named(facts: dict[str, object], words: str) -> None:
    held = effective(state(**facts), route(), "GET")
    assert not held.limits
    assert words in str(held.exempt)


def test_foreign_limiter_checks_its_decorators() -> None:
    """One that was given another application runs its wrappers here too, without a hook for the rest."""
    foreign = state(bound=False, bound_elsewhere=True, application=(DeclaredLimit(text="900/day"),))
    assert texts(effective(foreign, route(), "GET").limits) == Counter(["5 per 1 minute"])


@pytest.mark.parametrize(("version", "exempt"), [((3, 3), False), ((3, 4), True), ((4, 1, 1), True)])
def test_nested_static_depends_on_release(version: tuple[int, ...], exempt: bool) -> None:
    held = effective(state(version=version), route(endpoint="files.static", blueprint="files"), "GET")
    assert (held.exempt is not None) is exempt


def test_unreadable_default_fails_requests() -> None:
    broken = state(defaults=(DeclaredLimit(text="10/s"),), marked=frozenset(), decorated={})
    held = effective(broken, UNWRAPPED, "GET")
    assert not held.limits
    assert "'s' is no unit" in str(held.fails)


def test_unreadable_decorated_limit_is_skipped() -> None:
    held = effective(state(decorated={LOGIN: (DeclaredLimit(text="often"),)}), route(), "GET")
    assert texts(held.limits) == Counter(["100 per 1 day"])
    assert "does not parse and is skipped" in held.reasons[0]


def test_limit_in_one_branch_is_undecided() -> None:
    helper = Check(identity="shop.charge.charge", always=False, in_body=True)
    branching = state(
        decorated={"shop.charge.charge": (DeclaredLimit(text="1/hour", target="shop:charge"),)},
        marked=frozenset({"shop.charge.charge"}),
    )
    held = effective(branching, route(helper), "GET")
    assert held.undecided == ("the limit on shop:charge runs on some paths of the view only",)
    assert not held.limits
    assert "after one request" in held.reasons[-1]


def test_undecorated_method_loses_defaults() -> None:
    """A limit on one method of a class makes the library take the whole endpoint for decorated."""
    view = RouteFacts(
        endpoint="items",
        registered_name="shop.items.View.as_view.<locals>.view",
        checks={"GET": (Check(identity="shop.get.Items.get"),), "POST": ()},
    )
    on_get = state(decorated={"shop.get.Items.get": (DeclaredLimit(text="5/minute"),)})
    held = effective(on_get, view, "POST")
    assert not held.limits
    assert texts(held.at_first) == Counter(["100 per 1 day"])


def test_computed_limit_has_no_text() -> None:
    computed = DeclaredLimit(text=None, why_unknown="LOGIN_LIMIT is read where it runs")
    held = effective(state(decorated={LOGIN: (computed,)}), route(), "GET")
    assert held.limits[0].text is None
    assert "LOGIN_LIMIT is read where it runs" in held.limits[0].reasons


@pytest.mark.parametrize("facts", [{"auto_check": False}, {"own_identifier": True}])
def test_opaque_limiter_claims_nothing(facts: dict[str, object]) -> None:
    held = effective(state(**facts), route(), "GET")
    assert len(held.undecided) == 1
    assert not held.limits


def test_many_unknowns_stay_bounded() -> None:
    limits = tuple(DeclaredLimit(text=f"{n}/hour", override_defaults=None) for n in range(1, 40))
    held = effective(state(decorated={LOGIN: limits}), route(), "GET")
    assert len(held.undecided) == 39


@pytest.mark.parametrize(
    ("version", "name"), [((2, 8), "shop.login"), ((2, 9), "shop.login.make.<locals>.login")]
)
def test_identity_follows_release(version: tuple[int, ...], name: str) -> None:
    assert identity("shop", "login", "make.<locals>.login", version) == name
