"""The vocabulary: what an application is to the rules and reports. It does not say how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guardapi.place import Place


class LimitSource(StrEnum):
    """What declared a limit."""

    DECORATOR = "decorator"
    """On the view, its class or one of its methods."""
    BLUEPRINT = "blueprint"
    """On a blueprint that the route belongs to."""
    DEFAULT = "default"
    """The limiter's default limits."""
    APPLICATION = "application"
    """A budget that all routes share, or an outer limit (reverse proxy, hook) for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit that holds for one HTTP method of one route."""

    text: str | None
    """Normal form, `10 per 1 minute`; None where only a request can tell."""
    source: LimitSource
    place: Place | None
    """Where it is declared; None where a dependency does."""
    reasons: tuple[str, ...] = ()
    """Why it holds here: a sentence a step, from the declaration to the route."""
    shared: bool = False
    """One counter for several routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodLimits:
    """The limits of one HTTP method of one route.

    `undecided` empty: `limits` is all there is, and if that is empty too, nothing limits.
    Otherwise there may be more (or fewer) and each entry says why that is unknown.
    """

    limits: tuple[Limit, ...] = ()
    undecided: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why declared limits do not hold here, a sentence each."""

    @property
    def is_unlimited(self) -> bool:
        """Surely nothing limits."""
        return not self.limits and not self.undecided


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
    condition: str | None = None
    """What decides whether the route exists at all, where the set-up does not say; None if it surely does."""

    @property
    def is_unlimited(self) -> bool:
        """Surely nothing limits any of its methods."""
        return all(held.is_unlimited for held in self.limits.values())

    @property
    def is_undecided(self) -> bool:
        """Whether something limits is unknown for some method."""
        return any(held.undecided for held in self.limits.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """A limit that is written in the source and attached to nothing that serves a request."""

    place: Place
    kind: str
    """`above-route`: the limit's decorator stands above the one that registers the view;
    `discarded`: the limited function is not the one that is registered."""
    function: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    """A rate limiter object of the set-up."""

    name: str
    """`module:name` under which the project knows it, or the class name where it has none."""
    kind: str
    """Distribution or mechanism: `flask-limiter`, `project` (the project's own), `nginx`."""
    place: Place
    bound: bool
    """Whether it is initialised for the application it is listed with."""
    enabled: bool | None = True
    """None where only the environment tells."""
    disabled_by: Place | None = None
    storage: str | None = None
    """The storage URI as resolved; `memory://` where none is given; None where unknown."""
    storage_place: Place | None = None
    uses: int = 0
    """Decorated views, blueprints, default and application limits."""
    misuses: tuple[Misuse, ...] = ()


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
    """A constant, or None where it is not known (see `known`)."""
    known: bool
    place: Place | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCount:
    """How many processes (not threads) a deployment file starts for one service."""

    count: int | None
    """None: more than one, but the number is computed where it runs (`cpu_count()`)."""
    server: str
    """`gunicorn`, `uwsgi`, `replicas`, ..."""
    place: Place
    target: str | None = None
    """The application it names (`shop.wsgi:app`), where it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterLimit:
    """A per-client limit that a reverse proxy sets in front of the application."""

    text: str
    """`10 per 1 second`."""
    path: str
    """The location's path, as written."""
    match: str
    """`exact`, `prefix` or `regex`."""
    place: Place
    burst: int = 0
    """Requests above the rate that are let through (or wait) before one is refused."""
    modifier: str = ""
    """Of the location: `=`, `^~`, `~`, `~*` or none."""
    siblings: tuple[tuple[str, str, str], ...] = ()
    """Every location of the server, of which the best match serves a request: modifier, path, and what the
    application sees in the place of that path (empty where the location does not pass requests on)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetting:
    """A setting of a server or proxy, as a deployment file writes it."""

    server: str
    """`gunicorn`, `uwsgi`, `nginx`, `traefik`, `ingress`, `heroku`, ..."""
    name: str
    """The server's own name for it, `_` for `-`: `timeout`, `harakiri`, `client_max_body_size`."""
    value: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the deployment files of a project say."""

    processes: tuple[ProcessCount, ...] = ()
    outer_limits: tuple[OuterLimit, ...] = ()
    entry_points: tuple[str, ...] = ()
    """`module:object` texts that servers are told to serve; `module` alone where none names the object."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Required distributions, normalised name to version specifier; an extra is listed, too: `limits[redis]`."""
    settings: tuple[ServerSetting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file (or part of one) that could not be read; the rest of the scan went on."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything a scan knows before any rule has looked."""

    apps: tuple[App, ...] = ()
    deployment: Deployment = field(default_factory=Deployment)
    problems: tuple[Problem, ...] = ()
    files: int = 0
    """Python files that belong to the scan."""
