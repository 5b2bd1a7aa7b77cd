"""Log-in with nylas."""

from flask_dance.contrib import maker

make_nylas_blueprint = maker("nylas")
