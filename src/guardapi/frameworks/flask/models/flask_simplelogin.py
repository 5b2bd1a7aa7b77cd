"""Flask-SimpleLogin: a page to log in and one to log out."""

import functools

from flask import Blueprint


def login_required(function=None, username=None, basic=False, must=None):
    def decorator(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            return view(*args, **kwargs)

        return wrapper

    return decorator if function is None else decorator(function)


class SimpleLogin:
    def __init__(self, app=None, login_checker=None, login_form=None, messages=None):
        self.config = {
            "blueprint": "simplelogin",
            "login_url": "/login/",
            "logout_url": "/logout/",
            "home_url": "/",
        }
        self.app = None
        self._login_checker = login_checker
        if app is not None:
            self.init_app(app)

    def login_checker(self, function):
        self._login_checker = function
        return function

    def init_app(self, app, login_checker=None, login_form=None, messages=None):
        app.extensions["simplelogin"] = self
        self.app = app
        settings = app.config.get_namespace("SIMPLELOGIN_")
        settings.update(app.config.get_namespace("SIMPLE_LOGIN_"))
        self.config.update({key: value for key, value in settings.items() if value})
        self.blueprint = Blueprint(self.config["blueprint"], __name__, template_folder="templates")
        self.blueprint.add_url_rule(
            self.config["login_url"], endpoint="login", view_func=self.login, methods=["GET", "POST"]
        )
        self.blueprint.add_url_rule(
            self.config["logout_url"], endpoint="logout", view_func=self.logout, methods=["GET"]
        )
        app.register_blueprint(self.blueprint)

    def login(self):
        pass

    def logout(self):
        pass
