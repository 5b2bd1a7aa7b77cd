"""The security manager: its settings, its limiter and the views it registers."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from flask_appbuilder.basemanager import BaseManager
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP, AUTH_OAUTH, AUTH_OID, AUTH_REMOTE_USER, AUTH_SAML
from flask_appbuilder.release import RELEASE
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.registerviews import (
    RegisterUserDBView,
    RegisterUserOAuthView,
    RegisterUserOIDView,
)
from flask_appbuilder.security.views import (
    AuthDBView,
    AuthLDAPView,
    AuthOAuthView,
    AuthOIDView,
    AuthRemoteUserView,
    AuthSAMLView,
    PermissionModelView,
    PermissionViewModelView,
    RegisterUserModelView,
    ResetMyPasswordView,
    ResetPasswordView,
    RoleModelView,
    UserDBModelView,
    UserGroupModelView,
    UserInfoEditView,
    UserLDAPModelView,
    UserOAuthModelView,
    UserOIDModelView,
    UserRemoteUserModelView,
    UserSAMLModelView,
    UserStatsChartView,
    ViewMenuModelView,
)


class _SessionExtension:
    """Stands for the log-in and token managers, which add no routes."""

    login_view = None

    def init_app(self, app):
        pass

    def user_loader(self, callback):
        return callback

    def request_loader(self, callback):
        return callback

    def user_lookup_loader(self, callback):
        return callback

    def unauthorized_handler(self, callback):
        return callback


class AbstractSecurityManager(BaseManager):
    pass


class BaseSecurityManager(AbstractSecurityManager):
    auth_view = None
    user_view = None
    registeruser_view = None
    lm = None
    jwt_manager = None
    oauth = None
    oauth_remotes = None
    oauth_user_info = None

    user_model = None
    role_model = None
    group_model = None
    permission_model = None
    viewmenu_model = None
    permissionview_model = None
    registeruser_model = None

    userdbmodelview = UserDBModelView
    userldapmodelview = UserLDAPModelView
    useroidmodelview = UserOIDModelView
    useroauthmodelview = UserOAuthModelView
    userremoteusermodelview = UserRemoteUserModelView
    usersamlmodelview = UserSAMLModelView
    registerusermodelview = RegisterUserModelView

    authdbview = AuthDBView
    authldapview = AuthLDAPView
    authoidview = AuthOIDView
    authoauthview = AuthOAuthView
    authremoteuserview = AuthRemoteUserView
    authsamlview = AuthSAMLView

    registeruserdbview = RegisterUserDBView
    registeruseroidview = RegisterUserOIDView
    registeruseroauthview = RegisterUserOAuthView

    resetmypasswordview = ResetMyPasswordView
    resetpasswordview = ResetPasswordView
    userinfoeditview = UserInfoEditView

    security_api = SecurityApi
    rolemodelview = RoleModelView
    groupmodelview = UserGroupModelView
    permissionmodelview = PermissionModelView
    userstatschartview = UserStatsChartView
    viewmenumodelview = ViewMenuModelView
    permissionviewmodelview = PermissionViewModelView

    def __init__(self, appbuilder):
        super().__init__(appbuilder)
        app = appbuilder.app
        app.config.setdefault("AUTH_ROLE_ADMIN", "Admin")
        app.config.setdefault("AUTH_ROLE_PUBLIC", "Public")
        app.config.setdefault("AUTH_TYPE", AUTH_DB)
        app.config.setdefault("AUTH_USER_REGISTRATION", False)
        app.config.setdefault("AUTH_RATE_LIMITED", False)
        app.config.setdefault("AUTH_RATE_LIMIT", "10 per 20 second")
        self.lm = self.create_login_manager(app)
        self.jwt_manager = self.create_jwt_manager(app)
        self.limiter = self.create_limiter(app)

    def create_limiter(self, app):
        limiter = Limiter(key_func=app.config.get("RATELIMIT_KEY_FUNC", get_remote_address))
        limiter.init_app(app)
        return limiter

    def create_login_manager(self, app):
        return _SessionExtension()

    def create_jwt_manager(self, app):
        return _SessionExtension()

    @property
    def auth_type(self):
        return self.appbuilder.app.config["AUTH_TYPE"]

    @property
    def auth_user_registration(self):
        return self.appbuilder.app.config["AUTH_USER_REGISTRATION"]

    @property
    def is_auth_limited(self):
        return self.appbuilder.app.config["AUTH_RATE_LIMITED"]

    @property
    def auth_rate_limit(self):
        return self.appbuilder.app.config["AUTH_RATE_LIMIT"]

    def before_request(self):
        pass

    def add_limit_view(self, baseview):
        for limit in baseview.limits or []:
            self.limiter.limit(
                limit.limit_value,
                key_func=limit.key_func,
                per_method=limit.per_method,
                methods=limit.methods,
                error_message=limit.error_message,
                exempt_when=limit.exempt_when,
                override_defaults=limit.override_defaults,
                deduct_when=limit.deduct_when,
                on_breach=limit.on_breach,
                cost=limit.cost,
            )(baseview.blueprint)

    def _choose_registration_view(self):
        if self.auth_type == AUTH_DB:
            self.registeruser_view = self.registeruserdbview()
        elif self.auth_type == AUTH_OID:
            self.registeruser_view = self.registeruseroidview()
        elif self.auth_type == AUTH_OAUTH:
            self.registeruser_view = self.registeruseroauthview()

    def _choose_auth_view(self):
        if self.auth_type == AUTH_DB:
            self.user_view = self.userdbmodelview
            self.auth_view = self.authdbview()
        elif self.auth_type == AUTH_LDAP:
            self.user_view = self.userldapmodelview
            self.auth_view = self.authldapview()
        elif self.auth_type == AUTH_OAUTH:
            self.user_view = self.useroauthmodelview
            self.auth_view = self.authoauthview()
        elif self.auth_type == AUTH_REMOTE_USER:
            self.user_view = self.userremoteusermodelview
            self.auth_view = self.authremoteuserview()
        elif self.auth_type == AUTH_SAML:
            self.user_view = self.usersamlmodelview
            self.auth_view = self.authsamlview()
        else:
            self.user_view = self.useroidmodelview
            self.auth_view = self.authoidview()

    def register_views(self):
        config = self.appbuilder.app.config
        if not config.get("FAB_ADD_SECURITY_VIEWS", True):
            return
        self.appbuilder.add_api(self.security_api)
        if self.auth_user_registration:
            self._choose_registration_view()
            if self.registeruser_view:
                self.appbuilder.add_view_no_menu(self.registeruser_view)
        self.appbuilder.add_view_no_menu(self.userinfoeditview())
        if self.auth_type == AUTH_DB or RELEASE < (4, 8):
            self.appbuilder.add_view_no_menu(self.resetpasswordview())
            self.appbuilder.add_view_no_menu(self.resetmypasswordview())
        self._choose_auth_view()
        self.appbuilder.add_view_no_menu(self.auth_view)
        if self.is_auth_limited:
            self.limiter.limit(self.auth_rate_limit, methods=["POST"])(self.auth_view.blueprint)

        self.user_view = self.appbuilder.add_view(self.user_view, "List Users", category="Security")
        self.appbuilder.add_view(self.rolemodelview, "List Roles", category="Security")
        if RELEASE >= (4, 6):
            self.appbuilder.add_view(self.groupmodelview, "List Groups", category="Security")
        if self.userstatschartview:
            self.appbuilder.add_view(self.userstatschartview, "User's Statistics", category="Security")
        if self.auth_user_registration:
            self.appbuilder.add_view(self.registerusermodelview, "User Registrations", category="Security")
        self.appbuilder.menu.add_separator("Security")
        if config.get("FAB_ADD_SECURITY_PERMISSION_VIEW", True):
            self.appbuilder.add_view(self.permissionmodelview, "Base Permissions", category="Security")
        if config.get("FAB_ADD_SECURITY_VIEW_MENU_VIEW", True):
            self.appbuilder.add_view(self.viewmenumodelview, "Views/Menus", category="Security")
        if config.get("FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW", True):
            self.appbuilder.add_view(
                self.permissionviewmodelview, "Permission on Views/Menus", category="Security"
            )
