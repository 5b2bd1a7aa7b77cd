"""Where Flask-Limiter counts: a store that needs a server is replaced, or seems to refuse, or to hang."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .silence import take_connections
from .strategies import Strategies

SERVERS = frozenset({"redis", "rediss", "valkey", "valkeys", "memcached", "mongodb", "etcd"})
SCHEME = re.compile(r"(?:async\+)?(?P<name>[a-z]+)")
HOSTS = re.compile(r"(?<=//)(?P<account>[^/@]*@)?[^/?]*")
REFUSES, HANGS = 1, 2
"""Ports that the guard knows: see `guard.STORE_PORTS`."""


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
            take_connections(lambda address: isinstance(address, tuple) and address[1] == HANGS)

    @property
    def patches(self) -> dict[str, Callable[[Any], None]]:
        """What is changed in `limits`."""
        strategies = Strategies(self._replaced, self._say)
        return {"limits.storage": strategies.of_storage, "limits.strategies": strategies.of_limits}

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

    def _replaced(self, uri: str, options: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
        address = self.instead_of(uri)
        scheme = SCHEME.match(uri)
        return address, options, scheme["name"] if scheme is not None and address != uri else ""

    def _say(self, text: str) -> None:
        self.tell(text)

    def _is_allowed(self, uri: str) -> bool:
        try:
            host, port = urlsplit(uri).hostname, urlsplit(uri).port
        except ValueError:
            return False
        return host in ("localhost", "127.0.0.1", "::1") and port in self.ports


def _nobody(_text: str) -> None:
    return None


STORE = Store()
