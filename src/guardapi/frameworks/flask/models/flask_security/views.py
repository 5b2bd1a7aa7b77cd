"""The handlers of Flask-Security, by name; what they do matters to nobody here."""


def login():
    pass


def logout():
    pass


def send_login():
    pass


def token_login(token):
    pass


def verify():
    pass


def register():
    pass


def forgot_password():
    pass


def reset_password(token):
    pass


def recover_username():
    pass


def change_password():
    pass


def change_email():
    pass


def change_email_confirm(token):
    pass


def change_username():
    pass


def send_confirmation():
    pass


def confirm_email(token):
    pass


def us_signin():
    pass


def us_signin_send_code():
    pass


def us_setup():
    pass


def us_setup_validate(token):
    pass


def us_verify():
    pass


def us_verify_send_code():
    pass


def us_verify_link():
    pass


def two_factor_setup():
    pass


def two_factor_setup_validate(token):
    pass


def two_factor_token_validation():
    pass


def two_factor_rescue():
    pass


def tf_select():
    pass


def mf_recovery_codes():
    pass


def mf_recovery():
    pass


def webauthn_register():
    pass


def webauthn_register_response(token):
    pass


def webauthn_signin():
    pass


def webauthn_signin_response(token):
    pass


def webauthn_delete():
    pass


def webauthn_verify():
    pass


def webauthn_verify_response(token):
    pass


def refresh():
    pass


def oauthstart(name):
    pass


def oauthresponse(name):
    pass


def oauth_verify_start(name):
    pass


def oauth_verify_response(name):
    pass
