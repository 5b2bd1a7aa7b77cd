"""The bases of all pages: one blueprint a view, named after its class."""

from flask import Blueprint

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.routing import RoutedClass, expose

AbstractViewApi = RoutedClass


def expose_api(name="", url="", methods=("GET",), description=""):
    def mark(function):
        return expose(url or "/api/" + name, methods)(function)

    return mark


class BaseView(RoutedClass):
    template_folder = "templates"
    static_folder = "static"
    default_view = "list"
    extra_args = None

    def __init__(self, **kwargs):
        self.class_permission_name = self.class_permission_name or self.__class__.__name__
        self.method_permission_name = self.method_permission_name or {}
        self.base_permissions = list(self.base_permissions or [])
        self.extra_args = self.extra_args or {}
        self._collect_limits()

    def create_blueprint(self, appbuilder, endpoint=None, static_folder=None):
        self.appbuilder = appbuilder
        self.endpoint = endpoint or self.__class__.__name__
        if self.route_base is None:
            self.route_base = "/" + self.__class__.__name__.lower()
        self.static_folder = static_folder
        if static_folder:
            self.blueprint = Blueprint(
                self.endpoint, __name__, url_prefix=self.route_base, static_folder=static_folder
            )
        else:
            self.blueprint = Blueprint(self.endpoint, __name__, url_prefix=self.route_base)
        self._register_urls()
        return self.blueprint


class BaseFormView(BaseView):
    default_view = "this_form_get"
    form = None
    form_title = ""
    form_columns = None
    form_fieldsets = None


class BaseModelView(BaseView):
    datamodel = SQLAInterface(None)
    title = "Title"
    search_columns = None
    search_exclude_columns = None
    search_form = None
    search_form_extra_fields = None
    search_form_query_rel_fields = None
    label_columns = None
    base_filters = None
    base_order = None
    page_size = 25


class BaseCRUDView(BaseModelView):
    related_views = None
    _related_views = None
    list_title = ""
    show_title = ""
    add_title = ""
    edit_title = ""
    list_columns = None
    show_columns = None
    add_columns = None
    edit_columns = None
    show_exclude_columns = None
    add_exclude_columns = None
    edit_exclude_columns = None
    order_columns = None
    description_columns = None
    formatters_columns = None
    show_fieldsets = None
    add_fieldsets = None
    edit_fieldsets = None
    add_form = None
    edit_form = None
    add_form_extra_fields = None
    edit_form_extra_fields = None
    add_form_query_rel_fields = None
    edit_form_query_rel_fields = None
    validators_columns = None
    actions = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.related_views = self.related_views or []
        self._related_views = self._related_views or []

    def get_uninit_inner_views(self):
        return self.related_views

    def get_init_inner_views(self):
        return self._related_views
