"""What Flask-Limiter evaluates during one request, once every unknown has been given a value.

A request is looked at in phases: once before it is dispatched, then at each limited callable on its way.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Final

from guardapi.frameworks.flask.limiter_outcome import (
    Outcome,
    Stated,
    UnreadableLimitError,
    World,
    complaint,
    distinct,
    parsed,
    written,
)
from guardapi.frameworks.flask.limiter_state import (
    ALLOWS_EMPTY,
    CHECKS_BY_CALLABLE,
    EXEMPTS_NESTED_STATIC,
    HOOKS_EVERY_LIMITER,
    MARKS_WRAPPERS,
    NESTS_BLUEPRINTS,
    SEES_ROUTE_BELOW,
    UNIFIES_BLUEPRINT_LIMITS,
    Answer,
    Check,
    DeclaredLimit,
    Filter,
    LimiterState,
    RouteFacts,
    Scope,
)
from guardapi.frameworks.limit_text import LimitItem, LimitTextError
from guardapi.model import LimitSource, Loss, LostLimit
from guardapi.place import Place

_EXPLICIT: Final = frozenset({LimitSource.DECORATOR, LimitSource.BLUEPRINT})


class Request:
    """One request with `method` for `route`, as `state` meets it in `world`."""

    def __init__(
        self, state: LimiterState, route: RouteFacts, method: str, world: World, hints: Iterable[str] = ()
    ) -> None:
        self.state = state
        self.route = route
        self.method = method.upper()
        self.world = world
        self.hints = list(hints)
        self.outcome = Outcome()
        self._seen: set[Hashable] = set()

    def run(self) -> Outcome:
        """All phases, in their order."""
        self.outcome.exempt = self._skips_all()
        if self.outcome.exempt is not None:
            return self.outcome
        checks = self._checks()
        self._note_unused_mark(checks)
        try:
            if self._bound() and (self.state.hooked or self.state.version >= HOOKS_EVERY_LIMITER):
                self._phase(self.route.registered_name, middleware=True)
            for check in checks:
                self._learn(check)
                self._phase(self._name_of(check), in_body=check.in_body)
        except UnreadableLimitError as error:
            self.outcome.fails = str(error)
        self._exempt_by_scope()
        self._lose_replaced()
        return self.outcome

    # What is known, or answered by the world

    def _bound(self) -> bool:
        return bool(self.world.get("bound", self.state.bound))

    def _present(self, limits: Iterable[DeclaredLimit]) -> list[DeclaredLimit]:
        return [limit for limit in limits if self.world.get((limit, "declared"), True)]

    def _overrides(self, limit: DeclaredLimit) -> bool:
        return bool(self.world.get((limit, "override"), limit.override_defaults))

    def _covers(self, limit: DeclaredLimit) -> bool:
        if not limit.methods_known:
            return bool(self.world[limit, "methods"])
        return limit.methods is None or self.method in {name.upper() for name in limit.methods}

    def _flags(self, kind: str, exemptions: Mapping[str, Scope | None], name: str) -> Scope:
        known = exemptions.get(name, Scope.NONE)
        answer = self.world.get((kind, name), known)
        return Scope.NONE if not isinstance(answer, Scope) else answer

    def _route_flags(self, name: str) -> Scope:
        return self._flags("route", self.state.route_exemptions, name)

    def _blueprint_flags(self, name: str) -> Scope:
        return self._flags("blueprint", self.state.blueprint_exemptions, name)

    # The way of the request

    def _skips_all(self) -> str | None:
        state, route = self.state, self.route
        if not self.world.get("enabled", state.enabled):
            return f"`{state.name}` is disabled"
        if Filter.ALWAYS in state.request_filters:
            return f"a request filter of `{state.name}` lets every request pass"
        if not self._bound() and not state.bound_elsewhere:
            return f"`{state.name}` is never initialised for this application"
        nested = state.version >= EXEMPTS_NESTED_STATIC and route.endpoint.endswith(".static")
        if nested or route.endpoint == "static":
            return "Flask-Limiter exempts every endpoint named `static`"
        if state.version < NESTS_BLUEPRINTS:
            return self._total_exemption()
        return None

    def _total_exemption(self) -> str | None:
        if self.route.registered_name in self.state.route_exemptions:
            return f"the view is exempt from `{self.state.name}`"
        if self.route.blueprint in self.state.blueprint_exemptions:
            return f"the blueprint `{self.route.blueprint}` is exempt from `{self.state.name}`"
        return None

    def _checks(self) -> list[Check]:
        """The checks of this request at which the library really evaluates limits."""
        passed = [c for c in self.route.checks_of(self.method) if self.world.get((c, "passed"), True)]
        if self.state.version >= MARKS_WRAPPERS:
            return [check for check in passed if not check.stacked]
        if self.state.version >= CHECKS_BY_CALLABLE:
            return list({check.identity: check for check in reversed(passed)}.values())[::-1]
        return passed[:1]

    def _name_of(self, check: Check) -> str:
        if self.state.version >= CHECKS_BY_CALLABLE:
            return check.identity
        return self.route.registered_name

    def _learn(self, check: Check) -> None:
        if check.identity != self.route.registered_name and check.identity not in self.hints:
            self.hints.append(check.identity)

    # One phase

    def _phase(self, name: str, *, middleware: bool = False, in_body: bool = False) -> None:
        try:
            if self.state.version < NESTS_BLUEPRINTS:
                limits = self._flat_phase(name, middleware=middleware)
            else:
                limits = self._nested_phase(name, middleware=middleware, in_body=in_body)
        except LimitTextError as error:
            if not self.state.swallow_errors:
                raise UnreadableLimitError(f"a limit that applies here does not parse: {error}") from error
            self._note(f"a limit of `{self.state.name}` does not parse ({error}), and the error is swallowed")
            return
        for stated in limits:
            if self._covers(stated.declared):
                self.outcome.stated.append(stated)
            else:
                methods = ", ".join(stated.declared.methods or ()) or "methods that are not known"
                self._note(f"the limit {written(stated)} is for {methods} only")

    def _nested_phase(self, name: str, *, middleware: bool, in_body: bool) -> list[Stated]:
        hints = self.hints if self.state.version >= CHECKS_BY_CALLABLE else []
        left_to_wrapper = middleware and (name in self.state.marked or bool(hints))
        explicit = [] if middleware else self._decorated(name, in_body=in_body)
        hinted = [stated for hint in hints for stated in self._decorated(hint)]
        if not left_to_wrapper and not self._any_overrides(explicit):
            explicit += self._blueprint_limits()
        elif explicit and self.route.blueprint:
            self._note("the blueprint limits are replaced by the decorated ones")
        scope = self._scope()
        general = []
        if middleware and not scope & Scope.APPLICATION:
            general += self._all(self.state.application, LimitSource.APPLICATION)
        wanted = self._leaves_defaults(explicit) and not left_to_wrapper and not scope & Scope.DEFAULT
        if wanted or (hinted and not self._any_overrides(hinted)):
            general += self._all(self.state.defaults, LimitSource.DEFAULT)
        elif not middleware:
            self._note_dropped_defaults(explicit)
        return self._unseen(general, explicit)

    def _flat_phase(self, name: str, *, middleware: bool) -> list[Stated]:
        """Before `NESTS_BLUEPRINTS`; limits as texts and limits computed at run time stand apart."""
        marked = name in self.state.marked
        sees_below = self.state.version < SEES_ROUTE_BELOW and marked and self._limited_itself(name)
        explicit = self._decorated(name) if sees_below or not middleware else []
        texts = [stated for stated in explicit if stated.item is not None]
        computed = [stated for stated in explicit if stated.item is None]
        inherited = self._of_blueprint(self.route.blueprint or "")
        explicit += [s for s in inherited if not (texts if s.item is not None else computed)]
        general = self._all(self.state.application, LimitSource.APPLICATION) if middleware else []
        wanted = self._leaves_defaults(explicit) and not (middleware and marked)
        if wanted or sees_below:
            general += self._all(self.state.defaults, LimitSource.DEFAULT)
        return [*general, *explicit]

    def _limited_itself(self, name: str) -> bool:
        if self.route.limited_itself is not None:
            return self.route.limited_itself
        return all(c.identity != name for checks in self.route.checks.values() for c in checks)

    def _any_overrides(self, limits: Iterable[Stated]) -> bool:
        return any(self._overrides(stated.declared) for stated in limits)

    def _leaves_defaults(self, explicit: list[Stated]) -> bool:
        unconcerned = all(not self._covers(stated.declared) for stated in explicit)
        return unconcerned or not self._any_overrides(explicit)

    def _unseen(self, general: list[Stated], explicit: list[Stated]) -> list[Stated]:
        """General limits count once a request, however many phases ask for them."""
        if self.state.version < CHECKS_BY_CALLABLE:
            return [*general, *explicit]
        once = general if self.state.version >= MARKS_WRAPPERS else [*general, *explicit]
        fresh = {s.likeness: s for s in reversed(once) if s.likeness not in self._seen}
        self._seen.update(fresh)
        rest = explicit if once is general else []
        return [*list(fresh.values())[::-1], *rest]

    # Where limits are filed

    def _parts(self, limit: DeclaredLimit, source: LimitSource, origin: str, in_body: bool) -> list[Stated]:
        items: tuple[LimitItem | None, ...] = (None,)
        if limit.text is not None:
            empty = not limit.text and self.state.version >= ALLOWS_EMPTY
            if empty:
                self._lose(limit, source, Loss.INVALID, "an empty text is no limit")
            items = () if empty else parsed(limit.text)
        for answer in limit.answers:
            fault = complaint(answer.text)
            if fault is not None:
                self._lose(limit, source, Loss.INVALID, fault, answer=answer)
        return [Stated(declared=limit, item=i, source=source, origin=origin, in_body=in_body) for i in items]

    def _all(self, limits: Iterable[DeclaredLimit], source: LimitSource) -> list[Stated]:
        found: list[Stated] = []
        for limit in self._present(limits):
            try:
                found += self._parts(limit, source, self.state.name, False)
            except LimitTextError as error:
                self._lose(limit, source, Loss.INVALID, str(error))
                raise
        return found

    def _decorated(self, name: str, *, in_body: bool = False) -> list[Stated]:
        limits = self._present(self.state.decorated.get(name, ()))
        if limits and self._route_flags(name):
            self._note(f"`exempt` on {limits[0].target or name} drops the limits declared on it")
            return []
        if self.state.version >= CHECKS_BY_CALLABLE:
            limits = distinct(limits)
        return self._readable(limits, LimitSource.DECORATOR, name, in_body=in_body)

    def _readable(
        self, limits: Iterable[DeclaredLimit], source: LimitSource, origin: str, *, in_body: bool = False
    ) -> list[Stated]:
        found: list[Stated] = []
        for limit in limits:
            try:
                found += self._parts(limit, source, origin, in_body)
            except LimitTextError as error:
                where = limit.target or origin
                self._note(f"the limit {limit.text!r} on {where} does not parse and is skipped: {error}")
                self._lose(limit, source, Loss.INVALID, str(error))
        return found

    def _of_blueprint(self, name: str) -> list[Stated]:
        limits = self._present(self.state.blueprints.get(name, ()))
        if self.state.version >= CHECKS_BY_CALLABLE:
            limits = distinct(limits)
        for limit in limits:
            for text in limit.meta:
                self._lose(limit, LimitSource.BLUEPRINT, Loss.META, "a blueprint's limit has none", text=text)
        return self._readable(limits, LimitSource.BLUEPRINT, name)

    def _fences(self) -> list[str]:
        """Parts of the blueprint's dotted name whose exemption covers what is nested below them."""
        segments = (self.route.blueprint or "").split(".")
        return [name for name in dict.fromkeys(segments) if self._blueprint_flags(name) & Scope.DESCENDENTS]

    def _blueprint_limits(self) -> list[Stated]:
        name = self.route.blueprint_own_name
        if self.route.blueprint is None or name is None:
            return []
        own = self._present(self.state.blueprints.get(name, ()))
        if self.state.version < UNIFIES_BLUEPRINT_LIMITS:
            own = [limit for limit in own if limit.text is not None]
        replaces = bool(own) and all(self._overrides(limit) for limit in own)
        segments = list(dict.fromkeys(self.route.blueprint.split(".")))
        if replaces or self._blueprint_flags(name) & Scope.ANCESTORS:
            members = [name]
            if any(segment != name and self.state.blueprints.get(segment) for segment in segments):
                self._note(f"the blueprint `{name}` does not inherit the limits of its parents")
            if not replaces:
                self._lose_inherited(name, [segment for segment in segments if segment != name])
        else:
            # NOTE: a blueprint registered under another name is not found by its own any more.
            members = [segment for segment in segments if segment not in self._fences()]
            if own and name not in segments:
                self._note(
                    f"the limits of the blueprint `{name}` are not found under `{self.route.blueprint}`"
                )
                for limit in own:
                    reason = f"the blueprint is registered as `{self.route.blueprint}`"
                    self._lose(limit, LimitSource.BLUEPRINT, Loss.MISNAMED, reason)
        found = [stated for member in members for stated in self._of_blueprint(member)]
        return self._unfenced(found, name)

    def _unfenced(self, found: list[Stated], name: str) -> list[Stated]:
        """Without what the exemption of the blueprint itself drops."""
        dropped = self._blueprint_flags(name) & ~(Scope.ANCESTORS | Scope.DEFAULT | Scope.APPLICATION)
        if self.state.version < UNIFIES_BLUEPRINT_LIMITS:
            computed = [] if dropped or self._fences() else self._of_blueprint(name)
            return [s for s in found if s.item is not None] + [s for s in computed if s.item is None]
        if dropped and found:
            self._note(f"the blueprint `{name}` is exempt from its limits")
            return []
        return found

    def _scope(self) -> Scope:
        """What is exempt, by the registered view and its blueprints."""
        scope = self._route_flags(self.route.registered_name)
        name = self.route.blueprint_own_name
        if self.route.blueprint is None or name is None:
            return scope
        for blueprint in (name, *self._fences()):
            scope |= self._blueprint_flags(blueprint)
        return scope

    # Why not

    def _note(self, sentence: str) -> None:
        self.outcome.notes.setdefault(sentence)

    def _lose(
        self,
        limit: DeclaredLimit,
        source: LimitSource,
        loss: Loss,
        reason: str,
        *,
        text: str | None = None,
        by: Place | None = None,
        answer: Answer | None = None,
    ) -> None:
        as_written = limit.text if answer is None else answer.text
        lost = LostLimit(
            text=as_written if text is None else text,
            source=source,
            place=limit.place if answer is None else answer.place,
            loss=loss,
            reason=reason,
            target=limit.target or self.state.name,
            by=by,
            condition=None if answer is None else answer.condition,
        )
        self.outcome.lost.setdefault(lost)

    def _lose_inherited(self, name: str, segments: list[str]) -> None:
        """What an exemption with the flag ANCESTORS keeps away."""
        by = self.state.blueprint_exemption_places.get(name)
        for segment in segments:
            for limit in self._present(self.state.blueprints.get(segment, ())):
                reason = f"an exemption cuts `{name}` off from `{segment}`"
                self._lose(limit, LimitSource.BLUEPRINT, Loss.CUT, reason, by=by)

    def _lose_replaced(self) -> None:
        """The default limits, where nearer ones that this request meets override them."""
        stated = self.outcome.stated
        if any(one.source is LimitSource.DEFAULT for one in stated):
            return
        exempts = self.state.version >= NESTS_BLUEPRINTS and bool(self._scope() & Scope.DEFAULT)
        nearer = [one for one in stated if one.source in _EXPLICIT and self._overrides(one.declared)]
        if exempts or not nearer:
            return
        for limit in self._present(self.state.defaults):
            if self._covers(limit) and limit.text is not None and complaint(limit.text) is None:
                for item in parsed(limit.text):
                    self._lose(
                        limit,
                        LimitSource.DEFAULT,
                        Loss.REPLACED,
                        f"the limit on {nearer[0].declared.target or nearer[0].origin} overrides it",
                        text=str(item),
                        by=nearer[0].declared.place,
                    )

    def _note_unused_mark(self, checks: list[Check]) -> None:
        name = self.route.registered_name
        if name not in self.state.marked or any(check.identity == name for check in checks):
            return
        if self.method == "OPTIONS" and "OPTIONS" not in self.route.checks:
            self._note("Flask answers OPTIONS itself: the view, and the limits on it, do not run")
            return
        target = next((limit.target for limit in self.state.decorated.get(name, ())), "") or name
        self._note(
            f"{target} has a limit of `{self.state.name}`, but it is not the limited function that is "
            "registered: the limit never runs, and default and blueprint limits are left to it"
        )

    def _note_dropped_defaults(self, explicit: list[Stated]) -> None:
        if self.state.defaults and self._any_overrides(explicit):
            targets = dict.fromkeys(s.declared.target or s.origin for s in explicit)
            self._note(f"the default limits are replaced by those on {', '.join(targets)}")

    def _exempt_by_scope(self) -> None:
        if self.state.version < NESTS_BLUEPRINTS:
            return
        scope = self._scope() & (Scope.APPLICATION | Scope.DEFAULT)
        if not scope:
            return
        kinds = " and ".join(str(flag.name).lower() for flag in scope)
        sentence = f"exempt from the {kinds} limits of `{self.state.name}`"
        if self.outcome.stated:
            self._note(sentence)
        else:
            self.outcome.exempt = sentence
