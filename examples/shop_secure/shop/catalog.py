"""The catalogue: search and product pages."""

from flask import Blueprint, abort, jsonify, request

from shop.database import connect
from shop.extensions import limiter

LARGEST_PAGE = 50

bp = Blueprint("catalog", __name__, url_prefix="/catalog")


@bp.get("/search")
@limiter.limit("20 per minute")
def search():
    """A scan of the whole table, so less often than a product page; the page size is ours in the end."""
    words = f"%{request.args.get('q', '')}%"
    count = min(max(request.args.get("limit", 20, type=int), 1), LARGEST_PAGE)
    query = "SELECT sku, title, cents FROM product WHERE title LIKE ? ORDER BY title LIMIT ?"
    rows = connect().execute(query, (words, count)).fetchall()
    return jsonify(products=[dict(row) for row in rows])


@bp.get("/products/<int:product_id>")
def product(product_id):
    """One product, under the default limit."""
    query = "SELECT sku, title, cents FROM product WHERE id = ?"
    row = connect().execute(query, (product_id,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(dict(row))
