"""Bootstrap-Flask and Flask-Bootstrap, which share this name: a blueprint with the files of the theme."""

from flask import Blueprint

_of_bootstrap_flask = __installed__((0, 0), "bootstrap-flask") >= (1, 0)


class _Bootstrap:
    def __init__(self, app=None):
        if app is not None:
            self.init_app(app)

    def static_path(self, app):
        return f"/bootstrap{app.static_url_path}"

    def init_app(self, app):
        app.extensions["bootstrap"] = self
        files = Blueprint(
            "bootstrap", __name__, static_folder="static", static_url_path=self.static_path(app)
        )
        app.register_blueprint(files)


class Bootstrap4(_Bootstrap):
    pass


class Bootstrap5(_Bootstrap):
    pass


class Bootstrap(_Bootstrap):
    """The one class of Flask-Bootstrap, and the old name of `Bootstrap4`."""

    def static_path(self, app):
        return super().static_path(app) if _of_bootstrap_flask else f"{app.static_url_path}/bootstrap"
