"""What partners have in stock: a question to their service."""

import json
from urllib.error import URLError
from urllib.request import urlopen

from flask import Blueprint, current_app, jsonify

from shop.extensions import limiter

LARGEST_ANSWER = 64 * 1024

bp = Blueprint("partners", __name__, url_prefix="/partners")


@bp.get("/stock/<sku>")
@limiter.limit("10 per minute")
def stock(sku):
    """Two seconds at most, and no more of the answer than we can use."""
    host = current_app.config["PARTNER_HOST"]
    try:
        with urlopen(f"http://{host}/stock/{sku}", timeout=2) as answer:
            return jsonify(json.loads(answer.read(LARGEST_ANSWER)))
    except (URLError, ValueError, TimeoutError):
        return jsonify(error="the partner does not answer"), 502
