"""Random set-ups of Flask-Limiter: a description, the module it stands for, and the application it boots.

`source(setup)` renders a module whose `app` is the application; `boot(setup)` executes that text, so the
two agree by construction. What the library ought to make of it is derived in `limiter_facts`.
"""

from dataclasses import dataclass, field
from types import ModuleType
from typing import Literal

from flask import Flask
from hypothesis import strategies as st

MODULE = "shop"
"""Name of the rendered module."""

Kind = Literal["limit", "exempt", "wraps", "plain", "route"]


@dataclass(frozen=True, kw_only=True)
class LimitSpec:
    """A call of `limit` or `shared_limit`."""

    text: str
    limiter: int = 0
    dynamic: bool = False
    """Given as a callable."""
    methods: tuple[str, ...] | None = None
    override: bool = True
    exempt_when: bool = False
    shared: bool = False
    per_method: bool = False

    def call(self) -> str:
        """The expression that makes the decorator."""
        arguments = [f"lambda: {self.text!r}" if self.dynamic else repr(self.text)]
        if self.shared:
            arguments.append("'pool'")
        if self.methods is not None:
            arguments.append(f"methods={list(self.methods)!r}")
        if not self.override:
            arguments.append("override_defaults=False")
        if self.exempt_when:
            arguments.append("exempt_when=never")
        if self.per_method:
            arguments.append("per_method=True")
        return f"limiter{self.limiter}.{'shared_limit' if self.shared else 'limit'}({', '.join(arguments)})"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One decorator line; `route` marks where a function is registered."""

    kind: Kind
    limit: LimitSpec | None = None
    flags: tuple[str, ...] | None = None
    """Of an exemption; None for the plain `exempt`."""
    limiter: int = 0

    def expression(self) -> str:
        """What follows the `@`."""
        if self.kind == "limit":
            assert self.limit is not None
            return self.limit.call()
        if self.kind == "exempt":
            return f"limiter{self.limiter}.exempt{flags_argument(self.flags)}"
        return {"wraps": "keeping", "plain": "hiding"}[self.kind]


@dataclass(frozen=True, kw_only=True)
class BlueprintSpec:
    """A blueprint and how it is registered."""

    name: str
    parent: int | None = None
    """Index of an earlier blueprint; None: registered on the application."""
    registered_as: str | None = None
    again_as: str | None = None
    """Registered a second time, under this name."""
    limits: tuple[LimitSpec, ...] = ()
    exemptions: tuple[Layer, ...] = ()

    def registrations(self) -> tuple[str, ...]:
        """The names it gets below its parent."""
        first = self.registered_as or self.name
        return (first,) if self.again_as is None else (first, self.again_as)


@dataclass(frozen=True, kw_only=True)
class ViewSpec:
    """A view function, or a `MethodView`, of the application or a blueprint."""

    name: str
    """Several functions may carry the same one."""
    endpoint: str
    blueprint: int | None = None
    methods: tuple[str, ...] = ("GET",)
    layers: tuple[Layer, ...] = ()
    """Outermost first; of a class they become its `decorators`, without a `route`."""
    is_class: bool = False
    method_layers: tuple[tuple[Layer, ...], ...] = ()
    """Of a class: on the function for each method."""
    body: tuple[LimitSpec, ...] = ()
    """Limits inside the function, each a `with` statement."""
    helper: int | None = None
    """Index of a limited helper that the function calls."""


@dataclass(frozen=True, kw_only=True)
class LimiterSpec:
    """One `Limiter`."""

    defaults: tuple[LimitSpec, ...] = ()
    application: tuple[LimitSpec, ...] = ()
    configured: bool = False
    """Defaults come from RATELIMIT_DEFAULT (the first limiter's, and only plain texts)."""
    bound: bool = True
    enabled: bool = True
    swallow_errors: bool = False


@dataclass(frozen=True, kw_only=True)
class Setup:
    """One application."""

    limiters: tuple[LimiterSpec, ...]
    blueprints: tuple[BlueprintSpec, ...] = ()
    views: tuple[ViewSpec, ...] = ()
    helpers: tuple[LimitSpec, ...] = field(default=())


def flags_argument(flags: tuple[str, ...] | None, *, after: str = "") -> str:
    """The arguments of a call of `exempt` beside the blueprint."""
    if flags is None:
        return f"({after})" if after else ""
    text = " | ".join(f"ExemptionScope.{flag}" for flag in flags) or "ExemptionScope.NONE"
    return f"({', '.join(filter(None, [after, f'flags={text}']))})"


PRELUDE = """\
from functools import wraps

from flask import Blueprint, Flask
from flask.views import MethodView
from flask_limiter import ExemptionScope, Limiter


def key():
    return "caller"


def never():
    return False


def keeping(function):
    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


def hiding(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


app = Flask(__name__, static_folder=None)
"""


def source(setup: Setup) -> str:
    """A module that builds the application as `app`."""
    lines = [PRELUDE]
    for index, limiter in enumerate(setup.limiters):
        lines += _limiter_lines(index, limiter)
    for index, helper in enumerate(setup.helpers):
        lines += ["", f"@{helper.call()}", f"def helper{index}():", "    return None", ""]
    for index, blueprint in enumerate(setup.blueprints):
        lines.append(f"bp{index} = Blueprint({blueprint.name!r}, __name__)")
        lines += [f"{limit.call()}(bp{index})" for limit in blueprint.limits]
        lines += [
            f"limiter{one.limiter}.exempt{flags_argument(one.flags, after=f'bp{index}')}"
            for one in blueprint.exemptions
        ]
    for index, view in enumerate(setup.views):
        lines += _class_lines(index, view) if view.is_class else _function_lines(index, view)
    for index, blueprint in reversed(list(enumerate(setup.blueprints))):
        owner = "app" if blueprint.parent is None else f"bp{blueprint.parent}"
        for name in blueprint.registrations():
            renamed = "" if name == blueprint.name else f", name={name!r}"
            lines.append(f"{owner}.register_blueprint(bp{index}{renamed}, url_prefix='/{name}{index}')")
    return "\n".join(lines) + "\n"


def _limiter_lines(index: int, limiter: LimiterSpec) -> list[str]:
    def texts(limits: tuple[LimitSpec, ...]) -> str:
        return ", ".join(f"lambda: {one.text!r}" if one.dynamic else repr(one.text) for one in limits)

    lines = [f"limiter{index} = Limiter(", "    key_func=key,", "    storage_uri='memory://',"]
    if limiter.defaults and not limiter.configured:
        lines.append(f"    default_limits=[{texts(limiter.defaults)}],")
    if limiter.application:
        lines.append(f"    application_limits=[{texts(limiter.application)}],")
    if limiter.swallow_errors:
        lines.append("    swallow_errors=True,")
    lines.append(")")
    # The library reads and writes the configuration when it is bound, so every limiter sets what it needs.
    default = ";".join(one.text for one in limiter.defaults) if limiter.configured else None
    lines.append(f"app.config['RATELIMIT_DEFAULT'] = {default!r}")
    lines.append(f"app.config['RATELIMIT_ENABLED'] = {limiter.enabled!r}")
    if limiter.bound:
        lines.append(f"limiter{index}.init_app(app)")
    return lines


def _owner(view: ViewSpec) -> str:
    return "app" if view.blueprint is None else f"bp{view.blueprint}"


def _function_lines(index: int, view: ViewSpec) -> list[str]:
    lines = ["", ""]
    for layer in view.layers:
        if layer.kind == "route":
            arguments = f"'/v{index}', endpoint={view.endpoint!r}, methods={list(view.methods)!r}"
            lines.append(f"@{_owner(view)}.route({arguments})")
        else:
            lines.append(f"@{layer.expression()}")
    lines.append(f"def {view.name}():")
    for limit in view.body:
        lines += [f"    with {limit.call()}:", "        pass"]
    if view.helper is not None:
        lines.append(f"    helper{view.helper}()")
    return [*lines, "    return 'ok'", ""]


def _class_lines(index: int, view: ViewSpec) -> list[str]:
    lines = ["", "", f"class View{index}(MethodView):"]
    # Flask applies them in their order, so the first becomes the innermost.
    decorators = [layer.expression() for layer in reversed(view.layers)]
    lines.append(f"    decorators = [{', '.join(decorators)}]")
    for method, layers in zip(view.methods, view.method_layers, strict=True):
        lines += ["", *(f"    @{layer.expression()}" for layer in layers)]
        lines += [f"    def {method.lower()}(self):", "        return 'ok'"]
    registered = f"View{index}.as_view({view.endpoint!r})"
    return [*lines, "", "", f"{_owner(view)}.add_url_rule('/v{index}', view_func={registered})", ""]


def boot(setup: Setup) -> tuple[Flask, list[object]]:
    """The application of the rendered module, and its limiters."""
    module = ModuleType(MODULE)
    exec(compile(source(setup), f"{MODULE}.py", "exec"), module.__dict__)
    return module.app, [getattr(module, f"limiter{index}") for index in range(len(setup.limiters))]


# Strategies

TEXTS = st.sampled_from(
    ["5/minute", "5 per minute", "3/hour;20/day", "7/2 minutes", "5/minute;5/minute", "9/second", "", "often"]
)
GOOD_TEXTS = st.sampled_from(["11/minute", "12/hour;120/day", "13/2 seconds", "11 per minute"])
DYNAMIC_TEXTS = st.sampled_from(["71/minute", "72/hour", "73/day"])
"""Only what is computed at run time has amounts above 70, so that it can be told apart."""
METHODS = st.sampled_from([None, None, None, ("GET",), ("post",), ("POST", "DELETE"), ("OPTIONS", "GET")])
FLAGS = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from([("APPLICATION", "DEFAULT", "DESCENDENTS"), ("DEFAULT", "ANCESTORS"), ("DESCENDENTS",)]),
    st.lists(
        st.sampled_from(["APPLICATION", "DEFAULT", "META", "DESCENDENTS", "ANCESTORS"]),
        unique=True,
        max_size=3,
    ).map(tuple),
)


@st.composite
def limit_specs(draw: st.DrawFn, limiters: int = 1, *, plain: bool = False, good: bool = False) -> LimitSpec:
    """A limit; `plain` ones are what a list of default limits can hold."""
    dynamic = draw(st.sampled_from([False, False, False, True]))
    text = draw(DYNAMIC_TEXTS if dynamic else GOOD_TEXTS if good else TEXTS)
    if plain:
        return LimitSpec(text=text, dynamic=dynamic)
    return LimitSpec(
        text=text,
        dynamic=dynamic,
        limiter=draw(st.integers(0, limiters - 1)),
        methods=draw(METHODS),
        override=draw(st.booleans()),
        exempt_when=draw(st.booleans()),
        shared=draw(st.booleans()),
        per_method=draw(st.booleans()),
    )


@st.composite
def layers(draw: st.DrawFn, limiters: int, *, most: int = 4) -> tuple[Layer, ...]:
    """Decorators in any order."""
    kinds = st.sampled_from(["limit", "limit", "limit", "exempt", "wraps", "plain"])
    found: list[Layer] = []
    for kind in draw(st.lists(kinds, max_size=most)):
        limit = draw(limit_specs(limiters)) if kind == "limit" else None
        if limit is not None and found and draw(st.booleans()):
            limit = found[-1].limit or limit  # written twice, it is one declaration
        flags = draw(FLAGS) if kind == "exempt" else None
        found.append(Layer(kind=kind, limit=limit, flags=flags, limiter=draw(st.integers(0, limiters - 1))))
    return tuple(found)


@st.composite
def blueprint_specs(
    draw: st.DrawFn, limiters: int, index: int, parents: list[BlueprintSpec]
) -> BlueprintSpec:
    """A blueprint below one of `parents`, at most three deep; simple names may repeat under other parents."""

    def depth(position: int | None) -> int:
        return 0 if position is None else 1 + depth(parents[position].parent)

    parent = draw(st.sampled_from([None, *(p for p in range(len(parents)) if depth(p) < 3)]))
    taken = {name for one in parents if one.parent == parent for name in one.registrations()}
    name = draw(st.sampled_from(["a", "b", f"c{index}"]))
    renamed = draw(st.sampled_from([None, None, None, f"r{index}"]))
    if name in taken and renamed is None:
        renamed = f"r{index}"
    exempt = st.builds(Layer, kind=st.just("exempt"), flags=FLAGS, limiter=st.integers(0, limiters - 1))
    return BlueprintSpec(
        name=name,
        parent=parent,
        registered_as=renamed,
        again_as=draw(st.sampled_from([None, None, None, f"s{index}"])),
        limits=tuple(draw(st.lists(limit_specs(limiters), max_size=2))),
        exemptions=tuple(draw(st.lists(exempt, max_size=1))),
    )


@st.composite
def view_specs(draw: st.DrawFn, limiters: int, index: int, blueprints: int, helpers: int) -> ViewSpec:
    """A view that is served, its limits above or below its route."""
    owner = draw(st.sampled_from([None, *range(blueprints)]))
    methods = draw(
        st.sampled_from([("GET",), ("GET", "POST"), ("POST",), ("GET", "DELETE"), ("POST", "DELETE")])
    )
    endpoint = draw(st.sampled_from([f"e{index}"] * 8 + (["static"] if index == 0 else [])))
    if draw(st.sampled_from([False, False, True])):
        own = tuple(draw(layers(limiters, most=2)) for _ in methods)
        outer = draw(layers(limiters, most=3))
        return ViewSpec(
            name=endpoint,
            endpoint=endpoint,
            blueprint=owner,
            methods=methods,
            layers=outer,
            is_class=True,
            method_layers=own,
        )
    around = draw(layers(limiters))
    position = draw(st.sampled_from([0, 0, 0, *range(len(around) + 1)]))
    return ViewSpec(
        name=draw(st.sampled_from([f"view{index}", f"view{index}", "view"])),
        endpoint=endpoint,
        blueprint=owner,
        methods=methods,
        layers=(*around[:position], Layer(kind="route"), *around[position:]),
        body=tuple(draw(st.lists(limit_specs(limiters), max_size=1))) if draw(st.integers(0, 4)) == 0 else (),
        helper=draw(st.sampled_from([None, None, None, *range(helpers)])),
    )


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    """A whole application."""
    limiters = draw(st.sampled_from([1, 1, 1, 2]))
    good = draw(st.sampled_from([True, True, True, False]))
    several = st.lists(limit_specs(plain=True, good=good), max_size=2, unique_by=lambda one: one.text).map(
        tuple
    )
    specs = tuple(
        LimiterSpec(
            defaults=draw(several),
            application=draw(several),
            bound=draw(st.sampled_from([True] * 6 + [False])),
            enabled=draw(st.sampled_from([True] * 6 + [False])),
            swallow_errors=draw(st.sampled_from([False, False, True])),
            configured=False,
        )
        for _ in range(limiters)
    )
    helpers = tuple(draw(st.lists(limit_specs(limiters), max_size=1)))
    blueprints: list[BlueprintSpec] = []
    for index in range(draw(st.integers(0, 4))):
        blueprints.append(draw(blueprint_specs(limiters, index, blueprints)))
    count = draw(st.integers(1, 3))
    views = tuple(draw(view_specs(limiters, index, len(blueprints), len(helpers))) for index in range(count))
    return Setup(limiters=specs, blueprints=tuple(blueprints), views=views, helpers=helpers)
