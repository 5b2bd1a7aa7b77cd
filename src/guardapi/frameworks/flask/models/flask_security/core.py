"""`Security`: one blueprint, whose rules the SECURITY_ settings choose."""

from flask import Blueprint

from flask_security import views
from flask_security.release import RELEASE
from flask_security.utils import config_value, slash_url_suffix

_SETTINGS = {
    "BLUEPRINT_NAME": "security",
    "URL_PREFIX": None,
    "SUBDOMAIN": None,
    "STATIC_FOLDER": "static" if RELEASE >= (5, 0) else None,
    "STATIC_FOLDER_URL": "/fs-static",
    "FRESHNESS": None,
    "LOGOUT_METHODS": ["POST"] if RELEASE >= (5, 9) else ["GET", "POST"],
    "LOGIN_URL": "/login",
    "LOGOUT_URL": "/logout",
    "REGISTER_URL": "/register",
    "RESET_URL": "/reset",
    "CHANGE_URL": "/change",
    "CONFIRM_URL": "/confirm",
    "VERIFY_URL": "/verify",
    "CHANGE_EMAIL_URL": "/change-email",
    "CHANGE_USERNAME_URL": "/change-username",
    "USERNAME_RECOVERY_URL": "/recover-username",
    "TWO_FACTOR_SETUP_URL": "/tf-setup",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/tf-validate",
    "TWO_FACTOR_RESCUE_URL": "/tf-rescue",
    "TWO_FACTOR_SELECT_URL": "/tf-select",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/mf-recovery-codes",
    "MULTI_FACTOR_RECOVERY_URL": "/mf-recovery",
    "OAUTH_START_URL": "/login/oauthstart",
    "OAUTH_RESPONSE_URL": "/login/oauthresponse",
    "OAUTH_VERIFY_START_URL": "/login/oauth-verify-start",
    "OAUTH_VERIFY_RESPONSE_URL": "/login/oauth-verify-response",
    "REFRESH_TOKEN_URL": "/refresh-token",
    "US_SIGNIN_URL": "/us-signin",
    "US_SIGNIN_SEND_CODE_URL": "/us-signin/send-code",
    "US_SETUP_URL": "/us-setup",
    "US_VERIFY_URL": "/us-verify",
    "US_VERIFY_SEND_CODE_URL": "/us-verify/send-code",
    "US_VERIFY_LINK_URL": "/us-verify-link",
    "US_SIGNIN_REPLACES_LOGIN": False,
    "WAN_REGISTER_URL": "/wan-register",
    "WAN_SIGNIN_URL": "/wan-signin",
    "WAN_DELETE_URL": "/wan-delete",
    "WAN_VERIFY_URL": "/wan-verify",
    "WAN_ALLOW_AS_VERIFY": ["first", "secondary"],
    "MULTI_FACTOR_RECOVERY_CODES": False,
    "OAUTH_ENABLE": False,
    "TRACKABLE": False,
}

# Since which release each feature exists.
_FEATURES = {
    "registerable": (3, 0),
    "confirmable": (3, 0),
    "changeable": (3, 0),
    "recoverable": (3, 0),
    "passwordless": (3, 0),
    "two_factor": (3, 2),
    "unified_signin": (3, 4),
    "webauthn": (5, 0),
    "change_email": (5, 5),
    "change_username": (5, 6),
    "username_recovery": (5, 6),
    "refresh_token": (5, 9),
}


class RoleMixin:
    pass


class UserMixin:
    pass


class Security:
    def __init__(self, app=None, datastore=None, register_blueprint=True, **options):
        self.app = app
        self.datastore = datastore
        self.login_manager = None
        self._register_blueprint = register_blueprint
        self._options = options
        if app is not None:
            self.init_app(app, datastore)

    def init_app(self, app, datastore=None, register_blueprint=None, **options):
        self.app = app
        self.datastore = datastore or self.datastore
        if register_blueprint is not None:
            self._register_blueprint = register_blueprint
        for name, value in _SETTINGS.items():
            app.config.setdefault("SECURITY_" + name, value)
            setattr(self, name.lower(), app.config["SECURITY_" + name])
        chosen = {**self._options, **options}
        for feature, since in _FEATURES.items():
            is_on = since <= RELEASE and chosen.get(feature, config_value(feature, app, False))
            setattr(self, feature, is_on)
        self.support_mfa = RELEASE >= (5, 0) and (self.webauthn or self.two_factor)
        app.extensions["security"] = self
        if self._register_blueprint:
            app.register_blueprint(_create_blueprint(app, self, __name__))
        return self


class _Rules:
    """Adds rules to the blueprint by the names of the settings that hold their addresses."""

    def __init__(self, app, blueprint):
        self.app = app
        self.blueprint = blueprint

    def add(self, setting, methods, endpoint, view):
        self.blueprint.add_url_rule(config_value(setting, self.app), endpoint, view, methods=methods)

    def add_below(self, setting, part, methods, endpoint, view):
        url = config_value(setting, self.app)
        rule = url + slash_url_suffix(url, part)
        self.blueprint.add_url_rule(rule, endpoint, view, methods=methods)


def _has_freshness(app):
    freshness = config_value("FRESHNESS", app)
    return freshness is None or freshness.total_seconds() >= 0


def _create_blueprint(app, state, import_name):
    blueprint = Blueprint(
        config_value("BLUEPRINT_NAME", app),
        import_name,
        url_prefix=config_value("URL_PREFIX", app),
        subdomain=config_value("SUBDOMAIN", app),
        static_folder=config_value("STATIC_FOLDER", app),
        static_url_path=config_value("STATIC_FOLDER_URL", app),
    )
    rules = _Rules(app, blueprint)
    _add_login(rules, state, app)
    if state.unified_signin:
        _add_unified_signin(rules, app)
    if state.two_factor:
        _add_two_factor(rules)
    _add_account(rules, state)
    if config_value("MULTI_FACTOR_RECOVERY_CODES", app) and state.support_mfa:
        _add_recovery_codes(rules)
    if state.webauthn:
        _add_webauthn(rules, app)
    if state.refresh_token:
        rules.add("REFRESH_TOKEN_URL", ["POST"], "refresh_token", views.refresh)
    if state.support_mfa:
        rules.add("TWO_FACTOR_SELECT_URL", ["GET", "POST"], "tf_select", views.tf_select)
    if config_value("OAUTH_ENABLE", app):
        _add_oauth(rules, app)
    return blueprint


def _add_login(rules, state, app):
    if config_value("LOGOUT_METHODS", app) is not None:
        rules.add("LOGOUT_URL", config_value("LOGOUT_METHODS", app), "logout", views.logout)
    if state.passwordless:
        rules.add("LOGIN_URL", ["GET", "POST"], "login", views.send_login)
        rules.add_below("LOGIN_URL", "<token>", ["GET"], "token_login", views.token_login)
    elif config_value("US_SIGNIN_REPLACES_LOGIN", app):
        rules.add("LOGIN_URL", ["GET", "POST"], "login", views.us_signin)
    else:
        rules.add("LOGIN_URL", ["GET", "POST"], "login", views.login)
    if _has_freshness(app):
        rules.add("VERIFY_URL", ["GET", "POST"], "verify", views.verify)


def _add_unified_signin(rules, app):
    rules.add("US_SIGNIN_URL", ["GET", "POST"], "us_signin", views.us_signin)
    send = ["POST"] if RELEASE >= (5, 0) else ["GET", "POST"]
    validate = ["POST"] if RELEASE >= (5, 4) else ["GET", "POST"]
    rules.add("US_SIGNIN_SEND_CODE_URL", send, "us_signin_send_code", views.us_signin_send_code)
    rules.add("US_SETUP_URL", ["GET", "POST"], "us_setup", views.us_setup)
    rules.add_below("US_SETUP_URL", "<token>", validate, "us_setup_validate", views.us_setup_validate)
    if _has_freshness(app):
        rules.add("US_VERIFY_URL", ["GET", "POST"], "us_verify", views.us_verify)
        rules.add("US_VERIFY_SEND_CODE_URL", send, "us_verify_send_code", views.us_verify_send_code)
    rules.add("US_VERIFY_LINK_URL", ["GET"], "us_verify_link", views.us_verify_link)


def _add_two_factor(rules):
    both = ["GET", "POST"]
    rules.add("TWO_FACTOR_SETUP_URL", both, "two_factor_setup", views.two_factor_setup)
    if RELEASE >= (5, 5):
        rules.add_below(
            "TWO_FACTOR_SETUP_URL",
            "<token>",
            ["POST"],
            "two_factor_setup_validate",
            views.two_factor_setup_validate,
        )
    rules.add(
        "TWO_FACTOR_TOKEN_VALIDATION_URL",
        both,
        "two_factor_token_validation",
        views.two_factor_token_validation,
    )
    rules.add("TWO_FACTOR_RESCUE_URL", both, "two_factor_rescue", views.two_factor_rescue)


def _add_account(rules, state):
    both = ["GET", "POST"]
    if state.registerable:
        rules.add("REGISTER_URL", both, "register", views.register)
    if state.recoverable:
        rules.add("RESET_URL", both, "forgot_password", views.forgot_password)
        rules.add_below("RESET_URL", "<token>", both, "reset_password", views.reset_password)
    if state.username_recovery:
        rules.add("USERNAME_RECOVERY_URL", both, "recover_username", views.recover_username)
    if state.changeable:
        rules.add("CHANGE_URL", both, "change_password", views.change_password)
    if state.change_email:
        rules.add("CHANGE_EMAIL_URL", both, "change_email", views.change_email)
        rules.add_below(
            "CHANGE_EMAIL_URL", "<token>", ["GET"], "change_email_confirm", views.change_email_confirm
        )
    if state.change_username:
        rules.add("CHANGE_USERNAME_URL", both, "change_username", views.change_username)
    if state.confirmable:
        rules.add("CONFIRM_URL", both, "send_confirmation", views.send_confirmation)
        rules.add_below("CONFIRM_URL", "<token>", both, "confirm_email", views.confirm_email)


def _add_recovery_codes(rules):
    both = ["GET", "POST"]
    rules.add("MULTI_FACTOR_RECOVERY_CODES_URL", both, "mf_recovery_codes", views.mf_recovery_codes)
    rules.add("MULTI_FACTOR_RECOVERY_URL", both, "mf_recovery", views.mf_recovery)


def _add_webauthn(rules, app):
    both = ["GET", "POST"]
    rules.add("WAN_REGISTER_URL", both, "wan_register", views.webauthn_register)
    rules.add_below(
        "WAN_REGISTER_URL", "<token>", ["POST"], "wan_register_response", views.webauthn_register_response
    )
    rules.add("WAN_SIGNIN_URL", both, "wan_signin", views.webauthn_signin)
    rules.add_below(
        "WAN_SIGNIN_URL", "<token>", ["POST"], "wan_signin_response", views.webauthn_signin_response
    )
    rules.add("WAN_DELETE_URL", both, "wan_delete", views.webauthn_delete)
    if _has_freshness(app) and config_value("WAN_ALLOW_AS_VERIFY", app):
        rules.add("WAN_VERIFY_URL", both, "wan_verify", views.webauthn_verify)
        rules.add_below(
            "WAN_VERIFY_URL", "<token>", ["POST"], "wan_verify_response", views.webauthn_verify_response
        )


def _add_oauth(rules, app):
    rules.add_below("OAUTH_START_URL", "<name>", ["POST"], "oauthstart", views.oauthstart)
    rules.add_below("OAUTH_RESPONSE_URL", "<name>", ["GET"], "oauthresponse", views.oauthresponse)
    if not _has_freshness(app):
        return
    rules.add_below(
        "OAUTH_VERIFY_START_URL", "<name>", ["POST"], "oauth_verify_start", views.oauth_verify_start
    )
    rules.add_below(
        "OAUTH_VERIFY_RESPONSE_URL", "<name>", ["GET"], "oauth_verify_response", views.oauth_verify_response
    )
