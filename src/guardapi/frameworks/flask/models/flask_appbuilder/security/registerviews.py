"""Self-registration pages."""

from flask_appbuilder.baseviews import expose
from flask_appbuilder.views import PublicFormView


class BaseRegisterUser(PublicFormView):
    route_base = "/register"

    @expose("/activation/<string:activation_hash>")
    def activation(self, activation_hash):
        pass


class RegisterUserDBView(BaseRegisterUser):
    pass


class RegisterUserOIDView(BaseRegisterUser):
    route_base = "/register"


class RegisterUserOAuthView(BaseRegisterUser):
    pass
