"""GA401: limits counted in the memory of each of several processes."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.deployment import processes_of
from guardapi.deployment.serving import COPIES, Processes
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.limit_stores import VARIABLE, store_for
from guardapi.model import App, Deployment, Limiter, ProcessCount
from guardapi.rank import credential_word, work_class
from guardapi.remedy import Edit, Import, Remedy, Require, Safety, SetArgument, SetSetting
from guardapi.rule import Example, Rule

MANY: Final = 4
"""So many processes make a limit meaningless rather than loose."""
URI_SETTING: Final = "RATELIMIT_STORAGE_URI"
PAID: Final = 4
"""The class of work that costs money."""
SHOP: Final = """
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
        storage_uri=STORAGE,
    )


    @app.get("/orders")
    def orders():
        with sqlite3.connect("shop.db") as database:
            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
"""
IN_MEMORY: Final = SHOP.replace("STORAGE", '"memory://"')
MARKED: Final = IN_MEMORY.replace("Limiter(\n", "Limiter(  # finds: GA401\n")
OPTIONS: Final = """\
        in_memory_fallback_enabled=True,
        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    )
"""
SHARED: Final = SHOP.replace("STORAGE", '"redis://localhost:6379/0"').replace("    )\n\n", f"{OPTIONS}\n")
FROM_ENVIRONMENT: Final = 'os.environ.get("RATELIMIT_STORAGE_URI", "redis://localhost:6379/0")'
FIXED: Final = (
    MARKED.replace("    import sqlite3", "    import os\n    import sqlite3")
    .replace('"memory://"', FROM_ENVIRONMENT)
    .replace("    )\n\n", f"{OPTIONS}\n")
)
BY_NAME: Final = SHOP.replace("        storage_uri=STORAGE,\n", "").replace(
    "    limiter =", '    app.config["RATELIMIT_STORAGE_URI"] = "memory://"  # finds: GA401\n    limiter ='
)
FIXED_BY_NAME: Final = (
    BY_NAME.replace("    import sqlite3", "    import os\n    import sqlite3")
    .replace('"memory://"', FROM_ENVIRONMENT)
    .replace("    )\n\n", f"{OPTIONS}\n")
)


class MemoryStorageManyWorkers(Rule):
    """Limits are counted in process memory, and several processes serve the application.

    ## What it finds
    A limiter without a store, or with `memory://`, in an application that a deployment file starts in more
    than one process: workers of gunicorn or uWSGI, replicas, dynos and autoscalers.

    ## Why it is bad
    Every process counts for itself: four workers admit four times the limit, and each restart
    forgets who has already asked.

    ## How to fix it
    Count in a store that all processes share: `storage_uri="redis://..."`, with timeouts in
    `storage_options`.

    ## What it leaves alone
    Threads of one process, which share its memory; a store that only the environment names; files for
    development. Without a deployment file, or with one process, it is advice: `--profile pedantic` shows it.
    """

    id = "GA401"
    name = "memory-storage-many-workers"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="four workers of a container",
            files={
                "Dockerfile": """
                    FROM python:3.12-slim
                    COPY . /srv
                    WORKDIR /srv
                    CMD ["gunicorn", "--workers", "4", "shop:app"]
                """,
                "requirements.txt": """
                    Flask==3.1.3
                    Flask-Limiter==4.1.1
                    gunicorn==27.0.0
                """,
                "shop.py": MARKED,
            },
            fixed={
                "requirements.txt": """
                    Flask==3.1.3
                    Flask-Limiter[redis]==4.1.1
                    gunicorn==27.0.0
                """,
                "shop.py": FIXED,
            },
        ),
        Example(
            title="gunicorn's configuration, and a store in memory by name",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 3
                """,
                "shop.py": BY_NAME,
            },
            fixed={"shop.py": FIXED_BY_NAME},
        ),
        Example(
            title="one worker in each of several replicas",
            files={
                "k8s/shop.yaml": """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: shop}
                    spec:
                      replicas: 3
                      template:
                        spec:
                          containers:
                            - name: shop
                              image: shop
                              command: [gunicorn, "--threads=8", "shop:app"]
                """,
                "shop.py": MARKED,
            },
            fixed={"shop.py": FIXED},
        ),
    )
    secure = (
        Example(
            title="a store that the workers share",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 4
                """,
                "shop.py": SHARED,
            },
        ),
        Example(
            title="threads of one process",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    threads = 8
                """,
                "shop.py": IN_MEMORY,
            },
        ),
        Example(
            title="workers on the desk alone",
            files={
                "compose.dev.yaml": """
                    services:
                      web:
                        build: .
                        command: gunicorn --reload --workers 4 shop:app
                """,
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: waitress-serve --port 8000 shop:app
                """,
                "shop.py": IN_MEMORY,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        processes = processes_of(app, deployment)
        for limiter in active_limiters(app):
            # A limiter that nothing is declared on counts nothing.
            if limiter.uses and limiter.storage is not None and limiter.storage.startswith("memory:"):
                yield self._finding(app, limiter, processes, deployment)

    def _finding(self, app: App, limiter: Limiter, processes: Processes, deployment: Deployment) -> Finding:
        place = limiter.storage_place or limiter.place
        if processes.count == 1:
            return self.finding(
                place,
                f"`{limiter.name}` counts in process memory: each further process admits it all again.",
                app=app,
                identity=(limiter.name,),
                severity=Severity.LOW,
                why="it is right as long as one process serves the application",
                is_advisory=True,
            )
        started = f"{processes.count} processes" if processes.count else "several processes"
        at_stake = _at_stake(app)
        is_meaningless = processes.count is None or processes.count >= MANY
        return self.finding(
            place,
            f"`{limiter.name}` counts in process memory and {started} run:"
            " each admits every limit for itself, and a restart forgets all.",
            app=app,
            identity=(limiter.name,),
            severity=Severity.HIGH if at_stake or is_meaningless else Severity.MEDIUM,
            confidence=Confidence.CERTAIN if processes.is_certain else Confidence.FIRM,
            related=[
                Related(place=found.place, message=_started_by(found))
                for found in processes.found
                if found.count != 1
            ],
            why=at_stake or f"{started} multiply it",
            remedy=_shared(app, limiter, deployment),
        )


def _shared(app: App, limiter: Limiter, deployment: Deployment) -> Remedy | None:
    """A store for all processes. Of several limiters each would need a place of its own there."""
    if len(active_limiters(app)) > 1 or limiter.place.file == "?":
        return None
    store = store_for(deployment)
    uri, imports = store.shared_uri, (Import(module="os"),)
    in_settings = limiter.storage_place not in {None, limiter.place}
    edits: list[Edit] = [
        SetSetting(app=app.id, key=URI_SETTING, value=uri, imports=imports)
        if in_settings
        else SetArgument(call=limiter.place, name="storage_uri", value=uri, imports=imports)
    ]
    if limiter.fallback.counts_in_memory is False:
        edits.insert(0, SetArgument(call=limiter.place, name="in_memory_fallback_enabled", value="True"))
    if limiter.storage_options == {}:
        edits.append(SetArgument(call=limiter.place, name="storage_options", value=store.options))
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"The processes count together in the {store.title} that {VARIABLE} names, or in one on the same"
        " machine; while it cannot be reached, each counts in its own memory, and a request waits half a second at most"
        " for it.",
        edits=(*edits, Require(distribution=store.requirement)),
    )


def _at_stake(app: App) -> str | None:
    """Why a limit that is several times looser matters here, if a route says so."""
    for route in app.routes:
        if credential_word(route):
            return f"{route.rule} deals with credentials"
        if any(work_class(route, method) >= PAID for method in route.methods):
            return f"each request to {route.rule} costs money"
    return None


def _started_by(found: ProcessCount) -> str:
    number = "several processes" if found.count is None else f"{found.count} of them"
    return f"{found.server} {'makes' if found.server in COPIES else 'starts'} {number} here"
