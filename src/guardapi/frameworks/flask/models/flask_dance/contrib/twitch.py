"""Log-in with twitch."""

from flask_dance.contrib import maker

make_twitch_blueprint = maker("twitch")
