"""Log-in with authentiq."""

from flask_dance.contrib import maker

make_authentiq_blueprint = maker("authentiq")
