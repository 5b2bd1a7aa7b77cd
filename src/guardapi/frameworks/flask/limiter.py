"""Limiters as the set-up has left them, and what they apply to each route."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from guardapi.frameworks.flask.effective import effective
from guardapi.frameworks.flask.inner_limits import Look, Reached, inner_looks, wrapper_look
from guardapi.frameworks.flask.limit_answers import answers_of
from guardapi.frameworks.flask.limiter_functions import filter_of, key_name
from guardapi.frameworks.flask.limiter_key import is_by_address
from guardapi.frameworks.flask.limiter_settings import bindings_of
from guardapi.frameworks.flask.limiter_state import (
    LATEST,
    DeclaredLimit,
    LimiterState,
    RouteFacts,
    Scope,
    Version,
    identity,
    plain_exemption,
)
from guardapi.frameworks.flask.limiter_store import fallback_of, options_of, storage_of
from guardapi.frameworks.flask.name_clashes import NameClashes
from guardapi.frameworks.flask.setting_places import asks_environment, setting_places
from guardapi.frameworks.flask.views import chain_of, name_of, view_class
from guardapi.model import Limiter, MethodLimits, Misuse
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    Class,
    DictValue,
    External,
    Function,
    Instance,
    SetValue,
    Union,
    Unknown,
    Value,
    Wrapped,
)

MODEL: Final = "model:flask_limiter/__init__.py"
TOLD_APART: Final = ("key_function", "scope", "cost", "deduct_when")
CALLABLES: Final = (Function, Wrapped)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLimits:
    """What all limiters of an application hold for one endpoint."""

    limits: Mapping[str, MethodLimits]
    exempt: str | None
    exempt_place: Place | None
    """Where the exemption is written."""


class Limiters:
    """The Flask-Limiter objects of a set-up, asked for one application."""

    def __init__(self, ev: Evaluator, app: Instance, *, version: Version = LATEST) -> None:
        self.ev = ev
        self.app = app
        self.version = version
        module = ev.modules.get(MODEL)
        made = module.namespace.get("_limiters") if module is not None else None
        every: list[Instance] = made if isinstance(made, list) else []
        self.concerned = [limiter for limiter in every if self._concerns(limiter)]
        self._reached: Reached = {}
        self._looks: dict[str, dict[str, tuple[Look, ...]]] = {}

    def _concerns(self, limiter: Instance) -> bool:
        """Whether it is bound to this application, or to none at all."""
        apps = _items(limiter, "_apps")
        return not apps or any(app is self.app for app in apps) or any(type(a) is not Instance for a in apps)

    def states(self) -> list[tuple[Instance, LimiterState]]:
        """What each was told. To be read when all decorators have run."""
        bound = [limiter for limiter in self.concerned if self._bound(limiter)]
        return [(limiter, self._state(limiter, bound)) for limiter in self.concerned]

    def _bound(self, limiter: Instance) -> bool | None:
        apps = _items(limiter, "_apps")
        if any(app is self.app for app in apps):
            return True
        return None if apps else False

    def _state(self, limiter: Instance, bound: list[Instance]) -> LimiterState:
        enabled = limiter.attributes.get("enabled")
        decorated = self._by_identity(limiter, "_decorated")
        return LimiterState(
            name=self.name_of(limiter),
            version=self.version,
            enabled=self.ev.truth(enabled) if isinstance(enabled, CONSTANTS) else None,
            bound=self._bound(limiter),
            hooked=bound[:1] == [limiter],
            defaults=self._plain_limits(limiter, "_default_limits"),
            application=self._plain_limits(limiter, "_application_limits"),
            decorated={key: self._declared(limits, key) for key, limits in decorated.items()},
            blueprints={
                key: self._declared(limits, key)
                for key, limits in _mapping(limiter, "_blueprint_limits").items()
                if isinstance(key, str)
            },
            route_exemptions={
                key: self._scope(flags)
                for key, flags in self._by_identity(limiter, "_route_exemptions").items()
            },
            blueprint_exemptions={
                key: self._scope(flags)
                for key, flags in _mapping(limiter, "_blueprint_exemptions").items()
                if isinstance(key, str)
            },
            blueprint_exemption_places={
                key: place
                for key, place in _mapping(limiter, "_exempt_places").items()
                if isinstance(key, str) and isinstance(place, Place)
            },
            marked=frozenset(self._key(entry) for entry in _items(limiter, "_marked")),
            request_filters=tuple(
                verdict
                for function in _items(limiter, "_request_filters")
                if (verdict := filter_of(self.ev, function)) is not None
            ),
            swallow_errors=self.ev.truth(limiter.attributes.get("_swallow_errors")) is True,
            own_identifier=isinstance(limiter.attributes.get("_request_identifier"), CALLABLES),
            auto_check=self.ev.truth(limiter.attributes.get("_auto_check")) is not False,
        )

    def _key(self, entry: Value) -> str:
        parts = [part if isinstance(part, str) else "?" for part in entry] if isinstance(entry, tuple) else []
        if len(parts) != 3:
            return "?"
        module, name, qualname = parts
        return identity(module, name, qualname, self.version)

    def _by_identity(self, limiter: Instance, name: str) -> dict[str, Value]:
        return {self._key(entry): value for entry, value in _mapping(limiter, name).items()}

    def _scope(self, flags: Value) -> Scope | None:
        if flags is None:
            return plain_exemption(self.version)
        return Scope(flags) if isinstance(flags, int) else None

    def _plain_limits(self, limiter: Instance, name: str) -> tuple[DeclaredLimit, ...]:
        value = limiter.attributes.get(name)
        if isinstance(value, Unknown | External | Union):
            return (self._declare(value, limiter.place, ""),)
        entries = [value] if isinstance(value, str) or type(value) is Function else self.ev.iterate(value)
        return tuple(
            self._from_object(entry, "")
            if type(entry) is Instance
            else self._declare(entry, limiter.place, "")
            for entry in entries
        )

    def _declared(self, limits: Value, target: str) -> tuple[DeclaredLimit, ...]:
        entries = limits if isinstance(limits, list) else []
        return tuple(self._from_object(entry, target) for entry in entries if type(entry) is Instance)

    def _declare(self, text: Value, place: Place | None, target: str) -> DeclaredLimit:
        plain = self.ev.plain(text)
        known = isinstance(plain, (str, *CALLABLES))
        why = None if known else _why(plain)
        return DeclaredLimit(
            text=plain if isinstance(plain, str) else None,
            place=place,
            target=target,
            likeness="" if isinstance(plain, str) else _likeness(plain),
            why_unknown=why,
            answers=answers_of(self.ev, plain),
        )

    def _from_object(self, limit: Instance, target: str) -> DeclaredLimit:
        facts = limit.attributes
        declared = self._declare(facts.get("limit_provider"), limit.place, target)
        methods = facts.get("methods")
        names = [self.ev.plain(name) for name in self.ev.iterate(methods)] if methods is not None else []
        known = all(isinstance(name, str) for name in names)
        override = facts.get("override_defaults")
        return replace(
            declared,
            methods=tuple(n.upper() for n in names if isinstance(n, str))
            if methods is not None and known
            else None,
            methods_known=known,
            override_defaults=override if isinstance(override, bool) else self.ev.truth(override),
            exempt_when=facts.get("exempt_when") is not None,
            shared=self.ev.truth(facts.get("shared")) is True,
            per_method=self.ev.truth(facts.get("per_method")) is True,
            likeness="/".join([declared.likeness, *(_likeness(facts.get(name)) for name in TOLD_APART)]),
            uncertain=facts.get("condition"),
            key=key_name(key) if (key := facts.get("key_function")) is not None else "",
            is_conditional=facts.get("deduct_when") is not None,
            costs=facts.get("cost") != 0 or isinstance(facts.get("cost"), bool),
            meta=self._texts(facts.get("meta_limits")),
        )

    def _texts(self, limits: Value) -> tuple[str, ...]:
        """Those of a list of limits that are known."""
        plain = self.ev.plain(limits)
        entries = [plain] if isinstance(plain, str) else plain if isinstance(plain, list | tuple) else []
        given = [e.attributes.get("limit_provider") if type(e) is Instance else e for e in entries]
        return tuple(text for text in given if isinstance(text, str))

    def name_of(self, limiter: Instance) -> str:
        """`module:name` of the variable that holds it."""
        for module in self.ev.modules.values():
            if not module.is_model:
                for name, value in module.namespace.items():
                    if value is limiter:
                        return f"{module.name}:{name}"
        return limiter.cls.name

    # -- routes ----------------------------------------------------------------------------------

    def prepare(self, endpoint: str, registered: Value, methods: tuple[str, ...]) -> None:
        """Find where each limiter looks on the way of a request; decorators that a view applies itself are
        applied here, so this comes before `states`."""
        known = self._looks.setdefault(endpoint, {})
        chain = chain_of(self.ev, registered)
        cls = view_class(chain)
        for method in methods:
            if method not in known:
                links = [*chain, *(self._handler_chain(cls, method) if cls is not None else ())]
                known[method] = tuple(self._looks_at(links))

    def _handler_chain(self, cls: Class, method: str) -> list[Value]:
        handler = cls.find(method.lower())
        if handler is MISSING and method == "HEAD":
            handler = cls.find("get")
        if handler is MISSING:
            handler = cls.find("dispatch_request")
        for decorator in self._method_decorators(cls, method):
            handler = self.ev.decorated(decorator, handler)
        return [] if handler is MISSING else chain_of(self.ev, handler)

    def _method_decorators(self, cls: Class, method: str) -> list[Value]:
        """What Flask-RESTful and its kin apply to the handler with each request."""
        found = cls.find("method_decorators")
        if isinstance(found, DictValue):
            found = found.get(method.lower(), [])
        return list(found) if isinstance(found, list | tuple) else []

    def _looks_at(self, links: list[Value]) -> Iterator[Look]:
        for link in links:
            if (look := wrapper_look(link, self._key)) is not None:
                yield look
        if links and type(links[-1]) is Function:
            yield from inner_looks(self.ev, links[-1], self._key, self._reached)

    def route_limits(
        self,
        states: list[tuple[Instance, LimiterState]],
        endpoint: str,
        registered: Value,
        methods: tuple[str, ...],
    ) -> RouteLimits:
        """What holds for a route, over all limiters."""
        asked = [
            (state, self._facts(endpoint, registered, limiter))
            for limiter, state in states
            if state.bound is not False
        ]
        answers = {method: [effective(state, facts, method) for state, facts in asked] for method in methods}
        exempt = [held.exempt for held in next(iter(answers.values()), [])]
        return RouteLimits(
            limits={
                method: MethodLimits(
                    limits=tuple(limit for answer in held for limit in answer.limits),
                    undecided=tuple(sentence for answer in held for sentence in answer.undecided),
                    reasons=tuple(sentence for answer in held for sentence in answer.reasons),
                    lost=tuple(lost for answer in held for lost in answer.lost),
                    fails=next((answer.fails for answer in held if answer.fails), None),
                )
                for method, held in answers.items()
            },
            exempt="; ".join(dict.fromkeys(e for e in exempt if e)) if exempt and all(exempt) else None,
            exempt_place=self._exempted_at(states, endpoint, registered) if exempt and all(exempt) else None,
        )

    def _exempted_at(
        self, states: list[tuple[Instance, LimiterState]], endpoint: str, registered: Value
    ) -> Place | None:
        """Where the view, or the nearest of its blueprints, is exempted."""
        parts = endpoint.split(".")[:-1]
        blueprints = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
        names = [self._facts(endpoint, registered).registered_name, *blueprints]
        for limiter, _ in states:
            table = _mapping(limiter, "_exempt_places")
            places = {key if isinstance(key, str) else self._key(key): place for key, place in table.items()}
            for name in names:
                if isinstance(place := places.get(name), Place):
                    return place
        return None

    def _facts(self, endpoint: str, registered: Value, limiter: Instance | None = None) -> RouteFacts:
        blueprint = endpoint.rpartition(".")[0] or None
        known = self.app.attributes.get("blueprints")
        own = known.get(blueprint) if isinstance(known, DictValue) else None
        own_name = own.attributes.get("name") if type(own) is Instance else None
        parts = [self.ev.find(registered, name) for name in ("__module__", "__name__", "__qualname__")]
        return RouteFacts(
            endpoint=endpoint,
            blueprint=blueprint if own is not None else None,
            blueprint_own_name=own_name if isinstance(own_name, str) else None,
            registered_name=self._key(tuple(parts)),
            checks={
                method: tuple(check for owner, check in looks if owner is limiter)
                for method, looks in self._looks.get(endpoint, {}).items()
            },
        )

    # -- the inventory ---------------------------------------------------------------------------

    def described(
        self, states: list[tuple[Instance, LimiterState]], served: list[tuple[str, Value]]
    ) -> tuple[Limiter, ...]:
        """The limiters for the inventory; `served` has the registered callable of each endpoint."""
        links = {id(link) for _, registered in served for link in self._links(registered)}
        identities = {self._facts(endpoint, registered).registered_name for endpoint, registered in served}
        clashes = NameClashes(self.ev, self.app, served)
        return tuple(
            Limiter(
                name=state.name,
                kind="flask-limiter",
                place=instance.place or Place(file="?", line=1),
                bound=state.bound is not False,
                bound_at=self._bound_at(instance),
                enabled=state.enabled,
                disabled_by=self._set_at("RATELIMIT_ENABLED") if state.enabled is False else None,
                by_environment=state.enabled is False
                and asks_environment(self.ev, self._set_at("RATELIMIT_ENABLED")),
                storage=storage_of(instance),
                storage_place=self._set_at(instance.attributes.get("_storage_setting")) or instance.place,
                uses=sum(map(len, (state.decorated, state.blueprints, state.defaults, state.application))),
                key=key_name(instance.attributes.get("_key_func")),
                misuses=tuple(self._misuses(instance, links, identities)),
                clashes=tuple(clashes.of(instance, self._key)),
                storage_options=options_of(self.ev, instance),
                fallback=fallback_of(self.ev, instance, self._set_at),
                by_address=is_by_address(instance.attributes.get("_key_func")),
            )
            for instance, state in states
        )

    def _bound_at(self, limiter: Instance) -> Place | None:
        places = [entry[2] for entry in bindings_of(limiter) if entry[0] is self.app]
        return places[-1] if places else None

    def _links(self, registered: Value) -> list[Value]:
        chain = chain_of(self.ev, registered)
        cls = view_class(chain)
        if cls is not None:
            for base in cls.mro:
                if type(base) is Class:
                    for value in base.namespace.values():
                        chain += chain_of(self.ev, value) if type(value) in {Function, Wrapped} else []
        return chain

    def _misuses(self, limiter: Instance, links: set[int], identities: set[str]) -> list[Misuse]:
        """Limits on views whose wrapper no request passes."""
        found: dict[tuple[Place, str], Misuse] = {}
        for check in _items(limiter, "_checks"):
            facts = check.attributes
            place, function = facts.get("place"), facts.get("function")
            if id(facts.get("wrapper")) in links or place is None:
                continue
            if self._key(facts["identity"]) not in identities or id(function) not in links:
                continue
            text = facts["limit"].attributes.get("limit_provider")
            misuse = Misuse(
                place=place,
                kind="above-route",
                function=name_of(function),
                text=text if isinstance(text, str) else None,
            )
            found[place, misuse.function] = misuse
        return list(found.values())

    def _set_at(self, key: Value) -> Place | None:
        """Where the application's configuration sets a key."""
        return setting_places(self.app).get(key) if key is not None else None


def _mapping(owner: Instance, name: str) -> DictValue:
    value = owner.attributes.get(name)
    return value if isinstance(value, DictValue) else DictValue()


def _items(owner: Instance, name: str) -> list[Value]:
    value = owner.attributes.get(name)
    return list(value) if isinstance(value, list | SetValue) else []


def _why(value: Value) -> str:
    return value.reason if type(value) is Unknown else "it is computed where it runs"


def _likeness(value: Value) -> str:
    return repr(value) if isinstance(value, CONSTANTS) else str(id(value))
