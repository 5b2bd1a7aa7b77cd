"""Set-ups for Flask-User, run with the real extension or with its model."""

import flask


def build(**settings):
    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x" * 32, USER_ENABLE_EMAIL=False, **settings)
    return app


def database():
    """The real one accepts nothing but a known kind of database."""
    try:
        from flask_sqlalchemy import SQLAlchemy
    except ImportError:
        return object()
    return SQLAlchemy()


def case_default():
    from flask_user import UserManager

    app = build()
    UserManager(app, database(), object)
    return app


def case_subclass_with_addresses():
    from flask_user import UserManager

    class Manager(UserManager):
        USER_LOGIN_URL = "/never"

        def customize(self, app):
            self.USER_LOGOUT_URL = "/bye"

        def login_view(self):
            pass

    app = build(USER_REGISTER_URL="/join", USER_ENABLE_REGISTER=False)
    Manager(app, database(), object)
    return app
