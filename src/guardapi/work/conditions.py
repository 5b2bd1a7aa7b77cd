"""What a test shows: whether it is decided, and the bounds that hold where it does or does not."""

import ast
import re
from typing import TYPE_CHECKING, Final

from guardapi.work.flow import Flow

if TYPE_CHECKING:
    from guardapi.work.run import Run

LESS: Final = (ast.Lt, ast.LtE)
NUMBERS: Final = frozenset({"int", "float", "abs", "Decimal", "round", "sum", "str", "list", "tuple"})
"""A bound of what these give is one of what they are given."""
CARRIED: Final = (ast.Add, ast.Mult, ast.LShift, ast.Sub)
"""Operators whose result bounds both operands; of a difference, what is done from the one to the other."""
SPANS: Final = frozenset({"days", "seconds"})
COLLECTIONS: Final = frozenset({"list", "tuple", "set", "dict", "frozenset"})
TEXTUAL: Final = re.compile(r"request\.(?:args|form|values|headers|cookies)\b|view argument ")
"""Where what the caller sends is a text, or a list only where it is asked for as one."""
TESTERS: Final = ("pytest", "unittest")
"""What `sys.modules` holds in a run of tests, and not in a server."""
WITH_HOST: Final = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^/?#@]+/", re.IGNORECASE)
"""An address whose host nothing behind it can change."""


def key_of(node: ast.expr) -> str | None:
    """The name under which a local value is known: `n`, `self.n`, `args['n']`; None for what has none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = key_of(node.value)
        return f"{owner}.{node.attr}" if owner is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = key_of(node.value)
        return f"{owner}[{node.slice.value!r:.40}]" if owner is not None else None
    return None


def decided(run: "Run", test: ast.expr) -> bool | None:
    """Whether a test surely holds: by the method of the request, or by a setting."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decided(run, test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _of_both(run, test)
    if isinstance(test, ast.Compare):
        return _of_request(run, test)
    if isinstance(test, ast.Call):
        return _of_type(run, test) if _is_isinstance(test) else _of_submission(run, test)
    if isinstance(test, ast.Name) and test.id in run.env:
        return _of_parameter(run, test.id)
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Attribute | ast.Subscript | ast.Name):
        found = run.evaluate(test)
        return found.value if isinstance(found.value, bool) else None
    return None


def _of_parameter(run: "Run", name: str) -> bool | None:
    """An option that is not passed, or passed as a constant; any other local flag changes as the function runs."""
    found = run.env[name]
    if found is run.result.arguments.get(name) and (found.value is None or isinstance(found.value, bool)):
        return bool(found.value)
    return None


def _is_isinstance(test: ast.Call) -> bool:
    return isinstance(test.func, ast.Name) and test.func.id == "isinstance" and len(test.args) == 2


def _of_type(run: "Run", test: ast.Call) -> bool | None:
    """`isinstance(value, list)` of a text that the caller sends: that is none."""
    asked = test.args[1]
    names = asked.elts if isinstance(asked, ast.Tuple) else [asked]
    if not all(isinstance(name, ast.Name) and name.id in COLLECTIONS for name in names):
        return None
    found = run.evaluate(test.args[0])
    is_text = bool(found.taints) and all(t.kind == "text" and TEXTUAL.match(t.source) for t in found.taints)
    is_plain = found.path == "builtins.str()" or not found.path.endswith(")")
    return False if is_text and is_plain and found.items is None and not found.fields else None


def _of_both(run: "Run", test: ast.BoolOp) -> bool | None:
    decisive = isinstance(test.op, ast.Or)
    answers = [decided(run, value) for value in test.values]
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _of_request(run: "Run", test: ast.Compare) -> bool | None:
    """A comparison of the request's method, endpoint, blueprint or path."""
    if len(test.ops) != 1:
        return None
    left = run.evaluate(test.left)
    if left.value in TESTERS and run.evaluate(test.comparators[0]).path == "sys.modules":
        return isinstance(test.ops[0], ast.NotIn)
    if run.reader.facts.known(left.path) is None or not isinstance(left.value, str):
        return None
    names = _names(run.evaluate(test.comparators[0]))
    if names is None:
        return None
    found = left.value in names
    if isinstance(test.ops[0], ast.Eq | ast.In):
        return found
    return not found if isinstance(test.ops[0], ast.NotEq | ast.NotIn) else None


def _names(flow: Flow) -> frozenset[str] | None:
    """The texts that something is compared with; None where they are not known."""
    if flow.items is not None:
        values = [item.value for item in flow.items]
    elif isinstance(flow.value, list | tuple | dict):
        values = list(flow.value)
    else:
        values = [flow.value]
    return frozenset(values) if all(isinstance(value, str) for value in values) else None


def _of_submission(run: "Run", test: ast.Call) -> bool | None:
    if not isinstance(test.func, ast.Attribute):
        return None
    if test.func.attr == "startswith" and len(test.args) == 1:
        return _of_start(run, test.func.value, test.args[0])
    if not run.reader.facts.is_submission_test(f"?.{test.func.attr}"):
        return None
    run.result.reads_request.add("method")
    return None if run.reader.request.get("method", "POST") in {"POST", "PUT", "PATCH", "DELETE"} else False


def _of_start(run: "Run", subject: ast.expr, start: ast.expr) -> bool | None:
    """`request.path.startswith("/api")`."""
    left = run.evaluate(subject)
    if run.reader.facts.known(left.path) is None or not isinstance(left.value, str):
        return None
    names = _names(run.evaluate(start))
    return None if names is None else left.value.startswith(tuple(names))


# -- bounds --------------------------------------------------------------------------------------


def refine(run: "Run", test: ast.expr, *, holds: bool) -> None:
    """Put down the bounds that hold where a test does (or does not)."""
    _fix_start(run, test, holds=holds)
    shown = _shown(run, test, holds=holds)
    _put_down(run, shown)
    # In `start > end or end > 100` the second part says what the first is worth.
    if shown and isinstance(test, ast.BoolOp | ast.Compare | ast.UnaryOp):
        _put_down(run, _shown(run, test, holds=holds))


def _fix_start(run: "Run", test: ast.expr, *, holds: bool) -> None:
    """Where `url.startswith("https://host/")` holds, the caller has the part behind the host."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        _fix_start(run, test.operand, holds=not holds)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is holds:
        for part in test.values:
            _fix_start(run, part, holds=holds)
    elif holds and isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute):
        key = key_of(test.func.value)
        if test.func.attr != "startswith" or len(test.args) != 1 or key is None:
            return
        starts = _names(run.evaluate(test.args[0]))
        known = run.env.get(key)
        taints = (known if known is not None else run.evaluate(test.func.value)).taints
        if starts and taints and all(WITH_HOST.match(start) for start in starts):
            run.env[key] = Flow(path="builtins.str()", taints=taints)


def _put_down(run: "Run", shown: "Shown") -> None:
    for key, (node, bound) in shown.items():
        known = run.env.get(key)
        flow = known if known is not None else run.evaluate(node)
        if flow.taints:
            run.env[key] = flow.bounded(bound)


Shown = dict[str, tuple[ast.expr, str]]
"""By its key: what a test bounds, and the kind of bound."""


def _shown(run: "Run", test: ast.expr, *, holds: bool) -> Shown:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _shown(run, test.operand, holds=not holds)
    if isinstance(test, ast.BoolOp):
        return _of_all(run, test, holds=holds)
    if isinstance(test, ast.Compare):
        return _of_comparison(run, test, holds=holds)
    if isinstance(test, ast.Call):
        return _of_predicate(run, test, holds=holds)
    return {} if holds else _bounding(test, "value")  # None, zero or empty


def _of_predicate(run: "Run", test: ast.Call, *, holds: bool) -> Shown:
    """What a function of the project has checked of its parameters where it gives this answer."""
    predicate = run.predicates.get(id(test))
    if predicate is None:
        return {}
    shown: Shown = {}
    for argument, bounds in predicate[holds]:
        shown |= _bounding(argument, bounds)
    return shown


def _of_all(run: "Run", test: ast.BoolOp, *, holds: bool) -> Shown:
    # What surely holds under `and` (and what surely does not under `or`) leaves the others to decide.
    neutral = isinstance(test.op, ast.And)
    parts = [
        _shown(run, value, holds=holds) for value in test.values if decided(run, value) is not neutral
    ] or [{}]
    if isinstance(test.op, ast.And) is holds:
        return {key: found for part in parts for key, found in part.items()}
    # One of the alternatives holds, which is not known: a bound counts where each of them has it.
    return {key: found for key, found in parts[0].items() if all(key in part for part in parts)}


def _of_comparison(run: "Run", test: ast.Compare, *, holds: bool) -> Shown:
    operands = [test.left, *test.comparators]
    if len(test.ops) > 1 and not holds:
        return {}
    shown: Shown = {}
    for left, op, right in zip(operands, test.ops, operands[1:], strict=False):
        shown.update(_of_pair(run, left, op, right, holds=holds))
    return shown


def _of_pair(run: "Run", left: ast.expr, op: ast.cmpop, right: ast.expr, *, holds: bool) -> Shown:
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(op, ast.In) is holds and not run.evaluate(right).taints:
            return _bounding(left, "value")
        return {}
    if isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot):
        if isinstance(op, ast.Eq | ast.Is) is not holds:
            return {}
        for one, other in ((left, right), (right, left)):
            if not run.evaluate(other).taints:
                return _bounding(one, "value")
        return {}
    smaller = isinstance(op, LESS) is holds
    low, high = (left, right) if smaller else (right, left)
    return _bounding(low, "value") if run.evaluate(high).is_bounded else {}


def _bounding(node: ast.expr, bound: str) -> Shown:
    """The key of what a comparison speaks of: of `len(x)` the length of `x`."""
    if isinstance(node, ast.Call):
        return _of_call(node, bound)
    if isinstance(node, ast.NamedExpr):
        return _bounding(node.target, bound) | _bounding(node.value, bound)
    if isinstance(node, ast.BinOp) and isinstance(node.op, CARRIED):
        return _bounding(node.left, bound) | _bounding(node.right, bound)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        # `(n or 0) > 100`: what stands in for nothing is a constant.
        is_plain = all(isinstance(part, ast.Constant) for part in node.values[1:])
        return _bounding(node.values[0], bound) if is_plain else {}
    if isinstance(node, ast.Attribute) and node.attr in SPANS and isinstance(node.value, ast.BinOp):
        return _of_span(node.value)
    key = key_of(node)
    return {} if key is None else {key: (node, bound)}


def _of_call(node: ast.Call, bound: str) -> Shown:
    """`len(x)`, `int(x)`, `max(len(x), len(y))`, `(end - start).total_seconds()`."""
    if isinstance(node.func, ast.Attribute):
        if node.func.attr == "total_seconds" and isinstance(node.func.value, ast.BinOp):
            return _of_span(node.func.value)
        if node.func.attr in SAME_LENGTH:
            return _bounding(node.func.value, bound) if bound == "length" else {}
        return {}
    if not isinstance(node.func, ast.Name) or not node.args:
        return {}
    if node.func.id == "len" and len(node.args) == 1:
        return _bounding(node.args[0], "length")
    if node.func.id == "max":
        return {key: found for part in node.args for key, found in _bounding(part, bound).items()}
    return _bounding(node.args[0], bound) if node.func.id in NUMBERS else {}


SAME_LENGTH: Final = frozenset({"encode", "decode", "lower", "upper"})


def _of_span(node: ast.BinOp) -> Shown:
    """The days between two dates: whoever goes from the one to the other has so many steps."""
    if not isinstance(node.op, ast.Sub):
        return {}
    return _bounding(node.left, "value") | _bounding(node.right, "value")
