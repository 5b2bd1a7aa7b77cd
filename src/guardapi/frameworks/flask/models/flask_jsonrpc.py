"""What Flask-JSONRPC registers: one URL for all methods of a site, and pages to browse them."""

import re

from flask import Blueprint
from flask.views import MethodView

_PAGES = {
    "/": "vf_index",
    "/login": "vf_login",
    "/logout": "vf_logout",
    "/packages.json": "vf_json_packages",
    "/<method_name>.json": "vf_json_method",
    "/partials/menu_tree.html": "vf_partials_menu_tree",
    "/partials/dashboard.html": "vf_partials_dashboard",
    "/partials/field_describe.html": "vf_partials_field_describe",
    "/partials/response_object.html": "vf_partials_response_object",
}


def _urn(*names):
    parts = ["urn"]
    for name in names:
        parts.extend([part for part in re.split("[.:/]", name) if part])
    return ":".join(parts).lower()


class JSONRPCView(MethodView):
    def __init__(self, jsonrpc_site=None):
        self.jsonrpc_site = jsonrpc_site

    def post(self):
        return {}


class _Methods:
    """Functions served by a site: they are called by name, none has a URL of its own."""

    def method(self, name=None, annotation=None, **options):
        def decorator(function):
            return function

        return decorator

    def register(self, view_func, name=None, **options):
        pass

    def errorhandler(self, exception):
        def decorator(function):
            return function

        return decorator


class JSONRPCBlueprint(_Methods):
    def __init__(self, name, import_name, version="1.0.0", jsonrpc_site=None, jsonrpc_site_api=JSONRPCView):
        self.name = name
        self.import_name = import_name
        self.jsonrpc_site_api = jsonrpc_site_api


class JSONRPC(_Methods):
    def __init__(
        self,
        app=None,
        path="/api",
        version="1.0.0",
        jsonrpc_site=None,
        jsonrpc_site_api=JSONRPCView,
        enable_web_browsable_api=None,
    ):
        self.path = path
        self.jsonrpc_site_api = jsonrpc_site_api
        self.enable_web_browsable_api = enable_web_browsable_api
        if app:
            self.init_app(app)

    def init_app(self, app):
        root = app.config.get("APPLICATION_ROOT") or "/"
        self.path = root.rstrip("/") + re.sub("^[a-z]+://[^/]*", "", self.path)
        view = self.jsonrpc_site_api.as_view(_urn("app", app.name, self.path), jsonrpc_site=self)
        app.add_url_rule(self.path, view_func=view)
        browsable = self.enable_web_browsable_api
        if browsable is True or (browsable is None and app.config.get("DEBUG")):
            self.init_browse_app(app)

    def register_blueprint(self, app, jsonrpc_app, url_prefix=None, enable_web_browsable_api=None):
        path = self.path + "/" + url_prefix.lstrip("/") if url_prefix else self.path
        name = _urn("blueprint", app.name, jsonrpc_app.name, path)
        app.add_url_rule(path, view_func=jsonrpc_app.jsonrpc_site_api.as_view(name, jsonrpc_site=jsonrpc_app))

    def init_browse_app(self, app, path=None, base_url=None):
        prefix = (path or self.path).rstrip("/") + "/browse"
        blueprint = Blueprint(_urn("browse", app.name, prefix), __name__, static_folder="static")
        for rule, endpoint in _PAGES.items():
            blueprint.add_url_rule(rule, endpoint, self._page)
        app.register_blueprint(blueprint, url_prefix=prefix)
        app.add_url_rule(prefix + "/static/<path:filename>", "urn:browse.static", app.send_static_file)

    def register_browse(self, jsonrpc_app):
        pass

    def _page(self):
        return ""
