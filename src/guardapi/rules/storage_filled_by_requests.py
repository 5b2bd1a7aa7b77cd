"""GA607: requests fill the disk, or a bucket."""

import math
from collections.abc import Iterator
from dataclasses import replace

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.rank import Stake, body_bound
from guardapi.reached import (
    Accepts,
    Reached,
    Use,
    called,
    list_behind,
    one_for_each_route,
    open_or_free,
    reached,
)
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

WHERE = {"disk": "the disk", "bucket": "the bucket", "database": "the database"}
VARYING = frozenset({"caller", "fresh"})


class StorageFilledByRequests(Rule):
    """Each request stores another file, and nothing limits the requests.

    ## What it finds
    Views, on a route without any limit, that store a file (on the disk, in a bucket, in GridFS) under a name that is
    another one for each request: the caller's, a random one, or the time.

    ## Why it is bad
    Nothing is ever overwritten, so callers fill the disk or run up the bill for the bucket, and a full disk stops more
    than the one route.

    ## How to fix it
    Give the route a limit of its own, such as `@limiter.limit("10 per hour")`, bound the size by
    `MAX_CONTENT_LENGTH`, and count what one account has stored already.

    ## What it leaves alone
    Files that have always the same name; what the same function removes again; a view that looks at the space that is
    left; names of which nothing is known.
    """

    id = "GA607"
    name = "storage-filled-by-requests"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCONTROLLED_CONSUMPTION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="uploads under random names",
            files={
                "shop.py": """
                    import os
                    import uuid

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/photos")
                    def photos():
                        request.files["photo"].save(os.path.join("photos", uuid.uuid4().hex))  # finds: GA607
                        return "stored", 201
                """,
            },
            fixed={
                "shop.py": """
                    import os
                    import uuid

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/photos")
                    @limiter.limit("60 per minute")
                    def photos():
                        request.files["photo"].save(os.path.join("photos", uuid.uuid4().hex))  # finds: GA607
                        return "stored", 201
                """,
            },
        ),
        Example(
            title="under the caller's own name, through a helper",
            files={
                "shop.py": """
                    import os

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.utils import secure_filename

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def keep(upload):
                        name = secure_filename(upload.filename)
                        upload.save(os.path.join("uploads", name))  # finds: GA607
                        return name


                    @app.post("/uploads")
                    def upload():
                        return {"name": keep(request.files["file"])}, 201
                """,
            },
            fixed={
                "shop.py": """
                    import os

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.utils import secure_filename

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def keep(upload):
                        name = secure_filename(upload.filename)
                        upload.save(os.path.join("uploads", name))  # finds: GA607
                        return name


                    @app.post("/uploads")
                    @limiter.limit("60 per minute")
                    def upload():
                        return {"name": keep(request.files["file"])}, 201
                """,
            },
        ),
        Example(
            title="objects in a bucket",
            files={
                "shop.py": """
                    import boto3
                    import time
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")

                    bucket = boto3.client("s3")


                    @app.put("/notes")
                    def note():
                        key = f"notes/{time.time_ns()}.txt"
                        bucket.put_object(Bucket="shop-notes", Key=key, Body=request.get_data())  # finds: GA607
                        return {"key": key}, 201
                """,
            },
            fixed={
                "shop.py": """
                    import boto3
                    import time
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")

                    bucket = boto3.client("s3")


                    @app.put("/notes")
                    @limiter.limit("10 per minute")
                    def note():
                        key = f"notes/{time.time_ns()}.txt"
                        bucket.put_object(Bucket="shop-notes", Key=key, Body=request.get_data())  # finds: GA607
                        return {"key": key}, 201
                """,
            },
        ),
        Example(
            title="a file that is opened for writing",
            files={
                "shop.py": """
                    import uuid

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from pathlib import Path

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/reports")
                    def report():
                        path = Path("reports") / f"{uuid.uuid4()}.json"
                        with open(path, "wb") as out:  # finds: GA607
                            out.write(request.get_data())
                        return "", 204
                """,
            },
            fixed={
                "shop.py": """
                    import uuid

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from pathlib import Path

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/reports")
                    @limiter.limit("60 per minute")
                    def report():
                        path = Path("reports") / f"{uuid.uuid4()}.json"
                        with open(path, "wb") as out:  # finds: GA607
                            out.write(request.get_data())
                        return "", 204
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit of its own",
            files={
                "shop.py": """
                    import os
                    import uuid

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/photos")
                    @limiter.limit("4 per minute")
                    def photos():
                        request.files["photo"].save(os.path.join("photos", uuid.uuid4().hex))
                        return "stored", 201
                """,
            },
        ),
        Example(
            title="one file, always the same",
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


                    @app.put("/logo")
                    @limiter.limit("10 per minute")
                    def logo():
                        request.files["logo"].save("static/logo.png")
                        return "", 204
                """,
            },
        ),
        Example(
            title="a temporary file, which is removed again",
            files={
                "shop.py": """
                    import os
                    import tempfile

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/count")
                    @limiter.limit("10 per minute")
                    def count():
                        handle, path = tempfile.mkstemp()
                        try:
                            with os.fdopen(handle, "wb") as out:
                                request.files["text"].save(out)
                            return {"bytes": os.path.getsize(path)}
                        finally:
                            os.remove(path)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, Kind.FILE_WRITE, accepts=_accepts(open_or_free(app)))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        stake = _stake(app, one.worst)
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} stores a new file (`{called(one.sink)}`) for each request, without limit or"
            f" quota: callers can fill {WHERE.get(str(one.sink.facts.get('where')), 'the disk')}.",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=stake.severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=stake.why,
            remedy=remedy,
            is_advisory=stake.severity < Severity.MEDIUM,
        )


def _accepts(usual: Accepts) -> Accepts:
    def accepts(use: Use) -> bool:
        facts = use.sink.facts
        is_kept = facts.get("name") in VARYING and not facts.get("removed") and not facts.get("quota")
        # A file for each element of a list is the list's fault.
        return is_kept and use.is_open and usual(use) and list_behind(use.sink) is None

    return accepts


def _stake(app: App, use: Use) -> Stake:
    if body_bound(app, use.sink) == math.inf:
        return replace(use.stake, choice=2)
    return use.stake
