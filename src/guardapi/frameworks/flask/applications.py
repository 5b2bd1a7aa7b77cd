"""Applications as the set-up has left them, read into the model."""

from guardapi.frameworks.flask.views import view_of
from guardapi.model import App, MethodLimits, Route, Setting
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    CONSTANTS,
    DictValue,
    External,
    Function,
    Instance,
    Module,
    SetValue,
    Unknown,
    Value,
)

ADDED = frozenset({"HEAD", "OPTIONS"})


def read(ev: Evaluator) -> list[App]:
    """Every application that serves something; of those made at one place, the one with most routes."""
    context = ev.modules.get("model:flask/ctx.py")
    made = context.namespace.get("_applications") if context is not None else None
    best: dict[tuple[Place | None, str], App] = {}
    for instance in made if isinstance(made, list) else ():
        app = _read_one(ev, instance)
        key = (app.place, app.id)
        if key not in best or len(app.routes) > len(best[key].routes):
            best[key] = app
    apps = list(best.values())
    serving = [app for app in apps if any(route.endpoint != "static" for route in app.routes)]
    return sorted(serving or apps[:1], key=lambda app: (app.place, app.id))


def _read_one(ev: Evaluator, instance: Instance) -> App:
    url_map = instance.attributes.get("url_map")
    rules = url_map.attributes.get("rules") if type(url_map) is Instance else None
    routes = [
        route
        for rule in (rules if isinstance(rules, list) else ())
        if (route := _route(ev, instance, rule)) is not None
    ]
    place = instance.place or Place(file="?", line=1)
    return App(
        id=_id_of(ev, instance, place),
        framework="flask",
        place=place,
        routes=tuple(routes),
        settings=_settings(instance),
        undecided=tuple(ev.undecided.values()),
    )


def _route(ev: Evaluator, app: Instance, rule: Instance) -> Route | None:
    facts = rule.attributes
    text, endpoint = ev.plain(facts.get("rule")), ev.plain(facts.get("endpoint"))
    if not isinstance(text, str) or not isinstance(endpoint, str):
        where = facts.get("place")
        ev.note_at(where, "a route whose rule or endpoint is not known")
        return None
    methods = _methods(facts.get("methods"))
    return Route(
        rule=text,
        methods=methods,
        endpoint=endpoint,
        blueprint=_blueprint(app, endpoint),
        view=view_of(ev, _registered(app, rule, endpoint)),
        place=facts.get("place"),
        condition=facts.get("condition"),
        limits={method: MethodLimits() for method in methods},
    )


def _methods(value: Value) -> tuple[str, ...]:
    names = {name for name in value if isinstance(name, str)} if isinstance(value, SetValue) else set()
    if not names:
        return ("GET",)
    return tuple(sorted(names - ADDED or names - {"HEAD"} or names))


def _registered(app: Instance, rule: Instance, endpoint: str) -> Value:
    """The callable that a request to the rule reaches: what `view_functions` holds in the end."""
    own = rule.attributes.get("view_func")
    functions = app.attributes.get("view_functions")
    final = functions.get(endpoint) if isinstance(functions, DictValue) else None
    if own is None:
        return final
    rules = app.attributes["url_map"].attributes["rules"]
    registered = [r.attributes.get("view_func") for r in rules if r.attributes.get("endpoint") == endpoint]
    replaced = final is not None and not any(final is function for function in registered)
    return final if replaced else own


def _blueprint(app: Instance, endpoint: str) -> str | None:
    blueprints = app.attributes.get("blueprints")
    name = endpoint.rpartition(".")[0]
    while name and not (isinstance(blueprints, DictValue) and name in blueprints):
        name = name.rpartition(".")[0]
    return name or None


def _id_of(ev: Evaluator, instance: Instance, place: Place) -> str:
    """`module:name` of the factory that made it, or of the variable that holds it."""
    if isinstance(instance.function, Function):
        return f"{instance.function.module.name}:{instance.function.qualname}"
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
    places = values.places or {}
    return {
        key: Setting(
            key=key,
            value=_constant(value),
            known=not isinstance(value, Unknown | External),
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
    return None
