"""Applications as the set-up has left them, read into the model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.frameworks.flask.limiter import Limiters
from guardapi.frameworks.flask.limiter_functions import handed
from guardapi.frameworks.flask.limiter_settings import dead_settings
from guardapi.frameworks.flask.limiter_state import LATEST, LimiterState, Version
from guardapi.frameworks.flask.own_limits import OwnLimits
from guardapi.frameworks.flask.recording import RecordingEvaluator, is_application
from guardapi.frameworks.flask.removed_api import RemovedApi
from guardapi.frameworks.flask.request_data import FlaskRequests
from guardapi.frameworks.flask.setting_places import setting_places
from guardapi.frameworks.flask.sockets import socket_handlers
from guardapi.frameworks.flask.stand_ins import made_applications
from guardapi.frameworks.flask.surroundings import with_surroundings
from guardapi.frameworks.flask.views import chain_of, view_class, view_of
from guardapi.frameworks.served import Handler, Served
from guardapi.model import App, Route, Setting
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    DictValue,
    External,
    Function,
    Instance,
    Module,
    SetValue,
    Union,
    Unknown,
    Value,
)

ADDED = frozenset({"HEAD", "OPTIONS"})
FOUND_BY_NAME = frozenset({"create_app", "make_app"})
"""Factories that `flask run` looks for."""
VIEW_METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "dispatch_request")
"""Of class-based views: what a request may reach by name."""


def read(
    ev: RecordingEvaluator,
    *,
    version: Version = LATEST,
    declared: tuple[str, ...] = (),
    guessed: frozenset[str] = frozenset(),
) -> list[Served]:
    """Every application that serves something; of those made at one place, the one with most routes.

    `guessed`: ids of factories that nothing in the tree calls.
    """
    best: dict[tuple[Place | None, str], Served] = {}
    instances: dict[tuple[Place | None, str], Instance] = {}
    for instance in made_applications(ev):
        served = _read_one(ev, instance, version, declared)
        key = (served.app.place, served.app.id)
        if key not in best or len(served.app.routes) > len(best[key].app.routes):
            best[key], instances[key] = served, instance
    apps = [served.app for served in best.values()]
    replaced = {best[key].app.id for key, instance in instances.items() if _is_replaced(ev, instance)}
    serving = [app for app in apps if any(route.endpoint != "static" for route in app.routes)]
    chosen = sorted(
        _without_partial(serving, guessed, replaced) or apps[:1], key=lambda app: (app.place, app.id)
    )
    keys = [(app.place, app.id) for app in chosen]
    return with_surroundings(ev, [(best[key], instances[key]) for key in keys])


def _without_partial(apps: list[App], guessed: frozenset[str], replaced: set[str]) -> list[App]:
    """Leave out what shows some views of a larger application only, and is made by nothing in the tree under a
    name by which no server finds it (an application for documentation tools, say), or has lost its name to another."""
    views = {app.id: frozenset(r.view.name for r in app.routes if r.endpoint != "static") for app in apps}
    asides = {app.id for app in apps if app.id in guessed and app.id.rpartition(":")[2] not in FOUND_BY_NAME}
    asides |= replaced
    return [
        app
        for app in apps
        if app.id not in asides
        or not any(views[app.id] < found for name, found in views.items() if name not in asides)
    ]


def _is_replaced(ev: Evaluator, instance: Instance) -> bool:
    """Whether the module-level name of an application holds another one in the end: a factory has put it there."""
    place = instance.place
    module = ev.modules.get(place.file) if place is not None and instance.function is None else None
    if place is None or module is None or place.line > len(module.lines):
        return False
    name = ASSIGNED.match(module.lines[place.line - 1])
    held = module.namespace.get(name[1]) if name is not None else None
    return type(held) is Instance and held is not instance and is_application(held)


ASSIGNED: Final = re.compile(r"(\w+)\s*(?::[^=]+)?=(?!=)")


def _read_one(ev: Evaluator, instance: Instance, version: Version, declared: tuple[str, ...]) -> Served:
    url_map = instance.attributes.get("url_map")
    found = url_map.attributes.get("rules") if type(url_map) is Instance else None
    rules = _rules(
        ev, instance, [rule for rule in found if type(rule) is Instance] if isinstance(found, list) else []
    )
    limiters = Limiters(ev, instance, version=version)
    for rule in rules:
        for endpoint in rule.endpoints[:1]:
            limiters.prepare(endpoint, rule.registered, rule.methods)
    states = limiters.states()
    own = OwnLimits(ev, instance, declared)
    entries = [(route, rule.registered) for rule in rules for route in rule.routes(limiters, states, own)]
    served = [(rule.endpoints[0], rule.registered) for rule in rules if rule.endpoints]
    place = instance.place or instance.cls.place or Place(file="?", line=1)
    bound = [(limiter, state.name) for limiter, state in states if state.bound]
    app = App(
        id=_id_of(ev, instance, place),
        framework="flask",
        place=place,
        routes=tuple(route for route, _ in entries),
        limiters=(*limiters.described(states, served), *own.described()),
        settings=_settings(instance),
        undecided=tuple(ev.undecided.values()),
        dead_settings=tuple(dead_settings(ev, instance, bound, version)),
        removed=RemovedApi(ev, version).uses(limiters.concerned),
    )
    return Served(
        app=app,
        evaluator=ev,
        handlers=tuple(_handler(ev, registered) for _, registered in entries),
        hooks=tuple(_hooks(instance)),
        functions=tuple(handed(instance, (limiter for limiter, _ in states))),
        sockets=tuple(socket_handlers(ev, instance)),
        facts=FlaskRequests(),
    )


def _handler(ev: Evaluator, registered: Value) -> Handler:
    chain = chain_of(ev, registered)
    cls = view_class(chain)
    methods: dict[str, tuple[Value, ...]] = {}
    for name in VIEW_METHODS if cls is not None else ():
        found = cls.find(name) if cls is not None else MISSING
        if found is not MISSING:
            methods[name] = tuple(chain_of(ev, found))
    return Handler(chain=tuple(chain), view_class=cls, methods=methods)


def _hooks(instance: Instance) -> Iterator[tuple[str, str | None, Value]]:
    """Functions that run around the views: when, for which blueprint, and what is called."""
    for when in ("before_request", "url_value_preprocessor", "after_request", "teardown_request"):
        table = instance.attributes.get(f"{when}_funcs", instance.attributes.get(f"{when}s"))
        if isinstance(table, DictValue):
            for blueprint, functions in table.items():
                for function in functions if isinstance(functions, list) else ():
                    yield when, blueprint if isinstance(blueprint, str) else None, function


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One rule of a URL map, as the set-up has left it."""

    ev: Evaluator
    app: Instance
    texts: list[str]
    """Several where it is one of a few; none where it is not known."""
    endpoints: list[str]
    methods: tuple[str, ...]
    registered: Value
    """The callable that a request reaches."""
    place: Place | None
    condition: str | None

    @classmethod
    def read(
        cls, ev: Evaluator, app: Instance, rule: Instance, registered: dict[str, list[Value]]
    ) -> "_Rule":
        facts = rule.attributes
        texts, endpoints = _texts(ev, facts.get("rule")), _texts(ev, facts.get("endpoint"))
        place = facts.get("place")
        if not texts or not endpoints:
            unknown = facts.get("endpoint") if texts else facts.get("rule")
            why = unknown.reason if type(unknown) is Unknown else "it is computed where it runs"
            ev.note_at(place, f"a route whose {'endpoint' if texts else 'rule'} is not known: {why}"[:200])
        condition = facts.get("condition")
        if len(texts) > 1 and condition is None:
            condition = f"the rule is one of {len(texts)}"
        return cls(
            ev=ev,
            app=app,
            texts=texts if endpoints else [],
            endpoints=endpoints,
            methods=_methods(facts.get("methods")),
            registered=_registered(
                app.attributes.get("view_functions"), rule, endpoints[0], registered.get(endpoints[0], [])
            )
            if endpoints
            else None,
            place=place,
            condition=condition,
        )

    def routes(
        self, limiters: Limiters, states: list[tuple[Instance, LimiterState]], own: OwnLimits
    ) -> list[Route]:
        """The routes that the rule stands for, with their limits."""
        if not self.texts:
            return []
        endpoint = self.endpoints[0]
        held = limiters.route_limits(states, endpoint, self.registered, self.methods)
        guards = own.guards(endpoint, self.registered)
        view = view_of(self.ev, self.registered)
        return [
            Route(
                rule=text,
                methods=self.methods,
                endpoint=endpoint,
                blueprint=_blueprint(self.app, endpoint),
                view=view,
                place=self.place,
                condition=self.condition,
                limits={method: own.applied(found, guards) for method, found in held.limits.items()},
                exempt=held.exempt,
                exempt_place=held.exempt_place,
            )
            for text in self.texts
        ]


def _rules(ev: Evaluator, app: Instance, rules: list[Instance]) -> list[_Rule]:
    registered: dict[str, list[Value]] = {}
    for rule in rules:
        for endpoint in _texts(ev, rule.attributes.get("endpoint"))[:1]:
            registered.setdefault(endpoint, []).append(rule.attributes.get("view_func"))
    return [_Rule.read(ev, app, rule, registered) for rule in rules]


def _texts(ev: Evaluator, value: Value) -> list[str]:
    options = value.options if type(value) is Union else (value,)
    return [text for option in options if isinstance(text := ev.plain(option), str)]


def _methods(value: Value) -> tuple[str, ...]:
    names = {name for name in value if isinstance(name, str)} if isinstance(value, SetValue) else set()
    if not names:
        return ("GET",)
    return tuple(sorted(names - ADDED or names - {"HEAD"} or names))


def _registered(functions: Value, rule: Instance, endpoint: str, registered: list[Value]) -> Value:
    """The callable that a request to the rule reaches: what `view_functions` holds in the end, unless two
    rules of the endpoint were registered with different functions (in arms that exclude each other)."""
    own = rule.attributes.get("view_func")
    final = functions.get(endpoint) if isinstance(functions, DictValue) else None
    if own is None:
        return final
    replaced = final is not None and not any(final is function for function in registered)
    return final if replaced else own


def _blueprint(app: Instance, endpoint: str) -> str | None:
    blueprints = app.attributes.get("blueprints")
    name = endpoint.rpartition(".")[0]
    while name and not (isinstance(blueprints, DictValue) and name in blueprints):
        name = name.rpartition(".")[0]
    return name or None


def _id_of(ev: Evaluator, instance: Instance, place: Place) -> str:
    """`module:name` of the factory that made it, of the variable that holds it, or of its class."""
    if isinstance(instance.function, Function):
        return f"{instance.function.module.name}:{instance.function.qualname}"
    if instance.place is None and instance.cls.module is not None:
        return f"{instance.cls.module.name}:{instance.cls.qualname}"
    holders: list[tuple[Module, str]] = [
        (module, name)
        for module in ev.modules.values()
        if not module.is_model
        for name, value in module.namespace.items()
        if value is instance
    ]
    for module, name in sorted(holders, key=lambda entry: (entry[0].path != place.file, entry[0].path)):
        return f"{module.name}:{name}"
    return f"{ev.index.name_of(place.file)}:app"


def _settings(instance: Instance) -> dict[str, Setting]:
    config = instance.attributes.get("config")
    values = config.payload if type(config) is Instance else None
    if not isinstance(values, DictValue):
        return {}
    places = setting_places(instance)
    return {
        key: Setting(
            key=key,
            value=_constant(value),
            known=isinstance(value, (*CONSTANTS, list, tuple, DictValue)),
            place=places.get(key),
        )
        for key, value in values.items()
        if isinstance(key, str)
    }


def _constant(value: Value) -> object:
    if isinstance(value, CONSTANTS):
        return value
    if isinstance(value, list | tuple):
        return tuple(_constant(item) for item in value)
    if isinstance(value, DictValue):
        known = {key: item for key, item in value.items() if not isinstance(item, Unknown | External | Union)}
        return {key: _constant(item) for key, item in known.items() if isinstance(key, str)}
    return None
