"""Applications and their routes, with all that was found out about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardapi.model.limiters import DeadSetting, Limiter, LimiterFunction, RemovedUse
from guardapi.model.limits import MethodLimits
from guardapi.place import Place
from guardapi.sink import Hook, MethodWork, Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The innermost function (or class) that serves a route, behind its decorators."""

    name: str
    """`module:qualified.name`."""
    place: Place | None
    """The `def`, `class` or `lambda`; None where a dependency brings it."""
    wrappers: tuple[str, ...] = ()
    """Names of the decorators a request passes first, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule of the URL map."""

    rule: str
    methods: tuple[str, ...]
    """Sorted, without the HEAD and OPTIONS that the framework adds; these alone where a rule has no other."""
    endpoint: str
    blueprint: str | None
    view: View
    place: Place | None
    """Where it is registered."""
    limits: Mapping[str, MethodLimits] = field(default_factory=dict)
    """By HTTP method, the same keys as `methods`."""
    exempt: str | None = None
    """Why no limit can apply, or None."""
    exempt_place: Place | None = None
    """Where the project says so; None where the limiter itself does."""
    condition: str | None = None
    """What decides whether the route exists at all, where the set-up does not say; None if it surely does."""
    work: Mapping[str, MethodWork] = field(default_factory=dict)
    """By HTTP method: what a request causes; empty where handlers were not read."""

    @property
    def is_unlimited(self) -> bool:
        """Surely nothing limits any of its methods."""
        return all(held.is_unlimited for held in self.limits.values())

    @property
    def is_undecided(self) -> bool:
        """Whether something limits is unknown for some method."""
        return any(held.undecided for held in self.limits.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Something of the set-up that could not be evaluated, and what that may hide."""

    place: Place | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A configuration value of an application."""

    key: str
    value: object
    """A constant, or a tuple or mapping of these (without the entries that are not known); None where it is not
    known (see `known`)."""
    known: bool
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyTrust:
    """What the application makes of the addresses that proxies report."""

    hops: int | None
    """How many reports of `X-Forwarded-For` it believes, counted from the end; None where that is not known."""
    place: Place | None = None
    """Where it says so; None where nothing does, and the address is that of the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    """A development server that the application's own code starts."""

    place: Place
    name: str
    """The call: `app.run`, `run_simple`, `socketio.run`."""
    module: str
    """The module that must be started (or, without a guard, imported) for it."""
    is_guarded: bool
    """Whether it stands below `if __name__ == "__main__"`, so that no import starts it."""
    host: str | None = None
    """None where it is not known."""
    debug: bool | None = False
    has_choice: bool = False
    """The module knows another server, too, and may start that one instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A pool of database connections that the set-up makes."""

    place: Place
    url: str | None = None
    """None where it is not known."""
    options: Mapping[str, object] = field(default_factory=dict)
    """As they are passed, without those that are not known; classes by their names (`NullPool`)."""
    is_open: bool = False
    """There may be more options than these."""
    key: str | None = None
    """The setting that holds the options, where one does."""
    is_local: bool = False
    """A function makes it: for itself, it may be, rather than for requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketEvent:
    """A function that runs for each message of a socket. No limit of a route counts its calls."""

    event: str
    name: str
    """`module:qualified.name`."""
    place: Place
    max_size: int | None
    """Bytes that a message may have; None where that is not known."""
    has_guard: bool
    """Whether it counts, or asks a limiter."""
    sinks: tuple[Sink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One application and all that it serves."""

    id: str
    """`module:name` of the application object or of the factory that builds it."""
    framework: str
    place: Place
    routes: tuple[Route, ...] = ()
    limiters: tuple[Limiter, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)
    undecided: tuple[Undecided, ...] = ()
    hooks: tuple[Hook, ...] = ()
    """What runs around the views, in the order of its registration."""
    functions: tuple[LimiterFunction, ...] = ()
    """What the project hands to its limiters, and what answers where they refuse."""
    dead_settings: tuple[DeadSetting, ...] = ()
    removed: tuple[RemovedUse, ...] = ()
    served_as: tuple[str, ...] = ()
    """Every `module:name` under which a server may be told to serve it."""
    request_bounds: Mapping[str, Setting] = field(default_factory=dict)
    """What a request may hold: `max_content_length`, `max_form_memory_size`, `max_form_parts`; None is no bound."""
    proxy_trust: ProxyTrust = ProxyTrust(hops=0)
    own_servers: tuple[OwnServer, ...] = ()
    engines: tuple[Engine, ...] = ()
    sockets: tuple[SocketEvent, ...] = ()
