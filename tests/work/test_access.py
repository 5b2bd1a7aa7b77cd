"""Who may call a route, recognised by what guards it does."""

import pytest
from reading import work_of

from guardapi.sink import Access, Audience


def access(source: str, route: str = "GET /x") -> Access:
    return work_of(source, route).access


def test_nothing_asks_by_default() -> None:
    found = access("""
        @app.get("/x")
        def x():
            return "x"
    """)

    assert (found.audience, found.reason) == (Audience.ANYONE, "nothing asks who calls")


@pytest.mark.parametrize(
    ("imported", "decorator"),
    [
        ("from flask_login import login_required", "login_required"),
        ("from flask_login import login_required as guard", "guard"),
        ("from flask_jwt_extended import jwt_required", "jwt_required()"),
        ("from flask_httpauth import HTTPBasicAuth\nauth = HTTPBasicAuth()", "auth.login_required"),
        ("from flask_security import auth_required", 'auth_required("token")'),
        ("from company_sso import requires_login", "requires_login"),
    ],
)
def test_decorator_of_library_guards(imported: str, decorator: str) -> None:
    found = access(f"{imported}\n@app.get('/x')\n@{decorator}\ndef x():\n    return 'x'\n")

    assert found.audience is Audience.ACCOUNT


@pytest.mark.parametrize("inner", ["swag_from('x.yml')", "traced"])
def test_guard_above_other_decorators(inner: str) -> None:
    found = access(f"""
        from functools import wraps
        from flask.views import MethodView
        from flask_jwt_extended import jwt_required
        from flasgger import swag_from

        def traced(function):
            @wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs)
            return inner

        class X(MethodView):
            @jwt_required()
            @{inner}
            def get(self):
                return "x"

        app.add_url_rule("/x", view_func=X.as_view("x"))
    """)

    assert found.audience is Audience.ACCOUNT


@pytest.mark.parametrize(
    ("decorator", "audience"),
    [
        ("auth_required()", Audience.ACCOUNT),
        ("auth_token_required", Audience.ACCOUNT),
        ("roles_required('editor')", Audience.STAFF),
        ("anonymous_user_required", Audience.ANYONE),
        ("handle_csrf('token')", Audience.ANYONE),
    ],
)
def test_guard_below_project_decorator(decorator: str, audience: Audience) -> None:
    found = access(f"""
        from functools import wraps
        from flask_security import (
            anonymous_user_required, auth_required, auth_token_required, handle_csrf, roles_required
        )

        def second_factor(function):
            @wraps(function)
            @{decorator}
            def inner(*args, **kwargs):
                return function(*args, **kwargs)
            return inner

        @app.get("/x")
        @second_factor
        def x():
            return "x"
    """)

    assert found.audience is audience


def test_decorators_of_classful_view() -> None:
    found = access("""
        from flask_classful import FlaskView
        from flask_security import auth_required

        class XView(FlaskView):
            route_base = "/x"
            trailing_slash = False
            decorators = [auth_required()]

            def index(self):
                return "x"

        XView.register(app)
    """)

    assert found.audience is Audience.ACCOUNT


@pytest.mark.parametrize(
    ("asks", "audience"),
    [
        ("current_user.is_authenticated", Audience.ACCOUNT),
        ("current_user.is_authenticated and current_user.admin", Audience.STAFF),
        ("True", Audience.ANYONE),
    ],
)
def test_admin_view_that_asks(asks: str, audience: Audience) -> None:
    found = access(
        f"""
        from flask_admin import Admin, BaseView, expose
        from flask_login import current_user

        class Figures(BaseView):
            def is_accessible(self):
                return {asks}

            @expose("/")
            def index(self):
                return "figures"

        admin = Admin(app)
        admin.add_view(Figures(url="/x"))
    """,
        route="GET /x/",
    )

    assert found.audience is audience


@pytest.mark.parametrize(
    ("test", "audience"),
    [
        ("not Permission('update').can() and not app.config.get('FIRST')", Audience.ACCOUNT),
        ("request.args['q'] == 'odd'", Audience.ANYONE),
    ],
)
def test_permission_asked_in_view(test: str, audience: Audience) -> None:
    found = access(f"""
        from company_rights import Permission

        @app.get("/x")
        def x():
            if {test}:
                abort(403)
            return "x"
    """)

    assert found.audience is audience


@pytest.mark.parametrize(
    ("decorator", "audience"),
    [
        ("Rights.ADMIN.require(403)", Audience.STAFF),
        ("Rights.UPLOAD.require(403)", Audience.ACCOUNT),
        ("admin.traced", Audience.ANYONE),
    ],
)
def test_guard_made_of_role(decorator: str, audience: Audience) -> None:
    found = access(f"""
        from functools import wraps
        from flask_login import current_user

        class Right:
            def traced(self, function):
                return function

            def require(self, status):
                def decorator(function):
                    @wraps(function)
                    def inner(*args, **kwargs):
                        if not current_user.has(self):
                            abort(status)
                        return function(*args, **kwargs)
                    return inner
                return decorator

        class Rights:
            ADMIN = Right()
            UPLOAD = Right()

        admin = Right()

        @app.get("/x")
        @{decorator}
        def x():
            return "x"
    """)

    assert found.audience is audience


def test_optional_token_guards_nothing() -> None:
    found = access("""
        from flask_jwt_extended import jwt_required

        @app.get("/x")
        @jwt_required(optional=True)
        def x():
            return "x"
    """)

    assert found.audience is Audience.ANYONE


@pytest.mark.parametrize(
    ("asked", "audience"), [("optional=True", Audience.ANYONE), ("fresh=True", Audience.ACCOUNT)]
)
def test_optional_token_of_hook_guards_nothing(asked: str, audience: Audience) -> None:
    found = access(f"""
        from flask_jwt_extended import verify_jwt_in_request

        @app.before_request
        def greet():
            if verify_jwt_in_request({asked}) is None:
                return None

        @app.get("/x")
        def x():
            return "x"
    """)

    assert found.audience is audience


@pytest.mark.parametrize(
    "refusal",
    [
        *("abort(401)", "return 'no', 401", "return redirect(url_for('auth.login'))", "raise Unauthorized()"),
        "return redirect(manager.get_url_login(next_url=request.url))",
    ],
)
def test_own_decorator_that_refuses(refusal: str) -> None:
    found = access(f"""
        from functools import wraps
        from flask import redirect, url_for
        from werkzeug.exceptions import Unauthorized

        def signed_in(view):
            @wraps(view)
            def inner(*args, **kwargs):
                if "user" not in session:
                    {refusal}
                return view(*args, **kwargs)
            return inner

        @app.get("/x")
        @signed_in
        def x():
            return "x"
    """)

    assert found.audience is Audience.ACCOUNT


@pytest.mark.parametrize(
    "refusal",
    ['response = "no", 403', 'response = "no", 401, {}', "response = make(); response.status_code = 401"],
)
def test_refusal_kept_in_variable(refusal: str) -> None:
    found = access(f"""
        from functools import wraps

        def signed_in(view):
            @wraps(view)
            def inner(*args, **kwargs):
                if "user" in session:
                    response = view(*args, **kwargs)
                else:
                    {refusal}
                return response
            return inner

        @app.get("/x")
        @signed_in
        def x():
            return "x"
    """)

    assert found.audience is Audience.ACCOUNT


def test_refusal_that_is_not_returned() -> None:
    found = access("""
        @app.get("/x")
        def x():
            user = session.get("user")
            refused = "no", 403
            return jsonify(refused)
    """)

    assert found.audience is Audience.ANYONE


@pytest.mark.parametrize(
    ("header", "audience"),
    [
        ("Authorization", Audience.ACCOUNT),
        ("X-API-Key", Audience.ACCOUNT),
        ("X-Auth-Token", Audience.ACCOUNT),
        ("X-CSRF-Token", Audience.ANYONE),
        ("Accept", Audience.ANYONE),
    ],
)
@pytest.mark.parametrize("refusal", ["abort(403)", "raise PermissionDenied('no')"])
def test_header_shows_who_calls(header: str, refusal: str, audience: Audience) -> None:
    found = access(f"""
        from company.errors import PermissionDenied

        @app.get("/x")
        def x():
            shown = request.headers.get("{header}")
            if not is_valid(shown):
                {refusal}
            return "x"
    """)

    assert found.audience is audience


@pytest.mark.parametrize(
    ("test", "audience"),
    [
        ("security.has_access('edit', 'X')", Audience.ACCOUNT),
        ("check_user_permission('x')", Audience.ACCOUNT),
        ("has_space()", Audience.ANYONE),
        ("is_open", Audience.ANYONE),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_who_is_not_let_in_is_sent_away(test: str, turned: bool, audience: Audience) -> None:
    arms = [[" flash('no')", " return redirect('.')"], [" return 'x'"]]
    first, second = arms if turned else reversed(arms)
    lines = [f"if {'not ' if turned else ''}{test}:", *first, "else:", *second]
    body = "\n".join(f"    {line}" for line in lines)

    found = access(f"from flask import flash, redirect\n@app.get('/x')\ndef x():\n{body}\n")

    assert found.audience is audience


def test_decorator_of_view_that_hashes_falls_through_to_login() -> None:
    found = access("""
        from functools import wraps
        from flask import redirect
        from werkzeug.security import generate_password_hash

        def secure(view):
            @wraps(view)
            def inner(*args, **kwargs):
                if session.get("user"):
                    return view(*args, **kwargs)
                return redirect("/login")
            return inner

        @app.get("/x")
        @secure
        def x():
            return generate_password_hash(request.args["p"])
    """)

    assert found.audience is Audience.ACCOUNT


def test_access_that_only_shows_more() -> None:
    found = access("""
        @app.get("/x")
        def x():
            if has_access("edit"):
                buttons = ["edit"]
            else:
                buttons = []
            return str(buttons)
    """)

    assert found.audience is Audience.ANYONE


def test_header_in_hook_shows_who_calls() -> None:
    found = access("""
        @app.before_request
        def signed():
            if request.headers["Authorization"] != app.config["SIGNATURE"]:
                abort(403)

        @app.get("/x")
        def x():
            return "x"
    """)

    assert found.audience is Audience.ACCOUNT


def test_check_of_role_is_staff() -> None:
    found = access("""
        from functools import wraps
        from flask_login import current_user

        def admin_only(view):
            @wraps(view)
            def inner(*args, **kwargs):
                if not current_user.is_admin:
                    abort(403)
                return view(*args, **kwargs)
            return inner

        @app.get("/x")
        @admin_only
        def x():
            return "x"
    """)

    assert found.audience is Audience.STAFF


HOOKED = """
@app.before_request
def authenticate():
    if request.endpoint in ("index", "login"):
        return None
    if "user" not in session:
        abort(401)

@app.get("/x")
def x():
    return "x"

@app.get("/")
def index():
    return "x"
"""


@pytest.mark.parametrize(("route", "audience"), [("GET /x", Audience.ACCOUNT), ("GET /", Audience.ANYONE)])
def test_hook_guards_all_but_named(route: str, audience: Audience) -> None:
    assert access(HOOKED, route).audience is audience


def test_view_that_asks_itself() -> None:
    found = access("""
        def current():
            return session.get("user")

        @app.get("/x")
        def x():
            user = current()
            if user is None:
                return "who are you?", 401
            return "x"
    """)

    assert found.audience is Audience.ACCOUNT


def test_wrong_password_is_no_guard() -> None:
    found = access(
        """
        from werkzeug.security import check_password_hash

        @app.post("/x")
        def x():
            if session.get("user"):
                return "already in"
            if not check_password_hash("stored", request.form["password"]):
                abort(401)
            return "x"
        """,
        "POST /x",
    )

    assert found.audience is Audience.ANYONE


@pytest.mark.parametrize(
    ("asks", "audience"),
    [("too_late(request.form['name'])", Audience.ANYONE), ("'user' not in session", Audience.ACCOUNT)],
)
def test_policy_in_front_of_login_is_no_guard(asks: str, audience: Audience) -> None:
    found = access(
        f"""
        from functools import wraps
        from werkzeug.security import check_password_hash

        def policy(view):
            @wraps(view)
            def inner(*args, **kwargs):
                if {asks}:
                    abort(401)
                return view(*args, **kwargs)
            return inner

        @app.post("/x")
        @policy
        def x():
            if not check_password_hash("stored", request.form["password"]):
                return "wrong", 400
            return "x"
        """,
        "POST /x",
    )

    assert found.audience is audience


def test_hook_of_other_blueprint() -> None:
    source = """
        from flask import Blueprint

        members = Blueprint("members", __name__)

        @members.before_request
        def ask():
            if not session.get("member"):
                abort(401)

        @members.get("/s")
        def s():
            return "s"

        @app.get("/x")
        def x():
            return "x"

        app.register_blueprint(members)
    """

    assert access(source).audience is Audience.ANYONE
    assert access(source, "GET /s").audience is Audience.ACCOUNT


def test_way_to_login_after_success_is_no_guard() -> None:
    found = access(
        """
        from flask import redirect, url_for
        from flask_login import current_user

        @app.post("/x")
        def x():
            if current_user.is_authenticated:
                return redirect(url_for("index"))
            return redirect(url_for("auth.login"))
        """,
        "POST /x",
    )

    assert found.audience is Audience.ANYONE
