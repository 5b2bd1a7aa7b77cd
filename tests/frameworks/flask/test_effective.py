"""The limits that hold, against what the real library evaluates while it serves real requests."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from hypothesis import HealthCheck, given, settings

from guardapi.frameworks.flask.effective import effective
from guardapi.frameworks.flask.limiter_request import Request
from guardapi.frameworks.flask.limiter_state import LATEST, LimiterState, RouteFacts, Version
from guardapi.model import Limit
from limiter_facts import Facts
from limiter_setups import Setup, boot, setups, source

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
