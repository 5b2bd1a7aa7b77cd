"""GA921: a deployment that starts Flask's development server."""

from collections.abc import Iterator
from typing import Final

from guardapi.deployment import is_for_production, is_script_of_nobody, servings
from guardapi.deployment.serving import PRODUCTION_SERVERS, Serving, is_served_as
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.model import App, Deployment, OwnServer
from guardapi.rule import Example, Rule

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
CONTAINERS: Final = ("compose", "container", "docker", "k8s", "kube", "stack")
"""Words in the names of files whose processes nobody reaches on the loopback address."""
MAX_OTHERS: Final = 20
SHOP: Final = """
    import sqlite3

    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.get("/orders")
    def orders():
        with sqlite3.connect("shop.db") as database:
            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
"""
STARTED: Final = f"""{SHOP}

    if __name__ == "__main__":
        app.run(host="0.0.0.0", port=8000, debug=True)
"""


class DevServerInProduction(Rule):
    """A deployment file starts Flask's development server.

    ## What it finds
    A Dockerfile, Procfile, compose file, Kubernetes manifest or unit that runs `flask run`, or a file whose
    `__main__` block calls `app.run`, `run_simple`, or `socketio.run` with `allow_unsafe_werkzeug=True`.

    ## Why it is bad
    The development server starts a thread for each connection, without a bound, and gives up no request: some
    hundred idle connections exhaust it. With the debugger on, its console runs what a caller types.

    ## How to fix it
    Start a production server, such as `gunicorn --workers 2 --threads 4 shop:app`, and add it to the requirements.

    ## What it leaves alone
    `app.run` in a project whose deployment starts another server; files for development and tests
    (`compose.dev.yaml`, `Dockerfile.dev`), scripts and Makefiles that no container starts; a server that listens
    on the loopback address of its container.
    """

    id = "GA921"
    name = "dev-server-in-production"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.ACTIVE_DEBUG_CODE, Cwe.INSECURE_DEFAULT)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.MISCONFIGURATION)
    probes = (Probe.BOOT,)
    vulnerable = (
        Example(
            title="flask run in a container",
            files={
                "Dockerfile": """
                    FROM python:3.12-slim
                    COPY . /srv
                    WORKDIR /srv
                    RUN pip install -r requirements.txt
                    EXPOSE 5000
                    CMD flask --app shop run --host 0.0.0.0  # finds: GA921
                """,
                "requirements.txt": "Flask>=3.1\nFlask-Limiter>=4\n",
                "shop.py": SHOP,
            },
        ),
        Example(
            title="python shop.py as a process of Heroku, with the debugger",
            files={
                "Procfile": "web: python shop.py  # finds: GA921\n",
                "shop.py": STARTED,
            },
        ),
        Example(
            title="a compose service",
            files={
                "compose.yaml": """
                    services:
                      web:
                        image: shop
                        command: python -m flask --app shop run --host=0.0.0.0 --port 80  # finds: GA921
                        environment:
                          FLASK_DEBUG: "1"
                        ports:
                          - "80:80"
                """,
                "shop.py": SHOP,
            },
        ),
    )
    secure = (
        Example(
            title="gunicorn in the container, app.run for the desk",
            files={
                "Dockerfile": """
                    FROM python:3.12-slim
                    COPY . /srv
                    WORKDIR /srv
                    RUN pip install -r requirements.txt gunicorn
                    CMD ["gunicorn", "--workers", "1", "--threads", "8", "--bind", "0.0.0.0:8000", "shop:app"]
                """,
                "requirements.txt": "Flask>=3.1\nFlask-Limiter>=4\n",
                "shop.py": STARTED,
            },
        ),
        Example(
            title="the development server in files for development",
            files={
                "compose.dev.yaml": """
                    services:
                      web:
                        build: .
                        command: flask --app shop run --debug --host=0.0.0.0
                        ports:
                          - "5000:5000"
                """,
                "Makefile": "run:\n\tflask --app shop run --debug\n",
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: waitress-serve --port 8000 shop:app
                        ports:
                          - "127.0.0.1:8000:8000"
                """,
                "shop.py": STARTED,
            },
        ),
        Example(
            title="a production server that the file itself starts",
            files={
                "Procfile": "web: python serve.py\n",
                "serve.py": """
                    from waitress import serve
                    from werkzeug.middleware.proxy_fix import ProxyFix

                    from shop import app

                    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)

                    if __name__ == "__main__":
                        serve(app, port=8000, threads=8)
                """,
                "shop.py": STARTED,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        started = servings(app, deployment)
        others = [serving for serving in started if serving.server in PRODUCTION_SERVERS]
        if others:
            yield from self._imported(app, others)
            return
        found: list[tuple[Serving, OwnServer | None]] = []
        for serving in started:
            own = _own_server(serving, app)
            if not _is_development_server(serving, own) or is_script_of_nobody(
                serving.place.file, deployment
            ):
                continue
            if not _is_unreachable(serving, own):
                found.append((serving, own))
        found.sort(key=lambda item: not _has_debugger(*item))
        if found:
            yield self._started(app, *found[0], others=[serving for serving, _ in found[1:]])

    def _started(self, app: App, serving: Serving, own: OwnServer | None, others: list[Serving]) -> Finding:
        debug = serving.settings.get("debug")
        has_debugger = _has_debugger(serving, own)
        command = "flask run" if serving.server == "flask" else f"python {serving.target}"
        related = [Related(place=own.place, message=f"`{own.name}` starts it")] if own is not None else []
        if debug is not None and debug.place != serving.place:
            related.append(Related(place=debug.place, message="the debugger is switched on here"))
        related += [
            Related(place=other.place, message="it is started here, too") for other in others[:MAX_OTHERS]
        ]
        what = "no bound on threads, no time limit for a request"
        return self.finding(
            serving.place,
            f"`{command}` starts Flask's development server for `{app.id}`: {what}"
            + (", and a debugger that runs what callers type." if has_debugger else "."),
            app=app,
            severity=Severity.CRITICAL if has_debugger else Severity.HIGH,
            confidence=Confidence.CERTAIN if serving.is_certain else Confidence.FIRM,
            related=related,
            why="the debugger is on" if has_debugger else "the file starts nothing else for this application",
        )

    def _imported(self, app: App, others: list[Serving]) -> Iterator[Finding]:
        """Without a guard, the import by a production server starts the development server instead."""
        for own in app.own_servers:
            importing = next((s for s in others if s.target and _imports(s.target, own)), None)
            if own.is_guarded or importing is None or not is_for_production(own.place.file):
                continue
            yield self.finding(
                own.place,
                f"`{own.name}` runs when {importing.server} imports `{own.module}`: the development server serves"
                f" `{app.id}`, or the import never ends.",
                app=app,
                identity=(own.module, own.name),
                severity=Severity.MEDIUM,
                confidence=Confidence.FIRM,
                related=[Related(place=importing.place, message=f"{importing.server} imports it")],
                why="it stands below no `__main__` guard",
            )


def _own_server(serving: Serving, app: App) -> OwnServer | None:
    """The server that the started module starts itself."""
    if serving.server != "python" or serving.target is None:
        return None
    return next(
        (own for own in app.own_servers if is_served_as(f"{own.module}:", f"{serving.target}:")), None
    )


def _has_debugger(serving: Serving, own: OwnServer | None) -> bool:
    return "debug" in serving.settings or (own is not None and own.debug is True)


def _is_development_server(serving: Serving, own: OwnServer | None) -> bool:
    return serving.server == "flask" or (own is not None and not own.has_choice)


def _is_unreachable(serving: Serving, own: OwnServer | None) -> bool:
    """Whether it listens on the loopback address of a container, where nobody calls it."""
    bound = serving.settings.get("host")
    host = own.host if own is not None else bound.value if bound is not None else None
    return host in LOOPBACK and any(word in serving.place.file.lower() for word in CONTAINERS)


def _imports(target: str, own: OwnServer) -> bool:
    return is_served_as(f"{own.module}:", f"{target.partition(':')[0]}:")
