"""What validated objects hold: data of the caller, below the bounds of their schemas."""

import pytest
from reading import sinks_of, work_of

from guardapi.sink import Input, Kind, Role

IMPORTS = """
import enum
import requests
from typing import Annotated, List, Literal, Optional
"""
MARSHMALLOW = f"""{IMPORTS}
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates

def small(value):
    if value > 100:
        raise ValidationError("large")

def odd(value):
    if value % 2:
        raise ValidationError("odd")

class Inner(Schema):
    n = fields.Int(validate=validate.Range(max=5))
    free = fields.Int()

class In(Schema):
    value = {{field}}

    {{method}}

@app.post("/x")
def x():
    sent = In().load(request.get_json())
    requests.get(sent["value"]{{rest}})
"""


def asked(source: str, route: str = "POST /x") -> list[Input]:
    """The caller data in the addresses that are called."""
    found = sinks_of(source, Kind.HTTP, route=route)
    return [given for sink in found for given in sink.inputs if given.role is Role.URL]


@pytest.mark.parametrize(
    ("field", "is_bounded"),
    [
        ("fields.Int()", False),
        ("fields.Integer(validate=validate.Range(min=1))", False),
        ("fields.Integer(validate=validate.Range(1, 100))", True),
        ("fields.Int(validate=validate.Range(max=100))", True),
        ("fields.Int(validate=[validate.Range(min=1), validate.Range(max=100)])", True),
        ("fields.Int(validate=validate.And(validate.Range(min=1), validate.Range(max=9)))", True),
        ("fields.Int(load_default=10, validate=validate.OneOf([10, 20]))", True),
        ("fields.Int(default=10)", False),
        ("fields.Int(validate=lambda n: 0 < n <= 10)", True),
        ("fields.Int(validate=lambda n: n > 0)", False),
        ("fields.Int(validate=small)", True),
        ("fields.Int(validate=odd)", False),
        ("fields.Str()", False),
        ("fields.Str(validate=validate.Length(max=10))", True),
        ("fields.Str(validate=validate.Length(min=10))", False),
        ("fields.Str(validate=validate.Length(equal=10))", True),
    ],
)
def test_marshmallow_bounds_fields(field: str, is_bounded: bool) -> None:
    (given,) = asked(MARSHMALLOW.format(field=field, method="pass", rest=""))

    assert given.is_bounded is is_bounded
    assert given.source == "request.get_json()['value']"


@pytest.mark.parametrize(("method", "is_bounded"), [("value > 100", True), ("value < 1", False)])
def test_method_of_schema_checks_field(method: str, is_bounded: bool) -> None:
    check = f"""@validates("value")
    def check(self, value, **options):
        if {method}:
            raise ValidationError("no")"""
    (given,) = asked(MARSHMALLOW.format(field="fields.Int()", method=check, rest=""))

    assert given.is_bounded is is_bounded


def test_nested_schema_keeps_bounds() -> None:
    bounded = asked(MARSHMALLOW.format(field="fields.Nested(Inner)", method="pass", rest='["n"]'))
    free = asked(MARSHMALLOW.format(field="fields.Nested(Inner)", method="pass", rest='["free"]'))

    assert [given.is_bounded for given in (*bounded, *free)] == [True, False]


def test_truth_values_are_no_data() -> None:
    assert not asked(MARSHMALLOW.format(field="fields.Bool()", method="pass", rest=""))


def test_object_made_after_load() -> None:
    source = """
import requests
from marshmallow import Schema, fields, post_load, validate

class Page:
    def __init__(self, number, size):
        self.number = number
        self.size = size

class PageSchema(Schema):
    number = fields.Int()
    size = fields.Int(validate=validate.Range(max=100))

    @post_load
    def make(self, data, **options):
        return Page(**data)

@app.post("/x")
def x():
    page = PageSchema().load(request.get_json())
    requests.get(page.number)
    requests.get(page.size)
"""
    (free, bounded) = asked(source)

    assert [free.is_bounded, bounded.is_bounded] == [False, True]


@pytest.mark.parametrize(
    ("field", "repeated"),
    [
        ("fields.List(fields.Str())", True),
        ("fields.List(fields.Str(), validate=validate.Length(max=10))", False),
        ("fields.Nested(Inner, many=True)", True),
        ("fields.Nested(Inner, many=True, validate=validate.Length(max=3))", False),
        ("fields.Dict()", True),
    ],
)
def test_length_of_collections(field: str, repeated: bool) -> None:
    source = MARSHMALLOW.format(field=field, method="pass", rest="")
    source = source.replace(
        'requests.get(sent["value"])', 'for one in sent["value"]:\n        requests.get("x")'
    )
    (sink,) = sinks_of(source, Kind.HTTP, route="POST /x")

    assert (sink.repeated_by is not None) is repeated


PYDANTIC = f"""{IMPORTS}
from pydantic import AfterValidator, BaseModel, Field, conint, constr, field_validator

class Kind(enum.Enum):
    A = 1

def small(value):
    if value > 100:
        raise ValueError(value)
    return value

class Model(BaseModel):
    value: {{field}}

    {{method}}

@app.post("/x")
def x():
    sent = {{made}}
    requests.get(sent.value)
"""


@pytest.mark.parametrize(
    ("field", "is_bounded"),
    [
        ("int", False),
        ("int = Field(1, ge=1)", False),
        ("int = Field(1, le=100)", True),
        ("int = Field(default=1, lt=100)", True),
        ("Optional[int] = None", False),
        ("int | None = Field(None, le=5)", True),
        ("Annotated[int, Field(le=5)]", True),
        ("Annotated[int, Field(ge=5)]", False),
        ("Annotated[int, AfterValidator(small)]", True),
        ("conint(le=100)", True),
        ("conint(ge=1)", False),
        ("constr(max_length=10)", True),
        ("str", False),
        ("str = Field(max_length=10)", True),
        ("Literal['a', 'b']", True),
        ("Kind", True),
        ("'int'", False),
        ("SomethingUnknown", True),
    ],
)
def test_pydantic_bounds_fields(field: str, is_bounded: bool) -> None:
    source = PYDANTIC.format(field=field, method="pass", made="Model(**request.get_json())")
    (given,) = asked(source)

    assert given.is_bounded is is_bounded


@pytest.mark.parametrize(
    "made",
    [
        "Model(**request.get_json())",
        "Model.model_validate(request.json)",
        "Model.parse_obj(request.get_json())",
        "Model.model_validate_json(request.data)",
        "Model(value=request.json['value'])",
    ],
)
def test_models_hold_what_was_sent(made: str) -> None:
    free = PYDANTIC.format(field="int", method="pass", made=made)
    bounded = PYDANTIC.format(field="int = Field(le=9)", method="pass", made=made)

    assert [given.is_bounded for given in (*asked(free), *asked(bounded))] == [False, True]


def test_validator_of_model_checks_field() -> None:
    check = """@field_validator("value")
    @classmethod
    def check(cls, value):
        if value > 10:
            raise ValueError("large")
        return value"""
    (given,) = asked(PYDANTIC.format(field="int", method=check, made="Model(**request.json)"))

    assert given.is_bounded


def test_own_values_are_no_data() -> None:
    assert not asked(PYDANTIC.format(field="int", method="pass", made="Model(value=len(app.name))"))


FORM = """
import requests
from flask_wtf import FlaskForm
from wtforms import DecimalField, FloatField, IntegerField, SelectField, StringField
from wtforms.validators import AnyOf, DataRequired, Length, NumberRange, ValidationError

class Sent(FlaskForm):
    value = {field}

    {method}

@app.post("/x")
def x():
    form = Sent()
    if form.validate_on_submit():
        requests.get({read})
    return "x"
"""


@pytest.mark.parametrize(
    ("field", "is_bounded"),
    [
        ("IntegerField()", False),
        ("IntegerField('n', [DataRequired()])", False),
        ("IntegerField('n', [NumberRange(max=10)])", True),
        ("IntegerField('n', default=5, validators=[NumberRange(1, 10)])", True),
        ("IntegerField('n', default=5)", False),
        ("FloatField(validators=[NumberRange(min=1)])", False),
        ("StringField(validators=[Length(max=20)])", True),
        ("StringField()", False),
        ("SelectField(choices=['a', 'b'])", True),
        ("StringField(validators=[AnyOf(['a'])])", True),
    ],
)
def test_forms_bound_fields(field: str, is_bounded: bool) -> None:
    for read in ("form.value.data", 'form.data["value"]'):
        (given,) = asked(FORM.format(field=field, method="pass", read=read))

        assert given.is_bounded is is_bounded


@pytest.mark.parametrize(("test", "is_bounded"), [("field.data > 5", True), ("field.data < 5", False)])
def test_inline_check_of_form(test: str, is_bounded: bool) -> None:
    check = f"def validate_value(form, field):\n        if {test}:\n            raise ValidationError('no')"
    (given,) = asked(FORM.format(field="IntegerField()", method=check, read="form.value.data"))

    assert given.is_bounded is is_bounded


def test_form_reads_body_where_submitted() -> None:
    source = FORM.format(field="StringField()", method="pass", read="form.value.data")
    both = source.replace('@app.post("/x")', '@app.route("/x", methods=["GET", "POST"])')

    assert sinks_of(source, Kind.FORM, route="POST /x")
    assert not sinks_of(both, Kind.FORM, route="GET /x")


PARSER = """
import requests
from {library} import inputs, reqparse
from werkzeug.datastructures import FileStorage

def limited(value):
    number = int(value)
    if number > 10:
        raise ValueError(value)
    return number

{module}

@app.post("/x")
def x():
    {local}
    sent = parser.parse_args()
    requests.get(sent["value"])
    return "x"
"""


@pytest.mark.parametrize("library", ["flask_restful", "flask_restx"])
@pytest.mark.parametrize(
    ("argument", "is_bounded"),
    [
        ('"value", type=int', False),
        ('"value", type=inputs.int_range(1, 10)', True),
        ('"value", type=inputs.natural', False),
        ('"value", choices=("a", "b")', True),
        ('"value", type=limited', True),
        ('"value"', False),
        ('"v", dest="value", type=int', False),
    ],
)
def test_parsers_bound_arguments(library: str, argument: str, is_bounded: bool) -> None:
    made = f"parser = reqparse.RequestParser(); parser.add_argument({argument})"
    for module, local in ((made, "pass"), ("", made)):
        (given,) = asked(PARSER.format(library=library, module=module, local=local))

        assert given.is_bounded is is_bounded


def test_parser_reads_where_it_looks() -> None:
    def kinds(location: str) -> set[Kind]:
        made = f'parser = reqparse.RequestParser(); parser.add_argument("value"{location})'
        source = PARSER.format(library="flask_restx", module=made, local="pass")
        return {sink.kind for sink in sinks_of(source, Kind.BODY, Kind.FORM, route="POST /x")}

    assert kinds(', location="args"') == set()
    assert kinds(', location="json"') == {Kind.BODY}
    assert kinds(', location="files", type=FileStorage') == {Kind.FORM}
    assert kinds("") == {Kind.BODY, Kind.FORM}


SCHEMA = f"""{IMPORTS}
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from webargs.flaskparser import parser, use_args, use_kwargs

class In(Schema):
    n = fields.Int(validate=validate.Range(max=10))
    free = fields.Int()
"""


@pytest.mark.parametrize(
    ("decorated", "reads"),
    [
        ("@use_args(In)\ndef x(sent):\n", True),
        ("@use_args(In())\ndef x(sent):\n", True),
        ('@use_args(In, location="query")\ndef x(sent):\n', False),
        ("@parser.use_args(In)\ndef x(sent):\n", True),
        ("@use_kwargs(In)\ndef x(n, free):\n    sent = {'n': n, 'free': free}\n", True),
        (
            "@use_args({'n': fields.Int(validate=lambda n: n < 9), 'free': fields.Int()})\ndef x(sent):\n",
            True,
        ),
        ("@use_args(In, arg_name='sent')\ndef x(*, sent):\n", True),
    ],
)
def test_webargs_hands_over(decorated: str, reads: bool) -> None:
    source = (
        f'{SCHEMA}\n@app.post("/x")\n{decorated}    requests.get(sent["n"])\n    requests.get(sent["free"])\n'
    )

    assert [given.is_bounded for given in asked(source)] == [True, False]
    assert bool(sinks_of(source, Kind.BODY, route="POST /x")) is reads


def test_parse_hands_over() -> None:
    source = f"""{SCHEMA}
@app.post("/x")
def x():
    sent = parser.parse(In, request, location="form")
    requests.get(sent["n"])
    requests.get(sent["free"])
"""

    assert [given.is_bounded for given in asked(source)] == [True, False]
    assert sinks_of(source, Kind.FORM, route="POST /x")


def test_smorest_method_view() -> None:
    source = f"""{SCHEMA}
from flask_smorest import Blueprint

blp = Blueprint("shop", __name__)

@blp.route("/x/<int:number>")
class View(MethodView):
    @blp.arguments(In, location="query")
    @blp.arguments(In)
    @blp.response(200)
    def post(self, query, sent, number):
        requests.get(query["n"])
        requests.get(sent["free"])

app.register_blueprint(blp)
"""
    route = "POST /x/<int:number>"

    assert [(given.source, given.is_bounded) for given in asked(source, route)] == [
        ("request.args['n']", True),
        ("request.json['free']", False),
    ]
    assert sinks_of(source, Kind.BODY, route=route)


def test_apiflask_input() -> None:
    source = {
        "shop.py": """
            import requests
            from apiflask import APIFlask, Schema
            from apiflask.fields import Integer
            from apiflask.validators import Range

            app = APIFlask(__name__)

            class In(Schema):
                n = Integer(validate=Range(max=10))
                free = Integer()

            @app.post("/x")
            @app.input(In)
            def x(json_data):
                requests.get(json_data["n"])
                requests.get(json_data["free"])

            @app.get("/old")
            @app.input(In, location="query")
            def old(data):
                requests.get(data["free"])
        """
    }

    assert [given.is_bounded for given in asked(source)] == [True, False]
    assert [given.source for given in asked(source, "GET /old")] == ["request.args['free']"]


@pytest.mark.parametrize(
    ("imported", "decorator", "parameters", "sources"),
    [
        ("from flask_pydantic import validate", "@validate()", "body: In, query: In", ["json", "args"]),
        (
            "from spectree import SpecTree\nspec = SpecTree('flask')",
            "@spec.validate(json=In, query=In)",
            "json: In, query: In",
            ["json", "args"],
        ),
    ],
)
def test_annotations_hand_over(imported: str, decorator: str, parameters: str, sources: list[str]) -> None:
    first, second = (part.partition(":")[0].strip() for part in parameters.split(","))
    source = f"""
import requests
{imported}
from pydantic import BaseModel, Field

class In(BaseModel):
    n: int = Field(1, le=10)
    free: int

@app.post("/x")
{decorator}
def x({parameters}):
    requests.get({first}.free)
    requests.get({second}.n)
"""

    assert [(given.source, given.is_bounded) for given in asked(source)] == [
        (f"request.{sources[0]}['free']", False),
        (f"request.{sources[1]}['n']", True),
    ]
    assert sinks_of(source, Kind.BODY, route="POST /x")


def test_schema_that_is_not_known_bounds() -> None:
    """What cannot be read makes no finding."""
    source = f"""{SCHEMA}
from company import schemas

@app.post("/x")
@use_args(schemas.order)
def x(sent):
    requests.get(sent["n"])
"""

    assert [given.is_bounded for given in asked(source)] == [True]


def test_recursive_schemas_end() -> None:
    found = work_of(
        f"""{SCHEMA}
from pydantic import BaseModel

class Tree(Schema):
    below = fields.Nested(lambda: Tree(), many=True)

class Node(BaseModel):
    below: "list[Node]"

@app.post("/x")
def x():
    Tree().load(request.json)
    Node(**request.json)
""",
        "POST /x",
    )

    assert found.of(Kind.BODY)
