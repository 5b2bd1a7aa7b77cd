"""GA301: a limit whose key is a header that the caller writes."""

import re
from collections.abc import Iterator
from typing import Final

from guardapi.deployment.hops import hops_to_trust
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Severity
from guardapi.limit_keys import FORWARDED, KeyFunction, key_functions
from guardapi.model import App, Deployment, LimiterAnswer
from guardapi.remedy import Edit, Import, Remedy, Rewrite, Safety, TrustProxies
from guardapi.rule import Example, Rule

CLOUDFLARE: Final = re.compile(r"cf-connecting-ip", re.IGNORECASE)
LAST: Final = "[-1]"


class SpoofableForwardedKey(Rule):
    """The key of a limit is a forwarding header, which every caller can write.

    ## What it finds
    A key function that answers with `X-Forwarded-For`, `X-Real-IP`, `Forwarded`, `CF-Connecting-IP` or the like, or
    with the first entry of `request.access_route`, without asking first whether the connection comes from a proxy that
    is trusted.

    ## Why it is bad
    The header is text of the request. With another value in each request every request has a bucket of its own, and
    nothing is ever refused.

    ## How to fix it
    Use `get_remote_address`, and put `ProxyFix(app.wsgi_app, x_for=1)` around the application where exactly one proxy
    stands in front of it.

    ## What it leaves alone
    `request.remote_addr`; the last entry of the header; a function that asks for the address of the connection first.
    For Cloudflare's header, which is right where the origin admits Cloudflare alone, it is advice.
    """

    id = "GA301"
    name = "spoofable-forwarded-key"
    severity = Severity.HIGH
    cwe = (Cwe.LESS_TRUSTED_SOURCE, Cwe.SPOOFING)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.ROTATE,)
    vulnerable = (
        Example(
            title="the first entry of X-Forwarded-For",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    def client_ip():
                        return request.headers.get("X-Forwarded-For", request.remote_addr).split(",")[0]  # finds: GA301


                    limiter = Limiter(
                        client_ip, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="another module, for one route, with a fallback",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.callers import real_ip

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/search")
                    @limiter.limit("5 per minute", key_func=real_ip)
                    def search():
                        return "hits"
                """,
                "shop/callers.py": """
                    from flask import request


                    def real_ip():
                        header = request.headers.get("X-Real-IP")
                        if header:
                            return header  # finds: GA301
                        return request.remote_addr
                """,
            },
        ),
        Example(
            title="a lambda over the access route",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        key_func=lambda: request.access_route[0],  # finds: GA301
                        app=app,
                        default_limits=["30 per minute"],
                        storage_uri="memory://",
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="the header, although the address has been taken from it already",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from werkzeug.middleware.proxy_fix import ProxyFix

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)


                    def client():
                        return request.headers.get("X-Forwarded-For", request.remote_addr)  # finds: GA301


                    limiter = Limiter(client, app=app, default_limits=["5 per minute"], storage_uri="memory://")


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from werkzeug.middleware.proxy_fix import ProxyFix

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)


                    def client():
                        return request.remote_addr  # finds: GA301


                    limiter = Limiter(client, app=app, default_limits=["5 per minute"], storage_uri="memory://")


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="behind nginx, which adds to the header",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        lambda: request.access_route[0],  # finds: GA301
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
                "nginx.conf": """
                    server {
                        listen 80;
                        location / {
                            proxy_pass http://127.0.0.1:8000;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        }
                    }
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from werkzeug.middleware.proxy_fix import ProxyFix

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
                    limiter = Limiter(
                        lambda: request.remote_addr,  # finds: GA301
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
    )
    secure = (
        Example(
            title="one proxy, and the address that it reports",
            files={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.middleware.proxy_fix import ProxyFix

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="the header counts only behind a trusted proxy",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    PROXIES = {"10.0.0.7"}


                    def client_ip():
                        if request.remote_addr in PROXIES:
                            return request.headers.get("X-Forwarded-For", request.remote_addr)
                        return request.remote_addr


                    limiter = Limiter(
                        client_ip, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="the entry that the last proxy has added",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    def client_ip():
                        forwarded = request.headers.get("X-Forwarded-For")
                        return forwarded.split(",")[-1].strip() if forwarded else request.remote_addr


                    limiter = Limiter(
                        client_ip, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for key in key_functions(app, deployment):
            spoofed = [answer for answer in key.function.answers if _header(answer)]
            if spoofed and not key.function.asks_address:
                yield self._finding(app, deployment, key, spoofed)

    def _finding(
        self, app: App, deployment: Deployment, key: KeyFunction, spoofed: list[LimiterAnswer]
    ) -> Finding:
        answer = spoofed[0]
        header = _header(answer)
        precious = next((use for use in key.uses if use.is_precious), None)
        is_cloudflare = bool(CLOUDFLARE.search(header))
        return self.finding(
            answer.place,
            f"`{key.name}` tells callers apart by `{header}`: with another value in each request nobody is refused.",
            app=app,
            identity=(key.function.name,),
            severity=Severity.CRITICAL if precious else Severity.HIGH,
            confidence=Confidence.FIRM if is_cloudflare else Confidence.CERTAIN,
            route=key.reference,
            related=key.related,
            why=f"{precious.title} depends on it" if precious else f"{key.uses[0].title} depends on it",
            remedy=None if is_cloudflare else _by_address(app, deployment, spoofed),
            is_advisory=is_cloudflare,
        )


def _header(answer: LimiterAnswer) -> str:
    """The forwarding header in an answer, as it is read; empty where there is none that the caller writes."""
    for source in answer.sources:
        if FORWARDED.search(source) and not source.endswith(LAST):
            return source
    return ""


def _by_address(app: App, deployment: Deployment, spoofed: list[LimiterAnswer]) -> Remedy | None:
    """The address that the application believes; None where it is not known how many proxies report it."""
    hops = app.proxy_trust.hops or hops_to_trust(app, deployment)
    values = [answer.value for answer in spoofed if answer.value is not None]
    if not hops or len(values) < len(spoofed):
        return None
    needed = Import(module="flask", name="request")
    edits: list[Edit] = [
        Rewrite(expression=value, text="request.remote_addr", imports=(needed,)) for value in values
    ]
    if app.proxy_trust.hops:
        reason = "Callers are told apart by the address that ProxyFix, which is there, takes from the proxy."
        return Remedy(safety=Safety.SAFE, reason=reason, edits=tuple(edits))
    reason = "Callers are told apart by the address that ProxyFix takes from the proxy in front, and from no other."
    return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(*edits, TrustProxies(app=app.id, hops=hops)))
