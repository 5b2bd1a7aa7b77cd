"""The default security manager; its management APIs are off unless FAB_ADD_SECURITY_API is set."""

from flask_appbuilder.release import RELEASE
from flask_appbuilder.security.manager import BaseSecurityManager
from flask_appbuilder.security.sqla.apis import (
    ApiKeyApi,
    GroupApi,
    PermissionApi,
    PermissionViewMenuApi,
    RoleApi,
    UserApi,
    ViewMenuApi,
)


class SecurityManager(BaseSecurityManager):
    permission_api = PermissionApi
    role_api = RoleApi
    user_api = UserApi
    view_menu_api = ViewMenuApi
    permission_view_menu_api = PermissionViewMenuApi
    group_api = GroupApi

    def register_views(self):
        super().register_views()
        config = self.appbuilder.app.config
        if not config.get("FAB_ADD_SECURITY_API", False):
            return
        self.appbuilder.add_api(self.permission_api)
        self.appbuilder.add_api(self.role_api)
        self.appbuilder.add_api(self.user_api)
        self.appbuilder.add_api(self.view_menu_api)
        self.appbuilder.add_api(self.permission_view_menu_api)
        if RELEASE >= (4, 7):
            self.appbuilder.add_api(self.group_api)
        if RELEASE >= (5, 1) and config.get("FAB_API_KEY_ENABLED", False):
            self.appbuilder.add_api(ApiKeyApi)

    def create_db(self):
        pass
