"""uWSGI's option files."""

import pytest
from conftest import Reader

INI = "[uwsgi]\nbase = shop\nmodule = %(base).wsgi:app\nprocesses = 4\ncheaper = 2\nharakiri = 30\n"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("uwsgi.ini", INI, 4),
        ("deploy/app.ini", INI, 4),
        ("uwsgi.json", '{"uwsgi": {\n"module": "shop.wsgi:app",\n"workers": 4}}', 3),
        ("uwsgi.yaml", "uwsgi:\n  module: shop.wsgi:app\n  processes: 4\n", 3),
    ],
)
def test_every_format_is_read(read: Reader, path: str, text: str, line: int) -> None:
    (process,) = read({path: text}).processes
    assert (process.server, process.count, process.target) == ("uwsgi", 4, "shop.wsgi:app")
    assert (process.place.file, process.place.line) == (path, line)


@pytest.mark.parametrize("value", ["%k", "$(WORKERS)", "auto"])
def test_computed_processes_have_no_count(read: Reader, value: str) -> None:
    deployment = read({"uwsgi.ini": f"[uwsgi]\nworkers = {value}\n"})
    assert [item.count for item in deployment.processes] == [None]


def test_cheaper_alone_is_counted(read: Reader) -> None:
    deployment = read({"uwsgi.ini": "[uwsgi]\ncheaper = 3\n"})
    assert [item.count for item in deployment.processes] == [3]


@pytest.mark.parametrize(
    "options",
    ["wsgi-file = /srv/shop.py\ncallable = app", "mount = /=shop:app", "module = shop\ncallable = app"],
)
def test_application_is_entry_point(read: Reader, options: str) -> None:
    assert read({"uwsgi.ini": f"[uwsgi]\n{options}\n"}).entry_points == ("shop:app",)


def test_settings_are_kept(read: Reader) -> None:
    found = {item.name: item.value for item in read({"uwsgi.ini": INI}).settings}
    assert found == {"cheaper": "2", "harakiri": "30"}


def test_named_config_speaks_itself(read: Reader) -> None:
    deployment = read({"Procfile.dev": "web: uwsgi --ini uwsgi.ini", "uwsgi.ini": INI})
    assert [item.count for item in deployment.processes] == [4]


def test_other_ini_is_silent(read: Reader) -> None:
    assert read({"alembic.ini": "[alembic]\nworkers = 4\n"}).processes == ()
