"""Access decorators; they wrap a view and leave its routes alone."""

import functools


def _checked(function):
    @functools.wraps(function)
    def checked(*args, **kwargs):
        return function(*args, **kwargs)

    return checked


def _checked_with(*requirements, **options):
    return _checked


def _checked_maybe_with(realm):
    if callable(realm):
        return _checked(realm)
    return _checked


auth_required = _checked_with
handle_csrf = _checked_with
unauth_csrf = _checked_with
roles_required = _checked_with
roles_accepted = _checked_with
permissions_required = _checked_with
permissions_accepted = _checked_with
http_auth_required = _checked_maybe_with
auth_token_required = _checked
anonymous_user_required = _checked
login_required = _checked
