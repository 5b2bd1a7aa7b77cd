"""Log-in with discord."""

from flask_dance.contrib import maker

make_discord_blueprint = maker("discord")
