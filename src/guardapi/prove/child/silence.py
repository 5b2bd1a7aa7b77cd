"""Servers that take every connection, and never say anything."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

MOST = 16
"""Connections; made before any is refused."""
SOMEWHERE = "198.51.100.1"
"""An address of nobody."""


def take_connections(is_taken: Callable[[Any], bool]) -> None:
    """Connections to some addresses are taken, by ends that never say anything."""
    waiting = _pairs()
    held: list[tuple[socket.socket, socket.socket]] = []
    connect = socket.socket.connect

    def taken(self: Any, address: Any) -> None:
        if not is_taken(address):
            connect(self, address)
            return
        if not waiting:
            raise ConnectionRefusedError("no more connections are taken")
        timeout = self.gettimeout()
        # Whoever closes it closes a copy; the other end stays.
        held.append(waiting.pop())
        os.dup2(held[-1][0].fileno(), self.fileno())
        self.settimeout(timeout)

    socket.socket.connect = taken  # type: ignore[method-assign]


def _pairs() -> list[tuple[socket.socket, socket.socket]]:
    """Connections as of TCP: options of these are set on them."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(MOST)
        near = [socket.create_connection(listener.getsockname()) for _ in range(MOST)]
        return [(end, listener.accept()[0]) for end in near]


class Silence:
    """All other servers, in the place of stand-ins that answer, from the moment that it is switched on."""

    def __init__(self) -> None:
        self.is_on = False

    def prepare(self, ports: frozenset[int]) -> None:
        """Before connections are refused. These ports of this machine stay what they are."""
        take_connections(
            lambda address: self.is_on and isinstance(address, tuple) and address[1] not in ports
        )
        look_up = socket.getaddrinfo

        def found(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
            if self.is_on and host not in (None, "localhost"):
                return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (SOMEWHERE, port))]
            return look_up(host, port, *arguments, **options)

        socket.getaddrinfo = found


SILENCE = Silence()
