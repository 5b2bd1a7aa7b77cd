"""Handlers of messages that Flask-SocketIO calls beside the routes."""

from collections.abc import Iterator
from typing import Final

from guardapi.frameworks.flask.views import view_of
from guardapi.frameworks.served import SocketHandler
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import DictValue, Instance

DEFAULT_SIZE: Final = 1_000_000
"""`max_http_buffer_size` of python-engineio, which Flask-SocketIO hands its options to."""
SIZE: Final = "max_http_buffer_size"
LIFECYCLE: Final = frozenset({"connect", "disconnect", "connect_error"})
"""Called once for a connection, not for each message."""


def socket_handlers(ev: Evaluator, app: Instance) -> Iterator[SocketHandler]:
    """The handlers of the SocketIO object that is bound to an application."""
    extensions = app.attributes.get("extensions")
    bound = extensions.get("socketio") if isinstance(extensions, DictValue) else None
    if not isinstance(bound, Instance):
        return
    size = _size(bound.attributes.get("options"))
    handlers = bound.attributes.get("handlers")
    for entry in handlers if isinstance(handlers, list) else ():
        if isinstance(entry, tuple | list) and len(entry) == 2:  # the event and the function
            event, function = entry
            if isinstance(event, str) and event not in LIFECYCLE:
                view = view_of(ev, function)
                yield SocketHandler(
                    event=event, value=function, max_size=size, name=view.name, place=view.place
                )


def _size(options: object) -> int | None:
    if not isinstance(options, DictValue):
        return None
    found = options.get(SIZE, None if options.open else DEFAULT_SIZE)
    return int(found) if isinstance(found, int | float) else None
