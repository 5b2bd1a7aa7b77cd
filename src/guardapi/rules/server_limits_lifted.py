"""GA923: limits of a server or proxy that are switched off."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guardapi.deployment import is_for_production, processes_of, servings
from guardapi.deployment.serving import WorkerClass
from guardapi.deployment.sizes import size_of
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.model import App, Deployment, ServerSetting
from guardapi.remedy import Remedy, Safety, SetOption
from guardapi.rule import Example, Rule

KILO: Final = 1024
MEGA: Final = 1024 * KILO
GIGA: Final = 1024 * MEGA
LARGEST_BODY: Final = 256 * MEGA
"""Of a bound in the application; a larger one bounds nothing that matters."""
SECONDS: Final = re.compile(r"(\d{1,9})\s*(ms|s|m|h|d)?")
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
SHOP: Final = """
    import sqlite3

    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from werkzeug.middleware.proxy_fix import ProxyFix

    app = Flask(__name__)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.get("/orders")
    def orders():
        with sqlite3.connect("shop.db") as database:
            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
"""
UNBOUNDED: Final = SHOP.replace('    app.config["MAX_CONTENT_LENGTH"] = 100_000\n', "")
DIRECT: Final = "\n".join(line for line in SHOP.split("\n") if "ProxyFix" not in line)


class ServerLimitsLifted(Rule):
    """A server or proxy is told to take requests of any size, or to wait for them for long.

    ## What it finds
    gunicorn's `limit_request_line = 0`, `limit_request_fields` above 1000 or `limit_request_field_size` above
    64 kB; nginx's `client_max_body_size 0`, large header buffers, timeouts above 300 seconds, and
    `proxy_request_buffering off` in front of workers that take one request at a time; the same of uWSGI,
    Waitress and Ingress.

    ## Why it is bad
    These limits keep one caller from filling memory, disk and workers before the application has seen the
    request: no rate limit of the application counts what has not arrived.

    ## How to fix it
    Remove the line, so that the server's default returns, or give a size that the service needs, such as
    `client_max_body_size 10m`.

    ## What it leaves alone
    Sizes of bodies, where the application bounds them itself (`MAX_CONTENT_LENGTH`) or one location for uploads
    alone has its own; files for development.
    """

    id = "GA923"
    name = "server-limits-lifted"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCHECKED_QUANTITY)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.MISCONFIGURATION)
    probes = (Probe.BODY,)
    vulnerable = (
        Example(
            title="gunicorn takes request lines and headers of any size",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    limit_request_line = 0  # finds: GA923
                    limit_request_field_size = 1_000_000  # finds: GA923
                """,
                "shop.py": DIRECT,
            },
            fixed={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    limit_request_line = 4094  # finds: GA923
                    limit_request_field_size = 8190  # finds: GA923
                """,
            },
        ),
        Example(
            title="nginx takes bodies of any size, and waits for them",
            files={
                "nginx.conf": """
                    server {
                        listen 80;
                        client_max_body_size 0;  # finds: GA923
                        client_body_timeout 1h;  # finds: GA923
                        large_client_header_buffers 4 8m;  # finds: GA923

                        location / {
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_pass http://127.0.0.1:8000;
                        }
                    }
                """,
                "shop.py": UNBOUNDED,
            },
            fixed={
                "nginx.conf": """
                    server {
                        listen 80;
                        client_max_body_size 10m;  # finds: GA923
                        client_body_timeout 60s;  # finds: GA923
                        large_client_header_buffers 4 8k;  # finds: GA923

                        location / {
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_pass http://127.0.0.1:8000;
                        }
                    }
                """,
            },
        ),
        Example(
            title="an Ingress without a limit, in front of a manifest's container",
            files={
                "k8s/shop.yaml": """
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata:
                      name: shop
                      annotations:
                        nginx.ingress.kubernetes.io/proxy-body-size: "0"  # finds: GA923
                    spec:
                      defaultBackend:
                        service: {name: shop, port: {number: 80}}
                    ---
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: shop}
                    spec:
                      replicas: 1
                      template:
                        spec:
                          containers:
                            - name: shop
                              image: shop
                              command: [gunicorn, --limit-request-fields=30000, "shop:app"]  # finds: GA923
                """,
                "shop.py": UNBOUNDED,
            },
            fixed={
                "k8s/shop.yaml": """
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata:
                      name: shop
                      annotations:
                        nginx.ingress.kubernetes.io/proxy-body-size: "10m"  # finds: GA923
                    spec:
                      defaultBackend:
                        service: {name: shop, port: {number: 80}}
                    ---
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: shop}
                    spec:
                      replicas: 1
                      template:
                        spec:
                          containers:
                            - name: shop
                              image: shop
                              command: [gunicorn, --limit-request-fields=100, "shop:app"]  # finds: GA923
                """,
            },
        ),
    )
    secure = (
        Example(
            title="gunicorn's own limits, written out",
            files={
                "gunicorn.conf.py": """
                    wsgi_app = "shop:app"
                    workers = 1
                    limit_request_line = 4094
                    limit_request_fields = 100
                    limit_request_field_size = 8190
                """,
                "shop.py": DIRECT,
            },
        ),
        Example(
            title="the application bounds the body that nginx lets pass",
            files={
                "nginx.conf": """
                    server {
                        listen 80;
                        client_max_body_size 0;

                        location / {
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_pass http://127.0.0.1:8000;
                        }
                    }
                """,
                "shop.py": SHOP,
            },
        ),
        Example(
            title="a location for uploads has its own size",
            files={
                "nginx.conf": """
                    server {
                        listen 80;
                        client_max_body_size 2m;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;

                        location /upload {
                            client_max_body_size 5g;
                            proxy_pass http://127.0.0.1:8000;
                        }
                        location / {
                            proxy_pass http://127.0.0.1:8000;
                        }
                    }
                """,
                "shop.py": SHOP,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        seen: set[tuple[str, str]] = set()
        for setting, is_certain in _settings(app, deployment):
            found = _LIFTED.get((setting.server, setting.name), _never)(setting)
            key = (str(setting.place), setting.name)
            if found is None or key in seen or not is_for_production(setting.place.file):
                continue
            seen.add(key)
            if found.is_of_body and _body_is_bounded(app, setting):
                continue
            if setting.name == "proxy_request_buffering" and not _has_sync_workers(app, deployment):
                continue
            yield self._finding(app, setting, found, is_certain=is_certain)

    def _finding(self, app: App, setting: ServerSetting, found: "_Lifted", *, is_certain: bool) -> Finding:
        bound = app.request_bounds.get("max_content_length")
        related: tuple[Related, ...] = ()
        if found.is_of_body and bound is not None and bound.place is not None:
            related = (Related(place=bound.place, message=f"`{bound.key}` does not bound it either"),)
        return self.finding(
            setting.place,
            f"{setting.server} `{setting.name} {setting.value[:40]}`: {found.consequence}.",
            app=app,
            identity=(setting.place.file, setting.server, setting.name),
            confidence=Confidence.CERTAIN if is_certain else Confidence.FIRM,
            related=related,
            why=found.why,
            remedy=_remedy(setting),
        )


def _remedy(setting: ServerSetting) -> Remedy | None:
    """The default of the server; for bodies, what forms and most files need."""
    value = USUAL.get((setting.server, setting.name))
    if value is None:
        return None
    usual = "lets 10 MB pass" if value.endswith("10m") else "has its default again"
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"`{setting.name}` {usual} ({value}).",
        edits=(SetOption(line=setting.place, name=setting.name, old=setting.value, new=value),),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lifted:
    """What follows from a limit that is not there."""

    consequence: str
    why: str
    is_of_body: bool = False


def _settings(app: App, deployment: Deployment) -> Iterator[tuple[ServerSetting, bool]]:
    """The settings of the application's servers as they hold, then those of proxies; whether they are surely its."""
    for serving in servings(app, deployment):
        for setting in serving.settings.values():
            yield setting, serving.is_certain
    for setting in deployment.settings:
        if setting.server in {"nginx", "ingress"}:
            # Proxies name hosts, not applications.
            yield setting, False


def _body_is_bounded(app: App, setting: ServerSetting) -> bool:
    """Whether the application bounds bodies itself, or may; or the setting is for one location alone."""
    bound = app.request_bounds.get("max_content_length")
    if setting.scope not in {"", "/"} or bound is None or not bound.known:
        return True
    value = bound.value
    return value is not None and (not isinstance(value, int) or value <= LARGEST_BODY)


def _has_sync_workers(app: App, deployment: Deployment) -> bool:
    found = processes_of(app, deployment)
    return bool(servings(app, deployment)) and found.worker_class is WorkerClass.SYNC


def _never(_setting: ServerSetting) -> None:
    """A setting that lifts no limit."""


def _above(
    largest: int, *, what: str, zero_is_none: bool, is_of_body: bool = False
) -> Callable[[ServerSetting], _Lifted | None]:
    """A number, or a size with a unit, that is too large; 0 may mean no limit at all."""

    def lifted(setting: ServerSetting) -> _Lifted | None:
        size = size_of(setting.value)
        if size is None or not (size > largest or (zero_is_none and size == 0)):
            return None
        return _Lifted(
            consequence=f"it takes {what} of any size" if size == 0 else f"it takes {what} beyond all need",
            why="0 switches the limit off" if size == 0 else "the default is far below",
            is_of_body=is_of_body,
        )

    return lifted


def _buffers(setting: ServerSetting) -> _Lifted | None:
    """`large_client_header_buffers 4 8k`: how many, and how large each."""
    words = setting.value.split()
    size = size_of(words[1]) if len(words) > 1 else None
    if size is None or size <= MEGA:
        return None
    return _Lifted(consequence="each connection may hold headers of megabytes", why="the default is 8 kB")


def _slow(setting: ServerSetting) -> _Lifted | None:
    match = SECONDS.fullmatch(setting.value.strip())
    if match is None or int(match[1]) * UNITS[match[2] or "s"] <= 300:
        return None
    return _Lifted(
        consequence="a client that sends next to nothing keeps its connection for that long",
        why="the default is 60 seconds",
    )


def _unbuffered(setting: ServerSetting) -> _Lifted | None:
    if setting.value != "off":
        return None
    return _Lifted(
        consequence="a client that sends slowly holds a worker of the application, not a buffer of nginx",
        why="the workers take one request at a time",
    )


USUAL: Final = {
    ("gunicorn", "limit_request_line"): "4094",
    ("gunicorn", "limit_request_field_size"): "8190",
    ("gunicorn", "limit_request_fields"): "100",
    ("nginx", "client_max_body_size"): "10m",
    ("nginx", "client_body_timeout"): "60s",
    ("nginx", "client_header_timeout"): "60s",
    ("nginx", "large_client_header_buffers"): "4 8k",
    ("nginx", "proxy_request_buffering"): "on",
    ("ingress", "nginx.ingress.kubernetes.io/proxy-body-size"): "10m",
}
_LIFTED: Final[Mapping[tuple[str, str], Callable[[ServerSetting], _Lifted | None]]] = {
    ("gunicorn", "limit_request_line"): _above(64 * KILO, what="request lines", zero_is_none=True),
    ("gunicorn", "limit_request_field_size"): _above(64 * KILO, what="header fields", zero_is_none=False),
    ("gunicorn", "limit_request_fields"): _above(1000, what="header fields in numbers", zero_is_none=False),
    ("uwsgi", "limit_post"): _above(GIGA, what="bodies", zero_is_none=True, is_of_body=True),
    ("uwsgi", "buffer_size"): _above(MEGA, what="headers", zero_is_none=False),
    ("waitress", "max_request_body_size"): _above(GIGA, what="bodies", zero_is_none=False, is_of_body=True),
    ("nginx", "client_max_body_size"): _above(GIGA, what="bodies", zero_is_none=True, is_of_body=True),
    ("nginx", "client_body_timeout"): _slow,
    ("nginx", "client_header_timeout"): _slow,
    ("nginx", "large_client_header_buffers"): _buffers,
    ("nginx", "proxy_request_buffering"): _unbuffered,
    ("ingress", "nginx.ingress.kubernetes.io/proxy-body-size"): _above(
        GIGA, what="bodies", zero_is_none=True, is_of_body=True
    ),
}
"""By server and setting."""
