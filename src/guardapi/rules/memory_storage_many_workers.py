"""GA401: limits counted in the memory of each of several processes."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Confidence, Cwe, Finding, Related, Severity
from guardapi.model import App, Deployment, Limiter, ProcessCount
from guardapi.rank import credential_word
from guardapi.rule import Example, Rule

MANY: Final = 4
"""So many processes make a limit meaningless rather than loose."""
COPIES: Final = frozenset({"autoscaler", "replicas"})
"""Copies of the whole service, each with all its workers."""


class MemoryStorageManyWorkers(Rule):
    """Limits are counted in process memory, and several processes serve the application.

    ## What it finds
    A limiter without a store, or with `memory://`, in an application that a deployment file starts in more
    than one process: workers of gunicorn or uWSGI, and replicas.

    ## Why it is bad
    Every process counts for itself: four workers admit four times the limit, and each restart
    forgets who has already asked.

    ## How to fix it
    Count in a store that all processes share: `storage_uri="redis://..."`, with timeouts in
    `storage_options`.

    ## What it leaves alone
    Threads of one process, which share its memory; a store that only the environment names. Without a
    deployment file, or with one process, it is advice: `--profile pedantic` shows it.
    """

    id = "GA401"
    name = "memory-storage-many-workers"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    vulnerable = (
        Example(
            title="four workers of a Procfile",
            files={
                "Procfile": "web: gunicorn --workers 4 shop:app\n",
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA401
                        get_remote_address, app=app, default_limits=["5 per minute"]
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="gunicorn's configuration, and a store in memory by name",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 3
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_STORAGE_URI"] = "memory://"  # finds: GA401
                    limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a store that the workers share",
            files={
                "Procfile": "web: gunicorn --workers 4 shop:app\n",
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
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


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="threads of one process",
            files={
                "Procfile": "web: gunicorn --workers 1 --threads 8 shop:app\n",
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        processes = _processes_of(app, deployment)
        for limiter in active_limiters(app):
            # A limiter that nothing is declared on counts nothing.
            if limiter.uses and limiter.storage is not None and limiter.storage.startswith("memory:"):
                yield self._finding(app, limiter, processes)

    def _finding(self, app: App, limiter: Limiter, processes: tuple[ProcessCount, ...]) -> Finding:
        place = limiter.storage_place or limiter.place
        number = _number(processes)
        if number == 1:
            return self.finding(
                place,
                f"`{limiter.name}` counts in process memory: each further process admits it all again.",
                app=app,
                identity=(limiter.name,),
                severity=Severity.LOW,
                why="it is right as long as one process serves the application",
                is_advisory=True,
            )
        started = f"{number} processes" if number else "several processes"
        credentials = next((route for route in app.routes if credential_word(route)), None)
        return self.finding(
            place,
            f"`{limiter.name}` counts in process memory and {started} run:"
            " each admits every limit for itself, and a restart forgets all.",
            app=app,
            identity=(limiter.name,),
            severity=Severity.HIGH if credentials or number is None or number >= MANY else Severity.MEDIUM,
            confidence=Confidence.CERTAIN if _is_surely_of(app, processes) else Confidence.FIRM,
            related=[
                Related(place=found.place, message=_started_by(found))
                for found in processes
                if found.count != 1
            ],
            why=f"{credentials.rule} deals with credentials" if credentials else f"{started} multiply it",
        )


def _processes_of(app: App, deployment: Deployment) -> tuple[ProcessCount, ...]:
    """What starts this application: what names it if anything does, and what names none."""
    named = [found for found in deployment.processes if found.target == app.id]
    unnamed = [found for found in deployment.processes if found.target is None]
    return (*named, *unnamed) if named else deployment.processes


def _is_surely_of(app: App, processes: tuple[ProcessCount, ...]) -> bool:
    return all(found.target in {None, app.id} for found in processes)


def _number(processes: tuple[ProcessCount, ...]) -> int | None:
    """Workers times replicas; None for several that only the machine can count."""
    product = 1
    for group in (
        [found.count for found in processes if found.server not in COPIES],
        [found.count for found in processes if found.server in COPIES],
    ):
        known = [count for count in group if count is not None]
        # One computed count leaves the whole product open.
        if len(known) < len(group):
            return None
        product *= max(known, default=1)
    return product


def _started_by(found: ProcessCount) -> str:
    number = "several processes" if found.count is None else f"{found.count} of them"
    return f"{found.server} starts {number} here"
