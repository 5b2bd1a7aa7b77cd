"""The pages of the security manager: log-in, users, roles, permissions."""

from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.charts.views import DirectByChartView
from flask_appbuilder.security.decorators import has_access, no_cache
from flask_appbuilder.views import ModelView, SimpleFormView


class PermissionModelView(ModelView):
    route_base = "/permissions"
    base_permissions = ["can_list"]


class ViewMenuModelView(ModelView):
    route_base = "/viewmenus"
    base_permissions = ["can_list"]


class PermissionViewModelView(ModelView):
    route_base = "/permissionviews"
    base_permissions = ["can_list"]


class ResetMyPasswordView(SimpleFormView):
    route_base = "/resetmypassword"


class ResetPasswordView(SimpleFormView):
    route_base = "/resetpassword"


class UserInfoEditView(SimpleFormView):
    pass


class UserModelView(ModelView):
    route_base = "/users"

    @expose("/userinfo/")
    @has_access
    def userinfo(self):
        pass


class UserOIDModelView(UserModelView):
    pass


class UserLDAPModelView(UserModelView):
    pass


class UserOAuthModelView(UserModelView):
    pass


class UserRemoteUserModelView(UserModelView):
    pass


class UserSAMLModelView(UserModelView):
    pass


class UserDBModelView(UserModelView):
    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        pass

    @expose("/userinfo/")
    @has_access
    def userinfo(self):
        pass


class UserStatsChartView(DirectByChartView):
    pass


class RoleModelView(ModelView):
    route_base = "/roles"


class UserGroupModelView(ModelView):
    route_base = "/groups"


class RegisterUserModelView(ModelView):
    route_base = "/registeruser"
    base_permissions = ["can_list", "can_show", "can_delete"]


class AuthView(BaseView):
    route_base = ""
    login_template = ""

    @expose("/login/", methods=["GET", "POST"])
    def login(self):
        pass

    @expose("/logout/")
    def logout(self):
        pass


class AuthDBView(AuthView):
    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self):
        pass


class AuthLDAPView(AuthView):
    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self):
        pass


class AuthOIDView(AuthView):
    @expose("/login/", methods=["GET", "POST"])
    def login(self, flag=True):
        pass


class AuthOAuthView(AuthView):
    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider=None):
        pass

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider):
        pass


class AuthSAMLView(AuthView):
    @expose("/login/")
    @expose("/login/<idp>")
    @no_cache
    def login(self, idp=None):
        pass

    @expose("/saml/acs/", methods=["POST"])
    @no_cache
    def acs(self):
        pass

    @expose("/saml/slo/", methods=["GET", "POST"])
    def slo(self):
        pass

    @expose("/logout/")
    def logout(self):
        pass

    @expose("/saml/metadata/")
    @expose("/saml/metadata/<idp>")
    def metadata(self, idp=None):
        pass


class AuthRemoteUserView(AuthView):
    @expose("/login/")
    def login(self):
        pass
