"""What nginx passes on to the application, and what it says of the client's address when it does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from guardapi.deployment.file import DeploymentFile
from guardapi.deployment.nginxsyntax import Directive
from guardapi.model import Proxy

_MAX_PROXIES = 500
_RESTORES = frozenset({"real_ip_header", "set_real_ip_from"})
_BY_SOCKET = frozenset({"fastcgi_pass", "scgi_pass", "uwsgi_pass"})
"""These protocols hand the client's address over as `REMOTE_ADDR`."""
_PATTERNS = frozenset({"~", "~*"})
_PREFIX = re.compile(r"script[-_]name|prefix|rewrite", re.IGNORECASE)
"""With this, the application sees other paths than nginx does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """What a block hands down: the headers of an outer level hold where a level sets none."""

    headers: tuple[Directive, ...] = ()
    includes: bool = False
    restores: bool = False
    pattern: tuple[str, str] | None = None

    def inside(self, block: Directive) -> "_Level":
        """The level of a block within this one."""
        own = tuple(block.named("proxy_set_header"))
        names = {child.name for child in block.children}
        return _Level(
            headers=own or self.headers,
            includes=self.includes or "include" in names,
            restores=self.restores or not names.isdisjoint(_RESTORES),
            pattern=_pattern(block) if block.name == "location" else self.pattern,
        )

    @property
    def appends(self) -> bool | None:
        """Whether the client's address is added to `X-Forwarded-For`; None where another file may say."""
        for header in self.headers:
            if header.args[:1] and header.args[0].lower() == "x-forwarded-for":
                value = " ".join(header.args[1:])
                return True if "$proxy_add_x_forwarded_for" in value or "remote_addr" in value else None
        return None if self.includes else False


def proxies(root: Directive, file: DeploymentFile) -> tuple[Proxy, ...]:
    """Every place of the file that passes requests on."""
    upstreams = {
        block.args[0]: server.args[0]
        for http in (root, *root.named("http"))
        for block in http.named("upstream")
        for server in block.named("server")[:1]
        if block.args and server.args
    }
    return tuple(islice(_below(root, _Level(), file, upstreams), _MAX_PROXIES))


def _below(
    block: Directive, outer: _Level, file: DeploymentFile, upstreams: Mapping[str, str]
) -> Iterator[Proxy]:
    level = outer.inside(block)
    for child in block.children:
        if child.is_block:
            yield from _below(child, level, file, upstreams)
        elif child.name == "proxy_pass" or child.name in _BY_SOCKET:
            is_by_socket = child.name in _BY_SOCKET
            address = child.args[0] if child.args else ""
            to = upstreams.get(_host(address) or "", address)
            yield Proxy(
                kind="nginx",
                place=file.place(child.line),
                appends=None if is_by_socket or level.restores else level.appends,
                is_transparent=is_by_socket or level.restores,
                upstream=_host(to),
                port=_port(to),
                pattern=level.pattern,
            )


def _pattern(location: Directive) -> tuple[str, str] | None:
    """The expression that a location has, if what it passes on keeps its path."""
    modifier, pattern = location.args[:2] if len(location.args) > 1 else ("", "")
    says = (word for child in location.children for word in (child.name, *child.args[:1]))
    is_kept = modifier in _PATTERNS and not any(map(_PREFIX.search, says))
    return (modifier, pattern) if is_kept else None


def _host(address: str) -> str | None:
    """`web` of `http://web:8000/`."""
    host = _authority(address).partition(":")[0]
    return host if host and "$" not in host else None


def _port(address: str) -> int | None:
    """`8000` of `http://web:8000/`."""
    host, _, port = _authority(address).partition(":")
    if host == "unix":
        return 0
    return int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None


def _authority(address: str) -> str:
    _, scheme, rest = address.partition("://")
    return (rest if scheme else address).partition("/")[0]
