"""What Flask-RESTPlus registers: as Flask-RESTX, but documentation only with its blueprint."""

from flask import Blueprint
from flask_restx import Api as _Api
from flask_restx import Namespace, Resource, marshal_with, marshal_with_field

__all__ = ["Api", "Namespace", "Resource", "apidoc", "marshal_with", "marshal_with_field"]

apidoc = Blueprint("restplus_doc", __name__, static_folder="static", static_url_path="/swaggerui")


class Api(_Api):
    _assets = apidoc

    def init_app(self, app, **kwargs):
        self.app = app
        self._add_specs = kwargs.get("add_specs", True)
        if isinstance(app, Blueprint):
            app.record(self._deferred_blueprint_init)
            self.blueprint = app
        else:
            self._init_app(app)

    def _init_app(self, app):
        self._register_specs(self.blueprint or app)
        self._register_doc(self.blueprint or app)
        super()._init_app(app)

    def _register_doc(self, app_or_blueprint):
        setup_state = self.blueprint_setup
        if setup_state is None:
            super()._register_doc(app_or_blueprint)
            return
        prefix = setup_state.url_prefix or ""
        if self._add_specs and self._doc:
            self._add_rule(setup_state, prefix + self._doc, self.render_doc, {"endpoint": "doc"})
        root = prefix + (self.prefix or "/")
        self._add_rule(setup_state, root, self.render_root, {"endpoint": "root"})
