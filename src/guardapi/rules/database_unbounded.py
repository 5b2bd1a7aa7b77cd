"""GA902: a pool of database connections without an upper bound."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeGuard

from guardapi.deployment import is_for_production, processes_of
from guardapi.deployment.serving import Processes, WorkerClass
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, Engine, ServerSetting
from guardapi.reached import called, reached
from guardapi.remedy import Edit, Remedy, Safety, SetArgument, SetSetting
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

NUMBERS: Final = {
    "pool_size": ("10", "A process keeps 10 connections at most, and opens 10 more where all are in use."),
    "max_overflow": ("5", "A process opens 5 connections more than its pool keeps, and no others."),
    "pool_timeout": ("5", "A request waits 5 seconds for a connection, then it fails."),
}
"""By option, the value that a fix gives it, and what that means."""
LONG_WAIT: Final = 120
"""Seconds that a request may wait for a connection."""
MANY_THREADS: Final = 20
DEFAULT_POOL: Final = 5
DEFAULT_OVERFLOW: Final = 10
ONE_ENGINE: Final = (
    "Make the engine once, when the application starts, and let requests take connections from its pool."
)
POOLS_BY_SIZE: Final = frozenset({"AsyncAdaptedQueuePool", "FallbackAsyncAdaptedQueuePool", "QueuePool"})
SHOP: Final = """
    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from sqlalchemy import create_engine, text

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )
    engine = create_engine("postgresql+psycopg://shop@database/shop", OPTIONS)


    @app.get("/orders")
    def orders():
        with engine.connect() as connection:
            return jsonify([row.item for row in connection.execute(text("SELECT item FROM orders LIMIT 50"))])
"""
EXTENSION: Final = """
    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import text

    db = SQLAlchemy()
    limiter = Limiter(get_remote_address, default_limits=["50 per minute"], storage_uri="memory://")


    def create_app():
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = 100_000
        app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://shop@database/shop"
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = OPTIONS
        db.init_app(app)
        limiter.init_app(app)

        @app.get("/orders")
        def orders():
            rows = db.session.execute(text("SELECT item FROM orders LIMIT 50"))
            return jsonify([row.item for row in rows])

        return app
"""


FOR_EACH_REQUEST: Final = """
    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from sqlalchemy import create_engine, text

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.get("/orders")
    def orders():
        engine = create_engine("postgresql+psycopg://shop@database/shop")  # finds: GA902
        with engine.connect() as connection:
            return jsonify([row.item for row in connection.execute(text("SELECT item FROM orders LIMIT 50"))])
"""


class DatabaseUnbounded(Rule):
    """The pool of database connections grows with the requests.

    ## What it finds
    `pool_size=0` or `max_overflow=-1` for an engine of SQLAlchemy, `NullPool` under many threads, a `pool_timeout`
    of two minutes or more, and more connections over all processes than the database is told to take. Also an engine
    or client with a pool of its own that a view makes for each request.

    ## Why it is bad
    The database refuses everyone when its connections are used up: a flood of one route takes all services down
    that share it. Requests that wait for minutes for a connection hold the workers meanwhile.

    ## How to fix it
    Leave SQLAlchemy's 5 + 10 connections and 30 seconds, or give sizes that fit: `pool_size=10, max_overflow=5,
    pool_timeout=5`.

    An engine holds a pool: make it once, when the application starts, and let requests take connections from it.

    ## What it leaves alone
    SQLite; `NullPool` behind PgBouncer; options that are computed.
    """

    id = "GA902"
    name = "database-unbounded"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.CALL_WITHOUT_TIMEOUT)
    probes = (Probe.STALL,)
    vulnerable = (
        Example(
            title="an engine for each request",
            files={"shop.py": FOR_EACH_REQUEST},
        ),
        Example(
            title="an engine with an overflow without bound",
            files={
                "shop.py": SHOP.replace("OPTIONS)", "pool_size=5, max_overflow=-1)  # finds: GA902"),
            },
            fixed={"shop.py": SHOP.replace("OPTIONS)", "pool_size=5, max_overflow=5)  # finds: GA902")},
        ),
        Example(
            title="the options of Flask-SQLAlchemy",
            files={
                "shop.py": EXTENSION.replace(
                    "OPTIONS\n", '{"pool_size": 0, "pool_pre_ping": True}  # finds: GA902\n'
                ),
            },
            fixed={
                "shop.py": EXTENSION.replace(
                    "OPTIONS\n", '{"pool_size": 10, "pool_pre_ping": True}  # finds: GA902\n'
                ),
            },
        ),
        Example(
            title="more connections than PostgreSQL takes",
            files={
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: gunicorn --workers 1 --threads 60 shop:app
                        deploy:
                          replicas: 1
                      database:
                        image: postgres:16
                        command: postgres -c max_connections=50
                """,
                "shop.py": SHOP.replace("OPTIONS)", "pool_size=40, max_overflow=20)  # finds: GA902"),
            },
        ),
        Example(
            title="a connection for each of many threads",
            files={
                "Dockerfile": """
                    FROM python:3.12-slim
                    COPY . /srv
                    WORKDIR /srv
                    CMD ["gunicorn", "--threads", "200", "shop:app"]
                """,
                "shop.py": SHOP.replace(
                    "import create_engine, text",
                    "import create_engine, text\n    from sqlalchemy.pool import NullPool",
                ).replace("OPTIONS)", "poolclass=NullPool)  # finds: GA902"),
            },
        ),
    )
    secure = (
        Example(
            title="a pool with bounds",
            files={"shop.py": SHOP.replace("OPTIONS", "pool_size=10, max_overflow=5, pool_timeout=5")},
        ),
        Example(
            title="Flask-SQLAlchemy with the pool's own bounds",
            files={
                "shop.py": EXTENSION.replace("OPTIONS\n", '{"pool_pre_ping": True, "pool_recycle": 300}\n')
            },
        ),
        Example(
            title="no pool, behind one of the database's side",
            files={
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: gunicorn --workers 1 --threads 60 shop:app
                      pgbouncer:
                        image: edoburu/pgbouncer:1.23
                """,
                "shop.py": SHOP.replace(
                    "import create_engine, text",
                    "import create_engine, text\n    from sqlalchemy.pool import NullPool",
                ).replace("OPTIONS", "poolclass=NullPool"),
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        yield from self._for_each_request(app, deployment)
        processes = processes_of(app, deployment)
        most = _most_connections(deployment)
        for engine in app.engines:
            if engine.url is not None and engine.url.startswith("sqlite"):
                continue
            fault = _fault(engine, deployment, processes) or _too_many(engine, processes, most)
            if fault is None:
                continue
            text, why = fault
            yield self.finding(
                engine.place,
                f"{text}.",
                app=app,
                identity=(engine.key or "engine", text.partition(":")[0]),
                confidence=Confidence.CERTAIN if engine.url or engine.key else Confidence.FIRM,
                related=[Related(place=most.place, message="the database takes so many")]
                if most is not None and "connections in" in text
                else (),
                why=why,
                remedy=_remedy(app, engine, text),
            )

    def _for_each_request(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for one in reached(app, deployment, Kind.ENGINE, accepts=lambda use: _is_wasteful(use.sink)):
            yield self.finding(
                one.sink.place,
                f"`{one.title}`{one.others} makes a pool of connections of its own for each request"
                f" (`{called(one.sink)}`): no bound of a pool holds over all of them.",
                app=app,
                identity=(one.sink.function, one.sink.name),
                confidence=one.confidence,
                route=one.reference,
                related=one.related(),
                why="each request connects anew, and nothing keeps the pool",
                advice=ONE_ENGINE,
            )


def _remedy(app: App, engine: Engine, fault: str) -> Remedy | None:
    """Numbers for a pool that has no bound; how to share connections otherwise is a decision about the design."""
    option = next((name for name in NUMBERS if fault.startswith(f"`{name}=")), None)
    if option is None:
        return None
    value, reason = NUMBERS[option]
    if engine.key is None:
        edit: Edit = SetArgument(call=engine.place, name=option, value=value)
    else:
        entry = option if engine.key == "SQLALCHEMY_ENGINE_OPTIONS" else ""
        edit = SetSetting(app=app.id, key=engine.key, entry=entry, value=value)
    return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(edit,))


def _is_wasteful(sink: Sink) -> bool:
    facts = sink.facts
    return facts.get("maker") == "engine" and facts.get("dropped") is True and not facts.get("embedded")


def _fault(engine: Engine, deployment: Deployment, processes: Processes) -> tuple[str, str] | None:
    """What the options of one engine allow, and why that is a fault."""
    options = engine.options
    pool = options.get("poolclass")
    if pool == "NullPool":
        # A function that makes an engine without a pool is most often a migration.
        return None if engine.is_local else _without_pool(deployment, processes)
    if pool is not None and pool not in POOLS_BY_SIZE:
        return None
    overflow, size, wait = (options.get(name) for name in ("max_overflow", "pool_size", "pool_timeout"))
    if _is_number(size) and size == 0:
        return (
            "`pool_size=0` switches the bound of the pool off: a flood opens connections until the database refuses",
            "0 means no limit, not no pool",
        )
    if _is_number(overflow) and overflow < 0:
        return (
            f"`max_overflow={overflow}` lets the pool grow without bound: a flood opens connections until the"
            " database refuses",
            "a negative number means no limit",
        )
    if ("pool_timeout" in options and wait is None) or (_is_number(wait) and wait >= LONG_WAIT):
        how_long = "for ever" if wait is None else f"{wait} seconds"
        return f"`pool_timeout={wait}`: a request waits {how_long} for a connection and holds its worker", (
            "the default is 30 seconds"
        )
    return None


def _without_pool(deployment: Deployment, processes: Processes) -> tuple[str, str] | None:
    if any(setting.server == "pgbouncer" for setting in deployment.settings) or not processes.is_stated:
        return None
    text = "`NullPool` opens a connection for each request at once: a flood opens as many as there are"
    if processes.worker_class is WorkerClass.ASYNC:
        return f"{text} green threads", "asynchronous workers take requests without bound"
    if processes.threads is not None and processes.threads >= MANY_THREADS:
        return f"{text} threads ({processes.threads} a process)", "nothing pools the connections"
    return None


def _too_many(engine: Engine, processes: Processes, most: ServerSetting | None) -> tuple[str, str] | None:
    """More connections over all processes than the database takes."""
    if most is None or engine.is_open or processes.count is None or not processes.is_stated:
        return None
    size = engine.options.get("pool_size", DEFAULT_POOL)
    overflow = engine.options.get("max_overflow", DEFAULT_OVERFLOW)
    if not _is_number(size) or not _is_number(overflow) or "poolclass" in engine.options:
        return None
    wanted = processes.count * (size + overflow)
    if wanted <= int(most.value):
        return None
    text = f"The pools open up to {wanted} connections in {processes.count} processes, the database takes {most.value}"
    return text.replace(
        "in 1 processes", "in 1 process"
    ), "the last ones are refused, for every service that uses it"


def _most_connections(deployment: Deployment) -> ServerSetting | None:
    found: Mapping[str, ServerSetting] = {
        setting.value: setting
        for setting in deployment.settings
        if setting.name == "max_connections" and is_for_production(setting.place.file)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int | float) and not isinstance(value, bool)
