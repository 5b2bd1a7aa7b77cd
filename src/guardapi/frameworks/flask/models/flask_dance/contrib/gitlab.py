"""Log-in with gitlab."""

from flask_dance.contrib import maker

make_gitlab_blueprint = maker("gitlab")
