"""Evaluating expressions."""

import ast
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.calls import run_native
from guardapi.python.methods import METHODS
from guardapi.python.targets import assign, store
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    BoundMethod,
    Call,
    DictValue,
    External,
    Frame,
    NativeFunction,
    Pending,
    SetValue,
    Union,
    Unknown,
    Value,
    is_hashable,
    join,
    spread,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def _constant(_ev: "Evaluator", node: ast.Constant, _frame: Frame) -> Value:
    return node.value


def _name(ev: "Evaluator", node: ast.Name, frame: Frame) -> Value:
    name = node.id
    scope: Frame | None = frame
    while scope is not None:  # as `look_up` does it: the most frequent expression of all
        if name in scope.locals:
            value = scope.locals[name]
            return ev.settle(value) if type(value) is Pending else value
        scope = scope.parent
    value = frame.module.namespace.get(name, MISSING)
    if value is MISSING:
        return ev.global_name(name, frame)
    return ev.settle(value) if type(value) is Pending else value


def look_up(frame: Frame, name: str) -> Value:
    """What a name means in a frame, its enclosing functions and its module; else MISSING."""
    scope: Frame | None = frame
    while scope is not None:
        if name in scope.locals:
            return scope.locals[name]
        scope = scope.parent
    return frame.module.namespace.get(name, MISSING)


def _attribute(ev: "Evaluator", node: ast.Attribute, frame: Frame) -> Value:
    owner = ev.evaluate(node.value, frame)
    return ev.attribute(owner, node.attr)


def _call(ev: "Evaluator", node: ast.Call, frame: Frame) -> Value:
    called = node.func
    args: list[Value] = []
    function: Value = None
    if type(called) is ast.Attribute:
        owner = ev.evaluate(called.value, frame)
        if type(owner) is str:  # most calls of all: without a bound method between
            function = METHODS.get((str, called.attr))
            args = [] if function is None else [owner]
        if function is None:
            function = ev.attribute(owner, called.attr)
    else:
        if type(called) is ast.Name and called.id in FRAME_CALLS:
            special = FRAME_CALLS[called.id](ev, node, frame)
            if special is not MISSING:
                return special
        function = ev.evaluate(called, frame)
    if type(function) is BoundMethod and type(function.function) is NativeFunction:
        args = [function.receiver]
        function = function.function
    arguments = _arguments(ev, node, frame, args)
    outer, frame.node = frame.node, node
    try:
        if type(function) is NativeFunction:
            return run_native(ev, function, arguments)
        return ev.call(function, arguments)
    finally:
        frame.node = outer


def _arguments(ev: "Evaluator", node: ast.Call, frame: Frame, args: list[Value]) -> Call:
    """The arguments of a call, behind those given."""
    is_open = False
    for argument in node.args:
        if type(argument) is ast.Starred:
            items = ev.known_items(ev.evaluate(argument.value, frame))
            is_open = is_open or items is None
            args.extend(items or ())
        else:
            args.append(ev.evaluate(argument, frame))
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        value = ev.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(mapping := ev.as_mapping(value), DictValue):
            kwargs.update((k, v) for k, v in mapping.items() if isinstance(k, str))
            is_open = is_open or mapping.open is not None
        else:
            is_open = True
    return Call(args, kwargs, is_open)


def _super(ev: "Evaluator", node: ast.Call, frame: Frame) -> Value:
    if look_up(frame, "super") is not MISSING:
        return MISSING
    if node.args:
        args = [ev.evaluate(argument, frame) for argument in node.args]
        return ev.make_super(args[0], args[1] if len(args) > 1 else None)
    scope: Frame | None = frame
    while scope is not None:
        if scope.cls is not None:
            return ev.make_super(scope.cls, scope.self_value)
        scope = scope.parent
    return Unknown("super() outside a method")


def _locals(_ev: "Evaluator", node: ast.Call, frame: Frame) -> Value:
    del node
    return DictValue({k: v for k, v in frame.locals.items() if k != "__caught__"})


def _globals(ev: "Evaluator", node: ast.Call, frame: Frame) -> Value:
    del node
    return ev.namespace_view(frame.module)


FRAME_CALLS: Final[dict[str, Callable[..., Value]]] = {
    "super": _super,
    "locals": _locals,
    "globals": _globals,
}
"""Functions whose answer depends on the frame that calls them."""


def _tuple(ev: "Evaluator", node: ast.Tuple, frame: Frame) -> Value:
    return tuple(_elements(ev, node.elts, frame))


def _list(ev: "Evaluator", node: ast.List, frame: Frame) -> Value:
    return _elements(ev, node.elts, frame)


def _set(ev: "Evaluator", node: ast.Set, frame: Frame) -> Value:
    return SetValue(_elements(ev, node.elts, frame))


def _elements(ev: "Evaluator", nodes: list[ast.expr], frame: Frame) -> list[Value]:
    values: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            ev.extend(values, ev.iterate(ev.evaluate(node.value, frame)))
        else:
            values.append(ev.evaluate(node, frame))
    return values


def _dict(ev: "Evaluator", node: ast.Dict, frame: Frame) -> Value:
    result = DictValue()
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = ev.evaluate(value_node, frame)
        if key_node is None:
            ev.merge(result, value)
            continue
        key = ev.evaluate(key_node, frame)
        if isinstance(key, Unknown | External) or not is_hashable(key):
            result.open = "a key that is not known"
        else:
            result[key] = value
    return result


def _joined_string(ev: "Evaluator", node: ast.JoinedStr, frame: Frame) -> Value:
    whole: Value = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text: Value = str(part.value)
        elif isinstance(part, ast.FormattedValue):
            text = ev.formatted(part, frame)
        else:
            return Unknown("an f-string that is not known")
        if isinstance(whole, str) and isinstance(text, str):
            whole += text
        elif isinstance(text, str | Union):
            whole = spread(_concatenated, whole, text)
        else:
            return text
    return whole


def _concatenated(left: Value, right: Value) -> Value:
    """Two parts of a text, or the first that is none."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return right if isinstance(left, str) else left


def _binary(ev: "Evaluator", node: ast.BinOp, frame: Frame) -> Value:
    # A long chain of `+` is deep on the left: walk down in a loop, not by recursion.
    chain: list[ast.BinOp] = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = ev.evaluate(chain[-1].left, frame)
    for link in reversed(chain):
        value = ev.binary(link.op, value, ev.evaluate(link.right, frame))
    return value


def _unary(ev: "Evaluator", node: ast.UnaryOp, frame: Frame) -> Value:
    value = ev.evaluate(node.operand, frame)
    if isinstance(node.op, ast.Not):
        decided = ev.truth(value)
        return Unknown("a condition that is not known") if decided is None else not decided
    return ev.unary(node.op, value)


def _boolean(ev: "Evaluator", node: ast.BoolOp, frame: Frame) -> Value:
    """`and`/`or` with the values they give; an undecided one gives any of those still possible."""
    stops_on = isinstance(node.op, ast.Or)
    possible: Value = MISSING
    for operand in node.values[:-1]:
        value = ev.evaluate(operand, frame)
        decided = ev.truth(value)
        if decided is stops_on:
            return value if possible is MISSING else join(possible, value)
        if decided is None:
            possible = value if possible is MISSING else join(possible, value)
    last = ev.evaluate(node.values[-1], frame)
    return last if possible is MISSING else join(possible, last)


def _compare(ev: "Evaluator", node: ast.Compare, frame: Frame) -> Value:
    left = ev.evaluate(node.left, frame)
    if len(node.ops) == 1:
        decided = ev.compare(node.ops[0], left, ev.evaluate(node.comparators[0], frame))
        return Unknown("a comparison that is not known") if decided is None else decided
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = ev.evaluate(comparator, frame)
        decided = ev.compare(operator, left, right)
        if decided is not True:
            return Unknown("a comparison that is not known") if decided is None else False
        left = right
    return True


def _conditional(ev: "Evaluator", node: ast.IfExp, frame: Frame) -> Value:
    decided = ev.truth(ev.evaluate(node.test, frame))
    if decided is None:
        return join(ev.evaluate(node.body, frame), ev.evaluate(node.orelse, frame))
    return ev.evaluate(node.body if decided else node.orelse, frame)


def _subscript(ev: "Evaluator", node: ast.Subscript, frame: Frame) -> Value:
    return ev.item(ev.evaluate(node.value, frame), ev.evaluate(node.slice, frame))


def _slice(ev: "Evaluator", node: ast.Slice, frame: Frame) -> Value:
    parts = [
        None if part is None else ev.evaluate(part, frame) for part in (node.lower, node.upper, node.step)
    ]
    if all(part is None or isinstance(part, int) for part in parts):
        return slice(*parts)
    return Unknown("a slice that is not known")


def _lambda(ev: "Evaluator", node: ast.Lambda, frame: Frame) -> Value:
    return ev.make_function(node, frame)


def _named(ev: "Evaluator", node: ast.NamedExpr, frame: Frame) -> Value:
    value = ev.evaluate(node.value, frame)
    store(frame, node.target.id, value)
    return value


def _list_comprehension(
    ev: "Evaluator", node: ast.ListComp | ast.GeneratorExp | ast.SetComp, frame: Frame
) -> Value:
    found: list[Value] = []
    inner = Frame(frame.module, {}, parent=frame)
    inner.node = frame.node
    _comprehend(ev, node.generators, inner, lambda: found.append(ev.evaluate(node.elt, inner)))
    return SetValue(found) if isinstance(node, ast.SetComp) else found


def _dict_comprehension(ev: "Evaluator", node: ast.DictComp, frame: Frame) -> Value:
    found = DictValue()
    inner = Frame(frame.module, {}, parent=frame)
    inner.node = frame.node

    def add() -> None:
        key = ev.evaluate(node.key, inner)
        value = ev.evaluate(node.value, inner)
        if isinstance(key, Unknown | External) or not is_hashable(key):
            found.open = "a key that is not known"
        else:
            found[key] = value

    _comprehend(ev, node.generators, inner, add)
    return found


def _comprehend(
    ev: "Evaluator", generators: list[ast.comprehension], frame: Frame, collect: Callable[[], object]
) -> None:
    if not generators:
        collect()
        return
    generator, *rest = generators
    target = generator.target
    items = ev.iterate(ev.evaluate(generator.iter, frame))
    for item in items[: ev.bounds.iterations]:
        ev.step(target, frame)
        if type(target) is ast.Name:
            frame.locals[target.id] = item
        else:
            assign(ev, target, item, frame)
        for test in generator.ifs:
            # What a filter cannot decide is kept: more routes than there are beat fewer.
            if ev.truth(ev.evaluate(test, frame)) is False:
                break
        else:
            _comprehend(ev, rest, frame, collect)


def _yield(ev: "Evaluator", node: ast.Yield, frame: Frame) -> Value:
    value = None if node.value is None else ev.evaluate(node.value, frame)
    if frame.on_yield is not None:
        frame.on_yield(value)
    elif frame.yielded is not None:
        frame.yielded.append(value)
    return Unknown("what is sent to a generator")


def _yield_from(ev: "Evaluator", node: ast.YieldFrom, frame: Frame) -> Value:
    items = ev.iterate(ev.evaluate(node.value, frame))
    if frame.yielded is not None:
        ev.extend(frame.yielded, items)
    return Unknown("what a generator returns")


def _await(ev: "Evaluator", node: ast.Await, frame: Frame) -> Value:
    return ev.evaluate(node.value, frame)


def _starred(ev: "Evaluator", node: ast.Starred, frame: Frame) -> Value:
    return ev.evaluate(node.value, frame)


def _newer(_ev: "Evaluator", _node: ast.expr, _frame: Frame) -> Value:
    return Unknown("an expression of a newer Python")


EXPRESSIONS: Final[defaultdict[type, Callable[..., Value]]] = defaultdict(lambda: _newer)
"""By the type of the node, what evaluates it."""
EXPRESSIONS.update(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.Tuple: _tuple,
        ast.List: _list,
        ast.Set: _set,
        ast.Dict: _dict,
        ast.JoinedStr: _joined_string,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _boolean,
        ast.Compare: _compare,
        ast.IfExp: _conditional,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.Lambda: _lambda,
        ast.NamedExpr: _named,
        ast.ListComp: _list_comprehension,
        ast.GeneratorExp: _list_comprehension,
        ast.SetComp: _list_comprehension,
        ast.DictComp: _dict_comprehension,
        ast.Yield: _yield,
        ast.YieldFrom: _yield_from,
        ast.Await: _await,
        ast.Starred: _starred,
    }
)


def is_constant(value: Value) -> bool:
    """Whether a value is a constant, or a tuple of constants."""
    return isinstance(value, CONSTANTS) or (type(value) is tuple and all(map(is_constant, value)))
