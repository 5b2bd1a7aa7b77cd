"""GA704: one request does work for each element of a list of any length."""

import re
from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.reached import (
    IN_ADDRESS,
    LOCAL,
    Reached,
    Use,
    called,
    list_behind,
    one_for_each_route,
    reached,
    refused,
)
from guardapi.remedy import Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Input, Kind, Role, Sink, WorkClass

EACH: Final = (
    *(Kind.QUERY, Kind.WHOLE_TABLE, Kind.PAGE, Kind.WRITE, Kind.FILE_WRITE, Kind.SCAN, Kind.KEYED_READ),
    *(Kind.PASSWORD_HASH, Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK, *LOCAL),
)
"""Work of which no other rule says that it is repeated for each element."""
AT_ONCE: Final = re.compile(
    r"(?:^|\.)(?:executemany|execute_values|execute_batch|bulk_insert_mappings|bulk_update_mappings|bulk_save_objects"
    r"|bulk_create|bulk_update|bulk_write|insert_many|add_all|in_)$"
)
"""Calls that take a whole list."""
FEW: Final = 100
MANY: Final = 1000
"""Elements of a list, where the work for each is heavy, and where it is not."""


class BatchLengthUnbounded(Rule):
    """One request does costly work for each element of a list that the caller sends.

    ## What it finds
    A query, a write, a hash, a process or a file in a loop over a list (or dictionary, or the parts of a text) of the
    request, whose length nothing bounds; and calls that store a whole list at once.

    ## Why it is bad
    A limiter counts the request once, and it works a hundred thousand times: the limit on the route says nothing about
    the load.

    ## How to fix it
    Refuse long lists before the loop: `if len(items) > 100: abort(413)`; or say so in the schema, `Length(max=100)`.

    ## What it leaves alone
    Lists whose length a test, a slice or a schema bounds; loops whose body costs next to nothing; calls of other
    servers, paid services, messages and jobs in a loop, which their own rules have.
    """

    id = "GA704"
    name = "batch-length-unbounded"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.EXCESSIVE_ITERATION, Cwe.UNCHECKED_LOOP_INPUT)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="a row for each element",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/orders/bulk")
                    @limiter.limit("10 per minute")
                    def bulk():
                        with sqlite3.connect("shop.db") as database:
                            for item in request.get_json()["items"]:
                                database.execute("INSERT INTO orders VALUES (?)", (str(item),))  # finds: GA704
                        return "ok"
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/orders/bulk")
                    @limiter.limit("10 per minute")
                    def bulk():
                        with sqlite3.connect("shop.db") as database:
                            items = request.get_json()["items"]
                            if len(items) > 1000:
                                abort(413)
                            for item in items:
                                database.execute("INSERT INTO orders VALUES (?)", (str(item),))  # finds: GA704
                        return "ok"
                """,
            },
        ),
        Example(
            title="a hash for each element, in a helper",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def prepared(user):
                        return {"name": user["name"], "hash": generate_password_hash(user["password"])}  # finds: GA704


                    @app.post("/users/import")
                    @limiter.limit("1 per minute")
                    def take():
                        return {"users": [prepared(user) for user in request.json["users"]]}
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def prepared(user):
                        return {"name": user["name"], "hash": generate_password_hash(user["password"])}  # finds: GA704


                    @app.post("/users/import")
                    @limiter.limit("1 per minute")
                    def take():
                        users = request.json["users"]
                        if len(users) > 100:
                            abort(413)
                        return {"users": [prepared(user) for user in users]}
                """,
            },
        ),
        Example(
            title="the parts of a text",
            files={
                "shop.py": """
                    import subprocess

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/convert")
                    @limiter.limit("10 per minute")
                    def convert():
                        for name in request.form["names"].split(","):
                            subprocess.run(["mogrify", f"in/{int(name)}.png"], timeout=5)  # finds: GA704
                        return "", 204
                """,
            },
            fixed={
                "shop.py": """
                    import subprocess

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/convert")
                    @limiter.limit("10 per minute")
                    def convert():
                        names = request.form["names"].split(",")
                        if len(names) > 100:
                            abort(413)
                        for name in names:
                            subprocess.run(["mogrify", f"in/{int(name)}.png"], timeout=5)  # finds: GA704
                        return "", 204
                """,
            },
        ),
    )
    secure = (
        Example(
            title="long lists are refused",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/orders/bulk")
                    @limiter.limit("10 per minute")
                    def bulk():
                        items = request.get_json()["items"]
                        if len(items) > 100:
                            abort(413)
                        with sqlite3.connect("shop.db", timeout=1) as database:
                            for item in items:
                                database.execute("INSERT INTO orders VALUES (?)", (str(item),))
                        return "ok"
                """,
            },
        ),
        Example(
            title="the schema bounds the list",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from marshmallow import Schema, fields, validate

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    class Order(Schema):
                        items = fields.List(fields.String(), validate=validate.Length(max=50))


                    @app.post("/orders/bulk")
                    @limiter.limit("10 per minute")
                    def bulk():
                        order = Order().load(request.get_json())
                        with sqlite3.connect("shop.db", timeout=1) as database:
                            for item in order["items"]:
                                database.execute("INSERT INTO orders VALUES (?)", (item,))
                        return "ok"
                """,
            },
        ),
        Example(
            title="the loop only adds up",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/sum")
                    @limiter.limit("10 per minute")
                    def total():
                        result = 0
                        for item in request.get_json()["items"]:
                            result += int(item["price"]) * int(item["count"])
                        return {"total": result}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for one, related in one_for_each_route(reached(app, deployment, *EACH, accepts=_accepts)):
            yield self._finding(app, one, related)

    def _finding(self, app: App, one: Reached, related: list[Related]) -> Finding:
        given = _list_of(one.sink)
        source = given.source if given is not None else "the request"
        severity = one.severity
        why = one.worst.stake.why
        if IN_ADDRESS.match(source):
            severity = min(severity, Severity.MEDIUM)
            why = f"{why}; the server bounds the length of an address"
        does = f"{one.sink.kind.value} (`{called(one.sink)}`)"
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {does} for each element of `{source}`, of any length:"
            " one request counts once and works as often as the caller likes.",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=why,
            is_advisory=severity < Severity.MEDIUM,
            remedy=_remedy(one.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """A look at the length, before anything is done. Nobody sends a hundred passwords; rows may well be many."""
    most, safety = (FEW, Safety.SAFE) if sink.work >= WorkClass.HEAVY else (MANY, Safety.UNSAFE)
    given = sink.repeated_by
    edits = refused(given.origin, f"len({{}}) > {most}", 413) if given is not None else ()
    if given is None or not edits or given.source.startswith("request.files"):
        return None
    reason = f"More than {most:,} elements of `{given.source}` in one request are refused with status 413."
    return Remedy(safety=safety, reason=reason, edits=edits)


def _accepts(use: Use) -> bool:
    # A slice of something reads no more for being one of many.
    if use.sink.work < WorkClass.DATA or use.sink.name == "slice":
        return False
    given = _list_of(use.sink)
    return given is not None and not _is_counted_out(use, given.source)


def _is_counted_out(use: Use, source: str) -> bool:
    """Whether the list is as long as a number says: `size-from-caller` speaks of the number."""
    sizes = use.route.work[use.method].of(Kind.SIZE)
    given = [one for sink in sizes for one in sink.inputs if one.role is Role.AMOUNT]
    return any(one.source == source for one in given)


def _list_of(sink: Sink) -> Input | None:
    """The caller's list, for each element of which the work is done."""
    if sink.repeated_by is not None:
        return list_behind(sink)
    if not AT_ONCE.search(sink.name.removesuffix("()")):
        return None
    given = (found for found in sink.inputs if found.role in {Role.DATA, Role.AMOUNT})
    return next((found for found in given if found.kind == "items" and not found.is_bounded), None)
