"""GA810: a response that never ends holds a worker for each client."""

from collections.abc import Iterator

from guardapi.deployment import processes_of
from guardapi.deployment.serving import Processes, WorkerClass
from guardapi.findings import Cwe, Finding, Probe, Severity, counted
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, reached
from guardapi.remedy import Import, Insert, Remedy, Rewrite, Safety, Where
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind, Sink

MOST = 300
"""Seconds."""
LEVELS = {
    WorkerClass.SYNC: Severity.HIGH,
    WorkerClass.THREADS: Severity.MEDIUM,
    WorkerClass.UNKNOWN: Severity.MEDIUM,
    WorkerClass.ASYNC: Severity.LOW,
}


class EndlessStream(Rule):
    """A view streams without an end, and each client holds a worker (or a thread) as long as it likes.

    ## What it finds
    A generator behind a view with `while True: yield ...` or `for message in pubsub.listen(): yield ...` and no way
    out: no deadline, no count, no last message.

    ## Why it is bad
    With two synchronous workers two clients stop the service. A rate limit counts how often a stream is started,
    not how many are open.

    ## How to fix it
    Give the loop a deadline, `while time.monotonic() < end` (clients of an event stream connect again by
    themselves), and serve streams with asynchronous workers and a limit on connections in the proxy.

    ## What it leaves alone
    Loops with a deadline, a count or a last item, and generators that come to an end.
    """

    id = "GA810"
    name = "endless-stream"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNRELEASED_RESOURCE)
    probes = (Probe.STALL,)
    vulnerable = (
        Example(
            title="an event stream without a deadline",
            files={
                "Procfile": """
                    web: gunicorn --workers 2 shop:app
                """,
                "shop.py": """
                    import time

                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="redis://localhost")


                    @app.get("/events")
                    def events():
                        def ticks():
                            while True:  # finds: GA810
                                yield "data: tick\\n\\n"
                                time.sleep(1)

                        return Response(ticks(), mimetype="text/event-stream")
                """,
            },
            fixed={
                "shop.py": """
                    import time

                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="redis://localhost")


                    @app.get("/events")
                    def events():
                        def ticks():
                            deadline = time.monotonic() + 300
                            while time.monotonic() < deadline:  # finds: GA810
                                yield "data: tick\\n\\n"
                                time.sleep(1)

                        return Response(ticks(), mimetype="text/event-stream")
                """,
            },
        ),
        Example(
            title="messages as long as the client stays",
            files={
                "shop.py": """
                    import redis
                    from flask import Flask, Response, stream_with_context
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    store = redis.Redis(socket_timeout=5)


                    def messages(channel):
                        subscription = store.pubsub()
                        subscription.subscribe(channel)
                        for message in subscription.listen():  # finds: GA810
                            yield f"data: {message}\\n\\n"


                    @app.get("/chat")
                    def chat():
                        return Response(stream_with_context(messages("chat")), mimetype="text/event-stream")
                """,
            },
        ),
        Example(
            title="frames of a camera",
            files={
                "shop.py": """
                    import time

                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    class Camera:
                        def frames(self):
                            try:
                                while True:  # finds: GA810
                                    time.sleep(0.1)
                                    yield b"--frame\\r\\n"
                            except GeneratorExit:
                                return


                    @app.get("/video")
                    def video():
                        return Response(Camera().frames(), mimetype="multipart/x-mixed-replace; boundary=frame")
                """,
            },
            fixed={
                "shop.py": """
                    import time

                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    class Camera:
                        def frames(self):
                            try:
                                deadline = time.monotonic() + 300
                                while time.monotonic() < deadline:  # finds: GA810
                                    time.sleep(0.1)
                                    yield b"--frame\\r\\n"
                            except GeneratorExit:
                                return


                    @app.get("/video")
                    def video():
                        return Response(Camera().frames(), mimetype="multipart/x-mixed-replace; boundary=frame")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a deadline",
            files={
                "shop.py": """
                    import time

                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/events")
                    def events():
                        def ticks():
                            end = time.monotonic() + 300
                            while time.monotonic() < end:
                                yield "data: tick\\n\\n"
                                time.sleep(1)

                        return Response(ticks(), mimetype="text/event-stream")
                """,
            },
        ),
        Example(
            title="a file in pieces",
            files={
                "shop.py": """
                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/manual")
                    def manual():
                        def pieces():
                            with open("manual.pdf", "rb") as file:
                                while True:
                                    piece = file.read(65536)
                                    if not piece:
                                        break
                                    yield piece

                        return Response(pieces(), mimetype="application/pdf")
                """,
            },
        ),
        Example(
            title="a job that comes to an end",
            files={
                "shop.py": """
                    from flask import Flask, Response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    PROGRESS = iter(range(100))


                    def progress():
                        while True:
                            done = next(PROGRESS, None)
                            if done is None:
                                return
                            yield f"data: {done}\\n\\n"


                    @app.get("/progress")
                    def show():
                        return Response(progress(), mimetype="text/event-stream")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        serving = processes_of(app, deployment)
        for found in reached(app, deployment, Kind.STREAM):
            yield self._finding(app, found, serving)

    def _finding(self, app: App, found: Reached, serving: Processes) -> Finding:
        severity = LEVELS[serving.worker_class]
        # A limit counts how often streams are started: it slows down whoever wants to hold all workers.
        if not found.worst.is_open or found.worst.stake.audience != Audience.ANYONE:
            severity = Severity(max(severity - 1, Severity.LOW))
        return self.finding(
            found.sink.place,
            f"The stream of `{found.title}`{found.others} never ends: each client holds {_held(serving)}.",
            app=app,
            identity=(found.sink.function,),
            severity=severity,
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=_why(serving),
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """A deadline for a loop that gets round to looking at it."""
    match sink.facts.get("test"):
        case Place() as test:
            time = (Import(module="time"),)
            deadline = Insert(
                anchor=sink.place,
                where=Where.BEFORE,
                text=f"deadline = time.monotonic() + {MOST}",
                imports=time,
            )
            until = Rewrite(expression=test, text="time.monotonic() < deadline", imports=time)
            reason = f"A stream ends after {MOST} seconds; a client of server-sent events connects again by itself."
            return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(deadline, until))
    return None


def _held(serving: Processes) -> str:
    """What one client takes away from all others."""
    match serving.worker_class:
        case WorkerClass.SYNC if serving.count and serving.is_stated:
            return f"one of {counted(serving.count, 'worker')}" if serving.count > 1 else "the only worker"
        case WorkerClass.SYNC:
            return "a worker"
        case WorkerClass.THREADS:
            slots = (serving.count or 0) * (serving.threads or 0)
            return f"one of {slots} threads" if slots > 1 else "a thread"
        case WorkerClass.ASYNC:
            return "a connection"
        case WorkerClass.UNKNOWN:
            return "a worker or a thread"


def _why(serving: Processes) -> str:
    if serving.worker_class is WorkerClass.ASYNC:
        return "asynchronous workers hold many connections"
    if serving.worker_class is WorkerClass.UNKNOWN:
        return "no deployment file says what kind of workers serve it"
    return f"its workers are of the kind `{serving.worker_class.value}`"
