"""GA808: something in memory keeps an entry for each value that callers send."""

from collections.abc import Iterator
from typing import Final

from guardapi.deployment import servings
from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, by_audience, chooses_freely, reached, source_of
from guardapi.remedy import Import, Remedy, Rewrite, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

ENTRIES: Final = 1024


class CacheGrowsWithRequests(Rule):
    """A cache or a container of the process keeps an entry for each value that callers send, and forgets none.

    ## What it finds
    Functions under `@cache` or `@lru_cache(maxsize=None)` that get data of a request as an argument; containers of
    modules, classes and lasting objects to which a view adds entries for such data, where nothing in the project
    removes any; labels of Prometheus metrics with texts of the caller.

    ## Why it is bad
    Each new value stays until the process ends: callers who send new ones fill the memory, slowly or quickly.

    ## How to fix it
    Give it a size: `@lru_cache(maxsize=1024)`, `deque(maxlen=...)`, `cachetools.TTLCache`; or remove old entries.

    ## What it leaves alone
    Caches with a size, containers of which something in the project removes entries, keys out of a fixed set, and
    `g` and `session`.
    """

    id = "GA808"
    name = "cache-grows-with-requests"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNRELEASED_MEMORY, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.SEQUENTIAL_ALLOCATION)
    probes = (Probe.MEMORY,)
    vulnerable = (
        Example(
            title="a cache without a size",
            files={
                "shop.py": """
                    from functools import cache, lru_cache

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @cache
                    def slug(text):
                        return text.lower()


                    @lru_cache(maxsize=None)
                    def reverse(text):
                        return text[::-1]


                    @app.get("/slug")
                    def slugify():
                        return slug(request.args.get("q", ""))  # finds: GA808


                    @app.get("/reverse")
                    def reversed_text():
                        return reverse(request.args.get("q", ""))  # finds: GA808
                """,
            },
            fixed={
                "shop.py": """
                    from functools import cache, lru_cache

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @lru_cache(maxsize=1024)
                    def slug(text):
                        return text.lower()


                    @lru_cache(maxsize=1024)
                    def reverse(text):
                        return text[::-1]


                    @app.get("/slug")
                    def slugify():
                        return slug(request.args.get("q", ""))  # finds: GA808


                    @app.get("/reverse")
                    def reversed_text():
                        return reverse(request.args.get("q", ""))  # finds: GA808
                """,
            },
        ),
        Example(
            title="a limiter of one's own that never forgets an address",
            files={
                "shop.py": """
                    import time
                    from collections import defaultdict

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    hits = defaultdict(list)


                    @app.get("/news")
                    def news():
                        hits[request.remote_addr].append(time.time())  # finds: GA808
                        return jsonify(len(hits[request.remote_addr]))
                """,
            },
        ),
        Example(
            title="an object that lives as long as the process",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    class Visits:
                        def __init__(self):
                            self.by_page = {}

                        def count(self, page):
                            self.by_page[page] = self.by_page.get(page, 0) + 1  # finds: GA808


                    visits = Visits()
                    searches = set()


                    @app.get("/page")
                    def page():
                        visits.count(request.args["page"])
                        searches.add(request.args.get("q"))  # finds: GA808
                        return "counted"
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a cache with a size",
            files={
                "shop.py": """
                    from functools import lru_cache

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @lru_cache(maxsize=256)
                    def slug(text):
                        return text.lower()


                    @lru_cache
                    def reverse(text):
                        return text[::-1]


                    @app.get("/slug")
                    def slugify():
                        return slug(request.args.get("q", "")[:200]) + reverse(request.args.get("q", ""))
                """,
            },
        ),
        Example(
            title="old entries are removed",
            files={
                "shop.py": """
                    import time
                    from collections import deque

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    hits = {}
                    last = deque(maxlen=100)


                    def forget():
                        for address in [known for known, when in hits.items() if when < time.time() - 60]:
                            del hits[address]


                    @app.get("/news")
                    def news():
                        forget()
                        hits[request.remote_addr] = time.time()
                        last.append(request.args.get("q"))
                        return jsonify(len(hits))
                """,
            },
        ),
        Example(
            title="keys out of a fixed set, and what ends with the request",
            files={
                "shop.py": """
                    from flask import Flask, abort, g, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    COLOURS = ("red", "green")
                    votes = {}


                    @app.post("/vote")
                    def vote():
                        colour = request.form["colour"]
                        if colour not in COLOURS:
                            abort(400)
                        votes[colour] = votes.get(colour, 0) + 1
                        seen = {}
                        seen[request.form["name"]] = True
                        g.name = request.form["name"]
                        return jsonify(votes)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        is_renewed = any((server.number("max_requests") or 0) > 0 for server in servings(app, deployment))
        seen: set[str] = set()
        for found in reached(app, deployment, Kind.CACHE, accepts=chooses_freely):
            container = str(found.sink.facts.get("container"))
            identity = container if found.sink.facts.get("function") else f"{found.sink.function} {container}"
            if identity not in seen:
                seen.add(identity)
                yield self._finding(app, found, container, is_renewed=is_renewed)

    def _finding(self, app: App, found: Reached, container: str, *, is_renewed: bool) -> Finding:
        usual = by_audience(found.worst, anyone=Severity.MEDIUM, account=Severity.MEDIUM)
        source = source_of(found.sink)
        return self.finding(
            found.sink.place,
            f"`{found.title}`{found.others} keeps an entry in `{container}` for each value of {_quoted(source)},"
            " and nothing removes any: memory grows until the process ends.",
            app=app,
            identity=(found.sink.function, container),
            severity=Severity.LOW if is_renewed else usual,
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why="`max_requests` ends the process now and then" if is_renewed else found.worst.stake.why,
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """A size for a cache of answers; what a container may forget, nothing says."""
    at, written = sink.facts.get("kept_at"), str(sink.facts.get("kept_by"))
    if not isinstance(at, Place):
        return None
    if written == "None":
        edit = Rewrite(expression=at, text=str(ENTRIES))
    elif written == "cache":
        needed = Import(module="functools", name="lru_cache")
        edit = Rewrite(expression=at, text=f"lru_cache(maxsize={ENTRIES})", imports=(needed,))
    elif written.endswith(".cache"):
        edit = Rewrite(expression=at, text=f"{written.removesuffix('cache')}lru_cache(maxsize={ENTRIES})")
    else:
        return None
    reason = f"Keeps the answers for {ENTRIES} values, those that were asked for last."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))


def _quoted(source: str) -> str:
    return source if source.startswith("the ") else f"`{source}`"
