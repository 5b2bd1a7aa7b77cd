"""From the source of a view to a request that reaches it."""

from textwrap import dedent

import pytest

from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree
from guardapi.prove.requests.aims import Aim, Subject, aim
from guardapi.prove.requests.building import path_of
from guardapi.prove.requests.recipes import Recipe
from guardapi.prove.requests.sources import Sources

HEAD = """
from flask import Flask, jsonify, request, session
app = Flask(__name__)
"""


def planned(view: str, recipe: Recipe | None = None, **files: str) -> Aim:
    project = {"shop.py": HEAD + dedent(view), **{f"{name}.py": dedent(text) for name, text in files.items()}}
    report = scan_tree(from_mapping(project))
    app = report.inventory.apps[0]
    subject = Subject(app=app, sources=Sources.of_texts(project), recipe=recipe or Recipe())
    route = next(route for route in app.routes if route.view.place is not None)
    return aim(subject, route, route.methods[0])


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/a/<int:number>/<any(red, blue):colour>", "/a/1/red"),
        ("/users/<username>/mail/<email>", "/users/ann/mail/ann@example.com"),
        ("/files/<path:where>", "/files/some/where"),
        ("/x/<ulid:key>/<float:size>", "/x/1/1.5"),
        ("/y/<int(min=5):year>/<string(length=4):tag>", "/y/5/1111"),
    ],
)
def test_path_fits_its_converters(rule: str, path: str) -> None:
    assert path_of(rule) == path


def test_given_values_come_first() -> None:
    """By the name of a path argument, and of a field."""
    view = """
    @app.post("/users/<int:number>")
    def change(number):
        return request.form["name"]
    """
    request = planned(view, Recipe(values={"number": "42", "name": "zoe"})).request

    assert (request.path, request.form) == ("/users/42", {"name": "zoe"})


def test_fields_are_read_through_calls() -> None:
    view = """
    from orders import size_of

    @app.post("/orders")
    def order():
        sent = request.get_json()
        return jsonify(size=size_of(sent), all=[item["sku"] for item in sent["items"]])
    """
    orders = """
    def size_of(sent):
        return int(sent["amount"])
    """
    request = planned(view, orders=orders).request

    assert isinstance(request.json, dict)
    assert [item["sku"] for item in request.json["items"]] == ["red0", "red1"]


@pytest.mark.parametrize(
    ("schema", "use", "expected"),
    [
        (
            "class Order(BaseModel):\n    name: str\n    amount: int\n    note: str = ''",
            "Order(**request.get_json())",
            {"json": {"name": "ann", "amount": 3, "note": "red"}},
        ),
        (
            "class Order(Schema):\n    mail = fields.Email(required=True)",
            "Order().load(request.get_json())",
            {"json": {"mail": "ann@example.com"}},
        ),
        (
            "class Order(BaseModel):\n    age: Optional[int] = Field(..., gt=4)\n"
            "    tag: str | None = Field(None, min_length=5, max_length=8)\n    kind: Literal['cat', 'dog']",
            "Order(**request.get_json())",
            {"json": {"age": 5, "tag": "red11", "kind": "cat"}},
        ),
        (
            "class Order(Schema):\n    age = fields.Integer(validate=Range(max=2))\n"
            "    kind = fields.String(validate=[Length(1, 9), OneOf(['cat', 'dog'])])",
            "Order().load(request.get_json())",
            {"json": {"age": 2, "kind": "cat"}},
        ),
        (
            "class Base(Schema):\n    pass\nclass Answer(Schema):\n    number = fields.Int()\n"
            "class Order(Base):\n    mail = fields.Email()\n@shop.response(200, Answer)\ndef take():\n"
            "    return Order().load(request.get_json())",
            "take()",
            {"json": {"mail": "ann@example.com"}},
        ),
        (
            "class Order(FlaskForm):\n    mail = StringField()\n    count = IntegerField()\n    go = SubmitField()",
            "Order().mail.data",
            {"form": {"mail": "ann@example.com", "count": "3"}},
        ),
        (
            "parser = RequestParser()\nparser.add_argument('count', type=int, location='args')\n"
            "def Order():\n    parser.add_argument('mail', location='form')\n    return parser.parse_args()",
            "Order()",
            {"form": {"mail": "ann@example.com"}},
        ),
    ],
    ids=[
        "pydantic",
        "marshmallow",
        "pydantic-bounds",
        "marshmallow-bounds",
        "marshmallow-base",
        "wtforms",
        "reqparse",
    ],
)
def test_schemas_say_the_fields(schema: str, use: str, expected: dict[str, object]) -> None:
    names = (
        "BaseModel, Field, FlaskForm, IntegerField, RequestParser, Schema, StringField, SubmitField, fields"
    )
    imports = f"from somewhere import {names}"
    view = f'{imports}\n{schema}\n@app.post("/orders")\ndef order():\n    return jsonify(str({use}))\n'
    request = planned(view).request

    assert {key: getattr(request, key) for key in expected} == expected


def test_headers_of_recipe_are_sent() -> None:
    view = """
    @app.get("/mine")
    def mine():
        return session["account"] + request.headers["X-Shop"]
    """
    request = planned(view, Recipe(headers={"Authorization": "Bearer x"}, cookies={"a": "b"})).request

    assert request.headers == {"X-Shop": "red", "Authorization": "Bearer x"}
    assert (request.cookies, request.session) == ({"a": "b"}, {"account": "ann"})
