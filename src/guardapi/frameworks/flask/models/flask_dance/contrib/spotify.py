"""Log-in with spotify."""

from flask_dance.contrib import maker

make_spotify_blueprint = maker("spotify")
