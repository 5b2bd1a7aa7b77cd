"""Flask-OIDC: the routes by which users log in; up to 1.4 there is one alone."""

import functools

from flask import Blueprint

_release = __installed__((2, 4), "flask-oidc")
_auth_routes = Blueprint("oidc_auth", __name__)


@_auth_routes.route("/login", endpoint="login")
def login_view():
    pass


@_auth_routes.route("/authorize", endpoint="authorize")
def authorize_view():
    pass


@_auth_routes.route("/logout", endpoint="logout")
def logout_view():
    pass


def legacy_oidc_callback():
    pass


class OpenIDConnect:
    def __init__(self, app=None, *args, prefix=None, **kwargs):
        if app is not None:
            self.init_app(app, prefix=prefix)

    def init_app(self, app, prefix=None):
        if _release < (2, 0):
            app.config.setdefault("OIDC_CALLBACK_ROUTE", "/oidc_callback")
            app.config.setdefault("OIDC_RESOURCE_SERVER_ONLY", False)
            if not app.config["OIDC_RESOURCE_SERVER_ONLY"]:
                app.route(app.config["OIDC_CALLBACK_ROUTE"])(self._oidc_callback)
            return
        app.config.setdefault("OIDC_CALLBACK_ROUTE", None)
        app.config.setdefault("OIDC_RESOURCE_SERVER_ONLY", False)
        if app.config["OIDC_RESOURCE_SERVER_ONLY"]:
            return
        app.register_blueprint(_auth_routes, url_prefix=prefix)
        app.route("/oidc_callback")(legacy_oidc_callback)
        if app.config["OIDC_CALLBACK_ROUTE"]:
            app.route(app.config["OIDC_CALLBACK_ROUTE"])(legacy_oidc_callback)

    def _oidc_callback(self):
        pass

    def require_login(self, view):
        @functools.wraps(view)
        def decorated(*args, **kwargs):
            return view(*args, **kwargs)

        return decorated

    check = require_login

    def require_keycloak_role(self, client, role):
        return self.require_login

    def accept_token(self, *args, **kwargs):
        return self.require_login

    def custom_callback(self, function):
        return function
