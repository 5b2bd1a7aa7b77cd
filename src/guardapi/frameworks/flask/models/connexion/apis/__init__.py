"""APIs of Connexion."""

from connexion.apis.flask_api import FlaskApi
