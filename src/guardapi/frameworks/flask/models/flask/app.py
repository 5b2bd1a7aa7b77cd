"""`Flask`: the application and its URL map."""

import os

from werkzeug.routing import Map, Rule

from flask.cli import AppGroup
from flask.config import Config
from flask.ctx import AppContext, _applications
from flask.scaffold import Scaffold, as_it_is


class Flask(Scaffold):
    config_class = Config
    url_rule_class = Rule
    url_map_class = Map
    default_config = {
        "DEBUG": False,
        "TESTING": False,
        "PROPAGATE_EXCEPTIONS": None,
        "SECRET_KEY": None,
        "APPLICATION_ROOT": "/",
        "SERVER_NAME": None,
        "MAX_CONTENT_LENGTH": None,
        "MAX_FORM_MEMORY_SIZE": 500000,
        "MAX_FORM_PARTS": 1000,
        "PREFERRED_URL_SCHEME": "http",
        "SESSION_COOKIE_NAME": "session",
        "TEMPLATES_AUTO_RELOAD": None,
    }

    def __init__(
        self,
        import_name=None,
        static_url_path=None,
        static_folder="static",
        static_host=None,
        host_matching=False,
        subdomain_matching=False,
        template_folder="templates",
        instance_path=None,
        instance_relative_config=False,
        root_path=None,
    ):
        Scaffold.__init__(self, import_name, static_folder, static_url_path, template_folder, root_path)
        _applications.append(self)
        self.instance_path = (
            instance_path if instance_path is not None else os.path.join(self.root_path, "instance")
        )
        self.instance_relative_config = instance_relative_config
        self.config = self.make_config(instance_relative_config)
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.blueprints = {}
        self.extensions = {}
        self.cli = AppGroup()
        self.shell_context_processors = []
        self.teardown_appcontext_funcs = []
        if self.has_static_folder:
            self.add_url_rule(
                self.static_url_path + "/<path:filename>",
                endpoint="static",
                host=static_host,
                view_func=self.send_static_file,
            )

    def make_config(self, instance_relative=False):
        return self.config_class(
            self.instance_path if instance_relative else self.root_path, self.default_config
        )

    @property
    def name(self):
        if self.import_name == "__main__":
            return "__main__"
        return self.import_name

    @property
    def debug(self):
        return self.config["DEBUG"]

    @debug.setter
    def debug(self, value):
        self.config["DEBUG"] = value

    @property
    def testing(self):
        return self.config["TESTING"]

    @testing.setter
    def testing(self, value):
        self.config["TESTING"] = value

    @property
    def secret_key(self):
        return self.config["SECRET_KEY"]

    @secret_key.setter
    def secret_key(self, value):
        self.config["SECRET_KEY"] = value

    def register_blueprint(self, blueprint, **options):
        if not __known__(blueprint):
            __undecided__("a blueprint that is not known is registered")
            return
        blueprint.register(self, options)

    def iter_blueprints(self):
        return self.blueprints.values()

    def add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):
        if endpoint is None:
            endpoint = view_func.__name__
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        methods = {item.upper() for item in methods}
        required = set(getattr(view_func, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None and "OPTIONS" not in methods:
            provide_automatic_options = True
            required.add("OPTIONS")
        methods |= required
        rule = self.url_rule_class(rule, methods=methods, endpoint=endpoint, **options)
        rule.view_func = view_func
        rule.place = __place__()
        rule.condition = __condition__()
        self.url_map.add(rule)
        if view_func is not None:
            self.view_functions[endpoint] = view_func

    def app_context(self):
        return AppContext(self)

    def test_request_context(self, *args, **kwargs):
        return AppContext(self)

    request_context = test_request_context

    def teardown_appcontext(self, f):
        self.teardown_appcontext_funcs.append(f)
        return f

    def before_first_request(self, f):
        return f

    def shell_context_processor(self, f):
        return f

    template_filter = as_it_is
    template_test = as_it_is
    template_global = as_it_is
    add_template_filter = as_it_is
    add_template_global = as_it_is
    add_template_test = as_it_is

    def ensure_sync(self, f):
        return f

    def make_response(self, value):
        return value

    def open_resource(self, resource, mode="rb", encoding=None):
        return open(os.path.join(self.root_path, resource))

    def open_instance_resource(self, resource, mode="rb", encoding=None):
        return open(os.path.join(self.instance_path, resource))

    def wsgi_app(self, environ, start_response):
        return None

    def run(self, *args, **kwargs):
        return None
