"""Flask-User 1.0: account pages, all registered at once; disabled features answer 404."""

import functools


def _checked(function):
    @functools.wraps(function)
    def checked(*args, **kwargs):
        return function(*args, **kwargs)

    return checked


def _checked_with(*requirements):
    return _checked


login_required = _checked
allow_unconfirmed_email = _checked
roles_accepted = _checked_with
roles_required = _checked_with


class UserMixin:
    pass


class UserManager:
    USER_CHANGE_PASSWORD_URL = "/user/change-password"
    USER_CHANGE_USERNAME_URL = "/user/change-username"
    USER_CONFIRM_EMAIL_URL = "/user/confirm-email/<token>"
    USER_EDIT_USER_PROFILE_URL = "/user/edit_user_profile"
    USER_EMAIL_ACTION_URL = "/user/email/<id>/<action>"
    USER_FORGOT_PASSWORD_URL = "/user/forgot-password"
    USER_INVITE_USER_URL = "/user/invite"
    USER_LOGIN_URL = "/user/sign-in"
    USER_LOGOUT_URL = "/user/sign-out"
    USER_MANAGE_EMAILS_URL = "/user/manage-emails"
    USER_REGISTER_URL = "/user/register"
    USER_RESEND_EMAIL_CONFIRMATION_URL = "/user/resend-email-confirmation"
    USER_RESET_PASSWORD_URL = "/user/reset-password/<token>"

    def __init__(self, app, db, UserClass, **options):
        self.app = app
        if app:
            self.init_app(app, db, UserClass, **options)

    def init_app(self, app, db, UserClass, **options):
        app.user_manager = self
        self.db = db
        # A subclass that sets an address as an attribute is not heard: defaults come from this class.
        for name in dir(self):
            if name.startswith("USER_"):
                setattr(self, name, app.config.get(name, getattr(UserManager, name)))
        self.customize(app)
        self._add_url_routes(app)

    def customize(self, app):
        pass

    def _add_url_routes(self, app):
        def change_password_stub():
            return self.change_password_view()

        def change_username_stub():
            return self.change_username_view()

        def confirm_email_stub(token):
            return self.confirm_email_view(token)

        def edit_user_profile_stub():
            return self.edit_user_profile_view()

        def email_action_stub(**values):
            return self.email_action_view(**values)

        def forgot_password_stub():
            return self.forgot_password_view()

        def invite_user_stub():
            return self.invite_user_view()

        def login_stub():
            return self.login_view()

        def logout_stub():
            return self.logout_view()

        def manage_emails_stub():
            return self.manage_emails_view()

        def register_stub():
            return self.register_view()

        def resend_email_confirmation_stub():
            return self.resend_email_confirmation_view()

        def reset_password_stub(token):
            return self.reset_password_view(token)

        both = ["GET", "POST"]
        rules = [
            (self.USER_CHANGE_PASSWORD_URL, "change_password", change_password_stub, both),
            (self.USER_CHANGE_USERNAME_URL, "change_username", change_username_stub, both),
            (self.USER_CONFIRM_EMAIL_URL, "confirm_email", confirm_email_stub, ["GET"]),
            (self.USER_EDIT_USER_PROFILE_URL, "edit_user_profile", edit_user_profile_stub, both),
            (self.USER_EMAIL_ACTION_URL, "email_action", email_action_stub, ["GET"]),
            (self.USER_FORGOT_PASSWORD_URL, "forgot_password", forgot_password_stub, both),
            (self.USER_INVITE_USER_URL, "invite_user", invite_user_stub, both),
            (self.USER_LOGIN_URL, "login", login_stub, both),
            (self.USER_LOGOUT_URL, "logout", logout_stub, both),
            (self.USER_MANAGE_EMAILS_URL, "manage_emails", manage_emails_stub, both),
            (self.USER_REGISTER_URL, "register", register_stub, both),
            (
                self.USER_RESEND_EMAIL_CONFIRMATION_URL,
                "resend_email_confirmation",
                resend_email_confirmation_stub,
                both,
            ),
            (self.USER_RESET_PASSWORD_URL, "reset_password", reset_password_stub, both),
        ]
        for rule, name, stub, methods in rules:
            app.add_url_rule(rule, "user." + name, stub, methods=methods)

    def change_password_view(self):
        pass

    def change_username_view(self):
        pass

    def confirm_email_view(self, token):
        pass

    def edit_user_profile_view(self):
        pass

    def email_action_view(self, **values):
        pass

    def forgot_password_view(self):
        pass

    def invite_user_view(self):
        pass

    def login_view(self):
        pass

    def logout_view(self):
        pass

    def manage_emails_view(self):
        pass

    def register_view(self):
        pass

    def resend_email_confirmation_view(self):
        pass

    def reset_password_view(self, token):
        pass

    def unauthenticated_view(self):
        pass

    def unauthorized_view(self):
        pass
