"""Log-in with strava."""

from flask_dance.contrib import maker

make_strava_blueprint = maker("strava")
