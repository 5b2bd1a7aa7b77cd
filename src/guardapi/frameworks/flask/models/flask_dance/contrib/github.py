"""Log-in with github."""

from flask_dance.contrib import maker

make_github_blueprint = maker("github")
