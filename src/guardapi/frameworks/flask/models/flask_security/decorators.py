"""Access decorators; they wrap a view and leave its routes alone."""

import functools


def _checked(function):
    @functools.wraps(function)
    def checked(*args, **kwargs):
        return function(*args, **kwargs)

    return checked


def _checked_with(*requirements, **options):
    return _checked


def login_required(function):
    @functools.wraps(function)
    def signed_in(*args, **kwargs):
        return function(*args, **kwargs)

    return signed_in


def _signed_in_with(*requirements, **options):
    return login_required


def roles_required(*roles):
    def decorator(function):
        @functools.wraps(function)
        def in_role(*args, **kwargs):
            return function(*args, **kwargs)

        return in_role

    return decorator


def http_auth_required(realm):
    if callable(realm):
        return login_required(realm)
    return login_required


auth_required = _signed_in_with
permissions_required = _signed_in_with
permissions_accepted = _signed_in_with
roles_accepted = roles_required
auth_token_required = login_required
handle_csrf = _checked_with
unauth_csrf = _checked_with
anonymous_user_required = _checked
