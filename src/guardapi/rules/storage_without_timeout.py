"""GA403: a limiter that waits for its store without a time limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, Limiter, ProcessCount
from guardapi.python.releases import likely_release
from guardapi.remedy import Edit, Remedy, Safety, SetArgument, SetSetting
from guardapi.rule import Example, Rule

BOUNDED_SINCE: Final = 8
"""The first major release of redis-py whose calls end by themselves, after five seconds."""
NEWEST: Final = (8, 1)
EXTRAS: Final = ("limits[redis]", "flask-limiter[redis]")
"""What asks for an older redis-py."""
CONCURRENT: Final = frozenset({"eventlet", "gevent", "gevent_pywsgi", "gevent_wsgi", "gthread", "tornado"})
SYNC_SERVERS: Final = frozenset({"gunicorn", "uwsgi"})
POOL: Final = "connection_pool"
OPTIONS: Final = "RATELIMIT_STORAGE_OPTIONS"
SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """The library behind a scheme."""

    name: str
    option: str
    """Its argument for the time limit of a call."""
    connecting: str
    """The one for that of a connection."""
    schemes: tuple[str, ...]


CLIENTS: Final = (
    _Client(
        name="redis-py",
        option="socket_timeout",
        connecting="socket_connect_timeout",
        schemes=("redis", "rediss", "async+redis"),
    ),
    _Client(
        name="valkey-py",
        option="socket_timeout",
        connecting="socket_connect_timeout",
        schemes=("valkey", "valkeys"),
    ),
    _Client(name="pymemcache", option="timeout", connecting="connect_timeout", schemes=("memcached",)),
)


class StorageWithoutTimeout(Rule):
    """The limiter waits for its store without a time limit.

    ## What it finds
    A store in Redis, Valkey or memcached whose client has no time limit: neither in the options nor in the URI, and
    not by the default of the required release. Also a time limit of `None`.

    ## Why it is bad
    The limiter asks its store before each view. A store that accepts connections and does not answer holds
    every request, also those for pages that need no store, even where a fallback in memory is enabled.

    ## How to fix it
    Set `storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5}`; for memcached they are called
    `timeout` and `connect_timeout`.

    ## What it leaves alone
    redis-py 8 and later, which waits five seconds; a connection pool of the project; MongoDB; a project that does not
    say which client it requires; and options that only the environment knows.
    """

    id = "GA403"
    name = "storage-without-timeout"
    severity = Severity.MEDIUM
    cwe = (Cwe.CALL_WITHOUT_TIMEOUT, Cwe.UNCONTROLLED_CONSUMPTION)
    probes = (Probe.OUTAGE,)
    vulnerable = (
        Example(
            title="a client that waits for ever unless told otherwise",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==5.2.1
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        in_memory_fallback_enabled=True,
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="told to wait for ever",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==8.1.0
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_STORAGE_URI"] = "rediss://cache.example:6379/0"  # finds: GA403
                    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_timeout": None}
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_options={"socket_timeout": 0.5},
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_STORAGE_URI"] = "rediss://cache.example:6379/0"  # finds: GA403
                    app.config["RATELIMIT_STORAGE_OPTIONS"] = {
                        "socket_timeout": 0.5,
                        "socket_connect_timeout": 0.5,
                    }
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_options={"socket_timeout": 0.5},
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="memcached",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memcached://localhost:11211",
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memcached://localhost:11211",
                        in_memory_fallback_enabled=True,
                        storage_options={"timeout": 0.5, "connect_timeout": 0.5},
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="the extra of the engine, and sync workers",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter[redis]==4.1.1
                """,
                "Procfile": """
                    web: gunicorn --workers 2 shop:app
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA403
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        in_memory_fallback_enabled=True,
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="timeouts among the options",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==5.2.1
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a timeout in the URI",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==5.2.1
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0?socket_timeout=0.5",
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a client that waits five seconds at most",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==8.1.0
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a connection pool of the project",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==5.2.1
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from redis import ConnectionPool

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    pool = ConnectionPool.from_url("redis://localhost:6379/0", socket_timeout=0.5)
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"connection_pool": pool},
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for limiter in active_limiters(app):
            client = _client_of(limiter)
            if client is None or not limiter.uses or limiter.storage_options is None:
                continue
            options = limiter.storage_options
            if POOL in options or f"{client.option}=" in (limiter.storage or "").partition("?")[2]:
                continue
            if client.option in options:
                if options[client.option] is None:
                    yield self._finding(app, limiter, client, deployment, "`None` means for ever")
            elif (reason := _unbounded(client, deployment.packages)) is not None:
                yield self._finding(app, limiter, client, deployment, reason)

    def _finding(
        self, app: App, limiter: Limiter, client: _Client, deployment: Deployment, reason: str
    ) -> Finding:
        place = limiter.storage_place or limiter.place
        sync = _sync_workers(deployment)
        is_open = reason == OPEN
        severity = Severity.LOW if is_open else Severity.HIGH if sync else Severity.MEDIUM
        return self.finding(
            place,
            f"`{limiter.name}` waits for {client.name} without a time limit: if the store hangs, every request hangs.",
            app=app,
            identity=(limiter.name,),
            severity=severity,
            confidence=Confidence.FIRM if is_open else Confidence.CERTAIN,
            related=(
                *_constructor(limiter),
                *(
                    Related(place=found.place, message="each hung request holds one of these workers")
                    for found in sync
                ),
            ),
            why=reason,
            remedy=_remedy(app, limiter, client),
        )


def _remedy(app: App, limiter: Limiter, client: _Client) -> Remedy | None:
    """Time limits among the options of the store, where these are known to the last one."""
    options = limiter.storage_options
    setting = app.settings.get(OPTIONS)
    if limiter.kind != "flask-limiter" or options is None or ... in options.values():
        return None
    names = (client.option, client.connecting)
    if not options:
        value = ", ".join(f'"{name}": {SECONDS}' for name in names)
        edits: tuple[Edit, ...] = (
            SetArgument(call=limiter.place, name="storage_options", value=f"{{{value}}}"),
        )
    elif setting is not None and setting.known:
        # What the setting says holds before what the argument says.
        edits = tuple(SetSetting(app=app.id, key=OPTIONS, entry=name, value=str(SECONDS)) for name in names)
    else:
        return None
    reason = f"Waits {SECONDS} seconds at most for each answer of the store, and not for ever."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=edits)


OPEN: Final = "no release of redis-py is required, and those before 8 wait for ever"


def _client_of(limiter: Limiter) -> _Client | None:
    scheme, colon, _ = (limiter.storage or "").partition("://")
    known = scheme.lower().partition("+")[0] if colon else ""
    return next((client for client in CLIENTS if known in client.schemes), None)


def _unbounded(client: _Client, packages: Mapping[str, str]) -> str | None:
    """Why a client without options waits for ever; None where it does not, or nothing says so."""
    if client.name != "redis-py":
        return f"{client.name} waits for ever unless told otherwise"
    specifier = packages.get("redis")
    extra = next((name for name in EXTRAS if name in packages), None)
    if specifier is None or (not specifier and extra):
        return f"`{extra}` brings a redis-py before 8, which waits for ever" if extra else None
    if likely_release(specifier, NEWEST)[0] < BOUNDED_SINCE:
        return f"redis-py {specifier} waits for ever"
    if extra:
        return f"`{extra}` brings a redis-py before 8, which waits for ever"
    is_exact = specifier.startswith(("==", "~="))
    # What allows a release before 8 may have brought one.
    older = likely_release(f"{specifier},<8" if specifier else "<8", NEWEST)[0] < BOUNDED_SINCE
    return OPEN if older and not is_exact else None


def _sync_workers(deployment: Deployment) -> tuple[ProcessCount, ...]:
    """Processes that serve one request at a time."""
    classes = {s.value.lower() for s in deployment.settings if s.name in {"worker_class", "k"}}
    threads = {s.value for s in deployment.settings if s.name == "threads"}
    if classes & CONCURRENT or threads - {"1"}:
        return ()
    return tuple(found for found in deployment.processes if found.server in SYNC_SERVERS)


def _constructor(limiter: Limiter) -> tuple[Related, ...]:
    if limiter.storage_place in {None, limiter.place}:
        return ()
    return (Related(place=limiter.place, message=f"`{limiter.name}` is made here"),)
