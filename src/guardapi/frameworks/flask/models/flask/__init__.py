"""Flask, as far as it decides which routes exist and which functions serve them."""

from flask.app import Flask
from flask.blueprints import Blueprint
from flask.config import Config
from flask.ctx import copy_current_request_context, current_app, g

__all__ = [
    "Blueprint",
    "Config",
    "Flask",
    "copy_current_request_context",
    "current_app",
    "g",
]
