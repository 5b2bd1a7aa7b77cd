"""Log-in with zoho."""

from flask_dance.contrib import maker

make_zoho_blueprint = maker("zoho")
