"""Where a function gets a number, text or list of the caller's from: there a bound holds for all that follows.

Nothing is evaluated anew that could be a sink; what is not plain is answered with None.
"""

import ast
import builtins
import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from guardapi.place import Place
from guardapi.python.values import Function
from guardapi.sink import Input, Origin
from guardapi.work.local_names import Binding, local_names
from guardapi.work.sure_values import PLAIN, is_list, is_none, is_number, is_sent, is_text, usual_of

if TYPE_CHECKING:
    from guardapi.work.run import Run

KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
SAY_THE_SAME: Final = frozenset({"get_json", "get", "getlist", "split", "splitlines", "strip"})


class Calling(NamedTuple):
    """The call that a function is read for; others with the same arguments share what was found."""

    run: "Run"
    node: ast.AST
    bound: int
    """How many of the arguments stand before those that are written: `self`."""


def with_origin(
    run: "Run",
    inputs: list[Input],
    node: ast.expr | None,
    *,
    takes_numbers: bool = False,
    is_count: bool = False,
) -> list[Input]:
    """The numbers of the caller in an argument with where they come from; that of several has no one origin.

    `takes_numbers`: nothing but a number could stand there; `is_count`: it is used as it was sent, and not worked out.
    """
    free = {given.source for given in inputs if not given.is_bounded}
    if node is None or len(free) != 1 or run.module.is_model:
        return inputs
    origin = _of_number(run, node, takes_numbers=takes_numbers, is_count=is_count)
    if origin is None:
        return inputs
    return [given if given.is_bounded else replace(given, origin=origin) for given in inputs]


def _of_number(run: "Run", node: ast.expr, *, takes_numbers: bool, is_count: bool) -> Origin | None:
    if isinstance(node, ast.Name):
        if node.id in local_names(run).compared:
            return None
        bindings = local_names(run).bindings(node.id)
        if bindings:
            return _of_local(run, node, bindings, takes_numbers=takes_numbers, is_count=is_count)
        if (found := _of_parameter(run, node.id, is_count=is_count)) is not None:
            return found
        is_kept = takes_numbers and node.id in run.parameters and _is_entrance(run)
        return Origin(place=run.place(node), name=node.id) if is_kept and _is_alone(run, node) else None
    if isinstance(node, ast.Tuple | ast.List | ast.Starred) or (is_count and _is_worked_out(node)):
        return None
    if not (takes_numbers or is_number(run, node)) or not local_names(run).says_once(node):
        return None
    if _is_of_parameters(run, [node]):
        return None
    # What stands there itself has no default.
    usual = 0 if isinstance(node, PLAIN) else usual_of(run, [node])
    return Origin(place=run.place(node), usual=usual) if usual is not None else None


def _of_local(
    run: "Run", node: ast.Name, bindings: Sequence[Binding], *, takes_numbers: bool, is_count: bool
) -> Origin | None:
    values = [binding.value for binding in bindings if binding.value is not None]
    made = [binding for binding in bindings if not isinstance(binding.value, PLAIN)]
    value = made[0].value if len(made) == 1 and len(values) == len(bindings) else None
    usual = usual_of(run, values)
    if value is None or usual is None or (is_count and _is_worked_out(value)):
        return None
    if _is_of_parameters(run, values):
        return None
    if is_number(run, value):
        return Origin(place=run.place(value), name=node.id, is_assigned=True, usual=usual)
    if not takes_numbers or len(bindings) > 1 or not _is_alone(run, node):
        return None
    return Origin(place=run.place(node), name=node.id, usual=usual)


def _is_alone(run: "Run", node: ast.Name) -> bool:
    """Whether a value is used here alone, and whatever it is."""
    names = local_names(run)
    return names.says_once(node) and not names.is_conditional(node)


def _is_worked_out(node: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) for part in ast.walk(node))


def _of_parameter(run: "Run", name: str, *, is_count: bool) -> Origin | None:
    """What the caller passes; where the function is what a request enters through, a number out of the path."""
    function, flow = run.function, run.env.get(name)
    if function is None or flow is None or isinstance(function.node, ast.Lambda):
        return None
    if not _is_entrance(run):
        is_own = run.result.name == f"{function.module.name}:{function.qualname}"
        passed = _passed(run.call, function, name) if is_own and run.call is not None else None
        if passed is None or run.call is None:
            return None
        return _of_number(run.call.run, passed, takes_numbers=False, is_count=is_count)
    is_of_path = all(t.kind == "amount" and t.source.startswith("view argument ") for t in flow.taints)
    default = _default_of(function, name)
    usual = usual_of(run, [default]) if default is not None else 0
    if not flow.taints or not is_of_path or usual is None or is_none(default):
        return None
    return Origin(place=run.place(function.node), name=name, is_parameter=True, usual=usual)


def _is_entrance(run: "Run") -> bool:
    """Whether requests alone enter the function, at most through a decorator that hands on what it gets."""
    if run.call is None:
        return True
    node = run.call.node
    if not isinstance(node, ast.Call) or not any(isinstance(part, ast.Starred) for part in node.args):
        return False
    return any(part.arg is None for part in node.keywords)


def _is_of_parameters(run: "Run", nodes: Sequence[ast.expr]) -> bool:
    """Whether others than requests say how much it is: what they usually pass is not seen here."""
    if _is_entrance(run):
        return False
    return any(
        isinstance(part, ast.Name) and part.id in run.parameters for one in nodes for part in ast.walk(one)
    )


def _passed(call: Calling, function: Function, name: str) -> ast.expr | None:
    """The argument that a call passes for a parameter, as it is written there."""
    if not isinstance(call.node, ast.Call) or any(isinstance(part, ast.Starred) for part in call.node.args):
        return None
    named = [keyword.value for keyword in call.node.keywords if keyword.arg == name]
    positions = function.parameters[call.bound :]
    if name in positions[: len(call.node.args)]:
        named.append(call.node.args[positions.index(name)])
    return named[0] if named else None


def list_origin(run: "Run", node: ast.expr) -> Origin | None:
    """Where a list comes from that has a length: from an assignment, or from what may be looked at before."""
    if run.module.is_model:
        return None
    if not isinstance(node, ast.Name):
        is_fit = is_list(run, node) or is_sent(run, node)
        return _said_before(run, node) if is_fit and not local_names(run).is_conditional(node) else None
    found = _assigned_once(run, node, is_list)
    if found is None and _assigned_once(run, node, is_sent) and local_names(run).is_gone_through(node):
        # It may be None up to here.
        return Origin(place=run.place(node), name=node.id)
    return found


def text_origin(run: "Run", node: ast.expr | None) -> Origin | None:
    """Where a text comes from that is never None: from an assignment."""
    return _assigned_once(run, node, is_text) if isinstance(node, ast.Name) else None


Fits = Callable[["Run", ast.expr], bool]


def given_at(run: "Run", node: ast.expr | None) -> Place | None:
    """Where a text stands as the caller has sent it, whether by a name or at once."""
    is_given = node is not None and (is_text(run, node) or text_origin(run, node) is not None)
    return run.place(node) if node is not None and is_given else None


def _assigned_once(run: "Run", node: ast.Name, fits: Fits) -> Origin | None:
    bindings = () if run.module.is_model else local_names(run).bindings(node.id)
    value = bindings[0].value if len(bindings) == 1 else None
    if value is None or not fits(run, value):
        return None
    return Origin(place=run.place(value), name=node.id, is_assigned=True)


def _said_before(run: "Run", node: ast.expr) -> Origin | None:
    """An expression on one line that may be evaluated before the statement, and a name for it: its last key."""
    parts = list(ast.walk(node))
    calls = [part.func for part in parts if isinstance(part, ast.Call)]
    is_pure = all(isinstance(call, ast.Attribute) and call.attr in SAY_THE_SAME for call in calls)
    if not is_pure or node.lineno != node.end_lineno:
        return None
    keys = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    taken = {*run.parameters, *keyword.kwlist, *dir(builtins)}
    free = (key for key in (*keys, "elements") if key not in taken and not local_names(run).has(key))
    wanted = [key for key in free if KEY.fullmatch(key)]
    if not wanted:
        return None
    place = run.place(node)
    written = run.module.lines[place.line - 1][place.column - 1 : place.end_column - 1]
    return Origin(place=place, free_name=wanted[0], written=written)


def _default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter, as it is written."""
    parts = function.node.args
    positional = [*parts.posonlyargs, *parts.args]
    with_default = zip(positional[len(positional) - len(parts.defaults) :], parts.defaults, strict=True)
    by_name = zip(parts.kwonlyargs, parts.kw_defaults, strict=True)
    return next((default for argument, default in (*with_default, *by_name) if argument.arg == name), None)
