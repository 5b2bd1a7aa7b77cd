"""Flask-Sock: WebSocket routes are rules of the application; the function gets the connection first."""

from functools import wraps

from flask import Blueprint
from simple_websocket import Server


class Sock:
    def __init__(self, app=None):
        self.app = None
        self.bp = None
        if app is not None:
            self.app = app
            self.init_app(app)

    def init_app(self, app):
        if self.bp:
            app.register_blueprint(self.bp)
        self.app = app

    def route(self, path, bp=None, **kwargs):
        def decorator(f):
            @wraps(f)
            def websocket_route(*args, **kwargs):
                return f(Server(), *args, **kwargs)

            websocket_route.passes_first = Server()
            kwargs["websocket"] = True
            if bp:
                bp.route(path, **kwargs)(websocket_route)
            elif self.app:
                self.app.route(path, **kwargs)(websocket_route)
            else:
                if self.bp is None:
                    self.bp = Blueprint("__flask_sock", __name__)
                self.bp.route(path, **kwargs)(websocket_route)

        return decorator
