"""The vocabulary: what an application is to the rules and reports. It does not say how it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guardapi.place import Place
from guardapi.sink import Hook, MethodWork, Sink


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


class Loss(StrEnum):
    """Why a limit that is declared for a route does not hold there."""

    INVALID = "invalid"
    """Its text is none that the limiter reads."""
    REPLACED = "replaced"
    """A limit nearer to the view takes its place."""
    FORGOTTEN = "forgotten"
    """It holds only until some request has met a limit inside the view."""
    MISNAMED = "misnamed"
    """It is filed under a name that the route's blueprint is not registered with."""
    CUT = "cut"
    """An exemption of the route's blueprint keeps it from the limits of those around it."""
    META = "meta"
    """It is the budget of refusals of a blueprint's limit: the limiter drops it."""


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
    overrides: bool = False
    """It takes the place of the default limits."""
    key: str = ""
    """The name of its own key function, as `LimiterFunction` has it; empty: the limiter's."""
    is_conditional: bool = False
    """It is counted after the response, and only where a function says so (`deduct_when`)."""
    costs: bool = True
    """False: it is written to cost nothing."""

    @property
    def own_key(self) -> bool:
        """Whether it tells callers apart by another key than the limiter's."""
        return bool(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLimit:
    """A limit that is declared for one HTTP method of one route and does not hold there."""

    text: str | None
    """As it is written; None where only a request can tell."""
    source: LimitSource
    place: Place | None
    """Where it is declared (or the answer written, for one that a function answers with)."""
    loss: Loss
    reason: str
    """A phrase: what is wrong with the text, or what takes it away."""
    target: str = ""
    """What it is declared on: a view, a blueprint, the limiter."""
    by: Place | None = None
    """Where that which takes it away is written."""
    condition: str | None = None
    """Of an answer of a function: the test under which it is given, if any."""


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
    lost: tuple[LostLimit, ...] = ()
    """Declared limits that surely do not hold here. For REPLACED and FORGOTTEN one for each part of a text."""
    fails: str | None = None
    """Why every request is answered with status 500, or None."""

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
class Misuse:
    """A limit that is written in the source and attached to nothing that serves a request."""

    place: Place
    kind: str
    """`above-route`: the limit's decorator stands above the one that registers the view;
    `discarded`: the limited function is not the one that is registered."""
    function: str
    text: str | None


class Sharing(StrEnum):
    """What a view has from another one that the limiter takes for the same."""

    EXEMPTION = "exemption"
    """It is exempt, and was never exempted."""
    MARK = "mark"
    """It counts as limited, and has no limit that runs: the default limits are left out."""
    LIMIT = "limit"
    """It has the other one's limits besides its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameClash:
    """Views that the limiter takes for one, since their functions (or blueprints) bear one name."""

    name: str
    """`module:qualified.name`, or the blueprint's name."""
    sharing: Sharing
    place: Place
    """Where the limit or exemption is declared."""
    endpoints: tuple[str, ...]
    """Those that have it from another one."""
    of_blueprints: bool = False
    named_at: Place | None = None
    """The definition that gives the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What a limiter does while its store cannot be reached."""

    counts_in_memory: bool | None = False
    """It goes on in the memory of each process; None where that is not known."""
    limits: tuple[str, ...] = ()
    """Texts of the limits that hold then, instead of all others; none: the usual ones hold."""
    keyless_at: Place | None = None
    """Such a limit without a key function, for which every request fails then."""
    swallows_errors: bool | None = False
    """Errors of the store are logged and the request is let through."""
    swallow_place: Place | None = None


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
    key: str = ""
    """The name of its key function, as `LimiterFunction` has it; empty where that is not known."""
    race: Place | None = None
    """Of the project's own: where a counter is written back that was read and compared in steps before."""
    misuses: tuple[Misuse, ...] = ()
    clashes: tuple[NameClash, ...] = ()
    storage_options: Mapping[str, object] | None = field(default_factory=dict)
    """What the client of the store is given, constants or None (a value that is not known is `...`);
    None where not even the names are known."""
    fallback: Fallback = field(default_factory=Fallback)
    by_address: bool | None = None
    """Whether it tells callers apart by the address of their connection alone; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterAnswer:
    """One of the answers of a function that has a say in limits."""

    place: Place
    sources: tuple[str, ...] = ()
    """Caller data in it, as written: `request.headers['X-Forwarded-For']`."""
    is_constant: bool = False
    """A literal that is not empty."""
    may_be_empty: bool = False
    """None or an empty text, or missing where the caller sends nothing."""
    has_address: bool = False
    """The address of the connection is in it."""
    has_identity: bool = False
    """Who has signed in is in it."""
    status: int | None = None
    """Of a response; None where it is not known, or handed on from the refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterFunction:
    """A function of the project that has a say in limits."""

    role: str
    """`key`, `exempt_when`, `request_filter`, `cost`, `deduct_when`, `on_breach`; `handler` answers refused requests
    alone, `general_handler` all errors."""
    name: str
    place: Place
    declared: Place | None = None
    """Where it is handed over."""
    answers: tuple[LimiterAnswer, ...] = ()
    weak_tests: tuple[str, ...] = ()
    """Caller data that it compares with a literal, or looks for."""
    has_strong_test: bool = False
    """It compares caller data with something that is not written in the source."""
    asks_address: bool = False
    """It tests the address of the connection."""
    sinks: tuple[Sink, ...] = ()
    """What its own code causes."""


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


class Deadness(StrEnum):
    """Why a setting has no effect."""

    UNREAD = "unread"
    """The installed release reads no setting of this name."""
    MISSPELT = "misspelt"
    """A setting with nearly the same name is read."""
    LATE = "late"
    """It is set when what reads it has already done so."""
    SHADOWED = "shadowed"
    """An argument in the code is preferred to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadSetting:
    """A configuration value that nothing reads."""

    key: str
    place: Place
    why: Deadness
    read_instead: str | None = None
    """The name that is read."""
    limiter: str | None = None
    """The limiter that does not read it."""
    other: Place | None = None
    """Where the limiter was bound, or the argument given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedUse:
    """Something of a library that the installed release does not have."""

    name: str
    """As a phrase in code: `limiter.check()`, `auto_check=`."""
    distribution: str
    gone_since: str
    """The first release without it."""
    place: Place
    instead: str = ""
    """What does the same, a phrase."""
    in_call: bool = False
    """It fails with each request rather than at the start."""
    swallowed: bool = False
    """The code around it catches the error and goes on."""
    is_pinned: bool = False
    """The project names the release exactly."""


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
    source: str = "nginx"
    """What enforces it."""
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
    scope: str = ""
    """The location within the server where alone it holds, as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A server as a command line starts it, or as its own settings file describes it."""

    server: str
    """`gunicorn`, `uwsgi`, `flask`, `python`, ..."""
    place: Place
    target: str | None = None
    """What it is told to serve: `shop.wsgi:app`; of `python`, the module that it runs."""
    settings: tuple[ServerSetting, ...] = ()
    config: str | None = None
    """The settings file that its command line names, as written."""
    is_file: bool = False
    """It is that file: a command line elsewhere starts the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A reverse proxy in front of the application."""

    kind: str
    """`nginx`, `traefik`, `ingress`, `heroku`, ..."""
    place: Place
    appends: bool | None = True
    """Whether it adds the address of its client to `X-Forwarded-For`; None where that is not known."""
    is_transparent: bool = False
    """The application sees the client's address as that of the connection (`uwsgi_pass`), or the proxy restores
    the address that another proxy reports (`real_ip_header`)."""
    upstream: str | None = None
    """The host that it passes requests on to, where the file says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPort:
    """A port of a container that the outside may reach."""

    service: str
    text: str
    """As written: `8000:8000`."""
    place: Place
    is_loopback: bool = False
    """Only the machine itself may reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the deployment files of a project say."""

    processes: tuple[ProcessCount, ...] = ()
    outer_limits: tuple[OuterLimit, ...] = ()
    entry_points: tuple[str, ...] = ()
    """`module:object` texts that servers are told to serve; `module` alone where none names the object."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Required distributions, normalised name to version specifier; an extra is listed, too: `limits[redis]`."""
    package_places: Mapping[str, Place] = field(default_factory=dict)
    """Where requirements and lock files name a distribution."""
    settings: tuple[ServerSetting, ...] = ()
    starts: tuple[Start, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    published: tuple[PublishedPort, ...] = ()
    """Ports of services that may be the application: of no proxy, database or worker."""
    scripts: frozenset[str] = frozenset()
    """Base names of the scripts that containers and units start."""
    targets: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By a file and what it tells a server to serve: the ids of the applications that this surely is."""


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
