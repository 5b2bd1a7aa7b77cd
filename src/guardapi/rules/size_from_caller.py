"""GA801: the caller says how often a loop runs, or how much memory is taken."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.rank import level
from guardapi.reached import (
    Reached,
    called,
    chooses_freely,
    clamped,
    most_of,
    one_for_each_source,
    reached,
    source_of,
)
from guardapi.remedy import Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

ROUNDS: Final = 1000
BYTES: Final = 1024 * 1024


class SizeFromCaller(Rule):
    """A number of the caller's decides how often a loop runs or how much memory is taken, without a maximum.

    ## What it finds
    A number from a request that reaches `range`, a counting `while`, `"x" * n`, `bytes(n)`, `os.urandom`,
    `random.choices(k=)`, NumPy's arrays, the size of a new image and the like, on a way on which nothing bounds it.

    ## Why it is bad
    One request is enough: `n=1000000000` keeps a worker busy for minutes or fills its memory. A rate limit
    does not help.

    ## How to fix it
    Put a maximum on it before it is used: `n = min(n, 1000)`, or refuse what is larger with status 400.

    ## What it leaves alone
    Numbers with a maximum of any kind (a comparison, `min`, a converter, a validator); lengths of what was
    sent, which the limit on the body bounds; ranges that are only asked what they hold; loops with another end.
    """

    id = "GA801"
    name = "size-from-caller"
    severity = Severity.HIGH
    cwe = (
        Cwe.UNCONTROLLED_CONSUMPTION,
        Cwe.UNCHECKED_LOOP_INPUT,
        Cwe.EXCESSIVE_ALLOCATION,
        Cwe.EXCESSIVE_ITERATION,
    )
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="a range as long as the caller says",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/primes")
                    def primes():
                        n = int(request.args.get("n", 10))
                        return jsonify([i for i in range(n) if all(i % d for d in range(2, 50))])  # finds: GA801
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/primes")
                    def primes():
                        n = min(int(request.args.get("n", 10)), 1000)
                        return jsonify([i for i in range(n) if all(i % d for d in range(2, 50))])  # finds: GA801
                """,
            },
        ),
        Example(
            title="texts, bytes and draws of any length",
            files={
                "shop.py": """
                    import os
                    import random

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/filler/<int:size>")
                    def filler(size):
                        return "x" * size  # finds: GA801


                    @app.get("/token")
                    def token():
                        return os.urandom(request.args.get("bytes", 16, type=int)).hex()  # finds: GA801


                    @app.get("/draw")
                    def draw():
                        count = max(1, abs(int(request.args["count"])))
                        return jsonify(random.choices("abc", k=count))  # finds: GA801
                """,
            },
            fixed={
                "shop.py": """
                    import os
                    import random

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/filler/<int:size>")
                    def filler(size):
                        size = min(size, 1_048_576)
                        return "x" * size  # finds: GA801


                    @app.get("/token")
                    def token():
                        return os.urandom(min(request.args.get("bytes", 16, type=int), 1_048_576)).hex()  # finds: GA801


                    @app.get("/draw")
                    def draw():
                        count = min(max(1, abs(int(request.args["count"]))), 1000)
                        return jsonify(random.choices("abc", k=count))  # finds: GA801
                """,
            },
        ),
        Example(
            title="every day between two dates of the caller",
            files={
                "shop.py": """
                    from datetime import datetime, timedelta

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def days(start, end):
                        found = []
                        while start <= end:  # finds: GA801
                            found.append(start.isoformat())
                            start += timedelta(days=1)
                        return found


                    @app.get("/calendar")
                    def calendar():
                        start = datetime.strptime(request.args["from"], "%Y-%m-%d")
                        end = datetime.strptime(request.args["to"], "%Y-%m-%d")
                        return jsonify(days(start, end))
                """,
            },
        ),
        Example(
            title="a check that comes too late, and one that the caller moves",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/late")
                    def late():
                        n = int(request.args["n"])
                        numbers = list(range(n))  # finds: GA801
                        if n > 1000:
                            return "too many", 400
                        return jsonify(numbers)


                    @app.get("/moved")
                    def moved():
                        n, most = int(request.args["n"]), int(request.args["most"])
                        if n > most:
                            return "too many", 400
                        return jsonify(list(range(n)))  # finds: GA801
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a maximum before it is used",
            files={
                "shop.py": """
                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/primes")
                    def primes():
                        n = min(int(request.args.get("n", 10)), 1000)
                        return jsonify([i for i in range(n) if all(i % d for d in range(2, 50))])


                    @app.get("/squares")
                    def squares():
                        n = request.args.get("n", 10, type=int)
                        if not 0 < n <= 100:
                            abort(400)
                        return jsonify([i * i for i in range(n)])
                """,
            },
        ),
        Example(
            title="a converter, a helper, and a few sizes to choose from",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    SIZES = {"small": 10, "large": 100}


                    def clamped(text):
                        number = int(text)
                        return 1 if number < 1 else 50 if number > 50 else number


                    @app.get("/filler/<int(max=5000):size>")
                    def filler(size):
                        return "x" * size


                    @app.get("/rows")
                    def rows():
                        return jsonify(list(range(clamped(request.args["n"]))))


                    @app.get("/grid")
                    def grid():
                        return jsonify(["." * SIZES.get(request.args.get("size"), 10)] * 10)
                """,
            },
        ),
        Example(
            title="only asked what it holds, or left early",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/fits")
                    def fits():
                        n = int(request.args["n"])
                        return jsonify(7 in range(n))


                    @app.get("/first")
                    def first():
                        for number in range(int(request.args["n"])):
                            if number > 20:
                                break
                        return jsonify(number)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found, related in one_for_each_source(
            reached(app, deployment, Kind.SIZE, accepts=chooses_freely)
        ):
            yield self._finding(app, found, related)

    def _finding(self, app: App, found: Reached, related: list[Related]) -> Finding:
        source = source_of(found.sink)
        # However few requests are admitted, one is enough.
        stake = replace(
            found.worst.stake, choice=2, remains=0, mitigation=min(found.worst.stake.mitigation, 1)
        )
        harm = "fills the memory of its worker" if found.sink.facts.get("bytes") else "keeps a worker busy"
        return self.finding(
            found.sink.place,
            f"`{found.title}`{found.others} uses `{source}` without a maximum in `{called(found.sink)}`:"
            f" one request {harm}.",
            app=app,
            identity=(found.sink.function, found.sink.name),
            severity=stake.confidence.cap(level(stake.score)),
            confidence=found.confidence,
            route=found.reference,
            related=related,
            why=stake.why,
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """A maximum where the number is plain; one for memory, and one for rounds."""
    most = BYTES if sink.facts.get("bytes") else ROUNDS
    given = sink.unbounded
    edit = clamped(given, most)
    if edit is None or given is None or len({one.source for one in sink.inputs if not one.is_bounded}) > 1:
        return None
    reason = f"`{given.source}` counts as at most {most_of(given, most):,}; smaller numbers change nothing."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))
