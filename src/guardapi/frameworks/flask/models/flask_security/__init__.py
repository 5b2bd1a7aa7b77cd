"""Flask-Security-Too 5 (and 4): log-in, registration, recovery, two factors, as the settings say."""

from flask_security.core import RoleMixin, Security, UserMixin
from flask_security.datastore import (
    FSQLALiteUserDatastore,
    MongoEngineUserDatastore,
    PeeweeUserDatastore,
    PonyUserDatastore,
    SQLAlchemySessionUserDatastore,
    SQLAlchemyUserDatastore,
    UserDatastore,
)
from flask_security.decorators import (
    anonymous_user_required,
    auth_required,
    auth_token_required,
    handle_csrf,
    http_auth_required,
    login_required,
    permissions_accepted,
    permissions_required,
    roles_accepted,
    roles_required,
    unauth_csrf,
)
