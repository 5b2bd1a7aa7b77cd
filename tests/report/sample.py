"""An inventory made by hand: every state that a route can be in."""

from guardapi.model import (
    App,
    Deployment,
    Inventory,
    Limit,
    Limiter,
    LimitSource,
    MethodLimits,
    OuterLimit,
    Problem,
    Route,
    Undecided,
    View,
)
from guardapi.place import Place


def at(line: int, file: str = "shop/app.py") -> Place:
    return Place(file=file, line=line)


def held(*texts: str | None, source: LimitSource = LimitSource.DECORATOR) -> MethodLimits:
    return MethodLimits(limits=tuple(Limit(text=text, source=source, place=None) for text in texts))


VIEW = View(name="shop.app:view", place=at(20))
ROUTES = (
    Route(
        rule="/api/items/<int:number>",
        methods=("GET", "PUT"),
        endpoint="api.item",
        blueprint="api",
        view=VIEW,
        place=at(19),
        limits={"GET": held("10 per 1 minute", None), "PUT": MethodLimits()},
    ),
    Route(
        rule="/ping",
        methods=("GET",),
        endpoint="ping",
        blueprint=None,
        view=VIEW,
        place=at(19),
        limits={"GET": MethodLimits()},
        exempt="exempt by decorator",
    ),
    Route(
        rule="/proxied",
        methods=("GET",),
        endpoint="proxied",
        blueprint=None,
        view=VIEW,
        place=at(19),
        limits={"GET": MethodLimits()},
    ),
    Route(
        rule="/static/<path:filename>",
        methods=("GET",),
        endpoint="static",
        blueprint=None,
        view=View(name="flask.helpers:send_static_file", place=None),
        place=None,
        limits={"GET": held("50 per 2 hour", source=LimitSource.DEFAULT)},
    ),
    Route(
        rule="/unknown",
        methods=("GET",),
        endpoint="unknown",
        blueprint=None,
        view=VIEW,
        place=at(19),
        limits={"GET": MethodLimits(undecided=("the loop is too long",))},
        condition="DEBUG is set",
    ),
)
APP = App(
    id="shop.app:create_app",
    framework="flask",
    place=at(14),
    routes=ROUTES,
    limiters=(Limiter(name="shop.app:limiter", kind="flask-limiter", place=at(5), bound=True, uses=3),),
    undecided=(Undecided(place=at(30), reason="a module could not be found"),),
)
PROXY = OuterLimit(
    text="10 per 1 second",
    path="/proxied",
    match="prefix",
    place=at(3, "nginx.conf"),
    siblings=(("", "/proxied", "/proxied"),),
)
INVENTORY = Inventory(
    apps=(APP,),
    deployment=Deployment(outer_limits=(PROXY,)),
    problems=(Problem(file="shop/broken.py", line=7, message="invalid syntax"),),
    files=12,
)
