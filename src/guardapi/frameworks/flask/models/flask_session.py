"""Flask-Session: adds no routes."""


class Session:
    def __init__(self, app=None):
        self.app = app

    def init_app(self, app):
        pass
