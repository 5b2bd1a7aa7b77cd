"""Where Flask-Limiter counts under a real server: in a store that is lent to it, whatever address is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .channel import Channel
from .strategies import Strategies

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

    def __init__(self, uri: str, prefix: str, wanted: str, channel: Channel) -> None:
        self.uri = uri
        self.prefix = prefix
        self.wanted = wanted
        """The kind that the application has where nothing is lent, as far as its source says."""
        self.channel = channel

    @property
    def patches(self) -> dict[str, Callable[[Any], None]]:
        """What is changed in `limits`."""
        strategies = Strategies(self.instead_of, self.channel.fact)
        return {"limits.storage": strategies.of_storage, "limits.strategies": strategies.of_limits}

    def instead_of(self, uri: str, options: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
        """The address that counts, the options that fit it, and the kind of store that it stands for."""
        is_asynchronous = uri.startswith("async+")
        scheme = _scheme(uri)
        if scheme not in FAMILIES:
            self.channel.write({"store": "process"})
            return uri, options, ""
        if not self.uri:
            return uri, options, ""
        self.channel.write({"store": "lent"})
        lent = FAMILIES.get(_scheme(self.uri), "")
        kept = ALWAYS | (OPTIONS.get(lent, frozenset()) if lent == FAMILIES[scheme] else frozenset())
        fitting = {name: value for name, value in options.items() if name in kept}
        if self.prefix:
            fitting["key_prefix"] = self.prefix
        # What its environment names is what it was told.
        own = self.wanted if uri == self.uri else scheme
        return ("async+" if is_asynchronous else "") + self.uri, fitting, own


def _scheme(uri: str) -> str:
    found = re.match(r"(?:async\+)?(\w*)", uri)
    return found[1] if found else ""
