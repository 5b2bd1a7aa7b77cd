"""What Flask-RESTful registers: one view for each resource, on an application or through a blueprint."""

import functools

from flask import Blueprint, request
from flask.views import MethodView


class Resource(MethodView):
    representations = None
    method_decorators = []

    def dispatch_request(self, *args, **kwargs):
        name = request.method.lower()
        method = getattr(self, name, None)
        if method is None and name == "head":
            method = self.get
        decorators = self.method_decorators
        if isinstance(decorators, dict):
            decorators = decorators.get(name, [])
        for decorator in decorators:
            method = decorator(method)
        return method(*args, **kwargs)


class Api:
    def __init__(
        self,
        app=None,
        prefix="",
        default_mediatype="application/json",
        decorators=None,
        catch_all_404s=False,
        serve_challenge_on_401=False,
        url_part_order="bae",
        errors=None,
    ):
        self.prefix = prefix
        self.default_mediatype = default_mediatype
        self.decorators = decorators or []
        self.catch_all_404s = catch_all_404s
        self.serve_challenge_on_401 = serve_challenge_on_401
        self.url_part_order = url_part_order
        self.errors = errors or {}
        self.representations = {}
        self.endpoints = set()
        self.resources = []
        self.blueprint = None
        self.blueprint_setup = None
        self.app = None
        if app is not None:
            self.app = app
            self.init_app(app)

    def init_app(self, app):
        # `self.app` stays as it is: resources added after a late init_app() are never registered.
        if isinstance(app, Blueprint):
            app.record(self._deferred_blueprint_init)
            self.blueprint = app
        else:
            self._init_app(app)

    def _deferred_blueprint_init(self, setup_state):
        self.blueprint_setup = setup_state
        self._init_app(setup_state.app)

    def _init_app(self, app):
        for resource, urls, options in self.resources:
            self._register_view(app, resource, *urls, **options)

    def add_resource(self, resource, *urls, **kwargs):
        if self.app is not None:
            self._register_view(self.app, resource, *urls, **kwargs)
        else:
            self.resources.append((resource, urls, kwargs))

    def resource(self, *urls, **kwargs):
        def decorator(cls):
            self.add_resource(cls, *urls, **kwargs)
            return cls

        return decorator

    def _complete_url(self, url_part, registration_prefix):
        parts = {"b": registration_prefix, "a": self.prefix, "e": url_part}
        return "".join([parts[key] for key in self.url_part_order if parts[key]])

    def _register_view(self, app, resource, *urls, **kwargs):
        options = dict(kwargs)
        endpoint = options.pop("endpoint", None) or resource.__name__.lower()
        class_args = options.pop("resource_class_args", ())
        class_kwargs = options.pop("resource_class_kwargs", {})
        self.endpoints.add(endpoint)
        resource.endpoint = endpoint
        view = self.output(resource.as_view(endpoint, *class_args, **class_kwargs))
        for decorator in self.decorators:
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
        @functools.wraps(resource)
        def wrapper(*args, **kwargs):
            return resource(*args, **kwargs)

        return wrapper

    def representation(self, mediatype):
        def decorator(function):
            self.representations[mediatype] = function
            return function

        return decorator


class marshal_with:
    def __init__(self, fields, envelope=None):
        self.fields = fields
        self.envelope = envelope

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper


class marshal_with_field:
    def __init__(self, field):
        self.field = field

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper
