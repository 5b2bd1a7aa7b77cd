"""Log-in with google."""

from flask_dance.contrib import maker

make_google_blueprint = maker("google")
