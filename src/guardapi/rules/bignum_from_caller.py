"""GA803: whole numbers that grow with an exponent of the caller's."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.reached import (
    Reached,
    by_audience,
    called,
    chooses_freely,
    clamped,
    most_of,
    reached,
    refused,
    source_of,
)
from guardapi.remedy import Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

MOST: Final = 1000


class BignumFromCaller(Rule):
    """A whole number is computed whose number of digits the caller chooses.

    ## What it finds
    A number of the caller's without a maximum as exponent of `**` or `pow`, as shift count, or in
    `math.factorial`, `math.comb` and `math.perm`; expressions of the caller that `sympify`, `numexpr` and the like
    evaluate; `int(text)` where `sys.set_int_max_str_digits(0)` has lifted Python's limit.

    ## Why it is bad
    Python computes with whole numbers of any size: with an exponent of a billion the worker does not return, and
    other threads of the process wait with it.

    ## How to fix it
    Put a maximum on the number: `min(exponent, 1000)`, or refuse larger ones with status 400.

    ## What it leaves alone
    `pow` with a modulus, floats (their powers have a fixed size), bounded numbers, and `int(text)` alone, which
    Python limits to 4300 digits.
    """

    id = "GA803"
    name = "bignum-from-caller"
    severity = Severity.HIGH
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.EXCESSIVE_ITERATION, Cwe.INEFFICIENT_COMPUTATION)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="an exponent of the caller",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/pow")
                    def power():
                        b = int(request.args.get("b", 2))
                        return jsonify(bits=(7**b).bit_length())  # finds: GA803
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/pow")
                    def power():
                        b = int(request.args.get("b", 2))
                        if b > 1000:
                            abort(400)
                        return jsonify(bits=(7**b).bit_length())  # finds: GA803
                """,
            },
        ),
        Example(
            title="shifts, factorials and `pow`",
            files={
                "shop.py": """
                    import math

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/mask/<int:bits>")
                    def mask(bits):
                        return hex((1 << bits) - 1)  # finds: GA803


                    @app.get("/ways")
                    def ways():
                        n = request.args.get("n", type=int)
                        return jsonify(digits=len(str(math.factorial(n))))  # finds: GA803


                    @app.post("/raise")
                    def raised():
                        sent = request.get_json()
                        return jsonify(str(pow(int(sent["base"]), int(sent["exponent"]))))  # finds: GA803
                """,
            },
            fixed={
                "shop.py": """
                    import math

                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/mask/<int:bits>")
                    def mask(bits):
                        if bits > 1000:
                            abort(400)
                        return hex((1 << bits) - 1)  # finds: GA803


                    @app.get("/ways")
                    def ways():
                        n = request.args.get("n", type=int)
                        if n > 1000:
                            abort(400)
                        return jsonify(digits=len(str(math.factorial(n))))  # finds: GA803


                    @app.post("/raise")
                    def raised():
                        sent = request.get_json()
                        return jsonify(str(pow(int(sent["base"]), min(int(sent["exponent"]), 1000))))  # finds: GA803
                """,
            },
        ),
        Example(
            title="an expression of the caller",
            files={
                "shop.py": """
                    import sympy
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/calculate")
                    def calculate():
                        return str(sympy.sympify(request.args["expression"]))  # finds: GA803
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a maximum, and a modulus",
            files={
                "shop.py": """
                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/pow")
                    def power():
                        b = int(request.args.get("b", 2))
                        if not 0 <= b <= 1000:
                            abort(400)
                        return jsonify(bits=(7**b).bit_length())


                    @app.get("/key")
                    def key():
                        return jsonify(pow(5, int(request.args["secret"]), 1_000_003))
                """,
            },
        ),
        Example(
            title="floats have a fixed size",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/interest")
                    def interest():
                        years = int(request.args["years"])
                        rate = float(request.args["rate"])
                        return jsonify(1.03**years, rate**2, 2 ** float(request.args["doublings"]))
                """,
            },
        ),
        Example(
            title="a converter with a maximum, and a constant exponent",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/mask/<int(max=64):bits>")
                    def mask(bits):
                        return hex((1 << bits) - 1)


                    @app.get("/square")
                    def square():
                        return str(int(request.args["n"]) ** 2)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found in reached(app, deployment, Kind.BIG_NUMBER, accepts=chooses_freely):
            yield self._finding(app, found)

    def _finding(self, app: App, found: Reached) -> Finding:
        return self.finding(
            found.sink.place,
            f"`{found.title}`{found.others} computes with `{source_of(found.sink)}` in `{called(found.sink)}` without a"
            " maximum: a large one never returns.",
            app=app,
            identity=(found.sink.function, found.sink.name),
            severity=by_audience(
                found.worst, anyone=Severity.HIGH, account=Severity.MEDIUM, staff=Severity.MEDIUM
            ),
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=found.worst.stake.why,
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """Larger numbers are refused: an answer for another number would be a wrong one. One without a name is cut."""
    given = sink.unbounded
    most = most_of(given, MOST)
    if given is None or most is None or len({one.source for one in sink.inputs if not one.is_bounded}) > 1:
        return None
    if edits := refused(given.origin, f"{{}} > {most}", 400):
        reason = f"`{given.source}` is refused with status 400 where it is more than {most:,}."
        return Remedy(safety=Safety.SAFE, reason=reason, edits=edits)
    edit = clamped(given, MOST)
    reason = f"`{given.source}` counts as at most {most:,}."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,)) if edit is not None else None
