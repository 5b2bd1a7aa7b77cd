"""Log-in with fitbit."""

from flask_dance.contrib import maker

make_fitbit_blueprint = maker("fitbit")
