"""gunicorn.conf.py, evaluated by its syntax."""

import pytest
from conftest import Reader

from guardapi.deployment import DeploymentFile, read_deployment


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("workers = 4", 4),
        ("workers: int = 2 * 2", 4),
        ("import os\nworkers = int(os.environ.get('WEB_CONCURRENCY', 4))", 4),
        ("import os\nworkers = int(os.getenv('W', default='4'))", 4),
        ("import os\nworkers = os.environ.get('W') or '4'", 4),
        ("base = 3\nworkers = max(base + 1, 2)", 4),
        ("import os\nworkers = int(os.environ['W'])", None),
        ("from multiprocessing import cpu_count\nworkers = cpu_count() * 2 + 1", None),
        ("import os\nif os.getenv('DEBUG'):\n    workers = 1\nelse:\n    workers = 8", None),
        ("import os\nif os.getenv('DEBUG'):\n    workers = 4\nelse:\n    workers = 4", 4),
        ("workers = 10 ** 10 ** 10", None),
        ("workers = 1 // 0", None),
    ],
)
def test_workers_are_evaluated(read: Reader, source: str, count: int | None) -> None:
    deployment = read({"gunicorn.conf.py": source})
    assert [item.count for item in deployment.processes] == [count]


def test_settings_keep_value_and_line(read: Reader) -> None:
    deployment = read({"deploy/gunicorn_config.py": "bind = ':80'\n\ntimeout = 0\nthreads = 4\n"})
    found = {item.name: (item.value, str(item.place)) for item in deployment.settings}
    assert found["timeout"] == ("0", "deploy/gunicorn_config.py:3")
    assert found["threads"][0] == "4"
    assert deployment.processes == ()


def test_wsgi_app_is_entry_point(read: Reader) -> None:
    deployment = read({"gunicorn.conf.py": "wsgi_app = 'shop.wsgi:app'\nworkers = 2"})
    assert deployment.entry_points == ("shop.wsgi:app",)
    assert deployment.processes[0].target == "shop.wsgi:app"


def test_broken_config_is_problem() -> None:
    broken = DeploymentFile(path="gunicorn.conf.py", content=b"\nworkers = (")
    _, problems = read_deployment([broken])
    assert [(item.file, item.line) for item in problems] == [("gunicorn.conf.py", 2)]


def test_computed_setting_is_no_default(read: Reader) -> None:
    deployment = read({"gunicorn.conf.py": "import os\ntimeout = int(os.environ['T'])\nthreads = 2"})
    (start,) = deployment.starts
    assert {item.name: item.value for item in start.settings} == {"threads": "2", "timeout": "$_"}
    assert [item.name for item in deployment.settings] == ["threads"]
