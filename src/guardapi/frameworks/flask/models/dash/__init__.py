"""Dash: an object that adds its pages and its callbacks' endpoint to a Flask application, its own or a given one."""

from dash.dash import Dash, no_update
