"""`Dash`: nine rules below one prefix."""

from flask import Blueprint, Flask

RELEASE = __installed__((4, 2), "dash")


class no_update:
    pass


class _Settings(dict):
    pass


def _by_server(answer):
    """Since its servers are exchangeable, Dash registers plain functions for what only passes a request on."""
    if RELEASE < (4, 1):
        return answer
    return lambda *args, **kwargs: answer(*args, **kwargs)


def _as_it_is(*args, **options):
    """A decorator that leaves the callback as it is: callbacks are dispatched by one rule."""
    return lambda function: function


class Dash:
    server_class = Flask

    def __init__(
        self,
        name=None,
        server=True,
        assets_folder="assets",
        pages_folder="pages",
        use_pages=None,
        assets_url_path="assets",
        **options,
    ):
        base = options.get("url_base_pathname")
        self.config = _Settings(
            name=name,
            assets_folder=assets_folder,
            assets_url_path=assets_url_path,
            url_base_pathname=base,
            routes_pathname_prefix=options.get("routes_pathname_prefix") or base or "/",
            requests_pathname_prefix=options.get("requests_pathname_prefix") or base or "/",
            suppress_callback_exceptions=options.get("suppress_callback_exceptions", False),
        )
        self.title = options.get("title", "Dash")
        self.layout = None
        self.routes = []
        self.callback_map = {}
        if isinstance(server, bool):
            self.server = Flask(name or "__main__") if server else None
        else:
            self.server = server
        if self.server is not None:
            self.init_app()

    def init_app(self, app=None, **options):
        self.config.update(options)
        if app is not None:
            self.server = app
        prefix = self.config["routes_pathname_prefix"]
        assets = prefix.replace("/", "_").replace(".", "_") + "dash_assets"
        blueprint = Blueprint(
            assets,
            self.config["name"],
            static_folder=self.config["assets_folder"],
            static_url_path=prefix + self.config["assets_url_path"].lstrip("/"),
        )
        self.server.register_blueprint(blueprint)
        self._setup_routes()

    def _setup_routes(self):
        suites = "_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
        self._add_url(suites, _by_server(self.serve_component_suites))
        self._add_url("_dash-layout", self.serve_layout)
        self._add_url("_dash-dependencies", self.dependencies)
        self._add_url("_dash-update-component", _by_server(self.dispatch), ["POST"])
        self._add_url("_reload-hash", self.serve_reload_hash)
        self._add_url("_favicon.ico", self._serve_default_favicon)
        self._add_url("", _by_server(self.index))
        # The last one: a page below the prefix is the client's business.
        self._add_url("<path:path>", _by_server(self.index))

    def _add_url(self, name, view_func, methods=("GET",)):
        rule = self.config["routes_pathname_prefix"] + name
        self.server.add_url_rule(rule, view_func=view_func, endpoint=rule, methods=list(methods))
        self.routes.append(rule)

    callback = _as_it_is
    clientside_callback = _as_it_is
    hooks = _as_it_is

    def enable_dev_tools(self, *args, **options):
        return False

    def run(self, *args, **options):
        pass

    run_server = run

    def serve_component_suites(self, package_name, fingerprinted_path):
        pass

    def serve_layout(self):
        pass

    def dependencies(self):
        pass

    def dispatch(self):
        pass

    def serve_reload_hash(self):
        pass

    def _serve_default_favicon(self):
        pass

    def index(self, *args, **kwargs):
        pass
