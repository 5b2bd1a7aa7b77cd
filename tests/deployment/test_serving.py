"""Servers and their settings as they hold for one application."""

import pytest
from conftest import Reader
from hypothesis import given
from hypothesis import strategies as st

from guardapi.deployment import linked, processes_of, servings
from guardapi.deployment.serving import WorkerClass, is_served_as
from guardapi.deployment.sizes import number_of, size_of
from guardapi.model import App, Deployment
from guardapi.place import Place

SHOP = App(
    id="shop:create_app",
    framework="flask",
    place=Place(file="shop/__init__.py", line=3),
    served_as=("shop:create_app", "wsgi:app"),
)
BACK = App(
    id="back.app:app", framework="flask", place=Place(file="back/app.py", line=3), served_as=("back.app:app",)
)
FRONT = App(
    id="front.app:app",
    framework="flask",
    place=Place(file="front/app.py", line=3),
    served_as=("front.app:app",),
)


def timeouts(app: App, deployment: Deployment) -> list[int | None]:
    return [serving.timeout for serving in servings(app, deployment)]


@pytest.mark.parametrize(
    ("files", "timeout"),
    [
        ({"Procfile": "web: gunicorn wsgi:app"}, 30),
        ({"Procfile": "web: gunicorn wsgi:app", "gunicorn.conf.py": "timeout = 7"}, 7),
        ({"Procfile": "web: gunicorn -t 9 wsgi:app", "gunicorn.conf.py": "timeout = 7"}, 9),
        ({"Procfile": "web: gunicorn -c conf/g.py wsgi:app", "gunicorn.conf.py": "timeout = 7"}, 30),
        ({"Procfile": "web: gunicorn -c conf/gunicorn_x.py a:b", "conf/gunicorn_x.py": "timeout = 8"}, 8),
        ({"Procfile": "web: gunicorn -c file:gunicorn_x.py a:b", "gunicorn_x.py": "timeout = 8.0"}, 8),
        ({"gunicorn.conf.py": "import os\ntimeout = int(os.environ['T'])"}, None),
        ({"Dockerfile": "ENV GUNICORN_CMD_ARGS='--timeout 0'\nCMD gunicorn -t 5 wsgi:app"}, 5),
        ({"Dockerfile": "ENV GUNICORN_CMD_ARGS='--timeout 6'\nCMD gunicorn wsgi:app"}, 6),
        (
            {
                ".env.prod": "GUNICORN_CMD_ARGS=-t 4",
                "gunicorn.conf.py": "timeout = 5",
                "Procfile": "web: gunicorn a",
            },
            4,
        ),
        ({"Procfile": "web: uwsgi --http :80 --module wsgi:app"}, 0),
        ({"Procfile": "web: uwsgi --ini x/uwsgi.ini", "x/uwsgi.ini": "[uwsgi]\nharakiri = 12"}, 12),
    ],
)
def test_nearer_setting_is_preferred(read: Reader, files: dict[str, str], timeout: int | None) -> None:
    assert timeouts(SHOP, read(files)) == [timeout]


def test_unread_file_is_left_out(read: Reader) -> None:
    files = {
        "Procfile": "web: gunicorn -c prod/gunicorn_prod.py wsgi:app",
        "old/gunicorn_old.py": "timeout = 0",
    }
    assert timeouts(SHOP, read({**files, "prod/gunicorn_prod.py": "timeout = 20"})) == [20]


def test_missing_file_is_incomplete(read: Reader) -> None:
    (serving,) = servings(SHOP, read({"Procfile": "web: uwsgi --ini /etc/uwsgi/shop.ini"}))
    assert not serving.is_complete


def test_files_for_development_are_left_out(read: Reader) -> None:
    files = {
        "compose.dev.yaml": "services: {web: {command: gunicorn -w 9 wsgi:app}}",
        "tests/Dockerfile": "CMD gunicorn -w 9 wsgi:app",
        "compose.yaml": "services: {web: {command: gunicorn -w 2 wsgi:app}}",
    }
    assert processes_of(SHOP, read(files)).count == 2


@pytest.mark.parametrize(
    ("arguments", "kind", "threads"),
    [
        ("", WorkerClass.SYNC, 1),
        ("--threads 4", WorkerClass.THREADS, 4),
        ("-k gthread", WorkerClass.THREADS, 1),
        ("-k gevent --threads 4", WorkerClass.ASYNC, 4),
        ("--worker-class=uvicorn.workers.UvicornWorker", WorkerClass.ASYNC, 1),
        ("-k shop.workers.Own", WorkerClass.UNKNOWN, 1),
        ("--threads $THREADS", WorkerClass.UNKNOWN, None),
    ],
)
def test_worker_class_is_read(read: Reader, arguments: str, kind: WorkerClass, threads: int | None) -> None:
    found = processes_of(SHOP, read({"Procfile": f"web: gunicorn {arguments} wsgi:app"}))
    assert (found.worker_class, found.threads) == (kind, threads)


def test_replicas_multiply_workers(read: Reader) -> None:
    compose = """
services:
  web:
    command: gunicorn -w 3 wsgi:app
    deploy: {replicas: 4}
"""
    found = processes_of(SHOP, linked(read({"compose.yaml": compose}), [SHOP]))
    assert (found.count, found.is_stated, found.is_certain) == (12, True, True)


def test_nothing_stated_is_one_process(read: Reader) -> None:
    found = processes_of(SHOP, read({}))
    assert (found.count, found.is_stated, found.worker_class) == (1, False, WorkerClass.UNKNOWN)


def test_development_server_does_not_blur(read: Reader) -> None:
    files = {"Procfile": "web: gunicorn wsgi:app", "Dockerfile": "CMD flask --app wsgi run"}
    assert processes_of(SHOP, read(files)).worker_class is WorkerClass.SYNC


def test_each_application_has_its_servers(read: Reader) -> None:
    files = {
        "back/Dockerfile": "CMD gunicorn -w 2 app:app",
        "front/Dockerfile": "CMD gunicorn -w 5 app:app",
    }
    deployment = linked(read(files), [BACK, FRONT])
    assert [processes_of(app, deployment).count for app in (BACK, FRONT)] == [2, 5]
    assert [str(serving.place) for serving in servings(BACK, deployment)] == ["back/Dockerfile:1"]


@pytest.mark.parametrize(
    ("target", "is_same"),
    [
        ("shop.web:app", True),
        ("web:app", True),
        ("src.shop.web:app", True),
        ("shop.web", True),
        ("shop.web:app()", True),
        ("hop.web:app", False),
        ("shop.web:other", False),
        ("shop:app", False),
    ],
)
def test_targets_are_compared_from_end(target: str, is_same: bool) -> None:
    assert is_served_as("shop.web:app", target) is is_same


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10m", 10 * 1024**2),
        ("8K", 8192),
        ("1_000", 1000),
        ("0", 0),
        ("2 g", 2 * 1024**3),
        ("", None),
        ("$s", None),
    ],
)
def test_sizes_are_read(text: str, size: int | None) -> None:
    assert size_of(text) == size


@given(st.integers(min_value=0, max_value=10**11))
def test_plain_numbers_are_read(number: int) -> None:
    assert number_of(f" '{number}' ") == size_of(str(number)) == number
