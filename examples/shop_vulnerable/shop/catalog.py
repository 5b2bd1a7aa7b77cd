"""The catalogue: search and product pages."""

from flask import Blueprint, abort, jsonify, request

from shop.database import connect

bp = Blueprint("catalog", __name__, url_prefix="/catalog")


@bp.get("/search")
def search():
    """A scan of the whole table for each request, and the caller says how many rows come back."""
    words = f"%{request.args.get('q', '')}%"
    count = request.args.get("limit", 20, type=int)
    query = "SELECT sku, title, cents FROM product WHERE title LIKE ? ORDER BY title LIMIT ?"
    rows = connect().execute(query, (words, count)).fetchall()
    return jsonify(products=[dict(row) for row in rows])


@bp.get("/products/<int:product_id>")
def product(product_id):
    """One product."""
    query = "SELECT sku, title, cents FROM product WHERE id = ?"
    row = connect().execute(query, (product_id,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(dict(row))
