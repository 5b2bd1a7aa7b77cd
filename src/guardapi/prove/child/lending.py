"""Where Flask-Limiter counts under a real server: in a store that is lent to it, whatever address is written."""

from __future__ import annotations

import re
from typing import Any

from .channel import Channel

FAMILIES = {
    **dict.fromkeys(("redis", "rediss", "valkey", "valkeys"), "redis"),
    **dict.fromkeys(("mongodb", "etcd"), ""),
    "memcached": "memcached",
}
"""By scheme: what can be lent in its place; nothing for those that nothing can stand for."""
OPTIONS = {
    "redis": frozenset(
        {
            *("socket_timeout", "socket_connect_timeout", "socket_keepalive", "retry_on_timeout"),
            *("health_check_interval", "max_connections", "protocol", "implementation"),
        }
    ),
    "memcached": frozenset({"timeout", "connect_timeout", "no_delay", "ignore_exc", "max_pool_size"}),
}
"""What a store is told that does not say where, or who, it is."""
ALWAYS = frozenset({"wrap_exceptions", "key_prefix"})


class Lending:
    """Puts the store that is lent in the place of every one that needs a server."""

    def __init__(self, uri: str, prefix: str, channel: Channel) -> None:
        self.uri = uri
        self.prefix = prefix
        self.channel = channel

    def of_limits(self, module: Any) -> None:
        """`limits.storage`: every way to a store goes through one function of it."""
        made = module.storage_from_string

        def storage_from_string(storage_string: str, **options: Any) -> Any:
            uri, fitting = self.instead_of(storage_string, options)
            return made(uri, **fitting)

        module.storage_from_string = storage_from_string

    def instead_of(self, uri: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The address that counts, and the options that fit it."""
        is_asynchronous = uri.startswith("async+")
        scheme = _scheme(uri)
        if scheme not in FAMILIES:
            self.channel.write({"store": "process"})
            return uri, options
        if not self.uri:
            return uri, options
        self.channel.write({"store": "lent"})
        lent = FAMILIES.get(_scheme(self.uri), "")
        kept = ALWAYS | (OPTIONS.get(lent, frozenset()) if lent == FAMILIES[scheme] else frozenset())
        fitting = {name: value for name, value in options.items() if name in kept}
        if self.prefix:
            fitting["key_prefix"] = self.prefix
        return ("async+" if is_asynchronous else "") + self.uri, fitting


def _scheme(uri: str) -> str:
    found = re.match(r"(?:async\+)?(\w*)", uri)
    return found[1] if found else ""
