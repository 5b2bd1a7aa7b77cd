"""Log-in with orcid."""

from flask_dance.contrib import maker

make_orcid_blueprint = maker("orcid")
