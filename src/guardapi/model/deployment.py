"""What the deployment files of a project say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from guardapi.place import Place


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
    port: int | None = None
    """The port there, 0 for a Unix socket; None where that is not known."""
    pattern: tuple[str, str] | None = None
    """The modifier (`~`, `~*`) and the expression of the location that passes on, where the application sees paths
    as they are; None where all paths, or others than the location has, may come through."""


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
class EntryPoint:
    """What the metadata of a distribution advertises, as the packaging specification has it."""

    group: str
    """`console_scripts`, or a group of the project's own."""
    name: str
    value: str
    """`package.module:object.attribute`, or a module alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What the metadata of the project says, wherever it is written."""

    packages: Mapping[str, str] = field(default_factory=dict)
    """Required distributions, normalised name to version specifier; an extra is listed, too: `limits[redis]`."""
    advertised: tuple[EntryPoint, ...] = ()


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
    advertised: tuple[EntryPoint, ...] = ()
    """The entry points of the project's own metadata."""
    targets: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By a file and what it tells a server to serve: the ids of the applications that this surely is."""

    @property
    def distribution(self) -> Distribution:
        """The project as what it is packaged as."""
        return Distribution(packages=self.packages, advertised=self.advertised)
