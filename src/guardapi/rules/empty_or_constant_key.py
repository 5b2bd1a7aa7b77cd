"""GA304: a limit whose key is nothing, or the same for all."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.limit_keys import Keyed, KeyFunction, key_functions
from guardapi.model import App, Deployment, Limit, LimiterAnswer, LimitSource
from guardapi.remedy import OLD, Import, Remedy, Rewrite, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Audience


class EmptyOrConstantKey(Rule):
    """The key of a limit is missing for some callers, or one for all of them.

    ## What it finds
    A key function that may answer with None or an empty text (a header or a session entry that is not there, a `return`
    that is missing), or that answers with a literal, for limits that are meant for each caller.

    ## Why it is bad
    Flask-Limiter skips a limit whose key is empty: whoever leaves the header out is not limited. With one constant all
    callers share a bucket, and one of them locks the others out.

    ## How to fix it
    End the function with an address: `return ... or get_remote_address()`.

    ## What it leaves alone
    Functions with such a fallback; routes that ask for an account before the limiter counts; a literal key of a shared
    or application limit, which is a budget for all.
    """

    id = "GA304"
    name = "empty-or-constant-key"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a header that the caller leaves out",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter


                    def token():
                        return request.headers.get("Authorization", "")  # finds: GA304


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(token, app=app, default_limits=["5 per minute"], storage_uri="memory://")


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address


                    def token():
                        return request.headers.get("Authorization", "") or get_remote_address()  # finds: GA304


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(token, app=app, default_limits=["5 per minute"], storage_uri="memory://")


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="nothing for those who have not signed in",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, session
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def account():
                        if "account" in session:
                            return session["account"]
                        return None  # finds: GA304


                    @app.get("/orders")
                    @limiter.limit("5 per minute", key_func=account)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, session
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def account():
                        if "account" in session:
                            return session["account"]
                        return get_remote_address()  # finds: GA304


                    @app.get("/orders")
                    @limiter.limit("5 per minute", key_func=account)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="one bucket for all",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        lambda: "everyone",  # finds: GA304
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the address where nobody has signed in",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, g, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address


                    def caller():
                        return getattr(g, "user_id", None) or get_remote_address()


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(caller, app=app, default_limits=["5 per minute"], storage_uri="memory://")


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="an account is asked for before",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, abort, jsonify, session
                    from flask_limiter import Limiter

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"


                    @app.before_request
                    def signed_in():
                        if "account" not in session:
                            abort(401)


                    limiter = Limiter(
                        lambda: session.get("account"),
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="a budget for all, beside limits for each",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )
                    budget = limiter.shared_limit("1000 per hour", scope="exports", key_func=lambda: "all")


                    @app.get("/orders")
                    @budget
                    @limiter.limit("5 per minute")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for key in key_functions(app, deployment):
            empty = next((answer for answer in key.function.answers if answer.may_be_empty), None)
            alone = [use for use in key.uses if not use.others and _is_for_anyone(use)]
            if empty is not None and alone:
                yield self._empty(app, key, empty, alone)
            elif all(answer.is_constant for answer in key.function.answers) and key.function.answers:
                single = [use for use in key.uses if not all(_is_budget(limit) for limit in use.limits)]
                if single:
                    yield self._constant(app, key, single)

    def _empty(self, app: App, key: KeyFunction, answer: LimiterAnswer, alone: list[Keyed]) -> Finding:
        worst = alone[0]
        return self.finding(
            answer.place,
            f"`{key.name}` may answer with nothing: Flask-Limiter then skips the limit on {worst.title}.",
            app=app,
            identity=(key.function.name, "empty"),
            severity=max(worst.stake.severity, Severity.MEDIUM),
            route=key.reference,
            related=key.related,
            why=worst.stake.why,
            remedy=_with_address(key),
        )

    def _constant(self, app: App, key: KeyFunction, uses: list[Keyed]) -> Finding:
        return self.finding(
            key.function.answers[0].place,
            f"`{key.name}` answers the same for all callers: one of them uses up the limit on {uses[0].title} for all.",
            app=app,
            identity=(key.function.name, "constant"),
            severity=Severity.MEDIUM,
            route=key.reference,
            related=key.related,
            why="one caller locks all others out",
        )


def _is_for_anyone(use: Keyed) -> bool:
    done = use.route.work.get(use.method)
    return done is None or done.access.audience is Audience.ANYONE


def _is_budget(limit: Limit) -> bool:
    return limit.shared or limit.source is LimitSource.APPLICATION


def _with_address(key: KeyFunction) -> Remedy | None:
    """The address in the place of nothing; None where the function ends without an answer."""
    empty = [answer for answer in key.function.answers if answer.may_be_empty]
    needed = (Import(module="flask_limiter.util", name="get_remote_address"),)
    edits = tuple(
        Rewrite(
            expression=answer.value,
            text="get_remote_address()" if answer.is_empty else f"{OLD} or get_remote_address()",
            imports=needed,
        )
        for answer in empty
        if answer.value is not None
    )
    if len(edits) < len(empty):
        return None
    reason = f"Where `{key.name}` has no answer, callers are told apart by their address."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=edits)
