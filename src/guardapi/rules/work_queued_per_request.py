"""GA608: a job, thread or process is started for each request, without limit."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.reached import Accepts, Reached, Use, called, one_for_each_route, open_or_free, reached
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind


class WorkQueuedPerRequest(Rule):
    """Each request starts a thread or queues a job, and nothing limits the requests.

    ## What it finds
    `Thread(...).start()`, a process, an executor's `submit`, a job of Celery, RQ, Huey, Dramatiq or
    APScheduler, started by a view on a route without any limit. With a limit, too, where one request starts
    a job for each item that the caller sends.

    ## Why it is bad
    The answer is quick, so the queue grows faster than it is worked off: memory, threads and the work of
    everybody else suffer long after the flood.

    ## How to fix it
    Give the route a limit. A queue with a bound, or a job id that stands for the same work, keeps doubles
    out.

    ## What it leaves alone
    Jobs with an id out of a few (`task_id`, `job_id`), an executor that the view itself waits for, and jobs
    that only send mail or messages (GA505).
    """

    id = "GA608"
    name = "work-queued-per-request"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCONTROLLED_CONSUMPTION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a thread for each request",
            files={
                "shop.py": """
                    import threading
                    import time

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def recount():
                        time.sleep(30)


                    @app.post("/recount")
                    def start():
                        threading.Thread(target=recount, daemon=True).start()  # finds: GA608
                        return {"state": "started"}, 202
                """,
            },
            fixed={
                "shop.py": """
                    import threading
                    import time

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def recount():
                        time.sleep(30)


                    @app.post("/recount")
                    @limiter.limit("10 per minute")
                    def start():
                        threading.Thread(target=recount, daemon=True).start()  # finds: GA608
                        return {"state": "started"}, 202
                """,
            },
        ),
        Example(
            title="a Celery task that asks a model",
            files={
                "shop/__init__.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.tasks import describe

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.post("/describe")
                        def described():
                            describe.apply_async(args=[request.form["item"][:99]], countdown=5)  # finds: GA608
                            return {"state": "queued"}, 202

                        return app
                """,
                "shop/tasks.py": """
                    from celery import shared_task
                    from openai import OpenAI


                    @shared_task(bind=True, max_retries=2)
                    def describe(self, item):
                        llm = OpenAI(timeout=20)
                        return llm.responses.create(model="gpt-5-mini", input=item, max_output_tokens=200).output_text
                """,
            },
            fixed={
                "shop/__init__.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.tasks import describe

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.post("/describe")
                        @limiter.limit("3 per minute; 50 per day")
                        def described():
                            describe.apply_async(args=[request.form["item"][:99]], countdown=5)  # finds: GA608
                            return {"state": "queued"}, 202

                        return app
                """,
            },
        ),
        Example(
            title="an executor of the application",
            files={
                "shop.py": """
                    import time
                    from concurrent.futures import ThreadPoolExecutor

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    workers = ThreadPoolExecutor(max_workers=4)


                    def imported(name):
                        time.sleep(10)


                    @app.post("/import")
                    def start():
                        workers.submit(imported, request.form["name"])  # finds: GA608
                        return {"state": "queued"}, 202
                """,
            },
            fixed={
                "shop.py": """
                    import time
                    from concurrent.futures import ThreadPoolExecutor

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    workers = ThreadPoolExecutor(max_workers=4)


                    def imported(name):
                        time.sleep(10)


                    @app.post("/import")
                    @limiter.limit("10 per minute")
                    def start():
                        workers.submit(imported, request.form["name"])  # finds: GA608
                        return {"state": "queued"}, 202
                """,
            },
        ),
        Example(
            title="limited, with a job for each item",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from redis import Redis
                    from rq import Queue

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    jobs = Queue(connection=Redis(socket_timeout=5))


                    def resized(name):
                        return name.upper()


                    @app.post("/resize")
                    @limiter.limit("5 per minute")
                    def resize():
                        for name in request.get_json()["names"]:
                            jobs.enqueue(resized, name)  # finds: GA608
                        return {"state": "queued"}, 202
                """,
            },
        ),
    )
    secure = (
        Example(
            title="limited",
            files={
                "shop.py": """
                    import threading
                    import time

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    slots = threading.BoundedSemaphore(2)


                    def recount():
                        with slots:
                            time.sleep(30)


                    @app.post("/recount")
                    @limiter.limit("2 per minute")
                    def start():
                        threading.Thread(target=recount, daemon=True).start()
                        return {"state": "started"}, 202
                """,
            },
        ),
        Example(
            title="one thread, started with the application",
            files={
                "shop.py": """
                    import threading
                    import time

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    prices = {}


                    def refresh():
                        while True:
                            prices["tea"] = time.time()
                            time.sleep(60)


                    threading.Thread(target=refresh, daemon=True).start()


                    @app.get("/price")
                    def price():
                        return {"tea": prices.get("tea")}
                """,
            },
        ),
        Example(
            title="a few jobs for each request, default limits",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from redis import Redis
                    from rq import Queue

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    jobs = Queue(connection=Redis(socket_timeout=5))


                    def resized(name):
                        return name.upper()


                    @app.post("/resize")
                    def resize():
                        for name in request.get_json()["names"][:10]:
                            jobs.enqueue(resized, name)
                        return {"state": "queued"}, 202
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, Kind.QUEUE, accepts=_queued_openly(app))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=one.severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=one.worst.stake.why,
            remedy=remedy,
            is_advisory=one.severity < Severity.MEDIUM,
        )


def _queued_openly(app: App) -> Accepts:
    is_accepted = open_or_free(app)

    def accepts(use: Use) -> bool:
        facts = use.sink.facts
        if facts.get("is_bounded") is True or facts.get("does") in {Kind.MAIL, Kind.MESSAGE}:
            return False
        return is_accepted(use)

    return accepts


def _consequence(use: Use) -> str:
    sink = use.sink
    what = {"thread": "starts a thread", "process": "starts a process"}.get(
        str(sink.facts.get("how")), "queues a job"
    )
    job = sink.facts.get("job")
    named = f"{what} (`{str(job).rpartition(':')[2]}`)" if job else f"{what} (`{called(sink)}`)"
    does = sink.facts.get("does")
    if isinstance(does, Kind):
        named += f" that {does.value}"
    source = sink.repeated_by or sink.unbounded
    times = f"for each item of `{source.source}`" if source is not None else "for each request"
    if source is not None and not use.is_open:
        return f"{named} {times}: a rate limit does not cure it."
    return f"{named} {times}, without limit: work piles up faster than it is done."
