"""Applications under real gunicorn, with a real Redis and memcached; and what is left when they misbehave."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from guardapi.config import Options
from guardapi.errors import TargetError, UsageError
from guardapi.files import open_tree
from guardapi.model import App, Deployment
from guardapi.pipeline import scan_tree
from guardapi.prove.deployed import Deployed, deployed
from guardapi.prove.exchange import Answer, Exchange, Request, Sent
from guardapi.prove.plans import Plan, Store
from guardapi.prove.processes.target import Bounds, Target
from guardapi.prove.requests.aims import Subject, aim
from guardapi.prove.requests.sources import Sources
from guardapi.prove.run import tried
from guardapi.prove.transports.served import Served
from guardapi.prove.transports.stores import named_store, started_store, store_variables, wanted_kind
from guardapi.prove.ways import bypasses, limits
from guardapi.verdict import Mode, Ruling, Verdict

SHOP = Path(__file__).resolve().parents[3] / "examples" / "shop_secure"
PYTHON = Path(sys.executable)
CLIENT = {"X-Forwarded-For": "203.0.113.5"}
SEARCH = Request(method="GET", path="/catalog/search", headers=CLIENT)


@cache
def scanned(root: Path) -> tuple[App, Deployment, Sources]:
    tree = open_tree(root)
    found = scan_tree(tree, Options()).inventory
    texts = {file.path: tree.read(file).decode() for file in tree.python}
    return (
        next(app for app in found.apps if "create_app" in app.id),
        found.deployment,
        Sources.of_texts(texts),
    )


@cache
def search_plans(root: Path, workers: int) -> dict[str, Plan]:
    """The claims on the search of a shop, by their way."""
    app, deployment, sources = scanned(root)
    subject = Subject(app=app, deployment=deployment, sources=sources)
    route = next(route for route in app.routes if route.rule == "/catalog/search")
    (held,) = limits.stated(aim(subject, route, "GET"))
    found = (
        *limits.holds(held, workers=workers),
        *limits.tells_apart(held),
        *bypasses.bypasses(held, workers=workers),
    )
    return {plan.way: plan for plan in found if Mode.SERVED in plan.modes}


def proved(served: Served, plan: Plan) -> Verdict:
    return tried(plan, lambda plan: served.connect(plan.store).send(plan.exchanges), Mode.SERVED)


def statuses(served: Served, request: Request, number: int, together: int = 1) -> list[int]:
    exchange = Exchange(sent=(Sent(request=request),) * together)
    answered = served.connect(Store.WORKING).send([exchange] * number)
    return [answer.status for answers in answered for answer in answers]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, so that a test can see what is left."""
    folder = tmp_path / "made"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def secure() -> Iterator[Served]:
    """The secure shop as its deployment starts it, and a Redis."""
    app, deployment, _ = scanned(SHOP)
    found = deployed(app, deployment)
    assert (found.workers, found.worker_class, found.config) == (4, "sync", "gunicorn.conf.py")
    assert wanted_kind(app, deployment) == "redis"
    served = Served(Target(root=SHOP, app="wsgi:app", python=PYTHON), found, store=started_store("redis"))
    yield served
    served.close()


@pytest.mark.parametrize("way", ["limit", "identity", "forwarded", "paths", "burst", "workers"])
def test_secure_shop_is_proved_with_redis(secure: Served, way: str) -> None:
    """Four workers count together."""
    verdict = proved(secure, search_plans(SHOP, 4)[way])

    assert (verdict.ruling, verdict.mode) == (Ruling.PROVED, Mode.SERVED), verdict.detail


def test_secure_shop_fails_closed_in_time(secure: Served) -> None:
    plans = search_plans(SHOP, 4)

    gone, silent = proved(secure, plans["store-gone"]), proved(secure, plans["store-silent"])

    assert (gone.ruling, gone.detail) == (Ruling.PROVED, "closed: 25 times 500")
    assert silent.ruling is Ruling.PROVED, silent.detail


def test_store_of_the_run_is_told(secure: Served) -> None:
    secure.start()

    told = "limits are counted in the redis started for this run, whatever store the application names"
    assert told in secure.facts


def test_secure_shop_is_proved_with_memcached() -> None:
    """By another kind of worker; memcached has no moving windows, and only stands in for a Redis that has."""
    served = Served(
        Target(root=SHOP, app="wsgi:app", python=PYTHON),
        Deployed(workers=4, worker_class="gevent"),
        store=started_store("memcached"),
        wanted="redis",
    )
    try:
        plans = search_plans(SHOP, 4)
        verdicts = [proved(served, plans[way]) for way in ("limit", "identity", "workers")]
    finally:
        served.close()

    assert [verdict.ruling for verdict in verdicts] == [Ruling.PROVED] * 3, verdicts
    told = "MemcachedStorage does not support moving-window, so limits are counted in fixed windows here"
    assert told in served.facts


def test_memory_multiplies_by_workers() -> None:
    """What is written is what each worker counts for itself; for the next claim all start anew."""
    plans = search_plans(SHOP, 4)
    served = Served(Target(root=SHOP, app="development:app", python=PYTHON), Deployed(workers=4))
    try:
        limit, apart = proved(served, plans["limit"]), proved(served, plans["workers"])
        after = statuses(served, SEARCH, 2)
    finally:
        served.close()

    assert (limit.ruling, apart.ruling) == (Ruling.REFUTED, Ruling.REFUTED)
    assert limit.detail == "23 of 24 requests were served by 4 processes: 23 times 200, once 429"
    assert apart.detail == "80 of 84 requests were served by 4 processes, where 20 may be"
    assert after == [200, 200]


ODD = """
    import os
    import signal
    import socket
    import sys
    import time
    from urllib.request import urlopen

    from flask import Flask

    app = Flask(__name__)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    {more}

    @app.get("/away")
    def away():
        try:
            socket.create_connection(("198.51.100.1", 80), timeout=1)
        except OSError as error:
            return type(error).__name__
        return "connected"

    @app.get("/process")
    def process():
        return str(os.getpid())

    @app.get("/wait")
    def wait():
        return urlopen("http://rates.example.com").read()
"""


@pytest.fixture
def odd(tmp_path: Path, made: Path) -> Iterator[Callable[..., Served]]:
    """An application that ignores being told to end, and whatever else a test wants."""
    opened: list[Served] = []

    def make(
        more: str = "",
        *,
        settings: str | None = None,
        python: Path = PYTHON,
        seconds: float = 60.0,
        patience: float = 10.0,
    ) -> Served:
        root = tmp_path / "odd"
        root.mkdir()
        (root / "shop.py").write_text(dedent(ODD).format(more=more))
        if settings is not None:
            (root / "gunicorn.conf.py").write_text(settings)
        found = Deployed(workers=2, config=None if settings is None else "gunicorn.conf.py")
        target = Target(root=root, app="shop:app", python=python)
        opened.append(Served(target, found, bounds=Bounds(boot_seconds=seconds, answer_seconds=patience)))
        return opened[-1]

    yield make
    for served in opened:
        served.close()
        assert list(made.iterdir()) == []


def running(pids: Sequence[int]) -> list[int]:
    return [
        pid
        for pid in pids
        if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def answers(served: Served, path: str, number: int = 1) -> list[Answer]:
    exchange = Exchange(sent=(Sent(request=Request(method="GET", path=path)),))
    return [one for (one,) in served.connect(Store.WORKING).send([exchange] * number)]


def test_deaf_server_is_ended_and_shut_in(odd: Callable[..., Served]) -> None:
    """It ignores SIGTERM, and would connect to somewhere else."""
    served = odd(
        settings="bind = '0.0.0.0:80'\ndaemon = True\nworkers = 7\nchdir = '/nowhere'\nkeepalive = 'x'\n"
    )
    assert served._running is None
    (away,) = answers(served, "/away")
    assert served._running is not None
    members = served._running.family.members()

    served.close()

    assert (away.status, away.size) == (200, len("ConnectionRefusedError"))
    assert len(members) == 3
    assert running(sorted(members)) == []
    assert any("shop.py:18 connected to 198.51.100.1:80: refused" in fact for fact in served.facts), (
        served.facts
    )
    assert any("keepalive of gunicorn is left as it is" in fact for fact in served.facts), served.facts


def test_silent_servers_hold_all_workers(odd: Callable[..., Served]) -> None:
    """Whoever comes later is served when the others are gone."""
    served = odd(patience=3.0)
    held = Exchange(sent=(Sent(request=Request(method="GET", path="/wait")),) * 2, is_left=True)
    other = Exchange(sent=(Sent(request=Request(method="GET", path="/process")),), pause=0.5)

    silent = list(served.connect(Store.WORKING, is_silent=True).send([held, other]))
    usual = list(served.connect(Store.WORKING).send([held, other]))

    assert silent[1][0].error == "no answer in time"
    assert usual[1][0].status == 200


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("time.sleep(600)", "The application shop:app did not start under gunicorn within 2 seconds."),
        ("raise RuntimeError('no \\x1b[31mkey')", "RuntimeError: no \\x1b[31mkey"),
        ("print('bye', flush=True); os._exit(3)", "| bye"),
    ],
    ids=["late", "raises", "leaves"],
)
def test_server_that_never_answers_is_told(odd: Callable[..., Served], more: str, message: str) -> None:
    served = odd(more, seconds=2.0 if "sleep" in more else 60.0)

    with pytest.raises(TargetError) as raised:
        answers(served, "/process")

    assert message in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert served._running is None


def test_missing_gunicorn_is_told(odd: Callable[..., Served], tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)

    with pytest.raises(TargetError, match=r"gunicorn is not installed for \S+python, and"):
        answers(odd(python=bare), "/process")


def test_nothing_survives_a_killed_run(tmp_path: Path) -> None:
    """Whoever is killed cannot clean up: what was started does."""
    root = tmp_path / "odd"
    root.mkdir()
    (root / "shop.py").write_text(dedent(ODD).format(more=""))
    script = f"""
        import sys, time
        from pathlib import Path
        from guardapi.prove.deployed import Deployed
        from guardapi.prove.exchange import Exchange, Request, Sent
        from guardapi.prove.plans import Store
        from guardapi.prove.transports.served import Served
        from guardapi.prove.transports.stores import started_store
        from guardapi.prove.processes.target import Target
        store = started_store("memcached")
        served = Served(Target(root=Path({str(root)!r}), app="shop:app", python=Path(sys.executable)),
                        Deployed(workers=2), store=store)
        sent = Sent(request=Request(method="GET", path="/process"))
        list(served.connect(Store.WORKING).send([Exchange(sent=(sent,))]))
        print(*served._running.family.members(), *store.family.members(), flush=True)
        time.sleep(600)
    """
    made = tmp_path / "made"
    made.mkdir()
    run = subprocess.Popen(
        [sys.executable, "-c", dedent(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(made)},
    )
    assert run.stdout is not None
    pids = [int(pid) for pid in run.stdout.readline().split()]
    assert len(running(pids)) == 5

    run.kill()
    run.wait()
    run.stdout.close()

    limit = time.monotonic() + 20
    while (running(pids) or list(made.iterdir())) and time.monotonic() < limit:
        time.sleep(0.02)
    assert running(pids) == []
    assert list(made.iterdir()) == []


def test_store_of_the_user_is_never_emptied(made: Path) -> None:
    """And never one of another machine."""
    import redis

    started = started_store("redis")
    try:
        named = named_store(started.url)
        client = redis.Redis.from_url(started.url)
        client.set("precious", "1")
        named.empty()
        kept = client.get("precious")
        started.empty()
        emptied = client.get("precious")
        client.close()
    finally:
        started.close()

    assert (kept, emptied) == (b"1", None)
    assert list(made.iterdir()) == []
    with pytest.raises(UsageError, match="is not this machine's loopback interface"):
        named_store("redis://198.51.100.1:6379")
    with pytest.raises(
        TargetError, match=f"No store listens on 127.0.0.1:{started.port}: Connection refused"
    ):
        named_store(started.url)


def test_project_that_is_too_large_leaves_nothing(made: Path) -> None:
    store = started_store("memcached")
    target = Target(root=SHOP, app="wsgi:app", python=PYTHON)

    with pytest.raises(TargetError, match="too large"):
        Served(target, Deployed(), store=store, bounds=Bounds(copied_files=1))

    assert not store.family.is_alive
    assert list(made.iterdir()) == []


def test_variables_of_the_store_are_found(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "A = os.environ['REDIS_URL'], os.getenv('REDIS_PORT'), os.environ.get('MEMCACHED_SERVERS', '')\n"
        "B = os.environ[\n    'RATELIMIT_STORAGE_URI'\n], os.environ['SECRET_KEY']\n"
    )

    assert store_variables(tmp_path, "redis") == {"RATELIMIT_STORAGE_URI", "REDIS_URL"}
    assert store_variables(tmp_path, "memcached") == {"RATELIMIT_STORAGE_URI", "MEMCACHED_SERVERS"}
    assert store_variables(SHOP, "redis") == {"RATELIMIT_STORAGE_URI"}
