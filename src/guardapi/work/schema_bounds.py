"""What validators of schemas bound: those of libraries by their arguments, the project's own by reading them."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Class, ClassMethod, Function, Instance, StaticMethod, Wrapped
from guardapi.work.conditions import refine
from guardapi.work.flow import Flow, Given, Local, Taint

if TYPE_CHECKING:
    from guardapi.work.run import Run

RANGES: Final[dict[str, tuple[int | str, ...]]] = {
    "Range": ("max", 1),
    "NumberRange": ("max", 1),
    "DateRange": ("max", 1),
    "int_range": ("high", 1),
    "Le": ("le", 0),
    "Lt": ("lt", 0),
    "Interval": ("le", "lt"),
}
"""Validators of numbers: where they take the largest one."""
LENGTHS: Final[dict[str, tuple[int | str, ...]]] = {
    "Length": ("max", "equal", 1),
    "Len": ("max_length", 1),
    "MaxLen": ("max_length", 0),
    "StringConstraints": ("max_length",),
    "FileSize": ("max_size", 0),
}
CHOICES: Final = frozenset({"OneOf", "AnyOf", "Equal", "ContainsOnly", "UUID", "IPAddress", "MacAddress"})
"""Validators that leave few values, or short ones."""
OPEN: Final = frozenset(
    {
        *(
            "URL",
            "Url",
            "Email",
            "Regexp",
            "NoneOf",
            "ContainsNoneOf",
            "Optional",
            "DataRequired",
            "InputRequired",
        ),
        *(
            "EqualTo",
            "Predicate",
            "FileRequired",
            "FileAllowed",
            "Ge",
            "Gt",
            "MinLen",
            "MultipleOf",
            "ReadOnly",
        ),
        *("Disabled", "HostnameValidation", "NotEqualTo", "file_required", "file_allowed", "data_required"),
        *("input_required", "optional", "email", "url", "regexp", "none_of", "equal_to", "Unique", "Strict"),
    }
)
"""Validators that leave a value as long, or as large, as it is."""
BOUNDS: Final = ("value", "length", "")


def written(value: object) -> object:
    """The function behind decorators that could not be followed, and behind `@classmethod`."""
    while isinstance(value, Wrapped | StaticMethod | ClassMethod):
        value = value.inner if isinstance(value, Wrapped) else value.function
    return value


def last_name(path: str) -> str:
    """`marshmallow.validate.Range()`: `Range`."""
    return path.removesuffix("()").rpartition(".")[2]


def given_to(flow: Flow) -> Given | None:
    """The arguments of the call that made a library's object."""
    for given in reversed(flow.calls):
        if f"{given.path}()" == flow.path:
            return given
    return None


def options(flow: Flow | None) -> tuple[Flow, ...]:
    """The entries of a list that is written out, or the one thing that stands for it."""
    if flow is None or flow.value is None:
        return ()
    return flow.items if flow.items is not None else (flow,)


def strictest(bounds: "list[str]") -> str:
    """Of the bounds of several validators, of which each must pass."""
    return min(bounds, key=BOUNDS.index, default="")


def bound_by(run: "Run", validators: "tuple[Flow, ...] | list[Flow]", taint: Taint) -> str:
    """What remains of a value that passes all of them: `value`, `length` or nothing."""
    return strictest([_by_one(run, validator, taint) for validator in validators])


def _by_one(run: "Run", validator: Flow, taint: Taint) -> str:
    if isinstance(validator.value, Function | Local | StaticMethod | Wrapped | Instance | Class):
        return _by_reading(run, validator, taint)
    name, given = last_name(validator.path), given_to(validator)
    snake = "".join(part.title() for part in name.split("_"))
    for known in (name, snake):
        if known == "And" and given is not None:
            return bound_by(run, [part for arg in given.args for part in options(arg)], taint)
        if known in RANGES or known in LENGTHS:
            return _by_maximum(known, given)
        if known in CHOICES:
            return "value"
        if known in OPEN:
            return ""
    # What a validator does that is not known is not known: it makes no finding.
    return "value" if validator.value is not None else ""


def _by_maximum(name: str, given: Given | None) -> str:
    bound = "value" if name in RANGES else "length"
    if given is None or given.is_open:
        return bound
    found = given.argument(*RANGES.get(name, LENGTHS.get(name, ())))
    if found is None or found.value is None or found.value == -1:
        return ""
    return bound


def _by_reading(run: "Run", validator: Flow, taint: Taint) -> str:
    """The project's own: what it has checked when it returns (or is true)."""
    value: object = written(validator.value)
    receiver: tuple[Flow, ...] = ()
    if isinstance(value, Instance | Class):
        cls = value if isinstance(value, Class) else value.cls
        value, receiver = written(cls.find("__call__")), (run.reader.names.instance(cls),)
    if not isinstance(value, Function | Local):
        return "value"
    names = [parameter.arg for parameter in (*value.node.args.posonlyargs, *value.node.args.args)]
    if len(names) <= len(receiver):
        return "value"
    env = dict(zip(names, (*receiver, Flow(taints=frozenset({taint}))), strict=False))
    return "value" if is_checked(run, value, env, taint.source) else ""


def is_checked(run: "Run", function: Function | Local, env: dict[str, Flow], source: str) -> bool:
    """Whether some caller data is bounded wherever a check passes."""
    reader = run.reader
    if reader.depth >= reader.bounds.depth or any(active.node is function.node for active in reader.running):
        return True
    known = {**function.env, **env} if isinstance(function, Local) else dict(env)
    owner = function if isinstance(function, Function) else function.function
    inner = type(run)(reader, "", function.module, owner, known, env)
    reader.depth += 1
    try:
        if isinstance(function.node, ast.Lambda):
            inner.evaluate(function.node.body)
            refine(inner, function.node.body, holds=True)
            return _holds_bounded(inner.env, source)
        body = reader.ev.body_of(function)[0] if isinstance(function, Function) else function.node.body
        inner.run_body(body)
    finally:
        reader.depth -= 1
    last = body[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Compare | ast.BoolOp):
        refine(inner, last.value, holds=True)
        return _holds_bounded(inner.env, source)
    returned = inner.result.returned
    if returned.taints and returned.is_bounded:
        return True
    return all(_holds_bounded(env, source) for env in inner.exits)


def _holds_bounded(env: dict[str, Flow], source: str) -> bool:
    return any(
        flow.taints and flow.is_bounded and all(taint.source == source for taint in flow.taints)
        for flow in env.values()
    )
