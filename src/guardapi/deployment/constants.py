"""Constants of a Python settings file, by its syntax alone: numbers, texts and the environment's defaults."""

import ast
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from guardapi.deployment.file import BrokenFileError, DeploymentFile

_MAX_NUMBER = 10**9
_MAX_TEXT = 10_000


class _Computed(Enum):
    COMPUTED = "computed"


COMPUTED = _Computed.COMPUTED
"""A value that only the machine knows where the file runs."""

Constant = int | float | str | bool | None
Value = Constant | _Computed


@dataclass(slots=True)
class Bindings:
    """Names of a module's top level with their last value and line."""

    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def constant(self, name: str) -> Constant:
        """The value where it is a constant, else None."""
        value = self.values.get(name)
        return None if isinstance(value, _Computed) else value

    def line(self, name: str) -> int:
        """The line of the assignment that held last."""
        return self.lines[name]


def parsed(file: DeploymentFile) -> ast.Module:
    """The syntax tree; raises BrokenFileError where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape of the scanned text is not ours to report
            return ast.parse(file.content)
    except SyntaxError as error:
        raise BrokenFileError(error.lineno or 1, f"Not Python: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError):
        raise BrokenFileError(1, "Not Python that can be read.") from None


def module_bindings(file: DeploymentFile) -> Bindings:
    """The values that the module's names hold after its top level has run."""
    bindings = Bindings()
    _bind_all(parsed(file).body, bindings)
    return bindings


def _bind_all(body: Iterable[ast.stmt], bindings: Bindings) -> None:
    for statement in body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _bind(target, value, bindings)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _bind(target, value, bindings)
            case ast.If(body=chosen, orelse=otherwise):
                _bind_either((chosen, otherwise), bindings)
            case ast.Try(body=chosen, handlers=handlers):
                _bind_either((chosen, *(handler.body for handler in handlers)), bindings)
            case ast.With(body=inner):
                _bind_all(inner, bindings)


def _bind(target: ast.expr, value: ast.expr, bindings: Bindings) -> None:
    if isinstance(target, ast.Name):
        bindings.values[target.id] = evaluated(value, bindings)
        bindings.lines[target.id] = target.lineno


def _bind_either(branches: Iterable[list[ast.stmt]], bindings: Bindings) -> None:
    """Names that differ between the branches depend on the machine."""
    before = dict(bindings.values)
    ends: list[dict[str, Value]] = []
    for body in branches:
        bindings.values = dict(before)
        _bind_all(body, bindings)
        ends.append(bindings.values)
    after: dict[str, Value] = {}
    for name in dict.fromkeys(name for end in ends for name in end):
        values = [end.get(name) for end in ends]
        after[name] = values[0] if all(value == values[0] for value in values) else COMPUTED
    bindings.values = after


def evaluated(node: ast.expr, bindings: Bindings) -> Value:
    """A constant, or COMPUTED for all that depends on where it runs or is not understood."""
    match node:
        case ast.Constant(value=int() | float() | str() | None as value):
            return value
        case ast.Name(id=name):
            return bindings.values.get(name, COMPUTED)
        case ast.BinOp(left=left, op=operator, right=right):
            return _arithmetic(operator, evaluated(left, bindings), evaluated(right, bindings))
        case ast.BoolOp(op=ast.Or(), values=values):
            return _first_true([evaluated(value, bindings) for value in values])
        case ast.IfExp(body=body, orelse=orelse):
            chosen, other = evaluated(body, bindings), evaluated(orelse, bindings)
            return chosen if chosen == other else COMPUTED
        case ast.Call():
            return _called(node, bindings)
    return COMPUTED


def _first_true(values: list[Value]) -> Value:
    for value in values:
        if value:
            return value
    return values[-1]


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
}


def _arithmetic(operator: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str) and isinstance(operator, ast.Add):
        return (left + right)[:_MAX_TEXT]
    apply = _OPERATORS.get(type(operator))
    if apply is None or not isinstance(left, int | float) or not isinstance(right, int | float):
        return COMPUTED
    if abs(left) > _MAX_NUMBER or abs(right) > _MAX_NUMBER:
        return COMPUTED
    try:
        return apply(left, right)
    except ZeroDivisionError:
        return COMPUTED


def _called(call: ast.Call, bindings: Bindings) -> Value:
    name = _dotted(call.func)
    if name.endswith(("environ.get", "getenv")):
        return _default_of(call, bindings)
    arguments = [evaluated(argument, bindings) for argument in call.args]
    if any(isinstance(argument, _Computed) for argument in arguments) or not arguments:
        return COMPUTED
    numbers = [argument for argument in arguments if isinstance(argument, int | float)]
    if name in {"max", "min"} and len(numbers) == len(arguments):
        return max(numbers) if name == "max" else min(numbers)
    if name in {"int", "float", "round", "str", "bool"} and len(arguments) == 1:
        return _converted(name, arguments[0])
    return COMPUTED


def _default_of(call: ast.Call, bindings: Bindings) -> Value:
    """Where nothing sets the variable; None without a default, as the call itself answers."""
    default = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
    if len(call.args) > 1:
        default = call.args[1]
    return None if default is None else evaluated(default, bindings)


def _converted(name: str, value: Value) -> Value:
    try:
        match name:
            case "str":
                return str(value)
            case "bool":
                return bool(value)
        if not isinstance(value, int | float | str):
            return COMPUTED
        number = float(value)
        return number if name == "float" else int(number)
    except (ValueError, OverflowError):
        return COMPUTED


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))
