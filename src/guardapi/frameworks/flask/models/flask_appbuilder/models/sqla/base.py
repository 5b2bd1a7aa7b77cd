"""`SQLA`, the database extension that comes with Flask-AppBuilder 4; it adds no route."""

from flask_appbuilder.models.sqla import Model


class SQLA:
    Model = Model
    session = None

    def __init__(self, app=None, **kwargs):
        if app is not None:
            self.init_app(app)

    def init_app(self, app):
        pass
