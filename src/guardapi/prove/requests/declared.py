"""The fields that a declared schema asks a request for: pydantic, marshmallow, WTForms, reqparse, webargs."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from guardapi.prove.requests.fields import Read
from guardapi.prove.requests.sources import texts_in

MODELS: Final = frozenset({"BaseModel", "SQLModel"})
SCHEMAS: Final = frozenset({"Schema", "SQLAlchemySchema", "SQLAlchemyAutoSchema"})
FORMS: Final = frozenset({"FlaskForm", "Form", "BaseForm", "SecureForm"})
LOCATIONS: Final = {
    "args": "query",
    "query": "query",
    "querystring": "query",
    "form": "form",
    "json": "json",
    "values": "query",
    "headers": "headers",
    "cookies": "cookies",
    "files": "files",
}
NUMBERS: Final = frozenset(
    {"int", "float", "Decimal", "conint", "PositiveInt", "Int", "Integer", "Float", "Number"}
)
NUMBER_FIELDS: Final = ("Integer", "Decimal", "Float")
AROUND: Final = frozenset({"Optional", "Union", "Annotated", "Required", "NotRequired"})
"""What is written around the type of a field."""
LEAST: Final = {"ge": 0, "min": 0, "min_length": 0, "gt": 1}
MOST: Final = {"le": 0, "max": 0, "max_length": 0, "lt": -1}
"""The words for a bound, with the step from it to the nearest number that is taken."""
RANGES: Final = frozenset({"Length", "Range"})


def declared_in(definition: ast.AST) -> Iterator[Read]:
    """The fields of a schema class, and the arguments that a function declares to a parser."""
    if isinstance(definition, ast.ClassDef):
        yield from _of_class(definition)
    for node in ast.walk(definition):
        if isinstance(node, ast.Call) and _last(node.func) == "add_argument":
            yield from _of_parser(node)
        elif isinstance(node, ast.Call) and _last(node.func) in ("use_args", "use_kwargs"):
            yield from _of_webargs(node)


def _of_class(definition: ast.ClassDef) -> Iterator[Read]:
    bases = {_last(base) for base in definition.bases}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and bases & MODELS:
            annotation = _within(node.annotation)
            yield Read(
                container="json",
                name=node.target.id,
                is_number=_last(annotation) in NUMBERS,
                is_list=_last(annotation) in ("list", "List"),
                is_needed=node.value is None or _is_required(node.value),
                options=_literals(annotation),
                least=_bound(node, LEAST),
                most=_bound(node, MOST),
            )
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if isinstance(node.value, ast.Call) and (bases & SCHEMAS or _is_of_fields(node.value)):
                yield _of_marshmallow("json", name, node.value)
            elif bases & FORMS and isinstance(node.value, ast.Call):
                kind = _last(node.value.func)
                if kind.endswith("Field") and not kind.startswith("Submit"):
                    container = "files" if kind.startswith(("File", "MultipleFile")) else "form"
                    yield Read(container=container, name=name, is_number=kind.startswith(NUMBER_FIELDS))


def _is_of_fields(call: ast.Call) -> bool:
    """`fields.Str(...)`: whatever the class is of, it is a schema."""
    made = call.func
    return isinstance(made, ast.Attribute) and isinstance(made.value, ast.Name) and made.value.id == "fields"


def _of_marshmallow(container: str, name: str, field: ast.Call) -> Read:
    return Read(
        container=container,
        name=name,
        is_number=_last(field.func) in NUMBERS,
        is_list=_last(field.func) == "List",
        is_needed=_flag(field, "required"),
        options=next(filter(None, map(_choices, ast.walk(field))), ()),
        least=_bound(field, LEAST),
        most=_bound(field, MOST),
    )


def _choices(node: ast.AST) -> tuple[str, ...]:
    """`OneOf(["red", "blue"])`."""
    if isinstance(node, ast.Call) and _last(node.func) == "OneOf" and node.args:
        return texts_in(node.args[0])
    return ()


def _literals(kind: ast.expr) -> tuple[str, ...]:
    """`Literal["red", "blue"]`."""
    if not isinstance(kind, ast.Subscript) or _last(kind) != "Literal":
        return ()
    return texts_in(kind.slice) or ((str(kind.slice.value),) if isinstance(kind.slice, ast.Constant) else ())


def _bound(node: ast.AST, words: Mapping[str, int]) -> int | None:
    """The bound that a field is declared with: `Field(ge=2)`, `conint(gt=0)`, `Length(min=3)`, `Length(3)`."""
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        given: list[tuple[str | None, ast.expr]] = [(word.arg, word.value) for word in call.keywords]
        if _last(call.func) in RANGES:
            given += zip(("min", "max"), call.args, strict=False)
        for name, value in given:
            if name is None or name not in words or not isinstance(value, ast.Constant):
                continue
            if isinstance(value.value, int | float):
                return int(value.value) + words[name]
    return None


def _within(annotation: ast.expr) -> ast.expr:
    """The type that matters: of `Optional[int]`, `int | None` and `Annotated[int, Field(ge=1)]` it is `int`."""
    if isinstance(annotation, ast.BinOp):
        parts = [annotation.left, annotation.right]
    elif isinstance(annotation, ast.Subscript) and _last(annotation) in AROUND:
        inside = annotation.slice
        parts = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
    else:
        return annotation
    found = [part for part in parts if not (isinstance(part, ast.Constant) and part.value is None)]
    return _within(found[0]) if found else annotation


def _of_parser(call: ast.Call) -> Iterator[Read]:
    """`parser.add_argument("n", type=int, location="args")`; without a location it takes JSON, too."""
    if not call.args or not isinstance(call.args[0], ast.Constant) or not isinstance(call.args[0].value, str):
        return
    words = {word.arg: word.value for word in call.keywords}
    location = words.get("location")
    if location is None and not {"type", "required", "help", "action"} & set(words):
        return
    text = str(location.value) if isinstance(location, ast.Constant) else "json"
    name = call.args[0].value
    if not name.startswith("-"):
        kind = words.get("type")
        yield Read(
            container=LOCATIONS.get(text, "json"),
            name=name,
            is_number=kind is not None and _last(kind) in NUMBERS,
            is_needed=_flag(call, "required"),
        )


def _of_webargs(call: ast.Call) -> Iterator[Read]:
    """`use_args({"n": fields.Int()}, location="query")`."""
    location = next((word.value for word in call.keywords if word.arg == "location"), None)
    text = str(location.value) if isinstance(location, ast.Constant) else "json"
    given = call.args[0] if call.args else None
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(value, ast.Call):
                yield _of_marshmallow(LOCATIONS.get(text, "json"), str(key.value), value)


def _is_required(value: ast.expr) -> bool:
    """`Field(...)`, `Field(gt=0)`."""
    if not isinstance(value, ast.Call) or _last(value.func) != "Field":
        return False
    if value.args:
        return isinstance(value.args[0], ast.Constant) and value.args[0].value is ...
    return not any(word.arg in ("default", "default_factory") for word in value.keywords)


def _flag(call: ast.Call, name: str) -> bool:
    return any(
        word.arg == name and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )


def _last(node: ast.expr) -> str:
    """The last name of an expression: `fields.List(...)` is `List`."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
