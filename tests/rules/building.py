"""Applications made by hand: what a rule sees, without any source."""

from collections.abc import Mapping

from guardapi.findings import Finding
from guardapi.model import App, Deployment, Limit, Limiter, LimitSource, MethodLimits, OuterLimit, Route, View
from guardapi.place import Place
from guardapi.rule import Rule, catalogue

NOTHING = Deployment()
UNLIMITED = MethodLimits()
LIMITED = MethodLimits(limits=(Limit(text="5 per 1 minute", source=LimitSource.DECORATOR, place=None),))
UNDECIDED = MethodLimits(undecided=("the limit is computed",))


def at(line: int, file: str = "shop.py") -> Place:
    return Place(file=file, line=line)


def route(
    rule: str,
    *methods: str,
    limits: Mapping[str, MethodLimits] | MethodLimits = UNLIMITED,
    blueprint: str | None = None,
    line: int | None = 10,
    exempt: str | None = None,
) -> Route:
    methods = methods or ("GET",)
    name = rule.strip("/").split("/")[0] or "index"
    return Route(
        rule=rule,
        methods=methods,
        endpoint=f"{blueprint}.{name}" if blueprint else name,
        blueprint=blueprint,
        view=View(name=f"shop:{name}", place=at(line) if line else None),
        place=None,
        limits=dict.fromkeys(methods, limits) if isinstance(limits, MethodLimits) else limits,
        exempt=exempt,
    )


def limiter(**facts: object) -> Limiter:
    return Limiter(
        **{"name": "shop:limiter", "kind": "flask-limiter", "place": at(5), "bound": True, "uses": 1, **facts}
    )


def app(*routes: Route, limiters: tuple[Limiter, ...] = ()) -> App:
    return App(id="shop:app", framework="flask", place=at(3), routes=routes, limiters=limiters)


def outer(path: str) -> Deployment:
    """A reverse proxy that limits one location and has no other."""
    limit = OuterLimit(
        text="10 per 1 second",
        path=path,
        match="prefix",
        place=at(1, "nginx.conf"),
        siblings=(("", path, path),),
    )
    return Deployment(outer_limits=(limit,))


def found(rule_id: str, application: App, deployment: Deployment = NOTHING) -> list[Finding]:
    return list(the_rule(rule_id).check(application, deployment))


def the_rule(rule_id: str) -> Rule:
    return next(rule for rule in catalogue() if rule.id == rule_id)
