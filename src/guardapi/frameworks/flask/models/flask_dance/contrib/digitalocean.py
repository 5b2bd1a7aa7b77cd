"""Log-in with digitalocean."""

from flask_dance.contrib import maker

make_digitalocean_blueprint = maker("digitalocean")
