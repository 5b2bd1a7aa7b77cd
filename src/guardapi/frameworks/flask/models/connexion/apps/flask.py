"""The place of the application in Connexion 3."""

from connexion.apis.flask_api import FlaskApi
from connexion.apps.flask_app import FlaskApp
