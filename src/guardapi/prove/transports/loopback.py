"""Which addresses may be asked: those of this machine alone, resolved once and then kept."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from guardapi.errors import UsageError

_EXAMPLE: Final = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens, as numbers: no name is looked up again."""

    host: str
    port: int
    named: str = ""
    """As the user wrote it, for the `Host` header."""

    @property
    def is_ipv6(self) -> bool:
        """Whether it is an address of IPv6."""
        return ":" in self.host

    @property
    def header(self) -> str:
        """What the `Host` header says."""
        host = self.named or self.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def source(self, client: str) -> str:
        """The address to connect from for a client: its last octets within 127.0.0.0/8."""
        if self.is_ipv6:
            return self.host
        parts = client.split(".")
        return ".".join(("127", *parts[1:])) if len(parts) == 4 else self.host


def server_address(
    url: str, *, default_port: int | None = None, schemes: tuple[str, ...] = ("http",)
) -> Address:
    """The server that a URL names. Raises `UsageError` where it is not on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or default_port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address: {error}.") from None
    if parts.scheme not in schemes:
        raise UsageError(f"{url!r} does not begin with {' or '.join(f'{name}://' for name in schemes)}.")
    if host is None or port is None:
        raise UsageError(f"{url!r} does not say host and port; an address looks like {_EXAMPLE}.")
    return Address(host=_resolved(host), port=port, named=host)


def _resolved(host: str) -> str:
    """The number of a host. Every answer has to be a loopback address: one that is not may be meant next time."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"The host {host!r} is not known: {error}.") from None
    others = [number for number in found if not ipaddress.ip_address(number).is_loopback]
    if others or not found:
        where = f" ({', '.join(dict.fromkeys(others))})" if others != [host] else ""
        raise UsageError(
            f"{host!r}{where} is not this machine's loopback interface, and nothing else is asked."
            f" An address looks like {_EXAMPLE}."
        )
    return min(found, key=lambda number: ":" in number)
