"""What a finding is known by stays while lines, files and folders move."""

from functools import cache
from pathlib import Path

import pytest

from guardapi.config import Options, Profile
from guardapi.files import from_mapping, open_tree
from guardapi.pipeline import Report, scan_tree
from guardapi.rule import Rule, catalogue

AUDIT = Options(profile=Profile.AUDIT)
APP = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from {module} import orders
app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
app.register_blueprint(orders)
"""
ORDERS = """
import requests
import sqlite3
import time
from flask import Blueprint, request
orders = Blueprint("orders", __name__)
def fetched(url):
    return requests.get(url).text
@orders.post("/orders")
def add():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    return fetched(request.form["url"])
@orders.get("/export")
def export():
    time.sleep(int(request.args["n"]))
    with sqlite3.connect("shop.db") as database:
        return database.execute("SELECT * FROM orders").fetchall()
"""
DEPLOYED = {
    "gunicorn.conf.py": "workers = 4\ntimeout = 0\n",
    "requirements.txt": "flask==3.0.0\nflask-limiter==3.8.0\n",
}


def project(*, above: str = "", app: str = "shop.py", module: str = "orders") -> dict[str, str]:
    return {app: above + APP.format(module=module), f"{module}.py": above + ORDERS, **DEPLOYED}


def fingerprints(report: Report) -> list[str]:
    found = [finding.fingerprint for finding in (*report.findings, *report.hidden)]
    assert len(found) == len(set(found)) >= 6
    return sorted(found)


@cache
def expected() -> tuple[str, ...]:
    return tuple(fingerprints(scan_tree(from_mapping(project()), AUDIT)))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(project(above="\n" * 100), id="100 blank lines above"),
        pytest.param(project(module="checkout"), id="the file with the routes is renamed"),
        pytest.param(project(app="store.py"), id="the file with the application is renamed"),
        pytest.param(
            {name: text.replace("\n", "\r\n") for name, text in project().items()}, id="other line ends"
        ),
    ],
)
def test_fingerprints_stay(files: dict[str, str]) -> None:
    assert fingerprints(scan_tree(from_mapping(files), AUDIT)) == list(expected())


@pytest.mark.parametrize("folder", ["a", "some/where/else/b c"])
def test_absolute_path_does_not_matter(folder: str, tmp_path: Path) -> None:
    root = tmp_path / folder
    root.mkdir(parents=True)
    for name, text in project().items():
        (root / name).write_text(text)

    assert fingerprints(scan_tree(open_tree(root), AUDIT)) == list(expected())


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_findings_of_rule_stay(rule: Rule) -> None:
    for example in rule.vulnerable:
        moved = {
            path: "\n" * 100 + text if path.endswith(".py") else text
            for path, text in example.project.items()
        }
        reports = [scan_tree(from_mapping(files), AUDIT) for files in (example.project, moved)]
        before, after = ({finding.fingerprint for finding in report.findings} for report in reports)

        assert before == after, example.title


def test_another_endpoint_is_another_finding() -> None:
    files = project()
    files["orders.py"] = files["orders.py"].replace("def export", "def download")
    now = fingerprints(scan_tree(from_mapping(files), AUDIT))

    assert set(now) & set(expected())
    assert set(now) - set(expected())
