"""The load balancer's question."""

from flask import Blueprint, jsonify

from shop.extensions import limiter

bp = Blueprint("health", __name__)


@bp.get("/health")
@limiter.exempt
def health():
    """Costs nothing, and has to answer the load balancer always."""
    return jsonify(status="ok")
