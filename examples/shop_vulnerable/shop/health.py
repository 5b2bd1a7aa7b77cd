"""The load balancer's question."""

from flask import Blueprint, jsonify

bp = Blueprint("health", __name__)


@bp.get("/health")
def health():
    """Costs nothing; needs no limit."""
    return jsonify(status="ok")
