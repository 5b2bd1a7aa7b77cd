"""Orders: the export for the accountants."""

import csv
import io

from flask import Blueprint, Response, request

from shop.database import connect
from shop.extensions import limiter

PAGE = 1000

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.get("/export")
@limiter.limit("2 per minute")
def export():
    """A page of orders; the next one begins `after` the last id of this one."""
    query = (
        "SELECT o.id, p.sku, p.title, o.pieces FROM purchase o JOIN product p ON p.id = o.product_id"
        " WHERE o.id > ? ORDER BY o.id LIMIT ?"
    )
    after = request.args.get("after", 0, type=int)
    text = io.StringIO()
    csv.writer(text).writerows(connect().execute(query, (after, PAGE)).fetchall())
    return Response(text.getvalue(), mimetype="text/csv")
