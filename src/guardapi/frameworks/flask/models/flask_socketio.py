"""Flask-SocketIO: events are no routes, and its own endpoint is no rule of the application."""


class Namespace:
    def __init__(self, namespace=None):
        self.namespace = namespace


class SocketIO:
    def __init__(self, app=None, **options):
        self.handlers = []
        self.options = dict(options)
        if app is not None:
            self.init_app(app, **options)

    def init_app(self, app, **options):
        self.options.update(options)
        app.extensions["socketio"] = self

    def on(self, message, namespace=None):
        def mark(handler):
            self.handlers.append((message, handler))
            return handler

        return mark

    def event(self, *args, **kwargs):
        def mark(handler):
            self.handlers.append((handler.__name__, handler))
            return handler

        return mark(args[0]) if len(args) == 1 and callable(args[0]) else mark

    def on_error(self, namespace=None):
        def mark(handler):
            return handler

        return mark

    def on_error_default(self, handler):
        return handler

    def on_event(self, message, handler, namespace=None):
        self.handlers.append((message, handler))

    def on_namespace(self, namespace_handler):
        for name in dir(namespace_handler):
            if name.startswith("on_"):
                self.handlers.append((name[3:], getattr(namespace_handler, name)))

    def emit(self, event, *args, **kwargs):
        pass

    def send(self, data, *args, **kwargs):
        pass

    def run(self, app, host=None, port=None, **options):
        pass

    def start_background_task(self, target, *args, **kwargs):
        pass

    def sleep(self, seconds=0):
        pass


def emit(event, *args, **kwargs):
    pass


def send(message, **kwargs):
    pass


def join_room(room, sid=None, namespace=None):
    pass


def leave_room(room, sid=None, namespace=None):
    pass
