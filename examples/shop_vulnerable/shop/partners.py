"""What partners have in stock: a question to their service."""

import json
from urllib.error import URLError
from urllib.request import urlopen

from flask import Blueprint, current_app, jsonify

bp = Blueprint("partners", __name__, url_prefix="/partners")


@bp.get("/stock/<sku>")
def stock(sku):
    """No timeout: while the partner does not answer, a worker waits, and there are four."""
    host = current_app.config["PARTNER_HOST"]
    try:
        with urlopen(f"http://{host}/stock/{sku}") as answer:
            return jsonify(json.load(answer))
    except (URLError, ValueError):
        return jsonify(error="the partner does not answer"), 502
