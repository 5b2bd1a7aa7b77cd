"""`Blueprint`: routes that are recorded, and added when an application registers them."""

from flask.cli import AppGroup
from flask.scaffold import Scaffold, as_it_is


class BlueprintSetupState:
    def __init__(self, blueprint, app, options, first_registration):
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        subdomain = options.get("subdomain")
        self.subdomain = blueprint.subdomain if subdomain is None else subdomain
        url_prefix = options.get("url_prefix")
        is_none = url_prefix is None
        self.url_prefix = blueprint.url_prefix if __known__(is_none) and is_none else url_prefix
        self.whole_prefix = self.url_prefix
        if not __known__(self.url_prefix):
            __undecided__("a URL prefix that is not known; it is left out of the rules")
            self.url_prefix = ""  # nothing is in front of a rule, and yet it starts with a slash
        self.name = options.get("name", blueprint.name)
        self.name_prefix = options.get("name_prefix", "")
        self.url_defaults = dict(blueprint.url_values_defaults)
        self.url_defaults.update(options.get("url_defaults", ()))

    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        if self.url_prefix is not None:
            if not __known__(rule) or rule:
                rule = "/".join((self.url_prefix.rstrip("/"), rule.lstrip("/")))
            else:
                rule = self.whole_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            endpoint = view_func.__name__
        defaults = self.url_defaults
        if "defaults" in options:
            defaults = dict(defaults, **options.pop("defaults"))
        self.app.add_url_rule(
            rule,
            f"{self.name_prefix}.{self.name}.{endpoint}".lstrip("."),
            view_func,
            defaults=defaults,
            **options,
        )


class Blueprint(Scaffold):
    def __init__(
        self,
        name,
        import_name=None,
        static_folder=None,
        static_url_path=None,
        template_folder=None,
        url_prefix=None,
        subdomain=None,
        url_defaults=None,
        root_path=None,
        cli_group=None,
    ):
        Scaffold.__init__(self, import_name, static_folder, static_url_path, template_folder, root_path)
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.url_values_defaults = url_defaults if url_defaults is not None else {}
        self.deferred_functions = []
        self.cli = AppGroup()
        self._blueprints = []

    def record(self, func):
        self.deferred_functions.append(func)

    def record_once(self, func):
        def wrapper(state):
            if state.first_registration:
                func(state)

        self.record(wrapper)

    def make_setup_state(self, app, options, first_registration=False):
        return BlueprintSetupState(self, app, options, first_registration)

    def register_blueprint(self, blueprint, **options):
        if not __known__(blueprint):
            __undecided__("a blueprint that is not known is registered")
            return
        self._blueprints.append((blueprint, options))

    def register(self, app, options, first_registration=None):
        own_name = options.get("name", self.name)
        name = f"{options.get('name_prefix', '')}.{own_name}".lstrip(".")
        known = list(app.blueprints.values())
        first_name = name not in app.blueprints
        first = first_registration if first_registration is not None else self not in known
        app.blueprints[name] = self
        state = self.make_setup_state(app, options, first)
        if self.has_static_folder:
            state.add_url_rule(
                self.static_url_path + "/<path:filename>",
                view_func=self.send_static_file,
                endpoint="static",
            )
        if first or first_name:
            self._merge_functions(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        for child, given in self._blueprints:
            self._register_child(app, state, name, child, dict(given))

    def _register_child(self, app, state, name, child, options):
        prefix = options.get("url_prefix")
        if prefix is None:
            prefix = child.url_prefix
        if state.url_prefix is not None and prefix is not None:
            options["url_prefix"] = state.url_prefix.rstrip("/") + "/" + prefix.lstrip("/")
        elif prefix is not None:
            options["url_prefix"] = prefix
        elif state.url_prefix is not None:
            options["url_prefix"] = state.url_prefix
        subdomain = options.get("subdomain")
        if subdomain is None:
            subdomain = child.subdomain
        if state.subdomain is not None and subdomain is not None:
            options["subdomain"] = subdomain + "." + state.subdomain
        elif subdomain is not None:
            options["subdomain"] = subdomain
        elif state.subdomain is not None:
            options["subdomain"] = state.subdomain
        options["name_prefix"] = name
        child.register(app, options)

    def _merge_functions(self, app, name):
        for own, merged in (
            (self.before_request_funcs, app.before_request_funcs),
            (self.after_request_funcs, app.after_request_funcs),
        ):
            for function in own.get(None, []):
                merged.setdefault(name, []).append(function)
        for endpoint, function in self.view_functions.items():
            app.view_functions[endpoint] = function

    def add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):
        place = __place__()
        condition = __condition__()

        def deferred(state):
            def add():
                state.add_url_rule(
                    rule, endpoint, view_func, provide_automatic_options=provide_automatic_options, **options
                )

            __at__(place, condition, add)

        self.record(deferred)

    def before_app_request(self, f):
        self.record_once(lambda state: state.app.before_request_funcs.setdefault(None, []).append(f))
        return f

    def after_app_request(self, f):
        self.record_once(lambda state: state.app.after_request_funcs.setdefault(None, []).append(f))
        return f

    def app_errorhandler(self, code):
        def decorator(f):
            self.record_once(lambda state: state.app.register_error_handler(code, f))
            return f

        return decorator

    def endpoint(self, endpoint):
        def decorator(f):
            self.record_once(lambda state: state.app.view_functions.update({endpoint: f}))
            return f

        return decorator

    teardown_app_request = as_it_is
    before_app_first_request = as_it_is
    app_context_processor = as_it_is
    app_template_filter = as_it_is
    app_template_global = as_it_is
    app_template_test = as_it_is
    app_url_defaults = as_it_is
    app_url_value_preprocessor = as_it_is
    add_app_template_filter = as_it_is
    add_app_template_global = as_it_is
