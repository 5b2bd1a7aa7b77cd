"""Constants of Flask-AppBuilder that decide which views exist."""

AUTH_OID = 0
AUTH_DB = 1
AUTH_LDAP = 2
AUTH_REMOTE_USER = 3
AUTH_OAUTH = 4
AUTH_SAML = 5

PERMISSION_PREFIX = "can_"
API_SECURITY_VERSION = "v1"
