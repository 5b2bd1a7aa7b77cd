"""Pictures of products."""

import uuid
from pathlib import Path

from flask import Blueprint, current_app, jsonify, request

bp = Blueprint("media", __name__, url_prefix="/media")


@bp.post("/upload")
def upload():
    """Reads a file of any size into memory and keeps it for ever."""
    content = request.files["picture"].read()
    folder = Path(current_app.config["UPLOADS"])
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    (folder / name).write_bytes(content)
    return jsonify(name=name, size=len(content))
