"""Log-in with dexcom."""

from flask_dance.contrib import maker

make_dexcom_blueprint = maker("dexcom")
