"""`guardapi prove`: what it takes, and how it ends."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from guardapi.cli import proving
from guardapi.cli.group import guardapi
from guardapi.prove.exchange import Answer
from guardapi.prove.plans import Plan

SHOP = """
from flask import Flask, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def create_app(name="shop"):
    app = Flask(name)
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")

    @app.get("/search")
    @limiter.limit("3 per minute")
    def search():
        if request.headers.get("Authorization") != "Bearer x":
            abort(401)
        return "found"

    return app
"""
SCHEMA = json.loads(Path(__file__, "../../../docs/schemas/verdicts-1.json").resolve().read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(guardapi, ["prove", *arguments])


class Refusing:
    """Stands for a running application with a limit for each client and minute."""

    facts = ("a store in memory",)

    def __init__(self, admits: int) -> None:
        self.admits = admits

    def __enter__(self) -> "Refusing":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        now, served = 0.0, list[tuple[str, float]]()
        for exchange in plan.exchanges:
            now += exchange.pause
            client = exchange.sent[0].client
            recent = [who for who, when in served if who == client and when > now - 60]
            if len(recent) >= self.admits:
                yield (Answer(status=429),)
                continue
            served.append((client, now))
            yield (Answer(status=200),)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def by(admits: int) -> None:
        monkeypatch.setattr(proving, "opened", lambda _launch: Refusing(admits))

    return by


@pytest.mark.parametrize("target", [".", "shop:create_app", "shop:create_app('x')"])
def test_limits_are_proved_end_to_end(folder: Path, target: str) -> None:
    """The application is started, asked, and ended."""
    result = run(target, "--header", "Authorization: Bearer x", "--format", "json", "--gate")
    written = json.loads(result.stdout)

    jsonschema.validate(written, SCHEMA)
    assert result.exit_code == 0
    assert {(one["way"], one["verdict"]) for one in written["verdicts"]} == {
        *(("limit", "proved"), ("reset", "proved"), ("identity", "proved")),
    }
    assert sorted(path.name for path in folder.iterdir()) == ["shop.py"]


@pytest.mark.parametrize(
    ("options", "status"), [(("--gate",), 0), (("--gate-bypasses",), 1), (("--gate", "--gate-bypasses"), 1)]
)
def test_gate_fails_for_what_is_stated(
    folder: Path, answered: Callable[[int], None], options: tuple[str, ...], status: int
) -> None:
    """A limit for each address holds, though one IPv6 network has many."""
    answered(3)

    result = run(".", "--bypasses", *options)

    held, around = result.stdout.split("Ways around them\n")
    assert "refuted" not in held
    assert "refuted       the addresses of one IPv6 network share a count on GET /search" in around
    assert result.exit_code == status


def test_recipe_says_what_starts_it(folder: Path) -> None:
    """A factory that takes arguments, and a function beside it that knows them; its token is taken from a login."""
    needs = (
        SHOP.replace('name="shop"', "name, key").replace("Bearer x", "Bearer {key}").replace('!= "', '!= f"')
    )
    login = '@app.post("/login")\n    def login():\n        return {"token": key}\n\n    return app'
    (folder / "shop.py").write_text(needs.replace("return app", login))
    refused = run(".", "--route", "/search")
    (folder / "starting.py").write_text(
        "def make():\n    import shop\n    return shop.create_app('shop', 'abc')\n"
    )
    (folder / "prove.toml").write_text('start = "starting:make"\n[login]\npath = "/login"\ntoken = "token"\n')
    started = run(".", "--route", "/search", "--format", "json", "--gate")

    assert refused.exit_code == 2
    assert "makes an application from what it is given (name, key)" in refused.stderr
    assert started.exit_code == 0, started.stderr
    assert {one["verdict"] for one in json.loads(started.stdout)["verdicts"]} == {"proved"}


def test_dry_run_starts_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "opened", None)
    result = run(".", "--dry-run")

    assert result.exit_code == 0
    assert "GET /search is refused after 3 requests in 1 minute (limit, 4 requests)" in result.stdout
    assert "4 x GET /search" in result.stdout
    assert "Nothing was sent." in result.stdout


def test_dry_run_hides_secrets(folder: Path) -> None:
    shown = run(".", "--dry-run", "--header", "Authorization: Bearer x", "--cookie", "a=secret").stdout

    assert "Authorization: ..." in shown
    assert "Bearer" not in shown
    assert "secret" not in shown


def test_gate_fails_for_broken_limit(folder: Path, answered: Callable[[int], None]) -> None:
    """And for nothing else: without it what was asked for was done."""
    answered(100)

    assert run(".").exit_code == 0
    broken = run(".", "--gate")
    assert broken.exit_code == 1
    assert "refuted       GET /search is refused after 3 requests in 1 minute" in broken.stdout
    answered(3)
    assert run(".", "--gate").exit_code == 0


def test_verdicts_go_to_a_file(folder: Path, answered: Callable[[int], None]) -> None:
    answered(3)
    result = run(".", "--output", "verdicts.json")

    assert "Limits: 3 proved." in result.stdout
    assert json.loads((folder / "verdicts.json").read_text())["summary"]["limits_refuted"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no folder, and not of the form module:app"),
        (["other:app"], "no application 'other:app' here; found: shop:create_app"),
        ([".", "--route", "/none"], "no route '/none'"),
        ([".", "--header", "x"], "not of the form NAME:VALUE"),
        ([".", "--workers", "2"], "go with --mode served"),
        ([".", "--python", "nothing"], "no interpreter"),
        ([".", "--url", "http://192.0.2.1:80"], "loopback"),
        ([".", "--recipe", "none.toml"], "none.toml cannot be read"),
        ([".", "--max-requests", "0"], "max-requests"),
    ],
)
def test_wrong_usage_is_told(folder: Path, arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_application_that_does_not_start(folder: Path) -> None:
    """Its last words are shown, line by line."""
    (folder / "shop.py").write_text(SHOP.replace("app = Flask(name)", "app = Flask(name); app.nothing()"))
    result = run(".")

    assert result.exit_code == 2
    assert "does not start" in result.stderr
    assert "\\n" not in result.stderr


def test_recipe_beside_the_target_counts(folder: Path) -> None:
    (folder / "prove.toml").write_text('max-requests = 3\n[headers]\nAuthorization = "Bearer x"\n')
    result = run(".", "--dry-run")

    assert "limit, 0 requests" in result.stdout
