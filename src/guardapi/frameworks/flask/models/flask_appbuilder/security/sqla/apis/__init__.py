"""Management APIs of users, groups, roles, permissions and API keys."""

from flask_appbuilder.api import BaseApi, ModelRestApi, expose, protect, safe
from flask_appbuilder.release import RELEASE


class PermissionApi(ModelRestApi):
    resource_name = "security/permissions"
    include_route_methods = {"info", "get", "get_list"}


class PermissionViewMenuApi(ModelRestApi):
    resource_name = "security/permissions-resources"


class ViewMenuApi(ModelRestApi):
    resource_name = "security/resources"


class RoleApi(ModelRestApi):
    resource_name = "security/roles"

    @expose("/<int:role_id>/permissions/" if RELEASE >= (4, 6) else "/<int:pk>/permissions/", methods=["GET"])
    @protect()
    @safe
    def list_role_permissions(self, role_id):
        pass

    @expose("/<int:role_id>/permissions", methods=["POST"])
    @protect()
    @safe
    def add_role_permissions(self, role_id):
        pass

    if RELEASE >= (4, 6):

        @expose("/<int:role_id>/users", methods=["PUT"])
        @protect()
        @safe
        def update_role_users(self, role_id):
            pass

    if RELEASE >= (4, 7):

        @expose("/<int:role_id>/groups", methods=["PUT"])
        @protect()
        @safe
        def update_role_groups(self, role_id):
            pass


class UserApi(ModelRestApi):
    resource_name = "security/users"

    @expose("/", methods=["POST"])
    @protect()
    @safe
    def post(self):
        pass

    @expose("/<pk>", methods=["PUT"])
    @protect()
    @safe
    def put(self, pk):
        pass


class GroupApi(ModelRestApi):
    resource_name = "security/groups"

    @expose("/", methods=["POST"])
    @protect()
    @safe
    def post(self):
        pass

    @expose("/<pk>", methods=["PUT"])
    @protect()
    @safe
    def put(self, pk):
        pass


class ApiKeyApi(BaseApi):
    resource_name = "security/api_keys"

    @expose("/", methods=["GET"])
    @protect()
    @safe
    def list_api_keys(self):
        pass

    @expose("/", methods=["POST"])
    @protect()
    @safe
    def create_api_key(self):
        pass

    @expose("/<string:key_uuid>", methods=["GET"])
    @protect()
    @safe
    def get_api_key(self, key_uuid):
        pass

    @expose("/<string:key_uuid>", methods=["DELETE"])
    @protect()
    @safe
    def revoke_api_key(self, key_uuid):
        pass
