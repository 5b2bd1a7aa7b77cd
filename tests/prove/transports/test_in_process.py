"""An application in a child process: its clock, what it is lent, what it may not do."""

import ast
import time
from pathlib import Path

import pytest
from booted import LIMITED, Projects, answer_to, app_with, get, statuses

import guardapi.prove.child
from guardapi.errors import TargetError
from guardapi.prove.exchange import Exchange, Request, Sent
from guardapi.prove.plans import Store
from guardapi.prove.processes.target import Bounds
from guardapi.prove.transports.in_process import Options

DAY = 86_400.0
CHILD = Path(guardapi.prove.child.__file__).parent


@pytest.mark.parametrize("strategy", ["fixed-window", "moving-window"])
def test_day_passes_at_once(projects: Projects, strategy: str) -> None:
    limiter = LIMITED.replace('"memory://"', f'"memory://", strategy="{strategy}"')
    booted = projects.boot(
        app_with(
            limiter,
            """
                @app.get("/")
                @limiter.limit("5 per day")
                def index():
                    return "shop"
            """,
        )
    )
    started = time.monotonic()
    later = Exchange(sent=get("/").sent, pause=DAY + 1)

    assert statuses(booted, *[get("/")] * 6, later, *[get("/")] * 5) == [*[200] * 5, 429, *[200] * 5, 429]
    assert time.monotonic() - started < 30


def test_limiter_is_seen_behind_any_status(projects: Projects) -> None:
    booted = projects.boot(
        app_with(
            LIMITED,
            """
                @app.errorhandler(429)
                def slow_down(error):
                    return "slow down"

                @app.get("/")
                @limiter.limit("1 per day")
                def index():
                    return "shop"
            """,
        )
    )
    answers = [answer for answers in booted.send([get("/")] * 2) for answer in answers]

    assert [(answer.status, answer.limited_by) for answer in answers] == [(200, ""), (200, "1 per 1 day")]


def test_second_stands_while_asked(projects: Projects) -> None:
    """Requests that are sent one after the other come at one moment, however long each takes."""
    booted = projects.boot(
        app_with(
            LIMITED,
            """
                @app.get("/")
                @limiter.limit("2 per second")
                def index():
                    before = time.perf_counter()
                    while time.perf_counter() < before + 0.4:
                        pass
                    return "shop"
            """,
        )
    )

    assert statuses(booted, *[get("/")] * 4) == [200, 200, 429, 429]


def test_pause_of_application_counts(projects: Projects) -> None:
    booted = projects.boot(
        app_with(
            """
                @app.get("/")
                def index():
                    before = time.time(), time.monotonic()
                    time.sleep(3600)
                    return str(int(time.time() - before[0])) + " " + str(int(time.monotonic() - before[1]))
            """
        )
    )

    answer = answer_to(booted, get("/"))

    assert (answer.status, answer.calls, answer.amount, answer.size) == (200, 1, 3600.0, len("3600 3600"))
    assert answer.seconds >= 3600


def test_dates_follow_the_clock(projects: Projects) -> None:
    booted = projects.boot(
        app_with(
            """
                import datetime

                STARTED = datetime.datetime.now(datetime.timezone.utc)

                @app.get("/")
                def index():
                    now = datetime.datetime.now(datetime.timezone.utc)
                    assert isinstance(now, datetime.datetime)
                    assert now.date() == datetime.date.fromtimestamp(time.time())
                    assert time.gmtime()[:3] == datetime.datetime.utcnow().timetuple()[:3]
                    return "", 200 + (now - STARTED).days
            """
        )
    )

    assert statuses(booted, get("/"), Exchange(sent=get("/").sent, pause=5 * DAY)) == [200, 205]


def test_wait_by_the_clock_ends(projects: Projects) -> None:
    booted = projects.boot(
        app_with(
            """
                @app.get("/")
                def index():
                    end = time.time() + 0.1
                    while time.time() < end:
                        pass
                    return "shop"
            """
        )
    )

    assert statuses(booted, get("/")) == [200]


def test_every_send_starts_anew(projects: Projects) -> None:
    """Neither what is in memory nor what is on disk stays."""
    booted = projects.boot(
        app_with(
            """
                from pathlib import Path
                SEEN = []

                @app.get("/")
                def index():
                    SEEN.append(1)
                    with Path("seen.txt").open("a") as file:
                        file.write("x")
                    return "", 200 + len(SEEN) * 10 + len(Path("seen.txt").read_text())
            """
        )
    )

    assert [statuses(booted, get("/"), get("/")) for _ in range(2)] == [[211, 222]] * 2
    assert [path.name for path in projects.root.iterdir()] == ["shop.py"]


def test_changed_files_are_put_back(projects: Projects) -> None:
    projects.target({"stock.txt": "1"})
    booted = projects.boot(
        app_with(
            """
                from pathlib import Path

                Path("made.txt").write_text("2")

                @app.get("/")
                def index():
                    texts = [Path(name).read_text() for name in ("stock.txt", "made.txt")]
                    Path("stock.txt").unlink()
                    Path("made.txt").write_text("changed")
                    return "", 200 + int("".join(texts))
            """
        )
    )

    assert [statuses(booted, get("/")) for _ in range(3)] == [[212]] * 3


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="POST", path="/", form={"name": "shop"}),
        Request(method="POST", path="/", form={"name": "shop"}, is_multipart=True),
        Request(method="POST", path="/", form={"name": "shop"}, files=("photo",)),
        Request(method="POST", path="/", json={"name": "shop"}),
        Request(method="POST", path="/", query={"name": "shop"}),
        Request(method="POST", path="/", headers={"X-Name": "shop"}),
        Request(method="POST", path="/", cookies={"name": "shop"}),
        Request(method="POST", path="/", session={"name": "shop"}),
        Request(method="POST", path="/", body="shop"),
        Request(method="POST", path="/", json={"name": "shop"}, is_chunked=True),
    ],
    ids=["form", "multipart", "file", "json", "query", "header", "cookie", "session", "body", "chunked"],
)
def test_request_is_carried(projects: Projects, request_: Request) -> None:
    booted = projects.boot(
        app_with(
            """
                @app.post("/")
                def index():
                    sent = request.get_json(silent=True) or {}
                    names = {
                        request.values.get("name"), sent.get("name"), request.headers.get("X-Name"),
                        request.cookies.get("name"), session.get("name"), request.get_data(as_text=True),
                    }
                    if "photo" in request.files:
                        assert request.files["photo"].read().startswith(b"\\x89PNG")
                    return request.remote_addr, 200 if "shop" in names else 400
            """
        )
    )

    ((answer,),) = booted.send([Exchange(sent=(Sent(request=request_, client="203.0.113.5"),))])

    assert (answer.status, answer.size) == (200, len("203.0.113.5"))


def test_requests_together_overlap(projects: Projects) -> None:
    """All have asked before the first one counts: what is checked first and noted later lets them through."""
    view = """
        SEEN = []

        @app.get("/")
        def index():
            known = len(SEEN)
            SEEN.append(1)
            return "", 429 if known >= 2 else 200
    """
    booted = projects.boot(app_with(view))
    line = app_with(view).splitlines().index("    SEEN.append(1)") + 1
    together = Exchange(sent=get("/").sent * 8)

    (held,) = booted.send([together], hold=("shop.py", line))
    ((first,), *_) = booted.send([get("/")])

    assert [answer.status for answer in held] == [200] * 8
    assert first.status == 200


def test_store_is_memory_instead(projects: Projects) -> None:
    limiter = LIMITED.replace("memory://", "redis://shop:secret@cache:6379/0")
    booted = projects.boot(
        app_with(limiter, '@app.get("/")\n@limiter.limit("1 per day")\ndef index():\n    return ""')
    )

    assert statuses(booted, get("/"), get("/")) == [200, 429]
    assert booted.facts == ("store: memory in the place of redis://cache:6379/0",)


def test_strategy_that_its_store_lacks_is_told(projects: Projects) -> None:
    """Memory, which stands in for it, would count as it is written; what is deployed would not start."""
    limiter = LIMITED.replace('"memory://"', '"memcached://cache:11211", strategy="moving-window"')

    with pytest.raises(TargetError, match=r"does not start: NotImplementedError: MovingWindow") as raised:
        projects.boot(app_with(limiter, '@app.get("/")\ndef index():\n    return ""'))

    told = "memcached does not support moving-window: this application does not start with that store"
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("store", "error"),
    [(Store.REFUSES, "ConnectionError"), (Store.HANGS, "no answer within 1 seconds")],
)
def test_store_that_fails(projects: Projects, store: Store, error: str) -> None:
    limiter = LIMITED.replace("memory://", "redis://cache:6379/0")
    booted = projects.boot(
        app_with(limiter, '@app.get("/")\n@limiter.limit("1 per day")\ndef index():\n    return ""'),
        Options(store=store, bounds=Bounds(answer_seconds=1)),
    )

    assert error in answer_to(booted, get("/")).error
    assert booted.facts == (f"store: redis://cache:6379/0 {store}",)


def test_hanging_store_times_out(projects: Projects) -> None:
    """A client that was told how long to wait waits so long."""
    options = 'storage_options={"socket_timeout": 0.1}'
    limiter = LIMITED.replace('"memory://"', f'"redis://cache:6379/0", {options}')
    booted = projects.boot(
        app_with(limiter, '@app.get("/")\n@limiter.limit("1 per day")\ndef index():\n    return ""'),
        Options(store=Store.HANGS),
    )

    assert "TimeoutError" in answer_to(booted, get("/")).error


@pytest.mark.parametrize(
    ("statement", "server"),
    [
        ('__import__("requests").post("https://api.example.com/pay", json={}).json()', "api.example.com:443"),
        ('__import__("httpx").get("http://api.example.com/").json()', "api.example.com:80"),
        (
            '__import__("urllib.request").request.urlopen("http://api.example.com/").read()',
            "api.example.com:80",
        ),
        (
            '__import__("smtplib").SMTP("mail.example.com", 25).sendmail("a@b.c", ["d@e.f"], "hello")',
            "mail.example.com:25",
        ),
    ],
    ids=["requests", "httpx", "urllib", "smtplib"],
)
def test_other_servers_are_stood_in_for(projects: Projects, statement: str, server: str) -> None:
    booted = projects.boot(app_with(f'@app.get("/")\ndef index():\n    {statement}\n    return ""'))

    answer = answer_to(booted, get("/"))

    assert (answer.status, answer.calls >= 1, answer.error) == (200, True, "")
    assert booted.facts == (f"{server} is answered by a stand-in",)


@pytest.mark.parametrize(
    "statement",
    [
        '__import__("requests").get("https://api.example.com/", timeout=0.1)',
        '__import__("httpx").get("http://api.example.com/", timeout=0.1)',
        '__import__("urllib.request").request.urlopen("http://api.example.com/", timeout=0.1)',
        '__import__("smtplib").SMTP("mail.example.com", 25, timeout=0.1)',
        '__import__("redis").Redis("cache.example.com", socket_timeout=0.1).get("x")',
        '__import__("socket").create_connection(("198.51.100.7", 80), timeout=0.1).recv(1)',
    ],
    ids=["requests", "httpx", "urllib", "smtplib", "redis", "socket"],
)
def test_silent_servers_are_given_up(projects: Projects, statement: str) -> None:
    """Each client waits as long as it was told to."""
    booted = projects.boot(app_with(f'@app.get("/")\ndef index():\n    {statement}\n    return ""'))

    ((answer,),) = booted.send([get("/")], is_silent=True)

    assert answer.status == 500
    assert "imed out" in answer.error or "imeout" in answer.error
    assert answer.seconds >= 0.1


@pytest.mark.parametrize(
    ("statement", "fact"),
    [
        ('socket.create_connection(("198.51.100.1", 80), timeout=1)', "connected to 198.51.100.1:80"),
        ('socket.getaddrinfo("db.example.com", 5432)', "looked up db.example.com:5432"),
        ('socket.socket().bind(("0.0.0.0", 0))', "listened on 0.0.0.0:0"),
        ('subprocess.run(["true"])', "started true"),
        ('os.system("true")', "started true"),
        ("os.fork()", "started a process"),
        ('multiprocessing.get_context("spawn").Process(target=print).start()', "started a process"),
        ("os.kill(os.getppid(), 9)", "sent signal 9 to process"),
        ('open("/tmp/outside-of-the-project", "w")', "wrote to /tmp/outside-of-the-project"),
        ('os.mkdir("/tmp/outside-of-the-project")', "changed /tmp/outside-of-the-project"),
        ('os.rename("shop.py", "/tmp/outside-of-the-project")', "changed /tmp/outside-of-the-project"),
        ('os.remove("/etc/hostname")', "changed /etc/hostname"),
        ('sqlite3.connect("/tmp/outside-of-the-project")', "opened the database /tmp/outside-of-the-project"),
    ],
)
def test_nothing_leaves_the_child(projects: Projects, statement: str, fact: str) -> None:
    booted = projects.boot(
        app_with(
            f"""
                import multiprocessing, os, socket, sqlite3, subprocess

                @app.get("/")
                def index():
                    try:
                        {statement}
                    except OSError as error:
                        return "", 418
                    return "done"
            """
        )
    )

    answer = answer_to(booted, get("/"))

    assert (answer.status, answer.calls) == (418, 1)
    (told,) = booted.facts
    assert told.startswith(f"shop.py:15 {fact}")
    assert told.endswith(": refused")


def test_library_connections_are_refused(projects: Projects) -> None:
    """What a C library opens is not seen by Python, and does not leave either."""
    booted = projects.boot(
        app_with(
            """
                import ctypes, errno, socket

                @app.get("/")
                def index():
                    library, own = ctypes.CDLL(None, use_errno=True), socket.socket()
                    address = (2).to_bytes(2, "little") + (80).to_bytes(2, "big") + bytes([198, 51, 100, 1]) + bytes(8)
                    assert library.connect(own.fileno(), address, 16) == -1
                    return "", 418 if ctypes.get_errno() == errno.ECONNREFUSED else 200
            """
        )
    )

    assert statuses(booted, get("/")) == [418]


def test_allowed_port_is_reached(projects: Projects) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        booted = projects.boot(
            app_with(
                f"""
                    import socket

                    @app.get("/")
                    def index():
                        socket.create_connection(("127.0.0.1", {port})).close()
                        return ""
                """
            ),
            Options(ports=frozenset({port})),
        )

        assert statuses(booted, get("/")) == [200]


def test_environment_is_not_handed_on(projects: Projects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "of the user")
    booted = projects.boot(
        app_with(
            """
                from pathlib import Path

                @app.get("/")
                def index():
                    assert "SHOP_SECRET" not in os.environ
                    assert Path.home().name == "home"
                    return "", int(os.environ["SHOP_STATUS"])
            """
        ),
        environment={"SHOP_STATUS": "203"},
    )

    assert statuses(booted, get("/")) == [203]


@pytest.mark.parametrize(
    "name",
    [
        "shop:app",
        "shop:make",
        "shop:make()",
        "shop:make('any', debug=False)",
        "shop:Holder.app",
        "shop:wrapped",
        "shop:pair",
        "shop:plain",
    ],
)
def test_application_is_found_by_name(projects: Projects, name: str) -> None:
    source = app_with(
        """
            from werkzeug.middleware.proxy_fix import ProxyFix

            @app.get("/")
            def index():
                return ""

            def make(config=None, *, debug=True):
                return app

            def pair():
                return app, object()

            class Holder:
                app = app

            wrapped = ProxyFix(app)

            def plain(environ, start_response):
                start_response("200 OK", [])
                return [b""]

            app.run()
        """
    )

    assert statuses(projects.boot(source, app=name), get("/")) == [200]


def test_tables_are_made_in_copy(projects: Projects) -> None:
    """An SQLite file in the folder of the application, as `flask run` would have it."""
    booted = projects.boot(
        app_with(
            """
                from flask_sqlalchemy import SQLAlchemy

                app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
                database = SQLAlchemy(app)

                class Order(database.Model):
                    id = database.Column(database.Integer, primary_key=True)

                @app.get("/")
                def index():
                    database.session.add(Order())
                    database.session.commit()
                    return "", 200 + Order.query.count()
            """
        )
    )

    assert [statuses(booted, get("/"), get("/")) for _ in range(2)] == [[201, 202]] * 2
    assert [path.name for path in projects.root.iterdir()] == ["shop.py"]


def test_large_project_is_refused(projects: Projects) -> None:
    projects.target({"data/a.bin": "x" * 3000, "data/b.bin": "x" * 3000})

    with pytest.raises(TargetError, match=r"too large for that: more than .*\(data "):
        projects.boot(app_with(), Options(bounds=Bounds(copied_bytes=5000)))

    assert projects.left() == []


def test_environments_are_not_copied(projects: Projects) -> None:
    projects.target(
        {
            ".venv/pyvenv.cfg": "",
            ".venv/lib/x.py": "",
            "node_modules/x.js": "",
            ".git/HEAD": "",
            "dist/x.js": "",
        }
    )
    booted = projects.boot(app_with())

    assert sorted(path.name for path in booted.workspace.project.iterdir()) == ["dist", "shop.py"]


def test_links_lead_into_the_copy(projects: Projects) -> None:
    """What is written through a link within the project changes the copy; one that leads out is only read."""
    projects.target({"data/stock.txt": "1", "../shared/price.txt": "2"})
    (projects.root / "inside").symlink_to(projects.root / "data")
    (projects.root / "outside").symlink_to("../shared")
    booted = projects.boot(
        app_with(
            """
                from pathlib import Path

                @app.get("/")
                def index():
                    texts = [Path(name).read_text() for name in ("inside/stock.txt", "outside/price.txt")]
                    Path("inside/stock.txt").write_text("changed")
                    try:
                        Path("outside/price.txt").write_text("changed")
                    except PermissionError:
                        return "", 200 + int("".join(texts))
                    return ""
            """
        )
    )

    assert statuses(booted, get("/")) == [212]
    assert (projects.root / "data" / "stock.txt").read_text() == "1"


def test_child_knows_only_the_standard_library() -> None:
    """It runs in the interpreter of the application, which may be an old one without guardapi."""
    for file in CHILD.glob("*.py"):
        tree = ast.parse(file.read_text(), feature_version=(3, 8))
        imported = [
            name
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
        ]
        assert not [name for name in imported if name.startswith("guardapi")], file
