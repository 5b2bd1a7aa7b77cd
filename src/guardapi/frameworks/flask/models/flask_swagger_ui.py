"""flask-swagger-ui: a blueprint with the page and its files."""

from flask import Blueprint


def get_swaggerui_blueprint(base_url, api_url, config=None, oauth_config=None, blueprint_name="swagger_ui"):
    swagger_ui = Blueprint(blueprint_name, __name__, url_prefix=base_url)

    @swagger_ui.route("/")
    @swagger_ui.route("/<path:path>")
    def show(path=None):
        pass

    return swagger_ui
