"""Log-in with heroku."""

from flask_dance.contrib import maker

make_heroku_blueprint = maker("heroku")
