"""The release that is meant, major and minor; 4 and 5 differ in routes."""

RELEASE = __installed__((5, 3), "flask-appbuilder")

if RELEASE >= (5, 0) and (
    __imported__("flask_appbuilder", "SQLA", "RestCRUDView")
    or __imported__("flask_appbuilder.const", "AUTH_OID")
    or __imported__("flask_appbuilder.views", "RestCRUDView")
    or __imported__("flask_appbuilder.security.views", "AuthOIDView", "UserOIDModelView")
    or __imported__("flask_appbuilder.security.registerviews", "RegisterUserOIDView")
):
    RELEASE = (4, 8)
