"""Log-in with slack."""

from flask_dance.contrib import maker

make_slack_blueprint = maker("slack")
