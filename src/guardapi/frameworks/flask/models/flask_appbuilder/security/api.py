"""Log-in for API clients."""

from flask_appbuilder.api import BaseApi, expose, safe
from flask_appbuilder.const import API_SECURITY_VERSION


class SecurityApi(BaseApi):
    resource_name = "security"
    version = API_SECURITY_VERSION
    openapi_spec_tag = "Security"

    def add_apispec_components(self, api_spec):
        pass

    @expose("/login", methods=["POST"])
    @safe
    def login(self):
        pass

    @expose("/refresh", methods=["POST"])
    @safe
    def refresh(self):
        pass
