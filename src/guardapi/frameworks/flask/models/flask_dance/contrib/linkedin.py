"""Log-in with linkedin."""

from flask_dance.contrib import maker

make_linkedin_blueprint = maker("linkedin")
