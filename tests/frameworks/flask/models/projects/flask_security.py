"""Set-ups for Flask-Security-Too, run with the real extension or with its model."""

import datetime

import flask


def build(**settings):
    from flask_security import Security

    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x", SECURITY_PASSWORD_SALT="y", TESTING=True)
    app.config.update({f"SECURITY_{name}": value for name, value in settings.items()})
    store = type("Store", (), {"user_model": None, "webauthn_model": object, "refresh_model": object})()
    del type(store).user_model
    Security(app, store)
    return app


def case_default():
    return build()


def case_accounts():
    return build(
        REGISTERABLE=True,
        RECOVERABLE=True,
        CHANGEABLE=True,
        CONFIRMABLE=True,
        CHANGE_EMAIL=True,
        CHANGE_USERNAME=True,
        USERNAME_RECOVERY=True,
    )


def case_addresses():
    return build(
        REGISTERABLE=True,
        RECOVERABLE=True,
        URL_PREFIX="/auth",
        LOGIN_URL="/in",
        LOGOUT_URL="/out/",
        LOGOUT_METHODS=["GET", "POST"],
        RESET_URL="/forgot/",
        BLUEPRINT_NAME="auth",
        STATIC_FOLDER=None,
    )


def case_unified():
    return build(UNIFIED_SIGNIN=True, US_SIGNIN_REPLACES_LOGIN=True, TOTP_SECRETS={"1": "x"}, TOTP_ISSUER="x")


def case_second_factors():
    return build(
        TWO_FACTOR=True,
        WEBAUTHN=True,
        MULTI_FACTOR_RECOVERY_CODES=True,
        TOTP_SECRETS={"1": "x"},
        TOTP_ISSUER="x",
    )


def case_not_fresh():
    return build(
        FRESHNESS=datetime.timedelta(minutes=-1),
        UNIFIED_SIGNIN=True,
        WEBAUTHN=True,
        LOGOUT_METHODS=None,
        TOTP_SECRETS={"1": "x"},
        TOTP_ISSUER="x",
    )


def case_passwordless():
    return build(PASSWORDLESS=True)


def case_init_app_without_blueprint():
    from flask_security import Security

    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x", SECURITY_PASSWORD_SALT="y")
    Security().init_app(app, type("Store", (), {})(), register_blueprint=False)
    return app
