"""Flask-Pydantic registers nothing: its decorator stands between the route and the view."""

import functools


def validate(
    body=None,
    query=None,
    on_success_status=200,
    exclude_none=False,
    response_many=False,
    request_body_many=False,
    response_by_alias=False,
    get_json_params=None,
    form=None,
):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    return decorator
