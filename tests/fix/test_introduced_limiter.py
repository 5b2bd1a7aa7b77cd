"""A limiter for an application without one: the whole set-up, in the shape of the project."""

import textwrap

import pytest
from introducing import introduced, introduced_in, scan
from shapes import SHAPES

from guardapi.files import from_mapping
from guardapi.model import App
from guardapi.rank import exposures

LIMITER = """\
limiter = Limiter(
    get_remote_address,
    default_limits=["200 per hour", "50 per minute"],
    storage_uri=os.environ.get("RATELIMIT_STORAGE_URI", "memory://"),
    storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    in_memory_fallback_enabled=True,
)
"""
ABOUT_LIMITS = ("GA1", "GA2", "GA3", "GA4")


def written(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def with_files(**files: str) -> dict[str, str]:
    """Files by name, `__` for a slash or a dot."""
    return {name.replace("__", "/").replace("_py", ".py"): written(text) for name, text in files.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_catalogue_is_silent_about_the_limiter(name: str) -> None:
    made = introduced_in(name)
    report = scan(from_mapping(made.files))

    shown = [
        finding
        for finding in report.findings
        if finding.rule.startswith(ABOUT_LIMITS) and not finding.is_advisory
    ]
    assert made.left == ()
    assert shown == []
    [app] = report.inventory.apps
    assert [limiter.bound for limiter in app.limiters] == [True]
    assert exposures(app, report.inventory.deployment) == ()


@pytest.mark.parametrize("name", SHAPES)
def test_routes_differ_in_limits_only(name: str) -> None:
    before = scan(from_mapping(SHAPES[name].project)).inventory.apps
    after = scan(from_mapping(introduced_in(name).files)).inventory.apps

    def routes(apps: tuple[App, ...]) -> list[tuple[object, ...]]:
        return [
            (app.id, r.rule, r.methods, r.endpoint, r.blueprint, r.view.name)
            for app in apps
            for r in app.routes
        ]

    assert routes(after) == routes(before)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("one file", ["app.py", "requirements.txt"]),
        (
            "factory of a package",
            ["pyproject.toml", "shop/__init__.py", "shop/accounts.py", "shop/extensions.py"],
        ),
        ("module of extensions", ["Pipfile", "shop/accounts.py", "shop/app.py", "shop/extensions.py"]),
        ("views that import the application", ["setup.cfg", "shop/__init__.py", "shop/views.py"]),
        ("factory in a class", ["app.py", "setup.py"]),
        ("views within the factory", ["app.py", "requirements/base.in"]),
        ("a file for each part", ["accounts.py", "app.py", "limiter.py", "requirements.txt"]),
    ],
)
def test_limiter_stands_where_the_project_has_such(name: str, changed: list[str]) -> None:
    assert list(introduced_in(name).changed) == changed


def test_one_file_has_it_beside_the_application() -> None:
    after = introduced_in("one file").files["app.py"]

    limiter = LIMITER.replace("address,\n", "address,\n    app=app,\n", 1)
    assert f'app.config["MAX_CONTENT_LENGTH"] = 100_000\n{limiter}\n\n@app.get' in after
    assert '@app.get("/healthz")\n@limiter.exempt\ndef healthz' in after


def test_new_module_holds_nothing_else() -> None:
    after = introduced_in("factory of a package").files["shop/extensions.py"]

    imports = "from flask_limiter import Limiter\nfrom flask_limiter.util import get_remote_address\n"
    assert after == f"import os\n\n{imports}\n{LIMITER}"


def test_factory_binds_it_behind_its_settings() -> None:
    after = introduced_in("factory of a package").files["shop/__init__.py"]

    assert (
        "        app.config.update(settings)\n    limiter.init_app(app)\n    app.register_blueprint(" in after
    )


def test_factory_binds_it_beside_other_extensions() -> None:
    after = introduced_in("module of extensions").files

    assert "    mail.init_app(app)\n    limiter.init_app(app)\n" in after["shop/app.py"]
    assert f"mail = Mail()\n{LIMITER}" in after["shop/extensions.py"]


def test_settings_made_later_come_first() -> None:
    after = introduced(
        with_files(
            app_py="""
            from flask import Flask
            from flask_mail import Mail

            import settings

            mail = Mail()


            def create_app(overrides=None):
                app = Flask(__name__)
                settings.init_app(app)
                app.config.update(overrides or {})
                mail.init_app(app)
                app.add_url_rule("/", "index", lambda: open("index.html").read())
                return app
            """,
            settings_py="""
            def init_app(app):
                app.config["MAX_CONTENT_LENGTH"] = 100_000
            """,
        )
    ).files["app.py"]

    assert "    mail.init_app(app)\n    limiter.init_app(app)\n" in after


def test_limiter_comes_before_other_hooks() -> None:
    after = introduced(
        with_files(
            app_py="""
            from flask import Flask
            from flask_mail import Mail

            mail = Mail()


            def create_app():
                app = Flask(__name__)
                app.config["MAX_CONTENT_LENGTH"] = 100_000
                app.before_request(count_visit)
                mail.init_app(app)
                app.add_url_rule("/", "index", lambda: open("index.html").read())
                return app


            def count_visit():
                with open("visits", "a") as visits:
                    visits.write(".")
            """
        )
    ).files["app.py"]

    assert (
        '    app.config["MAX_CONTENT_LENGTH"] = 100_000\n    limiter.init_app(app)\n    app.before_request('
        in after
    )


def test_wrapper_hands_over_the_application_it_holds() -> None:
    text = HANDLED.replace("app = Flask(__name__)", "app = connexion.FlaskApp(__name__)").replace(
        "ANSWER", "'', 404"
    )
    text = text.replace("@app.", "@app.app.").replace(
        "    from flask", "    import connexion\n    from flask", 1
    )

    after = introduced(with_files(app_py=text)).files["app.py"]

    assert (
        "app = connexion.FlaskApp(__name__)\nlimiter = Limiter(\n    get_remote_address,\n    app=app.app,\n"
        in after
    )


SIGNED_IN = """
    from flask import Flask, request
    from flask_login import LoginManager, login_required

    app = Flask(__name__)
    login_manager = LoginManager(app)


    @app.get("/orders")
    @login_required
    def orders():
        with open("orders.txt") as file:
            return file.read()
"""


def test_accounts_are_told_apart_where_they_sign_in() -> None:
    made = introduced(with_files(app_py=SIGNED_IN))

    assert (
        'return f"account:{current_user.get_id()}"\n    return get_remote_address()\n' in made.files["app.py"]
    )
    assert "limiter = Limiter(\n    account_or_address,\n" in made.files["app.py"]
    assert "from flask_login import LoginManager, current_user, login_required" in made.files["app.py"]
    assert made.left == ()


def test_address_counts_where_sign_in_is_an_option() -> None:
    text = SIGNED_IN.replace("login_manager = LoginManager(app)", "if app.debug:\n        LoginManager(app)")

    made = introduced(with_files(app_py=text))

    assert "limiter = Limiter(\n    get_remote_address,\n" in made.files["app.py"]


def test_module_of_the_database_is_left_to_it() -> None:
    files = {**SHAPES["module of extensions"].project}
    files["shop/mail.py"] = files.pop("shop/extensions.py")
    files["shop/app.py"] = files["shop/app.py"].replace("from .extensions import", "from .mail import")

    made = introduced(files)

    assert "shop/extensions.py" in made.changed
    assert "shop/mail.py" not in made.changed


def test_address_counts_where_asking_for_the_account_may_refuse() -> None:
    loader = "\n\n    @login_manager.request_loader\n    def load(request):\n        return None\n"

    made = introduced(
        with_files(app_py=SIGNED_IN.replace("LoginManager(app)\n", f"LoginManager(app)\n{loader}"))
    )

    assert "limiter = Limiter(\n    get_remote_address,\n" in made.files["app.py"]


def test_tokens_tell_accounts_apart() -> None:
    made = introduced(
        with_files(
            app_py="""
            from flask import Flask
            from flask_jwt_extended import JWTManager, jwt_required

            app = Flask(__name__)
            JWTManager(app)


            @app.get("/orders")
            @jwt_required()
            def orders() -> str:
                with open("orders.txt") as file:
                    return file.read()
            """
        )
    )

    assert made.left == ()
    assert (
        "def account_or_address() -> str:\n    try:\n        verify_jwt_in_request(optional=True)\n"
        in made.files["app.py"]
    )
    assert (
        "    except (JWTExtendedException, PyJWTError):\n        return get_remote_address()\n"
        in made.files["app.py"]
    )


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("jsonify(error='not found'), 404", "jsonify(error='too many requests'), 429"),
        ("{'code': 'NOT_FOUND'}, 404", "{'code': 'TOO_MANY_REQUESTS'}, 429"),
        (
            "jsonify({'status': 404, 'message': str(error)}), 404",
            "jsonify({'status': 429, 'message': str(error)}), 429",
        ),
        ("make_response('Not found.', 404)", "make_response('Too many requests.', 429)"),
    ],
)
def test_refusals_are_worded_as_other_errors(answer: str, refusal: str) -> None:
    made = introduced(with_files(app_py=HANDLED.replace("ANSWER", answer)))

    assert (
        f"@app.errorhandler(429)\ndef too_many_requests(error):\n    return {refusal}\n"
        in made.files["app.py"]
    )


HANDLED = """
    from flask import Flask, jsonify, make_response, render_template, request

    app = Flask(__name__)


    @app.errorhandler(404)
    def not_found(error):
        return ANSWER


    @app.get("/orders")
    def orders():
        with open("orders.txt") as file:
            return file.read()
"""


@pytest.mark.parametrize(
    "answer",
    ["render_template('404.html'), 404", "f'{request.path} is missing', 404", "'see https://docs', 404"],
)
def test_pages_of_other_errors_are_not_imitated(answer: str) -> None:
    assert "429" not in introduced(with_files(app_py=HANDLED.replace("ANSWER", answer))).files["app.py"]


def test_handler_of_all_errors_needs_no_other() -> None:
    text = HANDLED.replace("404)\n", "HTTPException)\n").replace(
        "ANSWER", "jsonify(error=error.name), error.code"
    )
    text = text.replace("    app =", "    from werkzeug.exceptions import HTTPException\n\n    app =")

    assert "429" not in introduced(with_files(app_py=text)).files["app.py"]


def test_refusals_are_kept_from_the_handler_of_failures() -> None:
    text = HANDLED.replace("404)\n", "Exception)\n", 1).replace("ANSWER", "redirect('/sorry')")
    text = text.replace("make_response,", "make_response, redirect,")

    made = introduced(with_files(app_py=text))

    assert made.left == ()
    assert "@app.errorhandler(429)\ndef too_many_requests(error):\n    return error\n" in made.files["app.py"]


def test_registered_handler_is_registered_alike() -> None:
    text = HANDLED.replace("    @app.errorhandler(404)\n", "").replace(
        "ANSWER", "jsonify(error='not found'), 404"
    )
    text += "\n\n    app.register_error_handler(404, not_found)\n"

    after = introduced(with_files(app_py=text)).files["app.py"]

    assert (
        "app.register_error_handler(404, not_found)\napp.register_error_handler(429, too_many_requests)\n"
        in after
    )


def test_memcached_is_used_where_the_project_does() -> None:
    files = with_files(app_py=HANDLED.replace("ANSWER", "'', 404")) | {
        "requirements.txt": "flask\npymemcache\n"
    }

    made = introduced(files)

    assert made.files["requirements.txt"] == "flask\nflask-limiter[memcached]\npymemcache\n"
    assert 'storage_options={"timeout": 0.5, "connect_timeout": 0.5}' in made.files["app.py"].replace(
        "'", '"'
    )


@pytest.mark.parametrize("name", ["one file", "behind nginx"])
def test_store_is_shared_where_several_processes_run(name: str) -> None:
    made = introduced_in(name)

    assert ('"redis://localhost:6379/0"' in made.files["app.py"]) is (name == "behind nginx")
    assert any("RATELIMIT_STORAGE_URI" in note for note in made.notes)


def test_proxy_is_trusted_only_where_files_show_it() -> None:
    assert "ProxyFix(app.wsgi_app, x_for=1)" in introduced_in("behind nginx").files["app.py"]
    assert any(
        "nginx stands in front (compose.yaml:7)" in note for note in introduced_in("behind nginx").notes
    )
    assert "ProxyFix" not in introduced_in("one file").files["app.py"]


def test_port_beside_the_proxy_has_to_go_first() -> None:
    files = {**SHAPES["behind nginx"].project}
    files["compose.yaml"] = files["compose.yaml"].replace('expose: ["8000"]', 'ports: ["8000:8000"]')

    made = introduced(files)

    assert made.changed == ()
    assert made.left == (
        "port 8000:8000 of web is published beside nginx, so which address is the caller's has to be settled first",
    )


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("app = CORS(Flask(__name__))", "the application is not given a name by the statement that makes it"),
        ("apps = [Flask(__name__)]\n    app = apps[0]", "the application is not given a name"),
    ],
)
def test_other_ways_to_make_it_are_left(statement: str, why: str) -> None:
    text = HANDLED.replace("app = Flask(__name__)", statement).replace("ANSWER", "'', 404")
    text = text.replace(
        "    from flask import", "    def CORS(app):\n        return app\n\n\n    from flask import", 1
    )

    made = introduced(with_files(app_py=text))

    assert made.changed == ()
    assert [why in reason for reason in made.left] == [True]


def test_reasons_name_the_numbers() -> None:
    notes = introduced_in("factory of a package").notes

    assert any(note.startswith("`POST /accounts/login` is limited to 5 per minute: ") for note in notes)
