"""The stores in which limits are counted together: which one fits a project, and what that takes."""

from dataclasses import dataclass
from typing import Final

from guardapi.model import Deployment

VARIABLE: Final = "RATELIMIT_STORAGE_URI"
LEAST: Final = "3.8"
"""Of Flask-Limiter: the first release in which everything that is written for it exists."""
OF_MEMCACHED: Final = frozenset({"pymemcache", "python-memcached", "pylibmc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store of limits."""

    title: str
    extra: str
    uri: str
    """Of one on the same machine."""
    options: str
    """Python: how long its client waits."""

    @property
    def shared_uri(self) -> str:
        """Python: what the environment names, or the one on the same machine."""
        return f'os.environ.get("{VARIABLE}", "{self.uri}")'

    @property
    def requirement(self) -> str:
        """The distribution that brings its client, too."""
        return f"Flask-Limiter[{self.extra}]>={LEAST}"


MEMORY_URI: Final = f'os.environ.get("{VARIABLE}", "memory://")'
"""Python: what the environment names, or the memory of one process."""
REDIS: Final = Store(
    title="Redis",
    extra="redis",
    uri="redis://localhost:6379/0",
    options='{"socket_timeout": 0.5, "socket_connect_timeout": 0.5}',
)
MEMCACHED: Final = Store(
    title="memcached",
    extra="memcached",
    uri="memcached://localhost:11211",
    options='{"timeout": 0.5, "connect_timeout": 0.5}',
)


def store_for(deployment: Deployment) -> Store:
    """Redis, unless the project uses memcached and no Redis."""
    packages = deployment.packages.keys()
    return MEMCACHED if packages & OF_MEMCACHED and "redis" not in packages else REDIS
