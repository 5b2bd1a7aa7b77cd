"""Log-in with salesforce."""

from flask_dance.contrib import maker

make_salesforce_blueprint = maker("salesforce")
