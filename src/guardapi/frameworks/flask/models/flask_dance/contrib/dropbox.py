"""Log-in with dropbox."""

from flask_dance.contrib import maker

make_dropbox_blueprint = maker("dropbox")
