"""What schemas are, and what those of marshmallow (webargs, flask-smorest, APIFlask) hand on of the data they check."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, DictValue, External, Function, Instance
from guardapi.sink import Kind
from guardapi.work.flow import NOTHING, Flow, Given, Local, Taint, all_taints
from guardapi.work.schema_bounds import bound_by, given_to, is_checked, last_name, options, written

if TYPE_CHECKING:
    from guardapi.work.run import Run

MAX_DEPTH: Final = 3
"""Schemas within schemas that are followed."""
MAX_FIELDS: Final = 80
LIBRARY: Final = re.compile(r"(?:\w+_)?marshmallow\w*\.|apiflask\.|flask_smorest\.|webargs\.|flask_rebar\.")
FORMS: Final = re.compile(
    r"(?:wtforms|flask_wtf|wtforms_\w+|flask_appbuilder|flask_security|flask_admin|flask_user)\."
)
AMOUNTS: Final = frozenset(
    {
        "Int",
        "Integer",
        "Float",
        "Decimal",
        "Number",
        "IntegerField",
        "FloatField",
        "DecimalField",
        "TimeDelta",
    }
)
RANGED: Final = frozenset({"IntegerRangeField", "DecimalRangeField"})
COLLECTIONS: Final = frozenset(
    {
        *("List", "DelimitedList", "Tuple", "DelimitedTuple", "Dict", "Mapping", "Raw", "Field", "JSON"),
        *("SelectMultipleField", "FieldList", "MultiCheckboxField"),
    }
)
FILES: Final = frozenset(
    {"Upload", "File", "FileField", "MultipleFileField", "FileUploadField", "ImageUploadField"}
)
FILE: Final = "werkzeug.datastructures.FileStorage()"
"""The path of an uploaded file."""
TEXTS: Final = frozenset(
    {
        *(
            "Str",
            "String",
            "Url",
            "URL",
            "Email",
            "StringField",
            "TextAreaField",
            "PasswordField",
            "HiddenField",
        ),
        *("SearchField", "TelField", "URLField", "EmailField", "TextField", "StringSubField"),
    }
)
TRUTHS: Final = frozenset({"Bool", "Boolean", "BooleanField", "SubmitField", "Constant"})
CHOSEN: Final = frozenset({"SelectField", "RadioField", "QuerySelectField"})

BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LOCATIONS: Final = {
    "json": Kind.BODY,
    "get_json": Kind.BODY,
    "form": Kind.FORM,
    "values": Kind.FORM,
    "files": Kind.FORM,
}
"""Where parsers look that is in the body."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the data of a validated object comes from."""

    source: str
    """`request.json`."""
    depth: int = 0

    def taint(self, kind: str, bound: str = "") -> Taint:
        """The caller data of it."""
        return Taint(self.source, kind, bound)

    def entry(self, name: str) -> "Sent":
        """What it holds under a name."""
        return Sent(f"{self.source}[{name!r:.40}]" if len(self.source) < 80 else self.source, self.depth + 1)


def is_schema(cls: Class) -> bool:
    """Whether a class is a schema of marshmallow."""
    return any(LIBRARY.match(name) and last_name(name).endswith("Schema") for name in outside_names(cls))


def is_form(cls: Class) -> bool:
    """Whether a class is a form of WTForms."""
    return any(FORMS.match(name) and last_name(name).endswith("Form") for name in outside_names(cls))


def is_model(cls: Class) -> bool:
    """Whether a class is a model of pydantic."""
    return any(
        name.startswith(("pydantic.", "pydantic_settings.", "sqlmodel.")) for name in outside_names(cls)
    )


def outside_names(cls: Class) -> Iterator[str]:
    for base in cls.mro:
        if type(base) is External:
            yield base.name
        elif type(base) is Class and base.module is not None and base.module.is_model:
            yield base.qualified


def validated(run: "Run", schema: Flow, sent: Sent, *, many: bool = False) -> Flow | None:
    """What a schema hands on of some data; None where it is not known what it is."""
    value = schema.value
    cls = value if type(value) is Class else value.cls if type(value) is Instance else None
    if cls is not None and cls.module is not None and not cls.module.is_model:
        if is_schema(cls):
            many = many or _says_many(schema)
            one = _loaded(run, cls, sent)
            return _several(one, sent) if many else one
        if is_model(cls):
            from guardapi.work.schema_types import model_instance  # noqa: PLC0415  # schemas hold models, and these schemas

            one = model_instance(run, cls, sent)
            return _several(one, sent) if many else one
    if type(value) is DictValue or (schema.fields and all(_is_field(f) for f in schema.fields.values())):
        return _mapping(run, schema, sent)
    return None


def _several(one: Flow, sent: Sent) -> Flow:
    return Flow(path="builtins.list()", taints=frozenset({sent.taint("items")}), items=(one,))


def _says_many(schema: Flow) -> bool:
    given = given_to(schema)
    found = given.argument("many") if given is not None else None
    if found is None and type(schema.value) is Instance:
        return schema.value.attributes.get("many") is True
    return found is not None and found.value is True


# -- marshmallow ---------------------------------------------------------------------------------


def sent_in(flows: list[Flow]) -> Sent | None:
    taints = sorted(t for flow in flows for t in all_taints(flow, 1) if t.kind != "identity")
    return Sent(min(taints, key=lambda taint: len(taint.source)).source) if taints else None


def _loaded(run: "Run", cls: Class, sent: Sent) -> Flow:
    fields = {
        name: _field(run, flow, sent.entry(name), name, cls) for name, flow in declared(run, cls).items()
    }
    given = Flow(path="builtins.dict()", taints=frozenset({sent.taint("items", "length")}), fields=fields)
    for name in _hooks(cls, "post_load"):
        made = run.attribute(run.reader.names.instance(cls), name, _node(cls))
        found = run.apply(made, [given], {}, _node(cls))
        return found if found is not NOTHING else given
    return given


def _mapping(run: "Run", schema: Flow, sent: Sent) -> Flow:
    names = run.reader.names
    declared_ = dict(schema.fields or {})
    if type(schema.value) is DictValue:
        declared_ |= {k: names.flow(v) for k, v in schema.value.items() if isinstance(k, str)}
    fields = {name: _field(run, flow, sent.entry(name), name, None) for name, flow in declared_.items()}
    return Flow(path="builtins.dict()", taints=frozenset({sent.taint("items", "length")}), fields=fields)


def _is_field(flow: Flow) -> bool:
    return bool(LIBRARY.match(flow.path)) and flow.path.endswith("()")


def declared(run: "Run", cls: Class) -> dict[str, Flow]:
    """The fields of a schema or form, by name, as its class and its bases write them."""
    memo = run.reader.memo
    known: dict[str, Flow] | None = memo.get(("declared", cls))
    if known is not None:
        return known
    found: dict[str, Flow] = {}
    memo["declared", cls] = found
    for base in reversed(cls.mro):
        if type(base) is not Class or base.module is None or base.module.is_model:
            continue
        found.update(_written(run, base))
    for name in list(found)[MAX_FIELDS:]:
        del found[name]
    return found


def _written(run: "Run", cls: Class) -> Iterator[tuple[str, Flow]]:
    module = cls.module
    assert module is not None  # noqa: S101  # for the type checker
    inner = type(run)(run.reader, "", module, None, {}, {})
    seen: set[str] = set()
    for name, _, value in assignments(cls):
        flow = inner.evaluate(value) if value is not None else NOTHING
        inner.env[name] = flow
        seen.add(name)
        if isinstance(value, ast.Call) and flow.value is not None:
            yield name, flow
    for name, value in cls.namespace.items():
        # A class that is made by a call has no text of its own.
        if cls.node is None and name not in seen and type(value) in {External, Instance}:
            yield name, run.reader.names.flow(value)


def assignments(cls: Class) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """Name, annotation and value of what a class body binds."""
    for statement in cls.node.body if cls.node is not None else ():
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.annotation, statement.value
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, None, statement.value


def _field(run: "Run", flow: Flow, sent: Sent, name: str, cls: Class | None) -> Flow:
    """What a field of marshmallow holds."""
    kind, given = field_kind(flow), given_to(flow)
    if kind in TRUTHS:
        return NOTHING
    validators = options(given.argument("validate", "validator")) if given is not None else ()
    bound = bound_by(run, validators, sent.taint("amount" if kind in AMOUNTS else "text"))
    bound = bound or _own_check(run, cls, name, sent)
    if kind == "Nested":
        return _nested(run, given, sent, bound)
    if kind in COLLECTIONS:
        held = _held(run, given, sent) if kind.endswith("List") else None
        return Flow(
            path="builtins.list()",
            taints=frozenset({sent.taint("items", bound)}),
            items=(held,) if held is not None else None,
        )
    if kind in FILES:
        return Flow(path=FILE, taints=frozenset({sent.taint("file", bound)}))
    if kind in AMOUNTS:
        is_known = given is not None and not given.is_open
        return Flow(taints=frozenset({sent.taint("amount", bound or ("" if is_known else "value"))}))
    return Flow(taints=frozenset({sent.taint("text", bound if kind in TEXTS else bound or "length")}))


def field_kind(flow: Flow) -> str:
    """The name of a field's class; of a class of the project's own, that of its base in a library."""
    if type(flow.value) is Instance:
        return next((last_name(name) for name in outside_names(flow.value.cls)), "")
    return last_name(flow.path)


def _nested(run: "Run", given: Given | None, sent: Sent, bound: str) -> Flow:
    taints = frozenset({sent.taint("items", bound)})
    schema = given.argument("nested", 0) if given is not None else None
    if schema is None or given is None or sent.depth >= MAX_DEPTH:
        return Flow(taints=taints)
    if isinstance(schema.value, Local | Function):
        schema = run.apply(schema, [], {}, schema.value.node)
    many = given.argument("many")
    is_many = many is not None and many.value is True
    found = validated(run, schema, sent, many=is_many)
    if found is None:
        return Flow(taints=taints)
    return found.bounded("length") if bound and (is_many or _says_many(schema)) else found


def _held(run: "Run", given: Given | None, sent: Sent) -> Flow | None:
    inner = given.argument("cls_or_instance", "unbound_field", 0) if given is not None else None
    if inner is None or sent.depth >= MAX_DEPTH:
        return None
    return _field(run, inner, Sent(f"{sent.source}[]", sent.depth + 1), "", None)


def _own_check(run: "Run", cls: Class | None, name: str, sent: Sent) -> str:
    """A method of the schema that checks a field, `@validates("n")`."""
    for method in _hooks(cls, "validates", name) if cls is not None and name else ():
        function = written(cls.find(method)) if cls is not None else MISSING
        if not isinstance(function, Function):
            return "value"
        names = [parameter.arg for parameter in function.node.args.args][1:2]
        env = {found: Flow(taints=frozenset({sent.taint("amount")})) for found in names}
        if is_checked(run, function, env, sent.source):
            return "value"
    return ""


def _hooks(cls: Class, decorator: str, field: str | None = None) -> Iterator[str]:
    """Names of the methods that stand under a decorator of the library (for a field)."""
    for base in cls.mro:
        if type(base) is not Class or base.node is None or base.module is None or base.module.is_model:
            continue
        for statement in base.node.body:
            if isinstance(statement, ast.FunctionDef) and any(
                is_hook(found, decorator, field) for found in statement.decorator_list
            ):
                yield statement.name


def is_hook(node: ast.expr, decorator: str, field: str | None) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name != decorator:
        return False
    texts = [a.value for a in node.args if isinstance(a, ast.Constant)] if isinstance(node, ast.Call) else []
    return field is None or field in texts or "*" in texts


def _node(cls: Class) -> ast.AST:
    return cls.node if cls.node is not None else ast.Pass(lineno=1, col_offset=0)
