"""Log-in with reddit."""

from flask_dance.contrib import maker

make_reddit_blueprint = maker("reddit")
