"""Command lines, as a Procfile.dev holds them: no platform adds anything there."""

import pytest
from conftest import Reader


def started(read: Reader, command: str) -> list[tuple[str, int | None, str | None]]:
    deployment = read({"Procfile.dev": f"web: {command}"})
    return [(item.server, item.count, item.target) for item in deployment.processes]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn -w 4 shop.wsgi:app",
        "gunicorn -w4 shop.wsgi:app",
        "gunicorn --workers=4 --reload shop.wsgi:app",
        "gunicorn -b 0.0.0.0:8000 --log-file - shop.wsgi:app --workers 4",
        "WEB_CONCURRENCY=4 gunicorn shop.wsgi:app",
        "env WEB_CONCURRENCY=4 gunicorn shop.wsgi:app",
        "GUNICORN_CMD_ARGS='--workers 4' gunicorn shop.wsgi:app",
        "export W=4 && gunicorn -w $W shop.wsgi:app",
        "gunicorn -w ${W:-4} shop.wsgi:app",
        "sh -c 'flask db upgrade && exec gunicorn -w 4 shop.wsgi:app'",
        "python -m gunicorn -w 4 shop.wsgi:app",
        "poetry run gunicorn -w 4 shop.wsgi:app",
        "tini -g -- /venv/bin/gunicorn -w 4 shop.wsgi:app",
        "./wait-for-it.sh db:5432 -t 30 -- gunicorn -w 4 shop.wsgi:app",
        "gunicorn -w 4 shop.wsgi:app 2>&1 | tee log",
    ],
)
def test_gunicorn_workers_are_counted(read: Reader, command: str) -> None:
    assert started(read, command) == [("gunicorn", 4, "shop.wsgi:app")]


@pytest.mark.parametrize(
    "workers", ["$(nproc)", "$((2 * $(nproc) + 1))", "`nproc`", "$WORKERS", "${WORKERS}", "{{ workers }}"]
)
def test_computed_workers_have_no_count(read: Reader, workers: str) -> None:
    assert started(read, f"gunicorn -w {workers} shop:app")[0][:2] == ("gunicorn", None)


def test_command_line_beats_environment(read: Reader) -> None:
    command = "WEB_CONCURRENCY=8 GUNICORN_CMD_ARGS='-w 6' gunicorn -w 2 shop:app"
    assert started(read, command) == [("gunicorn", 2, "shop:app")]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn shop", ("gunicorn", 1, "shop:application")),
        ("gunicorn --threads 8 'shop:create_app()'", ("gunicorn", 1, "shop:create_app()")),
        ("uwsgi --http :80 --module shop:app -p 3", ("uwsgi", 3, "shop:app")),
        ("uwsgi --wsgi-file shop.py --callable app --master", ("uwsgi", 1, "shop:app")),
        ("waitress-serve --port=80 --call shop:create_app", ("waitress", 1, "shop:create_app()")),
        ("waitress-serve --threads 8 shop:app", ("waitress", 1, "shop:app")),
        ("flask --app shop:create_app run --host 0.0.0.0", ("flask", 1, "shop:create_app")),
        ("FLASK_APP=src/shop.py flask run", ("flask", 1, "src.shop")),
        ("python -m flask -A shop run", ("flask", 1, "shop")),
        ("python -u shop/main.py", ("python", 1, "shop.main")),
        ("hypercorn -w 3 shop:asgi_app", ("hypercorn", 3, "shop:asgi_app")),
        ("uvicorn --factory shop:create_asgi --workers 2", ("uvicorn", 2, "shop:create_asgi()")),
        ("granian --interface wsgi --workers 2 shop:app", ("granian", 2, "shop:app")),
        ("mod_wsgi-express start-server wsgi.py --processes 4", ("mod_wsgi", 4, "wsgi:application")),
    ],
)
def test_each_server_is_read(read: Reader, command: str, expected: tuple[str, int, str]) -> None:
    assert started(read, command) == [expected]


@pytest.mark.parametrize(
    "command",
    [
        "pip install gunicorn",
        "uv run pip install gunicorn flask",
        "echo gunicorn -w 4 shop:app",
        "python manage.py migrate",
        "python -m celery -A shop worker",
        "flask --app shop db upgrade",
        "",
    ],
)
def test_other_commands_start_nothing(read: Reader, command: str) -> None:
    assert started(read, command) == []


def test_debug_flag_is_a_setting(read: Reader) -> None:
    deployment = read({"Procfile.dev": "web: flask --app shop run --debug"})
    assert [(item.server, item.name) for item in deployment.settings] == [("flask", "debug")]


def test_heroku_chooses_the_workers(read: Reader) -> None:
    deployment = read({"Procfile": "release: flask db upgrade\nweb: gunicorn shop:app\n"})
    assert [(item.count, item.place.line) for item in deployment.processes] == [(None, 2)]


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": "web: gunicorn -w 1 shop:app"},
        {"Procfile": "web: gunicorn shop:app", "gunicorn.conf.py": "workers = 1"},
        {"Procfile.dev": "web: gunicorn shop:app"},
        {"Procfile": "web: waitress-serve shop:app"},
    ],
)
def test_explicit_workers_beat_heroku(read: Reader, files: dict[str, str]) -> None:
    assert {item.count for item in read(files).processes} == {1}
