"""Where Flask-Limiter counts: a store that needs a server is replaced, or seems to refuse, or to hang."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

SERVERS = frozenset({"redis", "rediss", "valkey", "valkeys", "memcached", "mongodb", "etcd"})
SCHEME = re.compile(r"(?:async\+)?(?P<name>[a-z]+)")
HOSTS = re.compile(r"(?<=//)(?P<account>[^/@]*@)?[^/?]*")
REFUSES, HANGS = 1, 2
"""Ports that the guard knows: see `guard.STORE_PORTS`."""
_KEPT: list[socket.socket] = []


class Store:
    """What the application finds in the place of its store."""

    def __init__(self) -> None:
        self.kind = "working"
        self.ports: frozenset[int] = frozenset()
        self.tell: Callable[[str], None] = _nobody

    def set_up(self, kind: str, ports: frozenset[int], tell: Callable[[str], None]) -> None:
        """Before the application is imported."""
        self.kind, self.ports, self.tell = kind, ports, tell
        if kind == "hangs":
            _take_connections()

    def of_limits(self, module: Any) -> None:
        """`limits.storage`: every way to a store goes through one function of it."""
        made = module.storage_from_string

        def storage_from_string(storage_string: str, **options: Any) -> Any:
            return made(self.instead_of(storage_string), **options)

        module.storage_from_string = storage_from_string

    def instead_of(self, uri: str) -> str:
        """The address that counts."""
        shown = HOSTS.sub(lambda found: found[0].rpartition("@")[2], uri, count=1)
        scheme = SCHEME.match(uri)
        if scheme is None or scheme["name"] not in SERVERS:
            return uri
        if self.kind == "working":
            if self._is_allowed(uri):
                self.tell(f"store: {shown}; its clock is not put forward")
                return uri
            self.tell(f"store: memory in the place of {shown}")
            return "async+memory://" if uri.startswith("async+") else "memory://"
        self.tell(f"store: {shown} {self.kind}")
        port = REFUSES if self.kind == "refuses" else HANGS
        if "+unix:" in uri:
            return f"{scheme['name']}://127.0.0.1:{port}"
        return HOSTS.sub(lambda found: f"{found['account'] or ''}127.0.0.1:{port}", uri, count=1)

    def _is_allowed(self, uri: str) -> bool:
        try:
            host, port = urlsplit(uri).hostname, urlsplit(uri).port
        except ValueError:
            return False
        return host in ("localhost", "127.0.0.1", "::1") and port in self.ports


def _take_connections() -> None:
    """A connection to the port that hangs is taken, by an end that never says anything."""
    connect = socket.socket.connect

    def taken(self: Any, address: Any) -> None:
        if not (isinstance(address, tuple) and address[1] == HANGS):
            connect(self, address)
            return
        timeout = self.gettimeout()
        near, far = socket.socketpair()
        os.dup2(near.fileno(), self.fileno())
        near.close()
        _KEPT.append(far)
        self.settimeout(timeout)

    socket.socket.connect = taken  # type: ignore[method-assign]


def _nobody(_text: str) -> None:
    return None


STORE = Store()
