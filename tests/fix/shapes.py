"""Small applications without a limiter, each of another shape, and how to start and ask them."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Asked = tuple[str, str]
"""A method and a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An application of one shape."""

    files: Mapping[str, str]
    """As written here, indented."""
    start: str = "app:app"
    """`module:application`, or `module:factory()`."""
    flood: Asked = ("GET", "/orders")
    admitted: int = 50
    """How many of these one caller may send within a minute once it is fixed."""
    ordinary: tuple[Asked, ...] = (("GET", "/orders"), ("GET", "/missing"))
    free: Asked | None = None
    """What is never refused."""
    body: Mapping[str, str] = field(default_factory=dict)
    """The form of the flood."""

    @property
    def project(self) -> dict[str, str]:
        """The files without the indentation."""
        return {path: textwrap.dedent(text).lstrip("\n") for path, text in self.files.items()}


LOGIN: Final = """\
            from flask import Blueprint, abort, request
            from werkzeug.security import check_password_hash

            bp = Blueprint("accounts", __name__, url_prefix="/accounts")
            HASHES = {"ada": "pbkdf2:sha256:1$salt$0000"}


            @bp.post("/login")
            def login():
                known = HASHES.get(request.form["name"])
                if known is None or not check_password_hash(known, request.form["password"]):
                    abort(401)
                return "welcome"
"""
ORDERS: Final = """\
            import sqlite3

            from flask import Blueprint, jsonify

            bp = Blueprint("orders", __name__)


            @bp.get("/orders")
            def orders():
                with sqlite3.connect(":memory:") as database:
                    return jsonify(database.execute("SELECT 1").fetchall())
"""
WRONG: Final = {"name": "ada", "password": "guess"}
LOGIN_FLOOD: Final = ("POST", "/accounts/login")
SHAPES: Final = {
    "one file": Shape(
        files={
            "requirements.txt": "Flask>=3.0\ngunicorn>=23\n",
            "app.py": """
            import sqlite3

            from flask import Flask, jsonify

            app = Flask(__name__)
            app.config["MAX_CONTENT_LENGTH"] = 100_000


            @app.get("/healthz")
            def healthz():
                return "ok"


            @app.get("/orders")
            def orders():
                with sqlite3.connect(":memory:") as database:
                    return jsonify(database.execute("SELECT 1").fetchall())
            """,
        },
        free=("GET", "/healthz"),
    ),
    "errors as JSON": Shape(
        files={
            "app.py": """
            from flask import Flask, abort, jsonify, request
            from werkzeug.security import check_password_hash

            app = Flask(__name__)
            HASHES = {'ada': 'pbkdf2:sha256:1$salt$0000'}


            @app.errorhandler(404)
            def not_found(error):
                return jsonify({'error': 'Not Found', 'code': 404}), 404


            @app.route('/accounts/login', methods=['GET', 'POST'])
            def login():
                if request.method == 'GET':
                    return '<form method=post></form>'
                known = HASHES.get(request.form['name'])
                if known is None or not check_password_hash(known, request.form['password']):
                    abort(401)
                return 'welcome'
            """,
        },
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
        ordinary=(("GET", "/accounts/login"), ("GET", "/missing")),
        free=("GET", "/static/missing.css"),
    ),
    "factory of a package": Shape(
        files={
            "pyproject.toml": """
            [project]
            name = "shop"
            dependencies = [
                "flask>=3.0",
                "gunicorn",
            ]
            """,
            "shop/__init__.py": """
            from flask import Flask

            from shop import accounts, orders


            def create_app(settings=None):
                app = Flask(__name__)
                app.config["MAX_CONTENT_LENGTH"] = 100_000
                if settings is not None:
                    app.config.update(settings)
                app.register_blueprint(accounts.bp)
                app.register_blueprint(orders.bp)
                return app
            """,
            "shop/accounts.py": LOGIN,
            "shop/orders.py": ORDERS,
        },
        start="shop:create_app()",
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
    ),
    "module of extensions": Shape(
        files={
            "Pipfile": """
            [packages]
            flask = "*"
            flask-mail = "*"
            """,
            "shop/__init__.py": "",
            "shop/app.py": """
            from flask import Flask

            from .accounts import bp as accounts
            from .extensions import mail
            from .orders import bp as orders


            def create_app():
                app = Flask(__name__)
                register_extensions(app)
                app.register_blueprint(accounts)
                app.register_blueprint(orders)
                return app


            def register_extensions(app):
                mail.init_app(app)
            """,
            "shop/extensions.py": '''
            """Extensions, bound by the factory."""

            from flask_mail import Mail

            mail = Mail()
            ''',
            "shop/accounts.py": LOGIN,
            "shop/orders.py": ORDERS,
        },
        start="shop.app:create_app()",
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
    ),
    "views that import the application": Shape(
        files={
            "setup.cfg": """
            [metadata]
            name = shop

            [options]
            packages = shop
            install_requires =
                flask
                werkzeug
            """,
            "shop/__init__.py": """
            from flask import Flask

            app = Flask(__name__)
            app.config["MAX_CONTENT_LENGTH"] = 100_000

            from shop import views  # noqa: E402
            """,
            "shop/views.py": """
            from flask import abort, request
            from werkzeug.security import check_password_hash

            from shop import app

            HASHES = {"ada": "pbkdf2:sha256:1$salt$0000"}


            @app.post("/accounts/login")
            def login():
                known = HASHES.get(request.form["name"])
                if known is None or not check_password_hash(known, request.form["password"]):
                    abort(401)
                return "welcome"


            @app.get("/orders")
            def orders():
                return "none"
            """,
        },
        start="shop:app",
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
    ),
    "factory in a class": Shape(
        files={
            "setup.py": """
            from setuptools import setup

            setup(
                name="shop",
                py_modules=["app"],
                install_requires=[
                    "flask>=3",
                    "requests"
                ],
            )
            """,
            "app.py": """
            import sqlite3

            from flask import Flask


            class Shop:
                def __init__(self, name):
                    self.app = Flask(name)
                    self.app.config["MAX_CONTENT_LENGTH"] = 100_000
                    self.app.add_url_rule("/orders", view_func=self.orders, methods=["GET", "POST"])

                def orders(self):
                    with sqlite3.connect(":memory:") as database:
                        return str(database.execute("SELECT 1").fetchall())


            app = Shop("shop").app
            """,
        },
    ),
    "views within the factory": Shape(
        files={
            "requirements/base.in": "flask\nredis\n",
            "requirements/base.txt": "# This file is autogenerated by pip-compile\nflask==3.1.3\nredis==5.2.1\n",
            "app.py": '''
            """A shop in one factory."""

            import time

            from flask import Flask, abort, request
            from werkzeug.security import check_password_hash

            HASHES = {"ada": "pbkdf2:sha256:1$salt$0000"}


            def create_app():
                """Build it."""
                app = Flask(__name__)

                @app.get("/ready")
                def ready():
                    return "ready"

                @app.post("/accounts/login")
                def login():
                    known = HASHES.get(request.form["name"])
                    if known is None or not check_password_hash(known, request.form["password"]):
                        abort(401)
                    return "welcome"

                @app.errorhandler(401)
                def unauthorized(error):
                    return {"message": "who are you?"}, 401

                return app
            ''',
        },
        start="app:create_app()",
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
        ordinary=(("GET", "/ready"), ("GET", "/missing")),
        free=("GET", "/ready"),
    ),
    "classes of views": Shape(
        files={
            "requirements.txt": "flask==3.1.3\n",
            "app.py": """
            import subprocess

            from flask import Flask
            from flask.views import MethodView

            app = Flask(__name__)


            class Report(MethodView):
                def get(self):
                    return "no report"

                def post(self):
                    return subprocess.run(["true"], check=False, timeout=5).args[0]


            app.add_url_rule("/report", view_func=Report.as_view("report"))
            """,
        },
        flood=("POST", "/report"),
        admitted=10,
        ordinary=(("GET", "/report"), ("GET", "/missing")),
    ),
    "src layout with relative imports": Shape(
        files={
            "pyproject.toml": """
            [tool.poetry]
            name = "shop"

            [tool.poetry.dependencies]
            python = "^3.11"
            flask = "^3.0"
            """,
            "src/shop/__init__.py": """
            from .factory import create_app

            __all__ = ["create_app"]
            """,
            "src/shop/factory.py": """
            from flask import Flask


            def create_app() -> Flask:
                app = Flask(__name__)
                app.config.from_prefixed_env()
                from .api import orders
                from .api.accounts import bp

                app.register_blueprint(bp)
                app.register_blueprint(orders.bp)
                return app
            """,
            "src/shop/api/__init__.py": "",
            "src/shop/api/accounts.py": LOGIN,
            "src/shop/api/orders.py": ORDERS,
        },
        start="shop:create_app()",
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
    ),
    "resources of an API": Shape(
        files={
            "requirements.txt": "Flask-RESTful==0.3.10\nFlask==3.1.3\n",
            "app.py": """
            import subprocess

            from flask import Flask
            from flask_restful import Api, Resource

            app = Flask(__name__)
            api = Api(app)


            class Report(Resource):
                def post(self):
                    return {"report": subprocess.run(["true"], check=False, timeout=5).returncode}


            class Orders(Resource):
                def get(self):
                    return []


            api.add_resource(Report, "/report")
            api.add_resource(Orders, "/orders")
            """,
        },
        flood=("POST", "/report"),
        admitted=10,
    ),
    "behind nginx": Shape(
        files={
            "compose.yaml": """
            services:
              web:
                build: .
                command: gunicorn --workers 4 --bind 0.0.0.0:8000 app:app
                expose: ["8000"]
              proxy:
                image: nginx:1.27
                ports: ["80:80"]
            """,
            "nginx.conf": """
            server {
                listen 80;

                location / {
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_pass http://web:8000;
                }
            }
            """,
            "requirements.txt": "flask\ngunicorn\n",
            "app.py": """
            import sqlite3

            from flask import Flask

            app = Flask(__name__)
            app.config.update(MAX_CONTENT_LENGTH=100_000)


            @app.get("/orders")
            def orders():
                with sqlite3.connect(":memory:") as database:
                    return str(database.execute("SELECT 1").fetchall())
            """,
        },
    ),
    "registering decorators of its own": Shape(
        files={
            "requirements.txt": "flask\n",
            "app.py": """
            import subprocess

            from flask import Flask

            app = Flask(__name__)


            def call(name):
                def registered(function):
                    app.add_url_rule(f"/{name}", function.__name__, function, methods=["POST"])
                    app.add_url_rule(f"/{name}.view", f"{function.__name__}_view", function, methods=["POST"])
                    return function

                return registered


            @call("scrobble")
            def scrobble():
                return str(subprocess.run(["true"], check=False, timeout=5).returncode)
            """,
        },
        flood=("POST", "/scrobble"),
        admitted=10,
        ordinary=(("POST", "/scrobble"), ("GET", "/scrobble")),
    ),
    "a file for each part": Shape(
        files={
            "requirements.txt": "flask>=3\nflask-mail\n",
            "extensions.py": "import json\n\n\ndef dumps(value):\n    return json.dumps(value)\n",
            "accounts.py": LOGIN,
            "orders.py": ORDERS,
            "app.py": """
            from flask import Flask

            import accounts
            from orders import bp as orders

            app = Flask(__name__)
            for bp in (accounts.bp, orders):
                app.register_blueprint(bp)
            """,
        },
        flood=LOGIN_FLOOD,
        body=WRONG,
        admitted=5,
    ),
}
