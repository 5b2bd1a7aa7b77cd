"""Calls: of the project's own functions, which are read in turn, and of libraries, which may be sinks."""

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    BoundMethod,
    Class,
    Function,
    Instance,
    NativeFunction,
    Partial,
    StaticMethod,
    Wrapped,
)
from guardapi.sink import Input, Kind, Role
from guardapi.work import known_calls, recursion, validation
from guardapi.work.conditions import key_of
from guardapi.work.declared import called
from guardapi.work.flow import (
    IDENTITY,
    NOTHING,
    UNRESOLVED,
    Applied,
    Flow,
    Given,
    Local,
    all_taints,
    bound_of,
    is_checked,
    taints_of,
)
from guardapi.work.names import PROPERTY
from guardapi.work.origins import Calling
from guardapi.work.specs import (
    Invocation,
    Spec,
    bounded_at,
    reads_of,
    sets_up,
    specs_of,
    table_answer,
    timeout_of,
)

if TYPE_CHECKING:
    from guardapi.work.result import Result
    from guardapi.work.run import Run

Arguments = tuple[list[Flow], dict[str, Flow]]
SUPER: Final = "builtins.super"
PARTIAL: Final = "functools.partial"
SPREAD: Final = "**"
"""Stands among the keywords for a mapping of the caller's whose keys are not known."""


FUNCTION_OBSERVERS: Final[list[Callable[["Run", Function, dict[str, Flow], ast.AST], None]]] = []
"""Asked about each call of one of the project's functions, with what its parameters are."""


def call(run: "Run", node: ast.Call) -> Flow:
    """What a call gives, its sinks recorded."""
    receiver, function = _callee(run, node)
    args, kwargs, is_open = _arguments(run, node)
    if function.path == SUPER and not args:
        return _super(run)
    if isinstance(function.value, Applied):
        args, kwargs = [*function.value.args, *args], {**function.value.kwargs, **kwargs}
        function = function.value.function
    made = Invocation(
        path=function.path or ("data" if function.taints else "?"),
        function=function,
        receiver=receiver,
        args=args,
        kwargs=kwargs,
        is_open=is_open,
        node=node,
        run=run,
    )
    _by_declaration(run, made)
    validated = validation.answer(run, made)
    if validated is not None:
        return validated
    if _is_followed(function):
        if _is_decorated_sink(run, made):
            return NOTHING
        return call_function(run, function, args, kwargs, node)
    return invoked(run, made)


def _by_declaration(run: "Run", made: Invocation) -> None:
    """What the user says of a call, of the project's functions and of libraries alike."""
    declared = run.reader.declared
    for spec in declared.specs_of(made):
        recorded(run, spec, replace(made, path=called(made)))
    if declared.guards and declared.is_guard(name := called(made)):
        run.refuses(made.node, name=name, status=401, asked=True)


def _is_decorated_sink(run: "Run", made: Invocation) -> bool:
    """A call of a function that a library has decorated so that the call does something else: queues it."""
    value = made.function.value
    if not isinstance(value, Wrapped) or made.function.path:
        return False
    made.path = f"{value.by}().__call__"
    specs = specs_of(made.path)
    if specs and value.calls:
        made.function = Flow(value, calls=run.reader.names.calls(value))
    for spec in specs:
        recorded(run, spec, made)
    return any(spec.kind is Kind.QUEUE for spec in specs)


def invoked(run: "Run", made: Invocation) -> Flow:
    """A call of something that is not in the tree: recorded where it is a sink, then what it gives."""
    path = made.path
    later: set[int] = set()
    specs = specs_of(path)
    answer = table_answer(made)
    if not specs and answer is None and not known_calls.is_light(path):
        run.result.opaque.add(path)
    for spec in specs:
        recorded(run, spec, made)
        later.update(id(flow) for name in spec.runs if (flow := made.argument(name)) is not None)
    if run.reader.facts.is_abort(path):
        run.ended = run.result.may_abort = True
        return NOTHING
    if run.reader.facts.guard(path) is not None and not _lets_strangers_in(made):
        run.refuses(made.node, name=path, status=401, asked=True)
    _call_back(run, made, later)
    if path == PARTIAL and made.args:
        return Flow(Applied(made.args[0], tuple(made.args[1:]), made.kwargs), f"{PARTIAL}()")
    if sets_up(path):
        _set_up(run, made)
    return answer if answer is not None else known_calls.answer(run, made)


def _lets_strangers_in(made: Invocation) -> bool:
    """`verify_jwt_in_request(optional=True)`."""
    given = made.kwargs.get("optional")
    return given is not None and given.value is True


def _set_up(run: "Run", made: Invocation) -> None:
    """A method that changes what its receiver, a local name, does later."""
    func = made.node.func
    key = key_of(func.value) if isinstance(func, ast.Attribute) else None
    if key is not None and made.receiver.path:
        given = Given(made.path, tuple(made.args), made.kwargs, is_open=made.is_open, is_local=True)
        before = made.receiver
        run.env[key] = Flow(
            before.value, before.path, before.taints, fields=before.fields, calls=(*before.calls, given)
        )


def recorded(run: "Run", spec: Spec, made: Invocation) -> None:
    """A call that fits a table's entry."""
    facts = dict(spec.inspect(made) or {"is_none": True}) if spec.inspect is not None else {}
    if facts.pop("is_none", False):
        return
    inputs = [
        found
        for role, names in spec.roles.items()
        for found in _inputs(role, [spec.flow_in(made, name) for name in names])
    ]
    inputs += facts.pop("inputs", ())  # type: ignore[arg-type]  # what a table adds, of the same kind
    if spec.timeout is not None and "timeout" not in facts:
        facts["timeout"] = timeout_of(spec, made)
        if facts["timeout"] == "none" and (at := bounded_at(spec, made)) is not None:
            facts["bounded_at"] = at
    run.sink(
        facts.pop("kind", spec.kind),  # type: ignore[arg-type]
        facts.pop("work", spec.work),  # type: ignore[arg-type]
        made.path,
        made.node,
        inputs=inputs,
        facts=facts,
        is_certain=not made.path.startswith("?"),
    )


def _inputs(role: Role, flows: list[Flow]) -> list[Input]:
    taints = sorted({taint for flow in flows for taint in all_taints(flow)})
    return [
        Input(role=role, source=t.source, kind=t.kind, is_bounded=t.is_bounded)
        for t in taints
        if t.kind != IDENTITY
    ]


def _call_back(run: "Run", made: Invocation, later: set[int]) -> None:
    """Functions of the project that are handed over: who gets them will call them."""
    for flow in (*made.args, *made.kwargs.values()):
        if id(flow) in later or not _is_function(flow):
            continue
        call_function(run, flow, [], {}, made.node)


def _callee(run: "Run", node: ast.Call) -> tuple[Flow, Flow]:
    if isinstance(node.func, ast.Attribute):
        receiver = run.evaluate(node.func.value)
        return receiver, run.attribute(receiver, node.func.attr, node.func)
    return NOTHING, run.evaluate(node.func)


def _arguments(run: "Run", node: ast.Call) -> tuple[list[Flow], dict[str, Flow], bool]:
    args: list[Flow] = []
    kwargs: dict[str, Flow] = {}
    is_open = False
    for part in node.args:
        if isinstance(part, ast.Starred):
            spread = run.evaluate(part.value)
            is_open = is_open or not spread.items
            args += spread.items or ()
        else:
            args.append(run.evaluate(part))
    for keyword in node.keywords:
        flow = run.evaluate(keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = flow
        else:
            is_open = is_open or not flow.fields
            kwargs.update(flow.fields or {})
            if flow.taints and not flow.fields:
                kwargs[SPREAD] = flow
    return args, kwargs, is_open


def _super(run: "Run") -> Flow:
    """`super()`: what the class after the function's own one in its order has."""
    owner = run.function.owner if run.function is not None else None
    first = run.env.get(run.parameters[0]) if run.parameters else None
    if owner is None or first is None:
        return NOTHING
    bases = Class(owner.name, list(owner.bases), {}, owner.module, owner.qualname)
    return Flow(Instance(bases), f"{owner.qualified}()", fields=first.fields)


# -- the project's own functions -----------------------------------------------------------------


def _is_function(flow: Flow) -> bool:
    return isinstance(flow.value, Function | Local | BoundMethod | Partial)


def _is_followed(flow: Flow) -> bool:
    value = flow.value
    if isinstance(value, Class):
        return value.module is not None
    if isinstance(value, Instance):
        return type(value.cls.find("__call__")) is Function
    if isinstance(value, BoundMethod) and isinstance(value.function, NativeFunction):
        value = value.function
    if isinstance(value, NativeFunction):
        return type(value.wraps) is Function
    # `task.delay` of a decorated function is a method of what the decorator has made, and no call of it.
    return _is_function(flow) or (isinstance(value, Wrapped | StaticMethod) and not flow.path)


def call_function(run: "Run", flow: Flow, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST) -> Flow:
    """A call of a function, method or class of the project."""
    value = flow.value
    if isinstance(value, Local):
        return _read(run, value, args, kwargs, node)
    if isinstance(value, Function):
        return _model_answer(value) or _read(run, value, args, kwargs, node)
    if isinstance(value, BoundMethod):
        receiver = (
            value.receiver if isinstance(value.receiver, Flow) else run.reader.names.flow(value.receiver)
        )
        inner = run.reader.names.flow(value.function)
        inner = Flow(inner.value, flow.path.removeprefix(PROPERTY), inner.taints)
        if not _is_followed(Flow(inner.value)):
            return Flow(path=f"{flow.path.removeprefix(PROPERTY)}()")
        return call_function(run, inner, [receiver, *args], kwargs, node)
    if isinstance(value, NativeFunction):
        return call_function(run, run.reader.names.flow(value.wraps), args, kwargs, node)
    if isinstance(value, Wrapped | StaticMethod):
        return _decorated(run, value, args, kwargs, node)
    if isinstance(value, Partial):
        names = run.reader.names
        before = [names.flow(item) for item in value.args]
        named = {name: names.flow(item) for name, item in value.kwargs.items()}
        inner = names.flow(value.function)
        args, kwargs = [*before, *args], {**named, **kwargs}
        if _is_followed(inner):
            return call_function(run, inner, args, kwargs, node)
        return _of_library(run, inner, args, kwargs, node)
    if isinstance(value, Class):
        return _construct(run, value, args, kwargs, node)
    if isinstance(value, Instance):
        method = value.cls.find("__call__")
        return _read(run, method, [flow, *args], kwargs, node) if type(method) is Function else NOTHING
    return NOTHING


def piped(left: Flow, right: Flow) -> Flow:
    """`prompt | model`: objects of a library that make a chain."""
    is_left = bool(left.path) and not left.path.startswith("builtins.")
    one, other, name = (left, right, "__or__") if is_left else (right, left, "__ror__")
    path = f"{one.path}.{name}"
    given = Given(path, (other,), {}, is_local=True)
    return Flow(path=f"{path}()", taints=left.taints | right.taints, calls=(*one.calls, given))


def _decorated(
    run: "Run", value: Wrapped | StaticMethod, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST
) -> Flow:
    """A function behind a decorator of a library: one that keeps answers does its work but once."""
    inner = run.reader.names.flow(value.inner if isinstance(value, Wrapped) else value.function)
    if not _is_followed(inner):
        return NOTHING
    known = len(run.result.calls)
    answer = call_function(run, inner, args, kwargs, node)
    if isinstance(value, Wrapped) and REMEMBERS.match(value.by) and _is_same_for_all(args, kwargs):
        del run.result.calls[known:]
    return answer


def _of_library(run: "Run", inner: Flow, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST) -> Flow:
    """A library's function behind `functools.partial`."""
    if not inner.path or not isinstance(node, ast.Call):
        return NOTHING
    made = Invocation(
        path=inner.path,
        function=inner,
        receiver=inner,
        args=args,
        kwargs=kwargs,
        is_open=False,
        node=node,
        run=run,
    )
    return invoked(run, made)


def _model_answer(function: Function) -> Flow | None:
    """A function of a library that is modelled for the set-up: known by its name only."""
    return Flow(path=f"{function.module.name}.{function.qualname}()") if function.module.is_model else None


def _read(
    run: "Run", function: Function | Local, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST
) -> Flow:
    if isinstance(function, Function) and function.module.is_model:
        return Flow(path=f"{function.module.name}.{function.qualname}()")
    reader = run.reader
    if any(active.node is function.node for active in reader.running):
        recursion.recursed(run, function, args, kwargs, node)
        return Flow(taints=taints_of(args))
    arguments = bound_arguments(run, function, args, kwargs)
    if isinstance(function, Function):
        for observer in FUNCTION_OBSERVERS:
            observer(run, function, arguments, node)
    is_method = len(args) > _positions(node)
    before, reader.call = reader.call, Calling(run, node, len(args) - _positions(node))
    try:
        if isinstance(function, Local):
            result = reader.read_local(function, arguments)
        else:
            result = reader.read(function, arguments)
    finally:
        reader.call = before
    is_remembered = isinstance(function, Function) and function.memo is not None
    is_remembered = is_remembered and _is_same_for_all(args, kwargs)
    if not result.makes_application and not is_remembered:
        run.follow(result, node)
    if result.never_returns and result.yielded is None:
        run.ended = not result.is_cut
    _carry_bounds(run, result, node, is_method=is_method)
    _keep_answers(run, result, node, is_method=is_method)
    if result.yielded is not None:
        return _generated(result)
    return result.returned


REMEMBERS: Final = re.compile(
    r"(?:flask_caching|flask_cache|cachetools|dogpile|beaker|diskcache|joblib|cashews)\b"
)
"""Decorators of libraries that keep the answers of a function."""


def _is_same_for_all(args: list[Flow], kwargs: dict[str, Flow]) -> bool:
    """Whether every request makes the same call, so that a cache answers all but one."""
    return not any(all_taints(flow) for flow in (*args, *kwargs.values()))


def _positions(node: ast.AST) -> int:
    return len(node.args) if isinstance(node, ast.Call) else 0


def _generated(result: "Result") -> Flow:
    """What a generator function gives: under `@contextmanager` the value itself, else any number of them."""
    yielded = result.yielded or NOTHING
    return Flow(yielded.value, "builtins.generator()", yielded.taints, items=(yielded,))


def bound_arguments(
    run: "Run", function: Function | Local, args: list[Flow], kwargs: dict[str, Flow]
) -> dict[str, Flow]:
    """The parameters of a function, with what is passed, or their defaults."""
    node = function.node.args
    names = [parameter.arg for parameter in (*node.posonlyargs, *node.args)]
    bound = _defaults(run, function)
    bound.update(zip(names, args, strict=False))
    extra = args[len(names) :]
    if node.vararg is not None:
        bound[node.vararg.arg] = Flow(path="builtins.list()", items=tuple(extra), taints=taints_of(extra))
    allowed = {*names, *(parameter.arg for parameter in node.kwonlyargs)}
    if (spread := kwargs.get(SPREAD)) is not None:
        left = [*names[len(args) :], *(parameter.arg for parameter in node.kwonlyargs)]
        bound.update({name: run.element(spread, name) for name in left if name not in kwargs})
    bound.update({name: flow for name, flow in kwargs.items() if name in allowed})
    if node.kwarg is not None:
        rest = {name: flow for name, flow in kwargs.items() if name not in allowed}
        bound[node.kwarg.arg] = Flow(path="builtins.dict()", fields=rest)
    ordered = [*names, *(parameter.arg for parameter in node.kwonlyargs)]
    ordered += [extra.arg for extra in (node.vararg, node.kwarg) if extra is not None]
    return {name: bound.get(name, NOTHING) for name in ordered}


def _defaults(run: "Run", function: Function | Local) -> dict[str, Flow]:
    """What the parameters are that are not passed; worked out once for a function of the set-up."""
    if isinstance(function, Local):
        return _annotated(run, function)
    key = (_defaults, function)
    known: dict[str, Flow] | None = run.reader.memo.get(key)
    if known is None:
        known = run.reader.memo[key] = _annotated(run, function) | _preset(run, function)
    return dict(known)


def _annotated(run: "Run", function: Function | Local) -> dict[str, Flow]:
    node = function.node.args
    return {
        parameter.arg: annotated(run, function, parameter)
        for parameter in (*node.posonlyargs, *node.args, *node.kwonlyargs)
        if parameter.annotation is not None
    }


def _preset(run: "Run", function: Function) -> dict[str, Flow]:
    node = function.node.args
    names = [parameter.arg for parameter in (*node.posonlyargs, *node.args)]
    flows = [run.reader.names.flow(value) for value in function.defaults]
    bound = dict(zip(names[len(names) - len(flows) :], flows, strict=False))
    keyword = [
        p.arg for p, default in zip(node.kwonlyargs, node.kw_defaults, strict=True) if default is not None
    ]
    bound.update(
        {
            name: run.reader.names.flow(value)
            for name, value in zip(keyword, function.kw_defaults, strict=False)
        }
    )
    return bound


def annotated(run: "Run", function: Function | Local, parameter: ast.arg) -> Flow:
    """Some object of the class that annotates a parameter."""
    annotation = parameter.annotation
    if not isinstance(annotation, ast.Name | ast.Attribute):
        return NOTHING
    found = _annotation(run, function, annotation)
    if isinstance(found.value, Class) and found.value.module is not None:
        return run.reader.names.instance(found.value)
    return (
        Flow(path=f"{found.path}()")
        if found.path and not found.path.startswith(("?", "builtins."))
        else NOTHING
    )


def _annotation(run: "Run", function: Function | Local, node: ast.expr) -> Flow:
    if isinstance(node, ast.Name):
        owner = function if isinstance(function, Function) else function.function
        return run.reader.names.name(node.id, owner, function.module)
    if isinstance(node, ast.Attribute):
        return run.reader.names.attribute(_annotation(run, function, node.value), node.attr)
    return NOTHING


def _carry_bounds(run: "Run", result: "Result", node: ast.AST, *, is_method: bool) -> None:
    """What a function has checked of its parameters holds for the arguments behind the call."""
    if not isinstance(node, ast.Call):
        return
    names = list(result.arguments)[1 if is_method else 0 :]
    pairs = [*zip(names, node.args, strict=False), *((k.arg, k.value) for k in node.keywords if k.arg)]
    for name, argument in pairs:
        after, before = result.bounds.get(name or ""), result.arguments.get(name or "")
        counted = _counted(argument)
        key = key_of(counted or argument)
        if key is None or after is None or before is None or before.is_bounded or not before.taints:
            continue
        if is_checked(before, after):  # what was bound anew says nothing of the argument
            run.env[key] = before.bounded(bound_of(after)) if counted is None else _of_length(run, counted)


def _counted(argument: ast.expr) -> ast.expr | None:
    """`items`, where `len(items)` is passed."""
    if not isinstance(argument, ast.Call) or len(argument.args) != 1:
        return None
    is_len = isinstance(argument.func, ast.Name) and argument.func.id == "len"
    return argument.args[0] if is_len else None


def _of_length(run: "Run", counted: ast.expr) -> Flow:
    return run.evaluate(counted).bounded("length")


def _keep_answers(run: "Run", result: "Result", node: ast.AST, *, is_method: bool) -> None:
    """What the answer of a predicate shows of the arguments."""
    if not isinstance(node, ast.Call) or not any(result.shows.values()):
        return
    names = list(result.arguments)[1 if is_method else 0 :]
    pairs = [*zip(names, node.args, strict=False), *((k.arg, k.value) for k in node.keywords if k.arg)]
    run.predicates[id(node)] = {
        holds: [(argument, shown[name]) for name, argument in pairs if name in shown]
        for holds, shown in result.shows.items()
    }


def _construct(run: "Run", cls: Class, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST) -> Flow:
    names = run.reader.names
    if any(type(base) is Class and run.reader.facts.is_application(base.qualified) for base in cls.mro):
        run.result.makes_application = True
    init = cls.find("__init__")
    if type(init) is Function and not init.module.is_model:
        made = names.instance(cls)
        arguments = bound_arguments(run, init, [made, *args], kwargs)
        if init in run.reader.running:
            return made
        before, run.reader.call = run.reader.call, Calling(run, node, 1)
        try:
            result = run.reader.read(init, arguments)
        finally:
            run.reader.call = before
        run.follow(result, node)
        return names.instance(cls, dict(result.fields))
    if cls.record_fields is not None:
        fields = {**dict(zip(cls.record_fields, args, strict=False)), **kwargs}
        return names.instance(cls, fields)
    made = names.instance(cls)
    given = taints_of([*args, *kwargs.values()])
    if any(type(base) is Class and base.name == "Enum" and base.module is None for base in cls.mro):
        return Flow(made.value, made.path, given).bounded("value")  # one of its members, or it fails
    return made.tainted(given)


def read_attribute(run: "Run", owner: Flow, found: Flow, node: ast.AST) -> None:
    """`owner.name` without a call: a library may work then (`request.json` parses the body)."""
    specs = reads_of(found.path)
    if not specs or not isinstance(node, ast.expr):
        return
    made = Invocation(
        path=found.path,
        function=found,
        receiver=owner,
        args=[],
        kwargs={},
        is_open=False,
        node=ast.copy_location(ast.Call(func=node, args=[], keywords=[]), node),
        run=run,
    )
    for spec in specs:
        recorded(run, spec, made)


def entered(run: "Run", flow: Flow, node: ast.expr) -> Flow:
    """`with flow as value`."""
    if flow.path == GENERATOR and flow.items:
        return flow.items[0]
    if isinstance(flow.value, Instance):
        method = flow.value.cls.find("__enter__")
        if type(method) is Function and not method.module.is_model:
            found = call_function(run, run.reader.names.attribute(flow, "__enter__"), [], {}, node)
            return found if found.value is not UNRESOLVED or found.path or found.fields else flow
    return flow


GENERATOR: Final = "builtins.generator()"


def iterate(run: "Run", node: ast.expr, flow: Flow) -> None:
    """`for x in flow`: a library's object may work then (a query that is run by iterating over it)."""
    if not flow.path or flow.value is not UNRESOLVED or flow.path.startswith(("builtins.", "?", "data")):
        return
    standing = ast.copy_location(ast.Call(func=node, args=[], keywords=[]), node)
    made = Invocation(
        path=f"{flow.path}.__iter__",
        function=flow,
        receiver=flow,
        args=[],
        kwargs={},
        is_open=False,
        node=standing,
        run=run,
    )
    for spec in specs_of(made.path):
        recorded(run, spec, made)
