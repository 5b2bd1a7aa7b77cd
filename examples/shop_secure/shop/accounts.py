"""Accounts: register and log in."""

from flask import Blueprint, jsonify, request
from werkzeug.security import check_password_hash, generate_password_hash

from shop.database import connect
from shop.extensions import limiter

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@bp.post("/register")
@limiter.limit("10 per hour")
def register():
    """Each account costs a password hash and a row that stays."""
    form = request.get_json()
    password = generate_password_hash(form["password"], method="pbkdf2:sha256:20000")
    with connect() as connection:
        connection.execute("INSERT OR IGNORE INTO account VALUES (?, ?)", (form["name"], password))
    return jsonify(name=form["name"]), 201


@bp.post("/login")
@limiter.limit("5 per minute")
def login():
    """Few tries: each is a guess at a password, and a hash to compute."""
    form = request.get_json()
    row = connect().execute("SELECT password FROM account WHERE name = ?", (form["name"],)).fetchone()
    if row is None or not check_password_hash(row["password"], form["password"]):
        return jsonify(error="wrong name or password"), 401
    return jsonify(name=form["name"])
