"""What the evaluator would report of a generated set-up: a state for each limiter, facts for each route."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from limiter_setups import MODULE, BlueprintSpec, Layer, LimitSpec, Setup, ViewSpec

from guardapi.frameworks.flask.limiter_state import (
    LATEST,
    Check,
    DeclaredLimit,
    LimiterState,
    RouteFacts,
    Scope,
    Version,
    identity,
    plain_exemption,
)


@dataclass
class Callable:
    """A function with the wrappers around it, as decorators see it."""

    name: str
    qualname: str
    mark: int | None = None
    """The limiter whose mark the outermost layer carries."""
    checks: list[tuple[int, Check]] = field(default_factory=list)
    """Innermost first, with the limiter's index."""

    limited_by: set[int] = field(default_factory=set)
    """The limiters of which a decorator was applied to this very object."""

    def copy(self) -> "Callable":
        return Callable(self.name, self.qualname, self.mark, list(self.checks))


class Facts:
    """Plays the decorators of a set-up."""

    def __init__(self, setup: Setup, version: Version = LATEST) -> None:
        self.setup = setup
        self.version = version
        count = range(len(setup.limiters))
        self.decorated: list[dict[str, list[DeclaredLimit]]] = [defaultdict(list) for _ in count]
        self.blueprints: list[dict[str, list[DeclaredLimit]]] = [defaultdict(list) for _ in count]
        self.route_exemptions: list[dict[str, Scope | None]] = [{} for _ in count]
        self.blueprint_exemptions: list[dict[str, Scope | None]] = [{} for _ in count]
        self.marked: list[set[str]] = [set() for _ in count]
        self.serial = 0
        self.helpers = [self._helper(index, limit) for index, limit in enumerate(setup.helpers)]
        for blueprint in setup.blueprints:
            for limit in blueprint.limits:
                self.blueprints[limit.limiter][blueprint.name].append(self.declared(limit))
            for one in blueprint.exemptions:
                self.blueprint_exemptions[one.limiter][blueprint.name] = self.flags(one)
        self.served = [
            self._class(i, view) if view.is_class else self._function(view)
            for i, view in enumerate(setup.views)
        ]

    def declared(self, limit: LimitSpec) -> DeclaredLimit:
        self.serial += limit.dynamic
        return DeclaredLimit(
            text=None if limit.dynamic else limit.text,
            methods=limit.methods,
            override_defaults=limit.override,
            exempt_when=limit.exempt_when,
            shared=limit.shared,
            per_method=limit.per_method,
            likeness=f"callable {self.serial}" if limit.dynamic else "",
        )

    def flags(self, layer: Layer) -> Scope:
        if layer.flags is None:
            return plain_exemption(self.version)
        scope = Scope.NONE
        for flag in layer.flags:
            scope |= Scope[flag]
        return scope

    def name_of(self, target: Callable) -> str:
        return identity(MODULE, target.name, target.qualname, self.version)

    def decorate(self, target: Callable, layer: Layer) -> Callable:
        """The object that the decorator returns for `target`."""
        result = target.copy()
        name = self.name_of(target)
        if layer.kind == "limit":
            assert layer.limit is not None
            owner = layer.limit.limiter
            target.limited_by.add(owner)
            self.decorated[owner][name].append(self.declared(layer.limit))
            self.marked[owner].add(name)
            result.checks.append((owner, Check(identity=name, stacked=target.mark == owner)))
            result.mark = owner
        elif layer.kind == "exempt":
            self.route_exemptions[layer.limiter][name] = self.flags(layer)
        elif layer.kind == "plain":
            result.name, result.qualname, result.mark = "inner", "hiding.<locals>.inner", None
        return result

    def _helper(self, index: int, limit: LimitSpec) -> Callable:
        bare = Callable(f"helper{index}", f"helper{index}")
        return self.decorate(bare, Layer(kind="limit", limit=limit))

    def _function(self, view: ViewSpec) -> tuple[Callable, dict[str, list[tuple[int, Check]]]]:
        target = Callable(view.name, view.name)
        registered = target
        for layer in reversed(view.layers):
            if layer.kind == "route":
                registered = target
            else:
                target = self.decorate(target, layer)
        checks = [*reversed(registered.checks), *self._body(view)]
        return registered, dict.fromkeys(view.methods, checks)

    def _body(self, view: ViewSpec) -> Iterator[tuple[int, Check]]:
        for number, limit in enumerate(view.body):
            name = f"with:{view.endpoint}:{number}"
            self.decorated[limit.limiter][name].append(self.declared(limit))
            yield limit.limiter, Check(identity=name, in_body=True)
        if view.helper is not None:
            for owner, check in reversed(self.helpers[view.helper].checks):
                yield owner, Check(identity=check.identity, stacked=check.stacked, in_body=True)

    def _class(self, index: int, view: ViewSpec) -> tuple[Callable, dict[str, list[tuple[int, Check]]]]:
        checks = {}
        for method, own in zip(view.methods, view.method_layers, strict=True):
            function = Callable(method.lower(), f"View{index}.{method.lower()}")
            for layer in reversed(own):
                function = self.decorate(function, layer)
            checks[method] = list(reversed(function.checks))
        target = Callable(view.endpoint, "View.as_view.<locals>.view")
        for layer in reversed(view.layers):
            target = self.decorate(target, layer)
        target = target.copy()
        target.name = view.endpoint
        outer = list(reversed(target.checks))
        return target, {method: [*outer, *inner] for method, inner in checks.items()}

    def state(self, index: int) -> LimiterState:
        limiter = self.setup.limiters[index]
        if limiter.configured:
            joined = ";".join(one.text for one in limiter.defaults)
            defaults = (DeclaredLimit(text=joined),) if joined else ()
        else:
            defaults = tuple(self.declared(one) for one in limiter.defaults)
        return LimiterState(
            name=f"limiter{index}",
            version=self.version,
            enabled=limiter.enabled,
            bound=limiter.bound,
            hooked=self._hooked(index),
            defaults=defaults,
            application=tuple(self.declared(one) for one in limiter.application),
            decorated={name: tuple(limits) for name, limits in self.decorated[index].items()},
            blueprints={name: tuple(limits) for name, limits in self.blueprints[index].items()},
            route_exemptions=self.route_exemptions[index],
            blueprint_exemptions=self.blueprint_exemptions[index],
            marked=frozenset(self.marked[index]),
            swallow_errors=limiter.swallow_errors,
        )

    def _hooked(self, index: int) -> bool:
        earlier = self.setup.limiters[:index]
        return not any(one.bound and one.enabled for one in earlier)

    def routes(self, index: int) -> Iterator[RouteFacts]:
        """Of the limiter with this index, a route for each time a view is registered."""
        for view, (registered, checks) in zip(self.setup.views, self.served, strict=True):
            for dotted in self._dotted(view.blueprint):
                own = None if view.blueprint is None else self.setup.blueprints[view.blueprint].name
                yield RouteFacts(
                    endpoint=view.endpoint if dotted is None else f"{dotted}.{view.endpoint}",
                    blueprint=dotted,
                    blueprint_own_name=own,
                    registered_name=self.name_of(registered),
                    limited_itself=index in registered.limited_by,
                    checks={method: tuple(mine(index, found)) for method, found in checks.items()},
                )

    def _dotted(self, blueprint: int | None) -> list[str | None]:
        if blueprint is None:
            return [None]
        spec: BlueprintSpec = self.setup.blueprints[blueprint]
        above = self._dotted(spec.parent) if spec.parent is not None else [None]
        return [
            name if prefix is None else f"{prefix}.{name}"
            for prefix in above
            for name in spec.registrations()
        ]


def mine(index: int, checks: Iterable[tuple[int, Check]]) -> Iterator[Check]:
    """The checks of one limiter."""
    return (check for owner, check in checks if owner == index)
