"""What Flask-RESTX registers: resources through namespaces, swagger.json, its page, a root and its assets."""

import functools
import re

from flask import Blueprint, request
from flask.views import MethodView

apidoc = Blueprint("restx_doc", __name__, static_folder="static", static_url_path="/swaggerui")


def _wrap(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def _unchanged(documented):
    return documented


def marshal_with(fields, envelope=None, skip_none=False, mask=None, ordered=False):
    return _wrap


def marshal_with_field(field):
    return _wrap


def _camel_to_dash(name):
    first = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", first).lower()


class Resource(MethodView):
    representations = None
    method_decorators = []

    def __init__(self, api=None, *args, **kwargs):
        self.api = api

    def dispatch_request(self, *args, **kwargs):
        name = request.method.lower()
        method = getattr(self, name, None)
        if method is None and name == "head":
            method = self.get
        for decorator in self.method_decorators:
            method = decorator(method)
        return method(*args, **kwargs)


class SwaggerView(Resource):
    def get(self):
        return {}


class _ResourceRoute:
    def __init__(self, resource, urls, kwargs):
        self.resource = resource
        self.urls = urls
        self.kwargs = kwargs


class _Documenting:
    """The decorators that a namespace and an API share."""

    def doc(self, shortcut=None, **kwargs):
        return _unchanged

    def expect(self, *inputs, **kwargs):
        return _unchanged

    def param(self, name, description=None, _in="query", **kwargs):
        return _unchanged

    def response(self, code, description, model=None, **kwargs):
        return _unchanged

    def header(self, name, description=None, **kwargs):
        return _unchanged

    def produces(self, mimetypes):
        return _unchanged

    def vendor(self, *args, **kwargs):
        return _unchanged

    def hide(self, func):
        return func

    def deprecated(self, func):
        return func

    def marshal_with(self, fields, as_list=False, code=200, description=None, **kwargs):
        return _wrap

    def marshal_list_with(self, fields, **kwargs):
        return _wrap

    def errorhandler(self, exception):
        if isinstance(exception, type):
            return _unchanged
        return exception


class Namespace(_Documenting):
    def __init__(
        self,
        name,
        description=None,
        path=None,
        decorators=None,
        validate=None,
        authorizations=None,
        ordered=False,
        **kwargs,
    ):
        self.name = name
        self.description = description
        self._path = path
        self.decorators = decorators or []
        self.authorizations = authorizations
        self.ordered = ordered
        self.models = {}
        self.resources = []
        self.apis = []
        if "api" in kwargs:
            self.apis.append(kwargs["api"])

    @property
    def path(self):
        return (self._path or "/" + self.name).rstrip("/")

    def add_resource(self, resource, *urls, **kwargs):
        kwargs.pop("route_doc", None)
        self.resources.append(_ResourceRoute(resource, urls, kwargs))
        for api in self.apis:
            api.register_resource(self, resource, *api.ns_urls(self, urls), **kwargs)

    def route(self, *urls, **kwargs):
        def decorator(cls):
            kwargs.pop("doc", None)
            self.add_resource(cls, *urls, **kwargs)
            return cls

        return decorator


class Api(_Documenting):
    _assets = apidoc

    def __init__(
        self,
        app=None,
        version="1.0",
        title=None,
        description=None,
        terms_url=None,
        license=None,
        license_url=None,
        contact=None,
        contact_url=None,
        contact_email=None,
        authorizations=None,
        security=None,
        doc="/",
        default_id=None,
        default="default",
        default_label="Default namespace",
        validate=None,
        tags=None,
        prefix="",
        ordered=False,
        default_mediatype="application/json",
        decorators=None,
        catch_all_404s=False,
        serve_challenge_on_401=False,
        format_checker=None,
        url_scheme=None,
        default_swagger_filename="swagger.json",
        **kwargs,
    ):
        self.version = version
        self.title = title or "API"
        self.description = description
        self.authorizations = authorizations
        self.security = security
        self.ordered = ordered
        self.tags = tags or []
        self.prefix = prefix
        self.default_mediatype = default_mediatype
        self.decorators = decorators or []
        self.default_swagger_filename = default_swagger_filename
        self.models = {}
        self.representations = {}
        self.namespaces = []
        self.ns_paths = []
        self.endpoints = set()
        self.resources = []
        self.app = None
        self.blueprint = None
        self.blueprint_setup = None
        self._doc = doc
        self._doc_view = None
        self.default_namespace = self.namespace(default, default_label, validate=validate, api=self, path="/")
        if app is not None:
            self.app = app
            self.init_app(app)

    def init_app(self, app, **kwargs):
        self.app = app
        self._add_specs = kwargs.get("add_specs", True)
        # Before the blueprint is known to the API: these rules are the blueprint's plain ones.
        self._register_specs(app)
        self._register_doc(app)
        if isinstance(app, Blueprint):
            app.record(self._deferred_blueprint_init)
            self.blueprint = app
        else:
            self._init_app(app)

    def _deferred_blueprint_init(self, setup_state):
        self.blueprint_setup = setup_state
        self._init_app(setup_state.app)

    def _init_app(self, app):
        for resource, namespace, urls, options in self.resources:
            self._register_view(app, resource, namespace, *urls, **options)
        self._register_apidoc(app)

    def _register_apidoc(self, app):
        state = app.extensions.setdefault(self._assets.name, {})
        if not state.get("apidoc_registered", False):
            app.register_blueprint(self._assets)
        state["apidoc_registered"] = True

    def _register_specs(self, app_or_blueprint):
        if not self._add_specs:
            return
        self._register_view(
            app_or_blueprint,
            SwaggerView,
            self.default_namespace,
            "/" + self.default_swagger_filename,
            endpoint="specs",
            resource_class_args=(self,),
        )
        self.endpoints.add("specs")

    def _register_doc(self, app_or_blueprint):
        if self._add_specs and self._doc:
            app_or_blueprint.add_url_rule(self._doc, "doc", self.render_doc)
        app_or_blueprint.add_url_rule(self.prefix or "/", "root", self.render_root)

    def render_root(self):
        return {}, 404

    def render_doc(self):
        if self._doc_view:
            return self._doc_view()
        return ""

    def documentation(self, func):
        self._doc_view = func
        return func

    def route(self, *urls, **kwargs):
        return self.default_namespace.route(*urls, **kwargs)

    def add_resource(self, resource, *urls, **kwargs):
        return self.default_namespace.add_resource(resource, *urls, **kwargs)

    def namespace(self, *args, **kwargs):
        kwargs["ordered"] = kwargs.get("ordered", self.ordered)
        namespace = Namespace(*args, **kwargs)
        self.add_namespace(namespace)
        return namespace

    def add_namespace(self, ns, path=None):
        if ns not in self.namespaces:
            self.namespaces.append(ns)
            if self not in ns.apis:
                ns.apis.append(self)
            if path is not None:
                self.ns_paths.append((ns, path))
        for route in ns.resources:
            self.register_resource(ns, route.resource, *self.ns_urls(ns, route.urls), **route.kwargs)

    def get_ns_path(self, ns):
        for known, path in self.ns_paths:
            if known is ns:
                return path
        return None

    def ns_urls(self, ns, urls):
        path = self.get_ns_path(ns) or ns.path
        return [path + url for url in urls]

    def default_endpoint(self, resource, namespace):
        endpoint = _camel_to_dash(resource.__name__)
        if namespace is not self.default_namespace:
            endpoint = f"{namespace.name}_{endpoint}"
        if endpoint not in self.endpoints:
            return endpoint
        for suffix in range(2, len(self.endpoints) + 2):
            if f"{endpoint}_{suffix}" not in self.endpoints:
                return f"{endpoint}_{suffix}"
        return endpoint

    def register_resource(self, namespace, resource, *urls, **kwargs):
        endpoint = kwargs.pop("endpoint", None)
        endpoint = str(endpoint or self.default_endpoint(resource, namespace))
        kwargs["endpoint"] = endpoint
        self.endpoints.add(endpoint)
        if self.app is not None:
            self._register_view(self.app, resource, namespace, *urls, **kwargs)
        else:
            self.resources.append((resource, namespace, urls, kwargs))
        return endpoint

    def _complete_url(self, url_part, registration_prefix):
        return "".join([part for part in (registration_prefix, self.prefix, url_part) if part])

    def _register_view(self, app, resource, namespace, *urls, **kwargs):
        options = dict(kwargs)
        endpoint = options.pop("endpoint", None) or _camel_to_dash(resource.__name__)
        class_args = options.pop("resource_class_args", ())
        class_kwargs = options.pop("resource_class_kwargs", {})
        resource.endpoint = endpoint
        view = self.output(resource.as_view(endpoint, self, *class_args, **class_kwargs))
        for decorator in list(namespace.decorators) + list(self.decorators):
            view = decorator(view)
        for url in urls:
            if self.blueprint is None:
                app.add_url_rule(self._complete_url(url, ""), view_func=view, **options)
            elif self.blueprint_setup is None:
                self.blueprint.record(self._rule_for_later(url, view, options))
            else:
                # Once the blueprint is set up, the prefix of the API no longer takes part.
                prefix = self.blueprint_setup.url_prefix or ""
                self._add_rule(self.blueprint_setup, prefix + url, view, options)

    def _rule_for_later(self, url, view, options):
        def add_rule(setup_state):
            self._add_rule(setup_state, self._complete_url(url, setup_state.url_prefix), view, options)

        return add_rule

    def _add_rule(self, setup_state, rule, view, options):
        options = dict(options)
        options.setdefault("subdomain", setup_state.subdomain)
        defaults = dict(setup_state.url_defaults)
        defaults.update(options.pop("defaults", None) or {})
        endpoint = options.pop("endpoint", None) or view.__name__
        # The blueprint's own name alone: neither `name=` nor an outer blueprint changes it.
        full_endpoint = f"{setup_state.blueprint.name}.{endpoint}"
        setup_state.app.add_url_rule(rule, full_endpoint, view, defaults=defaults, **options)

    def output(self, resource):
        return _wrap(resource)

    def representation(self, mediatype):
        def decorator(function):
            self.representations[mediatype] = function
            return function

        return decorator
