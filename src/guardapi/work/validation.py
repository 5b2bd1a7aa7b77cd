"""Calls that make or fill a validated object: data of the caller, below the bounds that its schema sets.

Schemas of marshmallow, models of pydantic, forms of WTForms and the parsers of Flask-RESTful and Flask-RESTX, by their
resolved names.
"""

from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, Function
from guardapi.work.argument_parsers import parse_args
from guardapi.work.flow import Flow, Given
from guardapi.work.form_fields import form_instance
from guardapi.work.schema_types import dumped, model_instance, validate
from guardapi.work.schemas import Sent, is_form, is_model, is_schema, sent_in, validated

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation


def answer(run: "Run", made: "Invocation") -> Flow | None:
    """What a call gives that makes or fills a validated object; None for every other call."""
    value = made.function.value
    if type(value) is Class:
        return (
            _constructed(run, value, made) if value.module is not None and not value.module.is_model else None
        )
    handler = METHODS.get(made.path.rpartition(".")[2])
    return handler(run, made) if handler is not None else None


def _load(run: "Run", made: "Invocation") -> Flow | None:
    """`Schema().load(sent)`."""
    sent = sent_in(made.args[:1])
    if sent is None:
        return None
    return validated(run, made.receiver, sent, many=made.constant("many", 1) is True)


def _constructed(run: "Run", cls: Class, made: "Invocation") -> Flow | None:
    if is_form(cls):
        return form_instance(run, cls, made)
    if is_model(cls) and _takes_keywords(cls):
        sent = sent_in([*made.args, *made.kwargs.values()])
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
    return min((t.source for t in sorted(flow.taints)), key=len, default="")


METHODS: Final = {
    "load": _load,
    "loads": _load,
    "model_validate": validate,
    "model_validate_json": validate,
    "parse_obj": validate,
    "parse_raw": validate,
    "from_orm": validate,
    "model_dump": dumped,
    "dict": dumped,
    "parse_args": parse_args,
}
