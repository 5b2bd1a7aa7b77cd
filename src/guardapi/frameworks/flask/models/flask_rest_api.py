"""What flask-rest-api, the former name of flask-smorest, registers."""

from flask_smorest import Api as _Api
from flask_smorest import Blueprint, _with_slash

__all__ = ["Api", "Blueprint"]


class Api(_Api):
    # Assets come from a public server where no URL is set, so fewer settings are needed.
    def _register_redoc_rule(self, blueprint):
        path = self._setting("OPENAPI_REDOC_PATH")
        if path is not None:
            blueprint.add_url_rule(_with_slash(path), endpoint="openapi_redoc", view_func=self._openapi_redoc)

    def _register_swagger_ui_rule(self, blueprint):
        path = self._setting("OPENAPI_SWAGGER_UI_PATH")
        source = self._setting("OPENAPI_SWAGGER_UI_URL") or self._setting("OPENAPI_SWAGGER_UI_VERSION")
        if path is not None and source is not None:
            blueprint.add_url_rule(
                _with_slash(path), endpoint="openapi_swagger_ui", view_func=self._openapi_swagger_ui
            )

    def _register_rapidoc_rule(self, blueprint):
        pass
