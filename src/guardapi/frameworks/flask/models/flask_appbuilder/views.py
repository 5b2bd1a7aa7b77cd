"""The pages that applications derive their own from, and the ones every application has."""

from flask_appbuilder.baseviews import BaseCRUDView, BaseFormView, BaseView, expose
from flask_appbuilder.release import RELEASE
from flask_appbuilder.security.decorators import has_access, has_access_api


class IndexView(BaseView):
    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self):
        pass


class UtilView(BaseView):
    route_base = ""
    default_view = "back"

    @expose("/back")
    def back(self):
        pass


class SimpleFormView(BaseFormView):
    @expose("/form", methods=["GET"])
    @has_access
    def this_form_get(self):
        pass

    @expose("/form", methods=["POST"])
    @has_access
    def this_form_post(self):
        pass


class PublicFormView(BaseFormView):
    @expose("/form", methods=["GET"])
    def this_form_get(self):
        pass

    @expose("/form", methods=["POST"])
    def this_form_post(self):
        pass


class RestCRUDView(BaseCRUDView):
    """The old API of model views, gone in release 5."""

    disable_api_route_methods = False
    api_route_methods = [
        "api",
        "api_column_add",
        "api_column_edit",
        "api_create",
        "api_delete",
        "api_get",
        "api_read",
        "api_readvalues",
        "api_update",
    ]

    def __init__(self, **kwargs):
        if self.disable_api_route_methods:
            self.exclude_route_methods = {*self.exclude_route_methods, *self.api_route_methods}
        super().__init__(**kwargs)

    @expose("/api", methods=["GET"])
    @has_access_api
    def api(self):
        pass

    @expose("/api/read", methods=["GET"])
    @has_access_api
    def api_read(self):
        pass

    @expose("/api/get/<pk>", methods=["GET"])
    @has_access_api
    def api_get(self, pk):
        pass

    @expose("/api/create", methods=["POST"])
    @has_access_api
    def api_create(self):
        pass

    @expose("/api/update/<pk>", methods=["PUT"])
    @has_access_api
    def api_update(self, pk):
        pass

    @expose("/api/delete/<pk>", methods=["DELETE"])
    @has_access_api
    def api_delete(self, pk):
        pass

    @expose("/api/column/add/<col_name>", methods=["GET"])
    @has_access_api
    def api_column_add(self, col_name):
        pass

    @expose("/api/column/edit/<col_name>", methods=["GET"])
    @has_access_api
    def api_column_edit(self, col_name):
        pass

    @expose("/api/readvalues", methods=["GET"])
    @has_access_api
    def api_readvalues(self):
        pass


_ModelViewBase = RestCRUDView if RELEASE < (5, 0) else BaseCRUDView


class ModelView(_ModelViewBase):
    @expose("/list/")
    @has_access
    def list(self):
        pass

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        pass

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        pass

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        pass

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @has_access
    def delete(self, pk):
        pass

    @expose("/download/<string:filename>")
    @has_access
    def download(self, filename):
        pass

    @expose("/action/<string:name>/<pk>", methods=["GET", "POST"])
    def action(self, name, pk):
        pass

    @expose("/action_post", methods=["POST"])
    def action_post(self):
        pass


class MasterDetailView(BaseCRUDView):
    @expose("/list/")
    @expose("/list/<pk>")
    @has_access
    def list(self, pk=None):
        pass


class MultipleView(BaseView):
    views = None
    _views = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.views = self.views or []
        self._views = self._views or []

    def get_uninit_inner_views(self):
        return self.views

    def get_init_inner_views(self):
        return self._views

    @expose("/list/")
    @has_access
    def list(self):
        pass


class CompactCRUDMixin(BaseCRUDView):
    @expose("/list/", methods=["GET", "POST"])
    @has_access
    def list(self):
        pass

    @expose("/add/", methods=["GET", "POST"])
    @has_access
    def add(self):
        pass

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        pass

    @expose("/delete/<pk>", methods=["GET", "POST"])
    @has_access
    def delete(self, pk):
        pass


GeneralView = ModelView
