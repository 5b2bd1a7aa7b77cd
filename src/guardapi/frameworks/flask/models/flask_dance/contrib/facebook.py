"""Log-in with facebook."""

from flask_dance.contrib import maker

make_facebook_blueprint = maker("facebook")
