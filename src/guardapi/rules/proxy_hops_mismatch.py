"""GA302: another number of trusted proxies than there are."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.deployment.hops import (
    has_proxy_protocol,
    hops_to_trust,
    kinds_of,
    open_port,
    proxies_in_front,
)
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, Limiter, Proxy, PublishedPort
from guardapi.rank import credential_word
from guardapi.remedy import Remedy, Safety, TrustProxies
from guardapi.rule import Example, Rule

MANY_HOPS: Final = 3
"""So many trusted proxies are worth a look even where no file speaks of any."""
SHOP: Final = """
    import sqlite3

    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from werkzeug.middleware.proxy_fix import ProxyFix

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for={hops})
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.get("/orders")
    def orders():
        with sqlite3.connect("shop.db") as database:
            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
"""
TWO: Final = SHOP.replace("x_for={hops})", "x_for=2)  # finds: GA302")
BYPASSED: Final = SHOP.replace("x_for={hops})", "x_for=1)  # finds: GA302")
ONE: Final = SHOP.replace("{hops}", "1")
NONE: Final = "\n".join(line for line in SHOP.split("\n") if "ProxyFix" not in line)
TRUSTING: Final = ONE.replace("Limiter(\n", "Limiter(  # finds: GA302\n")
UNTRUSTING: Final = NONE.replace("Limiter(\n", "Limiter(  # finds: GA302\n")
COMPOSE: Final = """
    services:
      web:
        build: .
        command: gunicorn --workers 1 --threads 8 --bind 0.0.0.0:8000 shop:app
        expose: ["8000"]
      proxy:
        image: nginx:1.27
        ports: ["80:80"]
"""
NGINX: Final = """
    server {
        listen 80;

        location / {
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_pass http://web:8000;
        }
    }
"""


class ProxyHopsMismatch(Rule):
    """The application trusts another number of proxies than stand in front of it.

    ## What it finds
    A limiter keyed by the address, and `ProxyFix(x_for=...)`, or its absence, that does not fit the proxies of
    the deployment files: nginx, Traefik, an Ingress, Heroku's router. Also an application behind a proxy whose own
    port is published, too.

    ## Why it is bad
    With too few, all clients have the address of the proxy and share one budget: one of them locks out all. With too
    many, or past the proxy, a caller writes the address into `X-Forwarded-For` and is somebody else with each
    request.

    ## How to fix it
    Wrap the application in `ProxyFix(app.wsgi_app, x_for=N)`, where N is the number of proxies that add to
    `X-Forwarded-For`, and let only the last of them reach its port (`expose` in place of `ports`).

    ## What it leaves alone
    A trust that is computed or that a class of the project sets up; nginx that passes by the uwsgi protocol or
    restores addresses itself; limits keyed by something else. Without any deployment file, three trusted proxies
    or more are advice.
    """

    id = "GA302"
    name = "proxy-hops-mismatch"
    severity = Severity.MEDIUM
    cwe = (Cwe.LESS_TRUSTED_SOURCE, Cwe.INTERACTION_FREQUENCY)
    probes = (Probe.ROTATE,)
    vulnerable = (
        Example(
            title="nginx in front, and no trust in it",
            files={"compose.yaml": COMPOSE, "nginx.conf": NGINX, "shop.py": UNTRUSTING},
            fixed={"shop.py": TRUSTING},
        ),
        Example(
            title="one proxy, and trust in two",
            files={"compose.yaml": COMPOSE, "nginx.conf": NGINX, "shop.py": TWO},
            fixed={"shop.py": TWO.replace("x_for=2", "x_for=1")},
        ),
        Example(
            title="a port beside the proxy",
            files={
                "compose.yaml": COMPOSE.replace('expose: ["8000"]', 'ports: ["8000:8000"]'),
                "shop.py": BYPASSED,
            },
        ),
        Example(
            title="nginx passes on whatever the caller claims",
            files={
                "nginx.conf": """
                    server {
                        listen 80;

                        location / {
                            proxy_set_header Host $host;
                            proxy_pass http://127.0.0.1:8000;
                        }
                    }
                """,
                "shop.py": BYPASSED,
            },
        ),
        Example(
            title="Heroku's router, and no trust in it",
            files={"Procfile": "web: gunicorn --workers 1 shop:app\n", "shop.py": UNTRUSTING},
            fixed={"shop.py": TRUSTING},
        ),
    )
    secure = (
        Example(
            title="one proxy, and trust in one",
            files={"compose.yaml": COMPOSE, "nginx.conf": NGINX, "shop.py": ONE},
        ),
        Example(
            title="uWSGI's own protocol hands the address over",
            files={
                "nginx.conf": """
                    server {
                        listen 80;

                        location / {
                            include uwsgi_params;
                            uwsgi_pass 127.0.0.1:3031;
                        }
                    }
                """,
                "shop.py": NONE,
            },
        ),
        Example(
            title="no proxy, and no trust",
            files={
                "compose.yaml": """
                    services:
                      web:
                        build: .
                        command: waitress-serve --port 8000 shop:app
                        ports: ["8000:8000"]
                """,
                "shop.py": NONE,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        limiter = next((found for found in active_limiters(app) if found.by_address and found.uses), None)
        hops = app.proxy_trust.hops
        if limiter is None or hops is None:
            return
        proxies = proxies_in_front(app, deployment)
        if not proxies:
            yield from self._unseen(app, hops, has_files=bool(deployment.starts or deployment.processes))
            return
        if any(proxy.is_transparent for proxy in proxies) or has_proxy_protocol(app, deployment):
            return
        kinds = kinds_of(proxies)
        fitting = hops_to_trust(app, deployment)
        remedy = _trusting(app, fitting, proxies) if fitting else None
        if not hops:
            yield self._too_few(app, limiter, proxies, remedy)
        elif all(proxy.appends is False for proxy in proxies):
            yield self._forgeable(app, proxies, f"{kinds[0]} adds nothing to `X-Forwarded-For`")
        elif hops > len(kinds):
            exist = "1 proxy exists" if len(kinds) == 1 else f"{len(kinds)} exist"
            text = f"the application trusts {hops} proxies and {exist}"
            yield self._forgeable(app, proxies, text, remedy=remedy)
        elif (port := open_port(deployment)) is not None:
            text = f"port {port.text} of `{port.service}` is published beside {kinds[0]}"
            yield self._forgeable(app, proxies, text, port=port)

    def _too_few(
        self, app: App, limiter: Limiter, proxies: tuple[Proxy, ...], remedy: Remedy | None
    ) -> Finding:
        kinds = kinds_of(proxies)
        stands = f"{' and '.join(kinds)} {'stands' if len(kinds) == 1 else 'stand'}"
        return self.finding(
            limiter.place,
            f"{stands} in front of `{app.id}`, which trusts no proxy: all clients share the limits of one address.",
            app=app,
            identity=("too few",),
            # A Procfile names the platform; whether it is used is the user's.
            confidence=Confidence.FIRM if kinds == ("heroku",) else Confidence.CERTAIN,
            related=_places(proxies),
            why="one client uses up the budget of all",
            remedy=remedy,
        )

    def _forgeable(
        self,
        app: App,
        proxies: tuple[Proxy, ...],
        why: str,
        *,
        port: PublishedPort | None = None,
        remedy: Remedy | None = None,
    ) -> Finding:
        credentials = next((route for route in app.routes if credential_word(route)), None)
        opened = (Related(place=port.place, message="published here"),) if port is not None else ()
        reason = f"{credentials.rule} deals with credentials" if credentials is not None else why
        return self.finding(
            app.proxy_trust.place or app.place,
            f"{why[:1].upper()}{why[1:]}: a caller writes `X-Forwarded-For` and has a new budget with each request.",
            app=app,
            identity=("port" if port is not None else "too many",),
            severity=Severity.CRITICAL if credentials is not None else Severity.HIGH,
            # Other proxies may stand further out, and a firewall before the port: no file of the project tells.
            confidence=Confidence.FIRM,
            related=(*opened, *_places(proxies)),
            why=reason,
            remedy=remedy,
        )

    def _unseen(self, app: App, hops: int, *, has_files: bool) -> Iterator[Finding]:
        place = app.proxy_trust.place
        if hops >= MANY_HOPS and place is not None and not has_files:
            yield self.finding(
                place,
                f"The application trusts {hops} proxies: with fewer in front, a caller chooses its own address.",
                app=app,
                identity=("unseen",),
                severity=Severity.LOW,
                confidence=Confidence.FIRM,
                why="no deployment file says how many there are",
                is_advisory=True,
            )


def _trusting(app: App, hops: int, proxies: tuple[Proxy, ...]) -> Remedy:
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"ProxyFix takes the caller's address from the last report of `X-Forwarded-For`: {proxies[0].kind} of"
        f" {proxies[0].place.file} adds it, and nothing else is known to stand in front.",
        edits=(TrustProxies(app=app.id, hops=hops),),
    )


def _places(proxies: tuple[Proxy, ...]) -> tuple[Related, ...]:
    """One place for each kind of proxy."""
    first: dict[str, Proxy] = {}
    for proxy in proxies:
        first.setdefault(proxy.kind, proxy)
    return tuple(
        Related(place=proxy.place, message=f"{kind} passes requests on") for kind, proxy in first.items()
    )
