"""What stands around the routes: trusted proxies, bounds of requests, own servers, database engines."""

import importlib
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardapi.files import from_mapping
from guardapi.model import App
from guardapi.pipeline import inventory_tree

HEAD = "from flask import Flask, Request\n"
VIEW = "@app.get('/')\ndef index():\n    return 'shop'\n"
APP = f"{HEAD}app = Flask(__name__)\n"


def read(source: str, **others: str) -> App:
    files = {"shop.py": source, **{f"{name}.py": text for name, text in others.items()}}
    known = inventory_tree(from_mapping(files))
    assert known.problems == ()
    (app,) = known.apps
    return app


@settings(max_examples=25, deadline=None)
@given(
    layers=st.lists(st.integers(min_value=0, max_value=3), max_size=3),
    claimed=st.lists(st.sampled_from(["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"]), min_size=3, max_size=4),
)
def test_trust_agrees_with_werkzeug(layers: list[int], claimed: list[str]) -> None:
    """As many hops as we read decide which address the application sees."""
    wrapping = "".join(f"app.wsgi_app = ProxyFix(app.wsgi_app, x_for={hops})\n" for hops in layers)
    source = f"from werkzeug.middleware.proxy_fix import ProxyFix\nfrom flask import request\n{APP}{wrapping}"
    source += "@app.get('/')\ndef index():\n    return request.remote_addr\n"
    namespace: dict[str, object] = {"__name__": "shop"}
    exec(source, namespace)
    answer = namespace["app"].test_client().get("/", headers={"X-Forwarded-For": ",".join(claimed)})  # type: ignore[attr-defined]

    hops = read(source).proxy_trust.hops
    assert hops is not None
    assert answer.text == (claimed[-hops] if hops else "127.0.0.1")


@pytest.mark.parametrize(
    ("wrapping", "hops"),
    [
        ("", 0),
        ("from werkzeug.contrib.fixers import ProxyFix\napp.wsgi_app = ProxyFix(app.wsgi_app)\n", 1),
        (
            "from werkzeug.contrib.fixers import ProxyFix\napp.wsgi_app = ProxyFix(app.wsgi_app, num_proxies=2)\n",
            2,
        ),
        ("import whitenoise\napp.wsgi_app = whitenoise.WhiteNoise(app.wsgi_app)\n", None),
        ("def wrap():\n    app.wsgi_app = Later(app.wsgi_app)\n", None),
        ("# app.wsgi_app = ProxyFix(app.wsgi_app)\n", 0),
    ],
)
def test_trust_of_other_wrappers(wrapping: str, hops: int | None) -> None:
    assert read(f"{APP}{VIEW}{wrapping}").proxy_trust.hops == hops


@pytest.mark.parametrize(("names", "hops"), [("REMOTE_ADDR", None), ("HTTP_HOST", 1)])
def test_own_middleware_is_looked_through(names: str, hops: int | None) -> None:
    middleware = (
        "from werkzeug.middleware.proxy_fix import ProxyFix\n"
        "class Own:\n    def __init__(self, app):\n        self.app = app\n"
        f"    def __call__(self, environ, start):\n        environ['{names}'] = 'x'\n"
        "        return self.app(environ, start)\n"
    )
    wrapping = "app.wsgi_app = Own(ProxyFix(app.wsgi_app))\n"
    assert read(f"{middleware}{APP}{VIEW}{wrapping}").proxy_trust.hops == hops


@pytest.mark.parametrize(
    ("lines", "value", "known"),
    [
        ("", None, True),
        ("app.config['MAX_CONTENT_LENGTH'] = 5 * 1024\n", 5120, True),
        ("app.config.from_mapping(MAX_CONTENT_LENGTH=7)\n", 7, True),
        ("import os\napp.config['MAX_CONTENT_LENGTH'] = int(os.environ['SIZE'])\n", None, False),
        ("import other\napp.config['MAX_CONTENT_LENGTH'] = other.size()\n", None, False),
        ("class Own(Request):\n    max_content_length = 9\napp.request_class = Own\n", 9, True),
        ("class Own(Request):\n    @property\n    def max_content_length(self):\n        return 1\n"
         "app.request_class = Own\n", None, False),
        ("class Own(Request):\n    pass\napp.request_class = Own\n", None, True),
        ("import other\napp.request_class = other.Request\n", None, False),
        ("def main():\n    serve(app, max_request_body_size=9)\n", None, False),
        ("class Own:\n    def __init__(self, app):\n        self.app = app\n"
         "    def __call__(self, environ, start):\n        return environ['CONTENT_LENGTH']\n"
         "app.wsgi_app = Own(app.wsgi_app)\n", None, False),
    ],
)  # fmt: skip
def test_body_bound_is_read(lines: str, value: object, known: bool) -> None:
    bound = read(f"{APP}{lines}{VIEW}").request_bounds["max_content_length"]
    assert (bound.value, bound.known) == (value, known)


def test_class_attribute_of_application_counts() -> None:
    source = (
        f"{HEAD}class Own(Request):\n    max_form_parts = 3\n"
        f"class Shop(Flask):\n    request_class = Own\napp = Shop(__name__)\n{VIEW}"
    )
    bounds = read(source).request_bounds
    assert (bounds["max_form_parts"].key, bounds["max_form_parts"].value) == ("Own.max_form_parts", 3)
    assert bounds["max_form_memory_size"].value == 500_000


def test_defaults_agree_with_flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain_shop.py").write_text(f"{APP}{VIEW}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    real = importlib.import_module("plain_shop").app.config
    sys.modules.pop("plain_shop")

    bounds = read(f"{APP}{VIEW}").request_bounds
    assert {bound.key: bound.value for bound in bounds.values()} == {
        key: real[key] for key in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE", "MAX_FORM_PARTS")
    }


def test_names_of_application_are_collected() -> None:
    factory = "def create_app():\n    app = Flask(__name__)\n    app.get('/')(str)\n    return app\n"
    app = read(f"{HEAD}{factory}", wsgi="from shop import create_app\napplication = create_app()\n")
    assert app.served_as == ("shop:create_app", "wsgi:application")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("app.run()", ("app.run", True, "127.0.0.1", False)),
        ("app.run('0.0.0.0', 80, True)", ("app.run", True, "0.0.0.0", True)),
        ("app.run(host=HOST, debug=DEBUG)", ("app.run", True, None, None)),
    ],
)
def test_own_server_is_read(block: str, expected: tuple[object, ...]) -> None:
    unknown = "import other\nHOST = other.host()\nDEBUG = other.debug()\n"
    (server,) = read(f"{unknown}{APP}{VIEW}if __name__ == '__main__':\n    {block}\n").own_servers
    assert (server.name, server.is_guarded, server.host, server.debug) == expected


def test_main_block_changes_nothing_else() -> None:
    block = "if __name__ == '__main__':\n    app.config['MAX_CONTENT_LENGTH'] = 1\n    app.run()\n"
    app = read(f"{APP}{VIEW}{block}")
    assert app.request_bounds["max_content_length"].value is None
    assert app.settings["MAX_CONTENT_LENGTH"].value is None


def test_function_of_nobody_starts_nothing() -> None:
    assert read(f"{APP}{VIEW}def main():\n    app.run()\n").own_servers == ()
    (server,) = read(
        f"{APP}{VIEW}def main():\n    app.run()\nif __name__ == '__main__':\n    main()\n"
    ).own_servers
    assert server.place.line == 7


def test_engines_are_collected() -> None:
    source = (
        "import sqlalchemy as sa\nfrom sqlalchemy.pool import NullPool\nfrom flask_sqlalchemy import SQLAlchemy\n"
        "db = SQLAlchemy(engine_options={'pool_size': 0})\n"
        f"engine = sa.create_engine('postgresql://a', poolclass=NullPool, **extra())\n{APP}{VIEW}"
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'mysql://b'\n"
        "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'max_overflow': -1, 'pool_timeout': unknown()}\n"
        "def migrate():\n    sa.create_engine('postgresql://c')\nmigrate()\n"
    )
    found = [(e.key, e.url, dict(e.options), e.is_open, e.is_local) for e in read(source).engines]
    assert found == [
        ("SQLALCHEMY_ENGINE_OPTIONS", "mysql://b", {"max_overflow": -1}, False, False),
        (None, "mysql://b", {"pool_size": 0}, False, False),
        (None, "postgresql://a", {"poolclass": "NullPool"}, True, False),
        (None, "postgresql://c", {}, False, True),
    ]
