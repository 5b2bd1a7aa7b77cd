"""GA701: bodies of any size are read."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import is_of_project
from guardapi.deployment import is_for_production
from guardapi.deployment.hops import proxies_in_front
from guardapi.deployment.sizes import size_of
from guardapi.findings import Confidence, Cwe, Finding, Probe, Severity, counted
from guardapi.model import App, Deployment, Proxy, Route, Setting
from guardapi.rank import BODY_READS, open_reads, reads_body
from guardapi.reached import body_reads
from guardapi.remedy import Remedy, Safety, SetSetting
from guardapi.rule import Example, Rule
from guardapi.sink import Audience

MEGA: Final = 1024 * 1024
LARGEST: Final = 256 * MEGA
"""A larger bound keeps no memory free."""
SHOP: Final = """
    import sqlite3

    from flask import Flask, jsonify, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.post("/orders")
    def order():
        items = request.get_json()["items"][:50]
        with sqlite3.connect("shop.db") as database:
            database.execute("INSERT INTO orders VALUES (?)", (len(items),))
        return jsonify(ordered=len(items))
"""
MADE: Final = "app = Flask(__name__)\n"
FIXED: Final = 'app = Flask(__name__)  # finds: GA701\n    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024\n'
PROXY_FIX: Final = "    from werkzeug.middleware.proxy_fix import ProxyFix\n\n    app = Flask(__name__)\n"
FACTORY: Final = """
    import sqlite3

    from flask import Blueprint, Flask, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    limiter = Limiter(get_remote_address, default_limits=["50 per minute"], storage_uri="memory://")
    shop = Blueprint("shop", __name__)


    @shop.post("/notes")
    def note():
        with sqlite3.connect("shop.db") as database:
            database.execute("INSERT INTO notes VALUES (?)", (request.form["text"][:1000],))
        return "noted"


    def create_app(settings="settings.Production"):
        app = Flask(__name__)
        app.config.from_object(settings)
        limiter.init_app(app)
        app.register_blueprint(shop)
        return app
"""


class NoBodyLimit(Rule):
    """Views read bodies, and nothing says how large one may be.

    ## What it finds
    An application without `MAX_CONTENT_LENGTH` (or with None, or more than 256 MB) whose views read JSON, forms,
    files or the raw body.

    ## Why it is bad
    Flask reads a body into memory (JSON, raw data, forms) or to the disk (files) before the view sees it. One
    request of some gigabytes takes the memory of the worker; a rate limit lets it pass as one.

    ## How to fix it
    Set `app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024`, and in a view that takes uploads
    `request.max_content_length = 16 * 1024 * 1024` before the body is read.

    ## What it leaves alone
    Applications that read no body; a class of requests with its own `max_content_length`; a check of the length in a
    hook, which counts as undecided. Behind nginx, whose own bound is 1 MB, it is low.
    """

    id = "GA701"
    name = "no-body-limit"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.EXCESSIVE_ALLOCATION)
    probes = (Probe.BODY,)
    vulnerable = (
        Example(
            title="nothing is set",
            files={"shop.py": SHOP.replace(MADE, "app = Flask(__name__)  # finds: GA701\n")},
            fixed={"shop.py": SHOP.replace(MADE, FIXED)},
        ),
        Example(
            title="no bound by name",
            files={
                "shop.py": SHOP.replace(
                    MADE, f'{MADE}    app.config["MAX_CONTENT_LENGTH"] = None  # finds: GA701\n'
                )
            },
            fixed={
                "shop.py": SHOP.replace(
                    MADE, f'{MADE}    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # finds: GA701\n'
                )
            },
        ),
        Example(
            title="a bound that is set when the body is read already",
            files={
                "shop.py": SHOP.replace(MADE, "app = Flask(__name__)  # finds: GA701\n").replace(
                    "[:50]\n", "[:50]\n        request.max_content_length = 1_000_000\n"
                )
            },
            fixed={
                "shop.py": SHOP.replace(MADE, FIXED).replace(
                    "[:50]\n", "[:50]\n        request.max_content_length = 1_000_000\n"
                )
            },
        ),
        Example(
            title="the configuration of production has none",
            files={
                "app.py": FACTORY.replace(MADE, "app = Flask(__name__)  # finds: GA701\n"),
                "settings.py": """
                    class Production:
                        PREFERRED_URL_SCHEME = "https"


                    class Testing(Production):
                        MAX_CONTENT_LENGTH = 1_000_000
                """,
            },
            fixed={
                "settings.py": """
                    class Production:
                        PREFERRED_URL_SCHEME = "https"
                        MAX_CONTENT_LENGTH = 1024 * 1024


                    class Testing(Production):
                        MAX_CONTENT_LENGTH = 1_000_000
                """,
            },
        ),
        Example(
            title="an application that takes files",
            files={
                "shop.py": SHOP.replace(MADE, "app = Flask(__name__)  # finds: GA701\n").replace(
                    'request.get_json()["items"][:50]', 'request.files.getlist("items")[:50]'
                )
            },
            fixed={
                "shop.py": SHOP.replace(MADE, FIXED.replace("= 1024", "= 16 * 1024")).replace(
                    'request.get_json()["items"][:50]', 'request.files.getlist("items")[:50]'
                )
            },
        ),
    )
    secure = (
        Example(
            title="a bound for the whole application",
            files={
                "shop.py": SHOP.replace(MADE, f'{MADE}    app.config["MAX_CONTENT_LENGTH"] = 1_000_000\n')
            },
        ),
        Example(
            title="a bound in the configuration of production",
            files={
                "app.py": FACTORY,
                "settings.py": """
                    class Production:
                        MAX_CONTENT_LENGTH = 2 * 1024 * 1024
                """,
            },
        ),
        Example(
            title="a bound for the one view that reads, before it does",
            files={
                "shop.py": SHOP.replace(
                    "def order():\n", "def order():\n        request.max_content_length = 1_000_000\n"
                )
            },
        ),
        Example(
            title="a class of requests with its own bound",
            files={
                "shop.py": SHOP.replace(
                    "import Flask, jsonify, request", "import Flask, Request, jsonify, request"
                ).replace(
                    MADE,
                    "\n    class ShopRequest(Request):\n        max_content_length = 1_000_000\n\n\n"
                    f"    {MADE}    app.request_class = ShopRequest\n",
                )
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        bound = app.request_bounds.get("max_content_length")
        fault = _fault(bound) if bound is not None else None
        reading = [route for route in app.routes if is_of_project(route) and reads_body(route)]
        if bound is None or fault is None or not reading:
            return
        severity, why = _ranked(app, bound, reading, deployment)
        yield self.finding(
            bound.place or app.place,
            f"{fault}: {counted(len(reading), 'route')} of `{app.id}` {'reads' if len(reading) == 1 else 'read'} bodies"
            " of any size into memory or to the disk.",
            app=app,
            severity=severity,
            confidence=Confidence.CERTAIN,
            related=body_reads(reading, "max_content_length", BODY_READS),
            why=why,
            remedy=_remedy(app, bound, reading),
        )


def _remedy(app: App, bound: Setting, reading: list[Route]) -> Remedy | None:
    """A bound for all bodies; a large one, that someone has chosen, stays."""
    if bound.value is not None or "." in bound.key:
        return None
    takes_files = any(
        sink.facts.get("of") in {"files", "stream", "data"}
        for route in reading
        for work in route.work.values()
        for sink in work.of(*BODY_READS)
    )
    mega = 16 if takes_files else 1
    reason = f"Bodies of more than {mega} MB are refused with status 413" + (
        ": room for files." if takes_files else "; no route here takes files."
    )
    edit = SetSetting(
        app=app.id, key="MAX_CONTENT_LENGTH", value="16 * 1024 * 1024" if takes_files else "1024 * 1024"
    )
    return Remedy(safety=Safety.UNSAFE if takes_files else Safety.SAFE, reason=reason, edits=(edit,))


def _fault(bound: Setting) -> str | None:
    if not bound.known:
        return None
    if bound.value is None:
        return f"`{bound.key}` is None" if bound.place is not None else f"No `{bound.key}`"
    if isinstance(bound.value, int) and not isinstance(bound.value, bool) and bound.value > LARGEST:
        return f"`{bound.key}` is {bound.value // MEGA} MB"
    return None


def _ranked(app: App, bound: Setting, reading: list[Route], deployment: Deployment) -> tuple[Severity, str]:
    if bound.value is not None:
        return Severity.LOW, "there is a bound, though no useful one"
    proxies = proxies_in_front(app, deployment)
    proxied = _bounded_by_proxy(proxies, deployment)
    if proxied is not None:
        return Severity.LOW, proxied
    anyone = next((route for route in reading if _is_open_to_anyone(route)), None)
    if anyone is not None and not proxies:
        return Severity.HIGH, f"anyone may call `{anyone.rule}`, and no proxy bounds bodies"
    return Severity.MEDIUM, "one request may take the memory of a worker"


def _bounded_by_proxy(proxies: tuple[Proxy, ...], deployment: Deployment) -> str | None:
    """Why nginx, as the only way in, bounds bodies; None where it does not, or is not."""
    if not proxies or any(proxy.kind != "nginx" for proxy in proxies):
        return None
    if any(not port.is_loopback and is_for_production(port.place.file) for port in deployment.published):
        return None
    sizes = [
        size_of(setting.value)
        for setting in deployment.settings
        if (setting.server, setting.name) == ("nginx", "client_max_body_size")
        and is_for_production(setting.place.file)
    ]
    if any(size is None or not 0 < size <= LARGEST for size in sizes):
        return None
    largest = max((size for size in sizes if size is not None), default=MEGA)
    return f"nginx lets at most {max(largest // MEGA, 1)} MB pass"


def _is_open_to_anyone(route: Route) -> bool:
    accesses = (
        route.work[method].access for method, _ in open_reads(route, "max_content_length", *BODY_READS)
    )
    return any(access.is_known and access.audience is Audience.ANYONE for access in accesses)
