"""Connexion: the rules of a Flask application from an OpenAPI document."""

from connexion.apis.flask_api import FlaskApi
from connexion.apps.flask_app import FlaskApp
from connexion.resolver import Resolution, Resolver, RestyResolver

App = FlaskApp
Api = FlaskApi
