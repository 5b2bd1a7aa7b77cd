"""REST APIs: one blueprint an API, below `/api/<version>/<resource name>`."""

import functools

from flask import Blueprint

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.routing import RoutedClass, expose
from flask_appbuilder.security.decorators import permission_name, protect


def safe(function):
    @functools.wraps(function)
    def guarded(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    return guarded


def rison(schema=None):
    return safe


def merge_response_func(func, key):
    def mark(function):
        return function

    return mark


class BaseApi(RoutedClass):
    version = "v1"
    resource_name = None
    allow_browser_login = False
    csrf_exempt = True
    apispec_parameter_schemas = None
    _apispec_parameter_schemas = None
    openapi_spec_component_schemas = ()
    openapi_spec_methods = {}
    openapi_spec_tag = None
    responses = {}

    def __init__(self):
        self.appbuilder = None
        self.blueprint = None
        self.apispec_parameter_schemas = self.apispec_parameter_schemas or {}
        self._apispec_parameter_schemas = self._apispec_parameter_schemas or {}
        self.class_permission_name = self.class_permission_name or self.__class__.__name__
        self.method_permission_name = self.method_permission_name or {}
        self.base_permissions = list(self.base_permissions or [])
        self._collect_limits()

    def create_blueprint(self, appbuilder, endpoint=None, static_folder=None):
        self.appbuilder = appbuilder
        self.endpoint = endpoint or self.__class__.__name__
        self.resource_name = self.resource_name or self.__class__.__name__.lower()
        if self.route_base is None:
            self.route_base = f"/api/{self.version}/{self.resource_name.lower()}"
        self.blueprint = Blueprint(self.endpoint, __name__, url_prefix=self.route_base)
        self._register_urls()
        return self.blueprint


class BaseModelApi(BaseApi):
    datamodel = SQLAInterface(None)
    search_columns = None
    search_exclude_columns = None
    search_filters = None
    label_columns = None
    base_filters = None
    base_order = None


class ModelRestApi(BaseModelApi):
    list_title = ""
    show_title = ""
    add_title = ""
    edit_title = ""
    list_select_columns = None
    list_outer_default_load = False
    list_columns = None
    show_select_columns = None
    show_outer_default_load = False
    show_columns = None
    add_columns = None
    edit_columns = None
    list_exclude_columns = None
    show_exclude_columns = None
    add_exclude_columns = None
    edit_exclude_columns = None
    order_columns = None
    page_size = 20
    max_page_size = None
    description_columns = None
    validators_columns = None
    add_query_rel_fields = None
    edit_query_rel_fields = None
    order_rel_fields = None
    list_model_schema = None
    add_model_schema = None
    edit_model_schema = None
    show_model_schema = None

    @expose("/_info", methods=["GET"])
    @protect()
    @safe
    @permission_name("info")
    def info(self, **kwargs):
        pass

    @expose("/<int:pk>", methods=["GET"])
    @protect()
    @safe
    @permission_name("get")
    def get(self, pk, **kwargs):
        pass

    @expose("/", methods=["GET"])
    @protect()
    @safe
    @permission_name("get")
    def get_list(self, **kwargs):
        pass

    @expose("/", methods=["POST"])
    @protect()
    @safe
    @permission_name("post")
    def post(self):
        pass

    @expose("/<pk>", methods=["PUT"])
    @protect()
    @safe
    @permission_name("put")
    def put(self, pk):
        pass

    @expose("/<pk>", methods=["DELETE"])
    @protect()
    @safe
    @permission_name("delete")
    def delete(self, pk):
        pass
