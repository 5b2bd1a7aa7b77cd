"""Log-in with azure."""

from flask_dance.contrib import maker

make_azure_blueprint = maker("azure")
