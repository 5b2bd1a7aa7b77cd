"""What Flask-REST-JSONAPI registers: a view for each resource, on its blueprint or the application."""

import functools

from flask.views import MethodView


def _check_headers(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Resource(MethodView):
    pass


class ResourceList(Resource):
    def get(self, *args, **kwargs):
        return {}

    def post(self, *args, **kwargs):
        return {}


class ResourceDetail(Resource):
    def get(self, *args, **kwargs):
        return {}

    def patch(self, *args, **kwargs):
        return {}

    def delete(self, *args, **kwargs):
        return {}


class ResourceRelationship(Resource):
    def get(self, *args, **kwargs):
        return {}

    def post(self, *args, **kwargs):
        return {}

    def patch(self, *args, **kwargs):
        return {}

    def delete(self, *args, **kwargs):
        return {}


class Api:
    def __init__(self, app=None, blueprint=None, decorators=None, **options):
        self.app = app
        self.blueprint = blueprint
        self.resources = []
        self.resource_registry = []
        self.decorators = decorators or ()
        if app is not None:
            self.init_app(app, blueprint)

    def init_app(self, app=None, blueprint=None, additional_blueprints=None):
        if app is not None:
            self.app = app
        if blueprint is not None:
            self.blueprint = blueprint
        for resource, view, urls, rule_options in self.resources:
            self.route(resource, view, *urls, url_rule_options=rule_options)
        if self.blueprint is not None:
            self.app.register_blueprint(self.blueprint)
        for additional in additional_blueprints or []:
            self.app.register_blueprint(additional)

    def _decorate(self, resource):
        # A class has the header check and its own decorators; those of its bases are dropped.
        if "_checks_headers" not in vars(resource):
            own = vars(resource).get("decorators", ())
            resource.decorators = (_check_headers, *own)
            resource._checks_headers = True

    def route(self, resource, view, *urls, **kwargs):
        self._decorate(resource)
        resource.view = view
        rule_options = kwargs.get("url_rule_options") or {}
        resource_args = kwargs.get("resource_args", [])
        resource_kwargs = kwargs.get("resource_kwargs", {})
        view_func = resource.as_view(view, *resource_args, **resource_kwargs)
        target = kwargs.get("blueprint") or self.blueprint or self.app
        if target is None:
            self.resources.append((resource, view, urls, rule_options))
        else:
            for url in urls:
                target.add_url_rule(url, view_func=view_func, **rule_options)
        self.resource_registry.append(resource)

    def permission_manager(self, permission_manager, with_decorators=True):
        pass

    def oauth_manager(self, oauth_manager):
        pass

    def has_permission(self, *args, **kwargs):
        return _check_headers
