"""The shop's SQLite database: one connection a request, and the schema with its sample rows."""

import sqlite3
from pathlib import Path

from flask import Flask, current_app, g
from werkzeug.security import generate_password_hash

SCHEMA = """
CREATE TABLE account (name TEXT PRIMARY KEY, password TEXT NOT NULL);
CREATE TABLE product (id INTEGER PRIMARY KEY, sku TEXT UNIQUE, title TEXT NOT NULL, cents INTEGER NOT NULL);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL, pieces INTEGER NOT NULL);
"""


def init_app(app: Flask) -> None:
    """Create the database where there is none, and close each request's connection."""
    app.teardown_appcontext(close)
    path = Path(app.config["DATABASE"])
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        add_samples(connection)
    connection.close()


def add_samples(connection: sqlite3.Connection) -> None:
    """Fill an empty database so that the shop has something to show."""
    password = generate_password_hash("correct horse", method="pbkdf2:sha256:20000")
    connection.execute("INSERT INTO account VALUES ('ada', ?)", (password,))
    for number in range(1, 201):
        row = (number, f"SKU{number:04}", f"Teapot number {number}", 1000 + 5 * number)
        connection.execute("INSERT INTO product VALUES (?, ?, ?, ?)", row)
        connection.execute("INSERT INTO purchase VALUES (?, ?, ?)", (number, number, 1 + number % 3))


def connect() -> sqlite3.Connection:
    """The connection of this request."""
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"], timeout=2)
        g.connection.row_factory = sqlite3.Row
    return g.connection


def close(_error: BaseException | None = None) -> None:
    """Close the connection, if the request opened one."""
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()
