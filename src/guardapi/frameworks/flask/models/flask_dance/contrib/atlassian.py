"""Log-in with atlassian."""

from flask_dance.contrib import maker

make_atlassian_blueprint = maker("atlassian")
