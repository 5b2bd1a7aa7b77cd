"""Models of pydantic: what the types of their fields bound, and what `Field(...)` does."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Class, Function, Instance
from guardapi.work.flow import NOTHING, Flow, join
from guardapi.work.schema_bounds import bound_by, is_checked, strictest, written
from guardapi.work.schemas import (
    FILE,
    MAX_DEPTH,
    MAX_FIELDS,
    Sent,
    assignments,
    is_hook,
    is_model,
    sent_in,
)

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

NUMBERS: Final = frozenset(
    {
        *("int", "float", "Decimal", "complex", "PositiveInt", "NonNegativeInt", "StrictInt", "StrictFloat"),
        *("PositiveFloat", "NonNegativeFloat", "FiniteFloat", "timedelta", "ByteSize"),
    }
)
LOW: Final = frozenset({"NegativeInt", "NonPositiveInt", "NegativeFloat", "NonPositiveFloat"})
TEXTS: Final = frozenset(
    {"str", "bytes", "StrictStr", "StrictBytes", "AnyUrl", "SecretStr", "SecretBytes", "Base64Str"}
)
SHORT: Final = frozenset({"EmailStr", "HttpUrl", "AnyHttpUrl", "NameEmail", "PaymentCardNumber", "Color"})
"""Texts that are checked to be of limited length."""
COLLECTIONS: Final = frozenset(
    {
        *("list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence", "Iterable", "Collection"),
        *("MutableSequence", "deque", "tuple", "Tuple"),
    }
)
MAPPINGS: Final = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "Any", "object", "Json", "JsonValue"}
)
CONSTRAINED: Final = {
    "conint": "int", "confloat": "float", "condecimal": "Decimal", "constr": "str", "conbytes": "bytes",
    "conlist": "list", "conset": "set", "confrozenset": "set",
}  # fmt: skip
EITHER: Final = frozenset({"Optional", "Union"})
THROUGH: Final = frozenset({"Final", "Required", "NotRequired", "ReadOnly", "SkipValidation", "Mapped"})
HOOKS: Final = ("field_validator", "validator")


def annotated_fields(run: "Run", cls: Class, sent: Sent) -> dict[str, Flow]:
    """What each field of a model holds, by name, the bases' first."""
    found: dict[str, Flow] = {}
    for base in reversed(cls.mro):
        if type(base) is not Class or base.module is None or base.module.is_model:
            continue
        inner = type(run)(run.reader, "", base.module, None, {}, {})
        for name, annotation, value in assignments(base):
            if (
                annotation is None
                or name.startswith("_")
                or name == "model_config"
                or len(found) > MAX_FIELDS
            ):
                continue
            part = sent.entry(name)
            bound = strictest([_of_field(inner, value), _of_hooks(inner, cls, name, part)])
            flow = typed(inner, annotation, part)
            found[name] = flow.bounded(bound) if bound and flow.taints else flow
    return found


def typed(run: "Run", node: ast.expr, sent: Sent) -> Flow:
    """What a value of a type holds that the caller has sent."""
    if isinstance(node, ast.Constant):
        return _of_text(run, node, sent)
    if isinstance(node, ast.BinOp):
        return _joined(run, [node.left, node.right], sent)
    if isinstance(node, ast.Subscript):
        return _subscripted(run, node, sent)
    if isinstance(node, ast.Call):
        return _constrained(run, node, sent)
    return _named(run, node, sent)


def _of_text(run: "Run", node: ast.Constant, sent: Sent) -> Flow:
    if node.value is None or not isinstance(node.value, str) or len(node.value) > 200:
        return NOTHING
    try:
        return typed(run, ast.parse(node.value, mode="eval").body, sent)
    except (SyntaxError, ValueError, RecursionError):
        return _unknown(sent)


def _unknown(sent: Sent) -> Flow:
    """A type that is not known: whatever bounds it is not known either, and makes no finding."""
    return Flow(taints=frozenset({sent.taint("text", "value")}))


def _joined(run: "Run", arms: list[ast.expr], sent: Sent) -> Flow:
    flows = [
        typed(run, arm, sent) for arm in arms if not (isinstance(arm, ast.Constant) and arm.value is None)
    ]
    joined = flows[0] if flows else NOTHING
    for flow in flows[1:]:
        joined = join(joined, flow)
    return joined


def _name_of(run: "Run", node: ast.expr) -> str:
    path = run.evaluate(node).path
    return (
        path.rpartition(".")[2]
        if path
        else node.attr
        if isinstance(node, ast.Attribute)
        else getattr(node, "id", "")
    )


def _parts(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _subscripted(run: "Run", node: ast.Subscript, sent: Sent) -> Flow:
    name, parts = _name_of(run, node.value), _parts(node)
    if name == "Annotated" and parts:
        flow = typed(run, parts[0], sent)
        bound = strictest([_of_metadata(run, part, sent) for part in parts[1:]])
        return flow.bounded(bound) if bound and flow.taints else flow
    if name in EITHER:
        return _joined(run, parts, sent)
    if name in THROUGH and parts:
        return typed(run, parts[0], sent)
    if name == "Literal":
        return Flow(taints=frozenset({sent.taint("text", "value")}))
    if name in COLLECTIONS:
        one = (
            typed(run, parts[0], Sent(f"{sent.source}[]", sent.depth + 1)) if sent.depth < MAX_DEPTH else None
        )
        is_fixed = name in {"tuple", "Tuple"} and not any(
            isinstance(p, ast.Constant) and p.value is Ellipsis for p in parts
        )
        taint = sent.taint("items", "length" if is_fixed else "")
        return Flow(
            path="builtins.list()", taints=frozenset({taint}), items=(one,) if one is not None else None
        )
    if name in MAPPINGS:
        return Flow(path="builtins.dict()", taints=frozenset({sent.taint("items")}))
    return _unknown(sent)


def _constrained(run: "Run", node: ast.Call, sent: Sent) -> Flow:
    """`conint(le=100)`."""
    kind = CONSTRAINED.get(_name_of(run, node.func))
    if kind is None:
        return _unknown(sent)
    bound = _of_keywords(run, node)
    if kind in COLLECTIONS:
        one = typed(run, node.args[0], Sent(f"{sent.source}[]", sent.depth + 1)) if node.args else None
        taints = frozenset({sent.taint("items", bound)})
        return Flow(path="builtins.list()", taints=taints, items=(one,) if one is not None else None)
    return Flow(taints=frozenset({sent.taint("amount" if kind in NUMBERS else "text", bound)}))


def _named(run: "Run", node: ast.expr, sent: Sent) -> Flow:
    found = run.evaluate(node)
    cls = found.value
    if type(cls) is Class and cls.module is not None and not cls.module.is_model:
        if is_model(cls) and sent.depth < MAX_DEPTH:
            return model_instance(run, cls, sent)
        return Flow(taints=frozenset({sent.taint("text", "value")}))
    name = _name_of(run, node)
    if name == "bool":
        return NOTHING
    if name in NUMBERS:
        return Flow(taints=frozenset({sent.taint("amount")}))
    if name in LOW:
        return Flow(taints=frozenset({sent.taint("amount", "value")}))
    if name in TEXTS:
        return Flow(taints=frozenset({sent.taint("text")}))
    if name in SHORT:
        return Flow(taints=frozenset({sent.taint("text", "length")}))
    if name in COLLECTIONS or name in MAPPINGS:
        return Flow(taints=frozenset({sent.taint("items")}))
    if name in {"FileStorage", "UploadFile", "BaseFile"}:
        return Flow(path=FILE, taints=frozenset({sent.taint("file")}))
    return _unknown(sent)


# -- bounds --------------------------------------------------------------------------------------


def _of_field(run: "Run", value: ast.expr | None) -> str:
    """`= Field(1, le=100)`."""
    return (
        _of_keywords(run, value)
        if isinstance(value, ast.Call) and _name_of(run, value.func) == "Field"
        else ""
    )


def _of_keywords(run: "Run", node: ast.Call) -> str:
    found: list[str] = []
    for keyword in node.keywords:
        if keyword.arg is None:
            return "value"
        is_none = isinstance(keyword.value, ast.Constant) and keyword.value.value is None
        if is_none:
            continue
        if keyword.arg in {"le", "lt", "max_digits"}:
            found.append("value")
        elif keyword.arg in {"max_length", "max_items"}:
            found.append("length")
    del run
    return strictest(found)


def _of_metadata(run: "Run", node: ast.expr, sent: Sent) -> str:
    if isinstance(node, ast.Call):
        name = _name_of(run, node.func)
        if name in {
            "Field",
            "Query",
            "Path",
            "Body",
            "StringConstraints",
            "Interval",
            "Len",
            "MaxLen",
            "Le",
            "Lt",
        }:
            positional = {"MaxLen": 0, "Len": 1, "Le": 0, "Lt": 0}.get(name)
            is_set = positional is not None and len(node.args) > positional
            return strictest(
                [_of_keywords(run, node), *(["value" if name in {"Le", "Lt"} else "length"] * is_set)]
            )
        if name in {"Ge", "Gt", "MinLen", "MultipleOf", "Strict", "Tag", "Discriminator", "Doc"}:
            return ""
        if name in {"AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator"} and node.args:
            return bound_by(run, [run.evaluate(node.args[0])], sent.taint("amount"))
        return "value"
    return "" if isinstance(node, ast.Constant) else "value"


def _of_hooks(run: "Run", cls: Class, field: str, sent: Sent) -> str:
    """Methods of the model that check a field."""
    for base in cls.mro:
        if type(base) is not Class or base.node is None or base.module is None or base.module.is_model:
            continue
        for statement in base.node.body:
            if isinstance(statement, ast.FunctionDef) and any(
                is_hook(found, hook, field) for found in statement.decorator_list for hook in HOOKS
            ):
                return _of_hook(run, base, statement.name, sent)
    return ""


def _of_hook(run: "Run", cls: Class, name: str, sent: Sent) -> str:
    function = written(cls.namespace.get(name))
    if not isinstance(function, Function):
        return "value"
    names = [parameter.arg for parameter in function.node.args.args]
    skipped = 0 if len(names) == 1 or names[0] not in {"cls", "self"} else 1
    env = {names[0]: Flow(cls)} if skipped else {}
    if len(names) <= skipped:
        return "value"
    env[names[skipped]] = Flow(taints=frozenset({sent.taint("amount")}))
    return "value" if is_checked(run, function, env, sent.source) else ""


# -- objects -------------------------------------------------------------------------------------


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


def validate(run: "Run", made: "Invocation") -> Flow | None:
    """`Model.model_validate(sent)`."""
    cls = made.receiver.value
    if type(cls) is not Class or not is_model(cls):
        return None
    sent = sent_in(made.args[:1])
    return model_instance(run, cls, sent) if sent is not None else None


def dumped(run: "Run", made: "Invocation") -> Flow | None:
    """`model.model_dump()`: its fields as a dictionary."""
    del run
    receiver = made.receiver
    if type(receiver.value) is not Instance or not receiver.fields or not is_model(receiver.value.cls):
        return None
    return Flow(path="builtins.dict()", taints=receiver.taints, fields=receiver.fields)
