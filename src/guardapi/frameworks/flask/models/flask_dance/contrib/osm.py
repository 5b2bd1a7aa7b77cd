"""Log-in with osm."""

from flask_dance.contrib import maker

make_osm_blueprint = maker("osm")
