"""Which limits of one limiter hold for one route and method.

`limiter_request` says what a request meets once all is known. Here every unknown is tried with each of its
possible values: what is met in all of these worlds is held, and an unknown that changes it is reported.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from guardapi.frameworks.flask.limiter_outcome import Outcome, Stated, World
from guardapi.frameworks.flask.limiter_request import Request
from guardapi.frameworks.flask.limiter_state import (
    DeclaredLimit,
    Filter,
    Held,
    LimiterState,
    RouteFacts,
    Scope,
)
from guardapi.model import Limit, LimitSource, Loss, LostLimit

MAX_WORLDS = 512
"""With more combinations of unknowns than these nothing is claimed."""

_ORDER = (LimitSource.DECORATOR, LimitSource.BLUEPRINT, LimitSource.DEFAULT, LimitSource.APPLICATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something unknown that may matter for a request."""

    key: Hashable
    answers: tuple[object, ...]
    sentence: str


def effective(limiter: LimiterState, route: RouteFacts, method: str) -> Held:
    """What holds for a request once each method of the endpoint has been requested in its process.

    Flask-Limiter learns from requests: see `settled_hints`, and `Held.at_first` for what that takes away.
    """
    opaque = _opaque(limiter)
    if opaque is not None:
        return Held(undecided=(opaque,))
    questions = tuple(_questions(limiter, route, method))
    if math.prod(len(question.answers) for question in questions) > MAX_WORLDS:
        return Held(undecided=_distinct(question.sentence for question in questions))
    worlds = [
        dict(zip((q.key for q in questions), answers, strict=True))
        for answers in product(*(q.answers for q in questions))
    ]
    first = [Request(limiter, route, method, world).run() for world in worlds]
    settled = [
        Request(limiter, route, method, world, hints).run() if hints else fresh
        for world, fresh in zip(worlds, first, strict=True)
        for hints in (settled_hints(limiter, route, world),)
    ]
    held = _held(limiter, settled, first, _decisive(questions, worlds, settled))
    return replace(held, lost=(*held.lost, *_forgotten(limiter, route, method, held.at_first)))


def settled_hints(limiter: LimiterState, route: RouteFacts, world: World) -> tuple[str, ...]:
    """What the library has learned of an endpoint once each of its methods has been requested.

    A limit that ran under another name than the registered view's makes it treat the whole endpoint, for as
    long as the process lives, as one with decorated limits.
    """
    checks = [check for method in route.checks.values() for check in method]
    if all(check.identity == route.registered_name for check in checks):
        return ()
    passing = dict(world) | {(check, "passed"): True for check in checks}
    hints: list[str] = []
    # Each round but the last learns something, so there are no more than checks. A request that fails
    # halfway learns less, which is why they are played rather than read off the checks.
    for _ in checks:
        before = len(hints)
        for method in route.checks:
            request = Request(limiter, route, method, passing, hints)
            request.run()
            hints = request.hints
        if len(hints) == before:
            break
    return tuple(hints)


def _opaque(limiter: LimiterState) -> str | None:
    """Why nothing at all can be said of this limiter."""
    if limiter.enabled is False:
        return None
    if not limiter.auto_check:
        return f"`{limiter.name}` checks only where `check()` is called (auto_check=False)"
    if limiter.own_identifier:
        return f"`{limiter.name}` looks limits up by a request_identifier of the project"
    return None


def _questions(limiter: LimiterState, route: RouteFacts, method: str) -> Iterator[Question]:
    if limiter.enabled is None:
        sentence = f"whether `{limiter.name}` is enabled is decided where it runs"
        yield Question(key="enabled", answers=(True, False), sentence=sentence)
    if limiter.bound is None:
        sentence = f"whether `{limiter.name}` is initialised for this application is not known"
        yield Question(key="bound", answers=(True, False), sentence=sentence)
    names = _distinct([route.registered_name, *(c.identity for cs in route.checks.values() for c in cs)])
    segments = _distinct([route.blueprint_own_name or "", *(route.blueprint or "").split(".")])
    for name in names:
        yield from _limit_questions(limiter.decorated.get(name, ()), name, explicit=True)
    for name in segments:
        yield from _limit_questions(limiter.blueprints.get(name, ()), name, explicit=True)
    yield from _limit_questions(limiter.defaults, limiter.name, explicit=False)
    yield from _limit_questions(limiter.application, limiter.name, explicit=False)
    yield from _exemption_questions("route", limiter.route_exemptions, names)
    yield from _exemption_questions("blueprint", limiter.blueprint_exemptions, segments)
    for check in dict.fromkeys(route.checks_of(method)):
        if not check.always:
            sentence = f"the limit on {_target(limiter, check.identity)} runs on some paths of the view only"
            yield Question(key=(check, "passed"), answers=(True, False), sentence=sentence)


def _limit_questions(limits: tuple[DeclaredLimit, ...], name: str, *, explicit: bool) -> Iterator[Question]:
    for limit in dict.fromkeys(limits):
        what = f"the limit {_written(limit)} on {limit.target or name}"
        if limit.uncertain is not None:
            yield Question(
                key=(limit, "declared"),
                answers=(True, False),
                sentence=f"{what} may not be declared: {limit.uncertain}",
            )
        if explicit and limit.override_defaults is None:
            yield Question(
                key=(limit, "override"),
                answers=(True, False),
                sentence=f"whether {what} overrides the default limits is not known",
            )
        if not limit.methods_known:
            yield Question(
                key=(limit, "methods"),
                answers=(True, False),
                sentence=f"the methods of {what} are not known",
            )


def _exemption_questions(
    kind: str, exemptions: Mapping[str, Scope | None], names: tuple[str, ...]
) -> Iterator[Question]:
    # Which flags beyond these two are set matters for blueprints only.
    possible = 1 << (len(Scope) if kind == "blueprint" else 3)
    for name in names:
        if name in exemptions and exemptions[name] is None:
            sentence = f"from which limits the {kind} {name} is exempt is not known"
            answers = tuple(Scope(flags) for flags in range(possible))
            yield Question(key=(kind, name), answers=answers, sentence=sentence)


def _decisive(
    questions: tuple[Question, ...], worlds: list[dict[Hashable, object]], outcomes: list[Outcome]
) -> tuple[str, ...]:
    """The sentences of those unknowns that alone can change the answer."""
    seen = [_essence(outcome) for outcome in outcomes]
    found = []
    for question in questions:
        alike: dict[Hashable, Hashable] = {}
        for world, essence in zip(worlds, seen, strict=True):
            others = tuple(answer for key, answer in world.items() if key != question.key)
            if alike.setdefault(others, essence) != essence:
                found.append(question.sentence)
                break
    return _distinct(found)


def _essence(outcome: Outcome) -> Hashable:
    return frozenset(Counter(outcome.stated).items()), outcome.exempt, outcome.fails


def _held(
    limiter: LimiterState, settled: list[Outcome], first: list[Outcome], undecided: tuple[str, ...]
) -> Held:
    common = _in_all(settled)
    vanishing = list((Counter(_in_all(first)) - Counter(common)).elements())
    replaced = not any(stated.source is LimitSource.DEFAULT for stated in common)
    reasons = [note for note in settled[0].notes if all(note in outcome.notes for outcome in settled)]
    if vanishing:
        reasons.append(
            "a limit within the endpoint runs under another name than the registered view: after one request "
            f"in a process `{limiter.name}` leaves the default and blueprint limits to it"
        )
    if limiter.request_filters and common:
        reasons.append(f"a request filter of `{limiter.name}` can let a request pass every limit")
    if Filter.BY_ROUTE in limiter.request_filters and common:
        sentence = f"a request filter of `{limiter.name}` decides by the route which requests it lets pass"
        return Held(undecided=(*undecided, sentence), reasons=tuple(reasons))
    return Held(
        limits=tuple(_limit(limiter, stated, replaced=replaced) for stated in _ordered(common)),
        undecided=undecided,
        reasons=tuple(reasons),
        exempt=_agreed([outcome.exempt for outcome in settled]),
        at_first=tuple(_limit(limiter, stated, replaced=False) for stated in _ordered(vanishing)),
        fails=_agreed([outcome.fails for outcome in settled]),
        lost=tuple(lost for lost in settled[0].lost if all(lost in outcome.lost for outcome in settled)),
    )


def _forgotten(
    limiter: LimiterState, route: RouteFacts, method: str, vanishing: tuple[Limit, ...]
) -> Iterator[LostLimit]:
    """What a limit inside the endpoint takes from requests that do not always meet one themselves."""
    others = [c for c in route.checks_of(method) if c.identity != route.registered_name]
    if any(check.always for check in others):
        return
    every = [check for checks in route.checks.values() for check in checks]
    met = [c for c in (*others, *every) if c.identity != route.registered_name]
    inner = next((limit for check in met for limit in limiter.decorated.get(check.identity, ())), None)
    for limit in vanishing:
        yield LostLimit(
            text=limit.text,
            source=limit.source,
            place=limit.place,
            loss=Loss.FORGOTTEN,
            reason="a limit inside the view has run under another name",
            target=limiter.name,
            by=None if inner is None else inner.place,
        )


def _in_all(outcomes: list[Outcome]) -> list[Stated]:
    common = Counter(outcomes[0].stated)
    for outcome in outcomes[1:]:
        common &= Counter(outcome.stated)
    return list(common.elements())


def _agreed(values: list[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None


def _ordered(stated: list[Stated]) -> list[Stated]:
    return sorted(stated, key=lambda one: _ORDER.index(one.source))


def _limit(limiter: LimiterState, stated: Stated, *, replaced: bool) -> Limit:
    limit = stated.declared
    application = stated.source is LimitSource.APPLICATION
    return Limit(
        text=None if stated.item is None else str(stated.item),
        source=stated.source,
        place=limit.place,
        written=limit.text,
        reasons=tuple(_reasons(limiter, stated, replaced=replaced)),
        shared=limit.shared or application,
        overrides=stated.source in {LimitSource.DECORATOR, LimitSource.BLUEPRINT}
        and limit.override_defaults is True,
        key=limit.key,
        is_conditional=limit.is_conditional,
        costs=limit.costs,
    )


def _reasons(limiter: LimiterState, stated: Stated, *, replaced: bool) -> Iterator[str]:
    limit = stated.declared
    yield _declared_by(limiter, stated)
    if stated.item is None:
        yield limit.why_unknown or "its text is computed for each request"
    if stated.source is LimitSource.DECORATOR and limiter.defaults:
        if limit.override_defaults and replaced:
            yield "it overrides the default limits"
        elif not replaced:
            yield "the default limits hold beside it"
    if limit.methods is not None:
        yield f"it is for {', '.join(sorted(name.upper() for name in limit.methods))} only"
    if limit.per_method:
        yield "each method is counted for itself"
    if limit.exempt_when:
        yield "it is skipped whenever its exempt_when says so"


def _declared_by(limiter: LimiterState, stated: Stated) -> str:
    target = stated.declared.target or stated.origin
    match stated.source:
        case LimitSource.DECORATOR if stated.in_body:
            return f"`{limiter.name}` limits {target}, which the view runs"
        case LimitSource.DECORATOR:
            return f"decorator `@{limiter.name}.limit` on {target}"
        case LimitSource.BLUEPRINT:
            return f"`{limiter.name}` limits the blueprint `{stated.origin}`"
        case LimitSource.DEFAULT:
            return f"default limit of `{limiter.name}`"
        case LimitSource.APPLICATION:
            return f"application limit of `{limiter.name}`: one budget for all routes"


def _target(limiter: LimiterState, name: str) -> str:
    return next((limit.target for limit in limiter.decorated.get(name, ()) if limit.target), name)


def _written(limit: DeclaredLimit) -> str:
    return "computed at run time" if limit.text is None else repr(limit.text)


def _distinct(sentences: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))
