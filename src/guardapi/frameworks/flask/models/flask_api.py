"""What Flask-API adds to Flask: an application class with a blueprint for the assets of its pages."""

from flask import Blueprint, Flask

api_resources = Blueprint("flask-api", __name__, url_prefix="/flask-api", static_folder="static")


class FlaskAPI(Flask):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_blueprint(api_resources)
