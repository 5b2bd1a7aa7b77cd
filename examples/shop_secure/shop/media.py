"""Pictures of products."""

import uuid
from pathlib import Path

from flask import Blueprint, current_app, jsonify, request

from shop.extensions import limiter

bp = Blueprint("media", __name__, url_prefix="/media")


@bp.post("/upload")
@limiter.limit("4 per minute; 50 per day")
def upload():
    """MAX_CONTENT_LENGTH bounds one picture, the daily limit what one caller can make us keep."""
    picture = request.files["picture"]
    folder = Path(current_app.config["UPLOADS"])
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    picture.save(folder / name)
    return jsonify(name=name, size=(folder / name).stat().st_size)
