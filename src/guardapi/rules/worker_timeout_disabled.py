"""GA922: a server that never gives a request up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.deployment import is_for_production, is_script_of_nobody, servings
from guardapi.deployment.serving import Serving, WorkerClass
from guardapi.findings import Confidence, Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.remedy import Remedy, Safety, SetOption
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

LONGEST: Final = 300
"""Seconds; more is hardly a limit for a request of a person."""
LONGEST_CHANNEL: Final = 600
HANGING: Final = frozenset({Kind.STREAM, Kind.WAIT})
"""Work that may hold a worker for as long as the caller, or another side, likes."""
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


class WorkerTimeoutDisabled(Rule):
    """The server is told to wait for a request for ever, or for many minutes.

    ## What it finds
    `timeout = 0` or more than 300 seconds for gunicorn, uWSGI without `harakiri`, `channel_timeout` above 600
    seconds for Waitress, and `request-timeout=0` for mod_wsgi.

    ## Why it is bad
    A request that hangs, in a call without timeout or a pathological regular expression, holds its worker until
    somebody restarts the service. As many of them as there are workers stop it.

    ## How to fix it
    Leave gunicorn's 30 seconds or set `timeout = 30`; for uWSGI `master = true` and `harakiri = 30`. Longer work
    belongs to a queue.

    ## What it leaves alone
    Settings that are computed where the server runs. For threads and green threads gunicorn's timeout only watches
    that the worker lives: there it is low.
    """

    id = "GA922"
    name = "worker-timeout-disabled"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.CALL_WITHOUT_TIMEOUT)
    probes = (Probe.STALL,)
    vulnerable = (
        Example(
            title="gunicorn's configuration",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    timeout = 0  # finds: GA922
                """,
                "shop.py": SHOP,
            },
            fixed={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    timeout = 30  # finds: GA922
                """,
            },
        ),
        Example(
            title="gunicorn's command line, which is preferred to its file",
            files={
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: gunicorn --bind 0.0.0.0:8000 --timeout 3600 shop:app  # finds: GA922
                """,
                "gunicorn.conf.py": "timeout = 30\n",
                "shop.py": SHOP,
            },
            fixed={
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: gunicorn --bind 0.0.0.0:8000 --timeout 30 shop:app  # finds: GA922
                """,
            },
        ),
        Example(
            title="uWSGI, which has no time limit of its own",
            files={
                "uwsgi.yaml": """
                    uwsgi:  # finds: GA922
                      http: ":8000"
                      module: shop:app
                      master: true
                      processes: 1
                      threads: 8
                """,
                "shop.py": SHOP,
            },
        ),
    )
    secure = (
        Example(
            title="gunicorn's own time limit, in a unit",
            files={
                "deploy/shop.service": """
                    [Unit]
                    After=network.target

                    [Service]
                    WorkingDirectory=/srv/shop
                    ExecStart=/srv/shop/venv/bin/gunicorn --workers 1 --threads 8 shop:app

                    [Install]
                    WantedBy=multi-user.target
                """,
                "shop.py": SHOP,
            },
        ),
        Example(
            title="a time limit on the command line, whatever the file says",
            files={
                "Dockerfile": """
                    FROM python:3.12-slim
                    COPY . /srv
                    WORKDIR /srv
                    CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "--timeout=45", "shop:app"]
                """,
                "deploy/gunicorn.conf.py": "timeout = 0\n",
                "shop.py": SHOP,
            },
        ),
        Example(
            title="uWSGI with harakiri",
            files={
                "uwsgi.ini": """
                    [uwsgi]
                    http = :8000
                    module = shop:app
                    master = true
                    processes = 1
                    threads = 8
                    harakiri = 30
                """,
                "shop.py": SHOP,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        seen: set[Place] = set()
        for serving in servings(app, deployment):
            fault = _fault(serving)
            if fault is None or fault.place in seen or not is_for_production(fault.place.file):
                continue
            seen.add(fault.place)
            yield self._finding(app, serving, fault, deployment)
        yield from self._slow_clients(app, deployment)

    def _finding(self, app: App, serving: Serving, fault: "_Fault", deployment: Deployment) -> Finding:
        severity, why = _ranked(app, serving, fault, deployment)
        is_chore = is_script_of_nobody(fault.place.file, deployment)
        return self.finding(
            fault.place,
            f"{fault.text}: a request that hangs holds {_what_is_held(serving)} {fault.how_long}.",
            app=app,
            identity=(fault.place.file, serving.server),
            severity=severity,
            confidence=Confidence.CERTAIN if serving.is_certain and not is_chore else Confidence.FIRM,
            why=why,
            remedy=fault.remedy,
        )

    def _slow_clients(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        """Workers that take one request at a time, where clients reach them without a proxy that buffers."""
        if deployment.proxies:
            return
        port = next(
            (p for p in deployment.published if not p.is_loopback and is_for_production(p.place.file)), None
        )
        for serving in servings(app, deployment) if port is not None else ():
            if serving.server != "gunicorn" or serving.worker_class is not WorkerClass.SYNC:
                continue
            yield self.finding(
                serving.place,
                "gunicorn's sync workers are reached without a proxy that buffers: a client that sends or reads"
                " slowly holds one.",
                app=app,
                identity=("slow clients", serving.place.file),
                severity=Severity.LOW,
                confidence=Confidence.FIRM,
                why=f"port {port.text} of `{port.service}` is published and no proxy is seen" if port else "",
                is_advisory=True,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    place: Place
    text: str
    is_off: bool
    how_long: str
    remedy: Remedy | None = None


def _fault(serving: Serving) -> _Fault | None:
    match serving.server:
        case "gunicorn":
            return _too_long(serving, "timeout", LONGEST)
        case "waitress":
            found = _too_long(serving, "channel_timeout", LONGEST_CHANNEL)
            # There 0 is no time at all.
            return None if found is None or found.is_off else found
        case "mod_wsgi":
            return _too_long(serving, "request_timeout", None)
        case "uwsgi":
            return _without_harakiri(serving) or _too_long(serving, "harakiri", LONGEST)
    return None


def _too_long(serving: Serving, name: str, longest: int | None) -> _Fault | None:
    seconds = serving.number(name)
    if seconds is None or not (seconds == 0 or (longest is not None and seconds > longest)):
        return None
    setting = serving.settings[name]
    how_long = "for ever" if seconds == 0 else f"for {seconds} seconds"
    text = (
        f"{serving.server} `{name.replace('_', '-') if serving.server == 'mod_wsgi' else name} = {seconds}`"
    )
    remedy = Remedy(
        safety=Safety.UNSAFE,
        reason="The server ends what takes a worker more than 30 seconds.",
        edits=(SetOption(line=setting.place, name=name, old=setting.value, new="30"),),
    )
    return _Fault(place=setting.place, text=text, is_off=seconds == 0, how_long=how_long, remedy=remedy)


def _without_harakiri(serving: Serving) -> _Fault | None:
    # Without a target it is an emperor, a router or a mule; without its file nothing is known.
    if serving.is_set("harakiri") or serving.target is None or not serving.is_complete:
        return None
    return _Fault(place=serving.place, text="uWSGI has no `harakiri`", is_off=True, how_long="for ever")


def _ranked(app: App, serving: Serving, fault: _Fault, deployment: Deployment) -> tuple[Severity, str]:
    if serving.server == "gunicorn" and serving.worker_class in {WorkerClass.ASYNC, WorkerClass.THREADS}:
        return Severity.LOW, f"for {serving.worker_class} workers it only watches that the worker lives"
    if not fault.is_off:
        return Severity.LOW, "it ends some time"
    if serving.server == "uwsgi" and (serving.is_set("http_timeout") or deployment.proxies):
        return Severity.LOW, "what stands in front of it gives up, though the worker goes on"
    hanging = next(
        (route for route in app.routes if any(done.of(*HANGING) for done in route.work.values())), None
    )
    if hanging is not None:
        return Severity.HIGH, f"`{hanging.rule}` may hold a worker for as long as it likes"
    return Severity.MEDIUM, "nothing ends a request"


def _what_is_held(serving: Serving) -> str:
    return "its thread" if serving.worker_class is WorkerClass.THREADS else "its worker"
