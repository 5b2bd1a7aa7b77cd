"""Shell scripts, Makefiles, systemd units, Supervisor and Apache."""

import pytest
from conftest import Reader


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("entrypoint.sh", "#!/bin/sh\nset -e\nW=${W:-4}\nexec gunicorn -w $W shop:app\n", 4),
        ("start", ": ${W:=4}\ngunicorn \\\n  -w $W \\\n  shop:app\n", 2),
        ("run.sh", "if [ $X ]; then gunicorn -w 4 shop:app; fi\n", 1),
        ("Makefile", "W ?= 4\nserve:\n\t@poetry run gunicorn -w $(W) shop:app\n", 3),
        ("shop.service", "[Service]\nExecStart=-/srv/venv/bin/gunicorn -w 4 \\\n  shop:app\n", 2),
        ("shop.service", '[Service]\nEnvironment="A=1" WEB_CONCURRENCY=4\nExecStart=gunicorn shop:app\n', 2),
        ("supervisord.conf", "[program:shop]\ncommand=/venv/bin/gunicorn -w 4\n    shop:app\n", 2),
    ],
)
def test_started_server_is_read(read: Reader, path: str, text: str, line: int) -> None:
    (process,) = read({path: text}).processes
    assert (process.server, process.count, process.target) == ("gunicorn", 4, "shop:app")
    assert process.place.line == line


@pytest.mark.parametrize(
    "line", ["# gunicorn -w 4 shop:app", "pip install gunicorn", "python shop.py", "pkill gunicorn"]
)
def test_chores_start_no_server(read: Reader, line: str) -> None:
    deployment = read({"tool.sh": f"{line}\n"})
    assert (deployment.processes, deployment.entry_points) == ((), ())


def test_exported_flask_app_counts(read: Reader) -> None:
    assert read({"dev.sh": "export FLASK_APP=shop.py\nflask run\n"}).entry_points == ("shop",)


def test_supervisor_copies_multiply(read: Reader) -> None:
    web = "[program:shop]\ncommand=waitress-serve shop:app\nnumprocs=3\n"
    text = f"{web}[program:queue]\ncommand=celery -A shop worker\nnumprocs=9\n"
    deployment = read({"supervisord.conf": text})
    assert [(item.server, item.count) for item in deployment.processes] == [("waitress", 1), ("replicas", 3)]


def test_mod_wsgi_daemon_counts(read: Reader) -> None:
    text = "WSGIDaemonProcess shop processes=2 threads=15\nWSGIScriptAlias / /srv/shop.wsgi\n"
    deployment = read({"sites-enabled/shop.conf": text})
    assert [(item.server, item.count) for item in deployment.processes] == [("mod_wsgi", 2)]
    assert deployment.entry_points == ("shop:application",)
