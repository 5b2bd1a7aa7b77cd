"""Forms of WTForms: what their fields hold, and that those of Flask-WTF take it from the request."""

from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, Function
from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import NOTHING, UNRESOLVED, Flow, Given
from guardapi.work.schema_bounds import bound_by, given_to, is_checked, last_name, options, written
from guardapi.work.schemas import (
    AMOUNTS,
    BODY_METHODS,
    COLLECTIONS,
    FILE,
    FILES,
    MAX_DEPTH,
    TEXTS,
    TRUTHS,
    Sent,
    declared,
    field_kind,
    outside_names,
    sent_in,
)

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

RANGED: Final = frozenset({"IntegerRangeField", "DecimalRangeField"})
CHOSEN: Final = frozenset({"SelectField", "RadioField", "QuerySelectField"})


def form_instance(run: "Run", cls: Class, made: "Invocation | None") -> Flow:
    """A form that is filled with what was sent; of Flask-WTF it takes that from the request by itself."""
    reader = run.reader
    sent = sent_in(made.args[:1]) if made is not None and made.args else None
    init = cls.find("__init__")
    if isinstance(init, Function) and not init.module.is_model and made is not None:
        bound = run.attribute(reader.names.instance(cls), "__init__", made.node)
        run.apply(bound, made.args, made.kwargs, made.node)
    if made is not None and _reads_by_itself(cls, made):
        run.result.reads_request.add("method")
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


def _reads_by_itself(cls: Class, made: "Invocation") -> bool:
    if any(name.startswith("wtforms.") for name in outside_names(cls)) and not any(
        not name.startswith("wtforms.") for name in outside_names(cls)
    ):
        return False
    first = made.argument(0, "formdata")
    return first is None or first.value is UNRESOLVED


def _form_field(run: "Run", cls: Class, name: str, flow: Flow, sent: Sent) -> Flow:
    kind, given = field_kind(flow), given_to(flow)
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
