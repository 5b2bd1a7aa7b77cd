"""Log-in with meetup."""

from flask_dance.contrib import maker

make_meetup_blueprint = maker("meetup")
