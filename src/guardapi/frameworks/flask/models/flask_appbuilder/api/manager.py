"""The OpenAPI description and its page, off unless FAB_API_SWAGGER_UI is set."""

from flask_appbuilder.api import BaseApi, expose, protect, safe
from flask_appbuilder.basemanager import BaseManager
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import has_access


class OpenApi(BaseApi):
    route_base = "/api"
    allow_browser_login = True

    @expose("/<version>/_openapi")
    @protect()
    @safe
    def get(self, version):
        pass


class SwaggerView(BaseView):
    route_base = "/swagger"
    default_view = "ui"
    openapi_uri = "/api/{}/_openapi"

    @expose("/<version>")
    @has_access
    def show(self, version):
        pass


class OpenApiManager(BaseManager):
    def register_views(self):
        config = self.appbuilder.app.config
        if not config.get("FAB_ADD_OPENAPI_VIEWS", True):
            return
        if config.get("FAB_API_SWAGGER_UI", False):
            self.appbuilder.add_api(OpenApi)
            self.appbuilder.add_view_no_menu(SwaggerView)
