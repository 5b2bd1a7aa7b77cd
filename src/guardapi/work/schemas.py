"""What validated objects hold: data of the caller, below the bounds that their schemas set.

Schemas of marshmallow (webargs, flask-smorest, APIFlask), models of pydantic, forms of WTForms and the parsers of
Flask-RESTful and Flask-RESTX, by their resolved names.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, DictValue, External, Function, Instance, StaticMethod
from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import NOTHING, UNRESOLVED, Flow, Given, Local, Taint, all_taints
from guardapi.work.schema_bounds import bound_by, given_to, is_checked, last_name, options, written

if TYPE_CHECKING:
    from guardapi.work.reader import Run
    from guardapi.work.specs import Invocation

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


def answer(run: "Run", made: "Invocation") -> Flow | None:
    """What a call gives that makes or fills a validated object; None for every other call."""
    value = made.function.value
    if type(value) is Class:
        return (
            _constructed(run, value, made) if value.module is not None and not value.module.is_model else None
        )
    handler = METHODS.get(made.path.rpartition(".")[2])
    return handler(run, made) if handler is not None else None


def is_schema(cls: Class) -> bool:
    """Whether a class is a schema of marshmallow."""
    return any(LIBRARY.match(name) and last_name(name).endswith("Schema") for name in _outside(cls))


def is_form(cls: Class) -> bool:
    """Whether a class is a form of WTForms."""
    return any(FORMS.match(name) and last_name(name).endswith("Form") for name in _outside(cls))


def is_model(cls: Class) -> bool:
    """Whether a class is a model of pydantic."""
    return any(name.startswith(("pydantic.", "pydantic_settings.", "sqlmodel.")) for name in _outside(cls))


def _outside(cls: Class) -> Iterator[str]:
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


def _load(run: "Run", made: "Invocation") -> Flow | None:
    """`Schema().load(sent)`."""
    sent = _sent(made.args[:1])
    if sent is None:
        return None
    return validated(run, made.receiver, sent, many=made.constant("many", 1) is True)


def _sent(flows: list[Flow]) -> Sent | None:
    taints = sorted(t for flow in flows for t in all_taints(flow, 1) if t.kind != "identity")
    return Sent(min(taints, key=lambda taint: len(taint.source)).source) if taints else None


def _loaded(run: "Run", cls: Class, sent: Sent) -> Flow:
    fields = {
        name: _field(run, flow, sent.entry(name), name, cls) for name, flow in declared(run, cls).items()
    }
    given = Flow(path="builtins.dict()", taints=frozenset({sent.taint("items", "length")}), fields=fields)
    for name in _hooks(run, cls, "post_load"):
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
    kind, given = _kind_of(flow), given_to(flow)
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


def _kind_of(flow: Flow) -> str:
    """The name of a field's class; of a class of the project's own, that of its base in a library."""
    if type(flow.value) is Instance:
        return next((last_name(name) for name in _outside(flow.value.cls)), "")
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
    for method in _hooks(run, cls, "validates", name) if cls is not None and name else ():
        function = written(cls.find(method)) if cls is not None else MISSING
        if not isinstance(function, Function):
            return "value"
        names = [parameter.arg for parameter in function.node.args.args][1:2]
        env = {found: Flow(taints=frozenset({sent.taint("amount")})) for found in names}
        if is_checked(run, function, env, sent.source):
            return "value"
    return ""


def _hooks(run: "Run", cls: Class, decorator: str, field: str | None = None) -> Iterator[str]:
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


# -- forms of WTForms ----------------------------------------------------------------------------


def _constructed(run: "Run", cls: Class, made: "Invocation") -> Flow | None:
    if is_form(cls):
        return form_instance(run, cls, made)
    if is_model(cls) and _takes_keywords(cls):
        sent = _sent([*made.args, *made.kwargs.values()])
        if sent is None:
            return None
        given = {name: Sent(_shortest(flow)) for name, flow in made.kwargs.items() if flow.taints}
        return model_instance(run, cls, sent, given=given, passed=made.kwargs, is_open=made.is_open)
    if is_schema(cls) and cls.find("__init__") is MISSING:
        path = cls.qualified
        flow = run.reader.names.instance(cls)
        calls = (Given(path, tuple(made.args), made.kwargs, is_open=made.is_open),)
        return Flow(flow.value, f"{path}()", calls=calls)
    return None


def _takes_keywords(cls: Class) -> bool:
    init = cls.find("__init__")
    return init is MISSING or (isinstance(init, Function) and init.module.is_model)


def _shortest(flow: Flow) -> str:
    return min((t.source for t in flow.taints), key=len, default="")


def form_instance(run: "Run", cls: Class, made: "Invocation | None") -> Flow:
    """A form that is filled with what was sent; of Flask-WTF it takes that from the request by itself."""
    reader = run.reader
    sent = _sent(made.args[:1]) if made is not None and made.args else None
    init = cls.find("__init__")
    if isinstance(init, Function) and not init.module.is_model and made is not None:
        bound = run.attribute(reader.names.instance(cls), "__init__", made.node)
        run.apply(bound, made.args, made.kwargs, made.node)
    if made is not None and _reads_by_itself(cls, made):
        run.result.reads_request = True
        if reader.request.get("method", "POST") in BODY_METHODS:
            run.sink(Kind.FORM, WorkClass.LIGHT, last_name(cls.qualified), made.node, facts={"of": "form"})
    sent = sent or Sent("request.form")
    fields = {
        name: _form_field(run, cls, name, flow, sent.entry(name)) for name, flow in declared(run, cls).items()
    }
    held = {
        name: flow.fields["data"] for name, flow in fields.items() if flow.fields and "data" in flow.fields
    }
    whole = Flow(path="builtins.dict()", taints=frozenset({sent.taint("items", "length")}), fields=held)
    instance = reader.names.instance(cls)
    return Flow(instance.value, instance.path, fields={"data": whole, **fields})


BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _reads_by_itself(cls: Class, made: "Invocation") -> bool:
    if any(name.startswith("wtforms.") for name in _outside(cls)) and not any(
        not name.startswith("wtforms.") for name in _outside(cls)
    ):
        return False
    first = made.argument(0, "formdata")
    return first is None or first.value is UNRESOLVED


def _form_field(run: "Run", cls: Class, name: str, flow: Flow, sent: Sent) -> Flow:
    kind, given = _kind_of(flow), given_to(flow)
    validators: tuple[Flow, ...] = ()
    if given is not None:
        # FieldList(unbound, label, validators), all others (label, validators)
        validators = options(given.argument("validators", 2 if kind == "FieldList" else 1))
    taint = sent.taint("amount" if kind in AMOUNTS else "text")
    bound = bound_by(run, validators, taint) or _inline(run, cls, name, sent)
    data = _form_data(run, kind, given, sent, bound)
    raw = Flow(path="builtins.list()", taints=frozenset({sent.taint("items")}))
    return Flow(flow.value, flow.path, fields={"data": data, "raw_data": raw}, calls=flow.calls)


def _form_data(run: "Run", kind: str, given: Given | None, sent: Sent, bound: str) -> Flow:
    if kind in TRUTHS:
        return NOTHING
    if kind in FILES:
        return Flow(path=FILE, taints=frozenset({sent.taint("file", bound)}))
    if kind in COLLECTIONS:
        most = given.argument("max_entries", 4) if given is not None else None
        if most is not None and most.value is not None:
            bound = "length"
        return Flow(path="builtins.list()", taints=frozenset({sent.taint("items", bound)}))
    if kind == "FormField":
        inner = given.argument("form_class", 0) if given is not None else None
        if inner is not None and type(inner.value) is Class and sent.depth < MAX_DEPTH:
            return (form_instance(run, inner.value, None).fields or {}).get("data", NOTHING)
    if kind in AMOUNTS or kind in RANGED:
        # A range field is a slider: its limits are the browser's only.
        return Flow(taints=frozenset({sent.taint("amount", bound)}))
    if kind in CHOSEN:
        checked = given.argument("validate_choice") if given is not None else None
        is_free = checked is not None and checked.value is False
        return Flow(taints=frozenset({sent.taint("text", bound if is_free else "value")}))
    return Flow(taints=frozenset({sent.taint("text", bound if kind in TEXTS else bound or "length")}))


def _inline(run: "Run", cls: Class, name: str, sent: Sent) -> str:
    """`def validate_n(form, field)`."""
    function = written(cls.find(f"validate_{name}"))
    if not isinstance(function, Function) or function.module.is_model:
        return "" if function is MISSING else "value"
    names = [parameter.arg for parameter in function.node.args.args]
    if len(names) < 2:
        return ""
    field = Flow(fields={"data": Flow(taints=frozenset({sent.taint("amount")}))})
    env = {names[0]: run.reader.names.instance(cls), names[1]: field}
    return "value" if is_checked(run, function, env, sent.source) else ""


# -- models of pydantic --------------------------------------------------------------------------


def model_instance(
    run: "Run",
    cls: Class,
    sent: Sent,
    *,
    given: dict[str, Sent] | None = None,
    passed: dict[str, Flow] | None = None,
    is_open: bool = True,
) -> Flow:
    """A model of pydantic that holds what was sent."""
    from guardapi.work.schema_types import annotated_fields  # noqa: PLC0415  # types of fields may be models

    fields = annotated_fields(run, cls, sent)
    for name, flow in (passed or {}).items():
        # A field that the project fills holds no caller data; what it passes of that keeps its own source.
        if not flow.taints and name in fields:
            fields[name] = flow
        elif given is not None and name in given and name in fields:
            fields[name] = _resourced(fields[name], given[name].source)
    if passed and not is_open:
        fields = {name: flow if name in passed else NOTHING for name, flow in fields.items()}
    instance = run.reader.names.instance(cls)
    taints = frozenset({sent.taint("items", "length")})
    return Flow(instance.value, instance.path, taints, fields=fields)


def _resourced(flow: Flow, source: str) -> Flow:
    return flow.tainted(frozenset(t._replace(source=source) for t in flow.taints))


def _validate(run: "Run", made: "Invocation") -> Flow | None:
    """`Model.model_validate(sent)`."""
    cls = made.receiver.value
    if type(cls) is not Class or not is_model(cls):
        return None
    sent = _sent(made.args[:1])
    return model_instance(run, cls, sent) if sent is not None else None


def _dumped(run: "Run", made: "Invocation") -> Flow | None:
    """`model.model_dump()`: its fields as a dictionary."""
    receiver = made.receiver
    if type(receiver.value) is not Instance or not receiver.fields or not is_model(receiver.value.cls):
        return None
    del run
    return Flow(path="builtins.dict()", taints=receiver.taints, fields=receiver.fields)


# -- parsers of arguments ------------------------------------------------------------------------

PARSER: Final = re.compile(r"flask_rest(?:ful|x|plus)\.reqparse\.RequestParser\(\)")
LOCATIONS: Final = {
    "json": Kind.BODY,
    "get_json": Kind.BODY,
    "form": Kind.FORM,
    "values": Kind.FORM,
    "files": Kind.FORM,
}
"""Where parsers look that is in the body."""


def _parse_args(run: "Run", made: "Invocation") -> Flow | None:
    """`parser.parse_args()`."""
    if not PARSER.match(made.receiver.path):
        return None
    added = _arguments_of(made.receiver.calls)
    for kind in sorted({LOCATIONS[w] for given in added.values() for w in _where(given) if w in LOCATIONS}):
        if kind is not Kind.FORM or run.reader.request.get("method", "POST") in BODY_METHODS:
            run.sink(kind, WorkClass.LIGHT, made.path, made.node, facts={"of": "parser"})
    run.result.reads_request = True
    if not added:
        return None
    fields = {name: _parsed(run, given, Sent("parse_args()").entry(name)) for name, given in added.items()}
    taints = frozenset({Taint("parse_args()", "items", "length")})
    return Flow(path="builtins.dict()", taints=taints, fields=fields)


def _arguments_of(calls: tuple[Given, ...]) -> dict[str, Given]:
    added: dict[str, Given] = {}
    for given in calls:
        name = given.argument(0, "name")
        action = given.path.rpartition(".")[2]
        if name is None or not isinstance(name.value, str):
            continue
        if action == "remove_argument":
            added.pop(name.value, None)
        elif action in {"add_argument", "replace_argument"}:
            dest = given.argument("dest")
            key = dest.value if dest is not None and isinstance(dest.value, str) else name.value
            added[key.replace("-", "_") if key is not name.value else key] = given
    return added


def _where(given: Given) -> list[str]:
    found = given.argument("location")
    if found is None:
        return ["json", "values"]
    return [part.value for part in options(found) if isinstance(part.value, str)]


def _parsed(run: "Run", given: Given, sent: Sent) -> Flow:
    chosen, action = given.argument("choices"), given.argument("action")
    bound = "value" if chosen is not None and chosen.value is not None else ""
    found = _converted(run, given.argument("type"), sent, bound)
    if action is not None and action.value in {"append", "split"}:
        return Flow(path="builtins.list()", taints=frozenset({sent.taint("items")}), items=(found,))
    return found


def _converted(run: "Run", kind: Flow | None, sent: Sent, bound: str) -> Flow:
    name = last_name(kind.path) if kind is not None else "str"
    if name in {"int", "float", "Decimal", "natural", "positive"}:
        return Flow(taints=frozenset({sent.taint("amount", bound)}))
    if name == "int_range" and kind is not None:
        return Flow(taints=frozenset({sent.taint("amount", bound_by(run, [kind], sent.taint("amount")))}))
    if name in {"bool", "boolean"}:
        return NOTHING
    if name in {"list", "dict", "set"}:
        return Flow(path=f"builtins.{name}()", taints=frozenset({sent.taint("items", bound)}))
    if name == "FileStorage":
        return Flow(path=FILE, taints=frozenset({sent.taint("file")}))
    if name in {"str", "url", "email", "URL", "regex"}:
        return Flow(taints=frozenset({sent.taint("text", bound)}))
    if kind is not None and isinstance(kind.value, Function | Local | StaticMethod):
        small = bound_by(run, [kind], sent.taint("amount"))
        return Flow(taints=frozenset({sent.taint("text", bound or small)}))
    return Flow(taints=frozenset({sent.taint("text", bound or "length")}))


METHODS: Final = {
    "load": _load,
    "loads": _load,
    "model_validate": _validate,
    "model_validate_json": _validate,
    "parse_obj": _validate,
    "parse_raw": _validate,
    "from_orm": _validate,
    "model_dump": _dumped,
    "dict": _dumped,
    "parse_args": _parse_args,
}
