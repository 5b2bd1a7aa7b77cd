"""GA806: a function calls itself as often as the caller says."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.reached import (
    Reached,
    Use,
    by_audience,
    chooses_freely,
    one_for_each_route,
    reached,
    source_of,
)
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, WorkClass


class RecursionOnRequestData(Rule):
    """A function calls itself for each level of what the caller sent, without counting how deep it is.

    ## What it finds
    A function of the project, called with data of a request, that calls itself on a part of it (`walk(child)`) or on
    a smaller number (`f(n - 1)`), with neither a bound on the number nor a depth that is compared with something.

    ## Why it is bad
    A document of a thousand levels ends in `RecursionError`, a status 500. Where one call makes two, as in
    `f(n - 1) + f(n - 2)`, the time doubles with each step: `n=60` never returns.

    ## How to fix it
    Hand the depth on and refuse beyond 50 or so; put a maximum on numbers, or count in a loop.

    ## What it leaves alone
    Functions that count their depth, bounded numbers, and recursion over rows of the database or other data that
    the caller did not send. `lru_cache` makes branching recursion linear.
    """

    id = "GA806"
    name = "recursion-on-request-data"
    severity = Severity.LOW
    cwe = (Cwe.UNCONTROLLED_RECURSION, Cwe.INFINITE_LOOP)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="one call makes two",
            files={
                "shop.py": """
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def fib(n):
                        return n if n < 2 else fib(n - 1) + fib(n - 2)  # finds: GA806


                    @app.get("/fib/<int:n>")
                    def fibonacci(n):
                        return jsonify(fib(n))
                """,
            },
        ),
        Example(
            title="level by level through a document",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def counted(node):
                        if isinstance(node, dict):
                            return sum(counted(child) for child in node.values())  # finds: GA806
                        return 1


                    @app.post("/leaves")
                    def leaves():
                        return jsonify(counted(request.get_json()))
                """,
            },
        ),
        Example(
            title="a document that two functions walk is one fault",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def counted(node):
                        return sum(counted(child) for child in node) if isinstance(node, list) else 1  # finds: GA806


                    def flat(node):
                        return [leaf for child in node for leaf in flat(child)] if isinstance(node, list) else [node]


                    @app.post("/leaves")
                    def leaves():
                        document = request.get_json()
                        return jsonify(number=counted(document), leaves=flat(document))
                """,
            },
        ),
        Example(
            title="two functions in turn",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def of_list(items):
                        return [of_value(item) for item in items]  # finds: GA806


                    def of_value(value):
                        return of_list(value) if isinstance(value, list) else str(value)


                    @app.post("/texts")
                    def texts():
                        return jsonify(of_value(request.get_json()))
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the depth is counted",
            files={
                "shop.py": """
                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def counted(node, depth=0):
                        if depth > 50:
                            abort(400)
                        if isinstance(node, dict):
                            return sum(counted(child, depth + 1) for child in node.values())
                        return 1


                    @app.post("/leaves")
                    def leaves():
                        return jsonify(counted(request.get_json()))
                """,
            },
        ),
        Example(
            title="a number with a maximum",
            files={
                "shop.py": """
                    from functools import lru_cache

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @lru_cache(maxsize=100)
                    def fib(n):
                        return n if n < 2 else fib(n - 1) + fib(n - 2)


                    @app.get("/fib/<int(max=90):n>")
                    def fibonacci(n):
                        return jsonify(fib(n))
                """,
            },
        ),
        Example(
            title="a tree of the project's own",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    MENU = {"name": "home", "children": [{"name": "news", "children": []}]}


                    def found(node, word):
                        inside = [name for child in node["children"] for name in found(child, word)]
                        return [node["name"], *inside] if word in node["name"] else inside


                    @app.get("/menu")
                    def menu():
                        return jsonify(found(MENU, request.args.get("q", "")))
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        seen: set[str] = set()
        groups: dict[Severity, list[Reached]] = {}
        found = reached(app, deployment, Kind.RECURSION, accepts=chooses_freely)
        for one in sorted(found, key=lambda item: item.sink.place):
            # A function may call itself in several places.
            if one.sink.function not in seen:
                seen.add(one.sink.function)
                groups.setdefault(_severity(one.worst), []).append(one)
        for severity, group in groups.items():
            # A depth that is refused where the document comes in is refused for all that walk it.
            for one, related in one_for_each_route(group):
                yield self._finding(app, one, severity, related)

    def _finding(self, app: App, found: Reached, severity: Severity, related: list[Related]) -> Finding:
        sink = found.sink
        name, source = sink.name.rpartition(".")[2], source_of(sink)
        if _doubles(found.worst):
            message = f"`{name}` calls itself more than once for each step of `{source}`: the time doubles with each"
        elif sink.facts.get("by") == "amount":
            message = (
                f"`{name}` calls itself once for each step of `{source}`: a large one ends in RecursionError"
            )
        else:
            message = f"`{name}` calls itself for each level of `{source}`: a deep one ends in RecursionError"
        return self.finding(
            sink.place,
            f"`{found.title}`{found.others}: {message}.",
            app=app,
            identity=(sink.function,),
            severity=severity,
            confidence=found.confidence,
            route=found.reference,
            related=related,
            why=found.worst.stake.why,
        )


def _doubles(use: Use) -> bool:
    return bool(use.sink.facts.get("branches")) and not use.sink.facts.get("cached")


def _severity(use: Use) -> Severity:
    if _doubles(use):
        return by_audience(use, anyone=Severity.HIGH, account=Severity.MEDIUM)
    each = [sink for sink in use.route.work[use.method].sinks if sink.function == use.sink.function]
    if any(sink.work >= WorkClass.DATA for sink in each):
        return by_audience(use, anyone=Severity.MEDIUM, account=Severity.MEDIUM)
    return Severity.LOW
