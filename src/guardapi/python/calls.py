"""Calling: functions, classes and everything else that takes arguments."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.control import OutOfSteps, Raised
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    BoundMethod,
    Call,
    Class,
    ClassMethod,
    DictValue,
    External,
    Frame,
    Function,
    Instance,
    NativeFunction,
    Partial,
    StaticMethod,
    Union,
    Unknown,
    Value,
    Wrapped,
    is_hashable,
    join,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

FUNCTIONS: Final = (Function, BoundMethod, Partial, Wrapped)
DEFAULTS: Final = ("default", "fallback")
"""Keywords under which readers of settings take what holds where nothing is set."""
RECURSION: Final = 12
"""How often one function may be running at once."""
UNDECIDED_RECURSION: Final = 3
"""The same, where it calls itself under a test that could not be decided: each arm would do so again."""
UNDECIDED_CALLS: Final = 40
"""How many calls of that kind, beyond the second level, one outermost call of the function may lead to."""


def call(ev: "Evaluator", function: Value, arguments: Call) -> Value:
    """What a call gives."""
    if type(function) is Function:
        ev.called.add(function.node)
        return call_function(ev, function, arguments)
    return apply(ev, function, arguments)


def apply(ev: "Evaluator", function: Value, arguments: Call) -> Value:
    """The same, where it is not the project's code that calls a function by its name."""
    kind = type(function)
    if kind is BoundMethod:
        bound = Call([function.receiver, *arguments.args], arguments.kwargs, arguments.open)
        return apply(ev, function.function, bound)
    if kind is NativeFunction:
        return run_native(ev, function, arguments)
    if kind is Function:
        return call_function(ev, function, arguments)
    if kind is Class:
        return instantiate(ev, function, arguments)
    if kind is Partial:
        merged = {**function.kwargs, **arguments.kwargs}
        return apply(ev, function.function, Call([*function.args, *arguments.args], merged, arguments.open))
    if kind is Wrapped:
        return apply(ev, function.inner, arguments)
    if kind is StaticMethod or kind is ClassMethod:
        return apply(ev, function.function, arguments)
    if kind is Instance and (method := function.cls.find("__call__")) is not MISSING:
        return apply(ev, ev.bind(method, function), arguments)
    if kind is Union:
        answer: Value = MISSING
        for option in function:
            if option is not None and type(option) is not Unknown:
                part = apply(ev, option, arguments)
                answer = part if answer is MISSING else join(answer, part)
        return Unknown("a call of something that is not known") if answer is MISSING else answer
    return _opaque(ev, function, arguments)


def run_native(ev: "Evaluator", function: NativeFunction, arguments: Call) -> Value:
    """Natives take their arguments as they expect them; a call that does not fit fails in Python too."""
    try:
        return function.run(ev, arguments)
    except (AttributeError, LookupError, TypeError, ValueError):
        return Unknown(f"a call of {function.name}() with arguments that do not fit")


def _opaque(ev: "Evaluator", function: Value, arguments: Call) -> Value:
    """A call into what is not known. With a function as its only argument it acts as a decorator."""
    name = function.name if type(function) is External else ""
    if len(arguments.args) == 1 and not arguments.kwargs and isinstance(arguments.args[0], FUNCTIONS):
        calls = function.calls if type(function) is External else None
        return Wrapped(arguments.args[0], name or "a decorator that is not known", calls)
    for keyword in DEFAULTS:
        if (default := arguments.kwargs.get(keyword)) is not None and isinstance(default, CONSTANTS):
            return default  # what nothing is seen to set counts with its default
    if type(function) is External:
        arguments.place = ev.here()
        return function.called(arguments)
    if type(function) is Unknown:
        return Unknown(f"a call of {function.reason}"[:200])
    return Unknown("a call of something that is not known")


def call_function(
    ev: "Evaluator",
    function: Function,
    arguments: Call,
    on_yield: Callable[[Value], None] | None = None,
) -> Value:
    """Run a function of the tree in a frame of its own."""
    if ev.stand_ins and (known := ev.stand_ins.get(function.node)) is not None:
        return known
    if function.memo is not None:
        return _remembered(ev, function, function.memo, arguments)
    return _run(ev, function, arguments, on_yield)


def _remembered(ev: "Evaluator", function: Function, memo: dict[Value, Value], arguments: Call) -> Value:
    # What would raise goes on where nothing catches it, so the answer is another one there.
    key = (_guards(ev), *arguments.args, None, *arguments.kwargs.items())
    if not is_hashable(key):
        return _run(ev, function, arguments)
    if key not in memo:
        answer = _run(ev, function, arguments)
        if type(answer) is Unknown:
            return answer  # perhaps it raised, and what raises is not kept
        memo[key] = answer
    return memo[key]


def _guards(ev: "Evaluator") -> frozenset[int]:
    guards = (guard for frame in ev.stack for around in frame.guards for guard in around)
    return frozenset(id(g) for guard in guards for g in (guard if type(guard) is tuple else (guard,)))


def _run(
    ev: "Evaluator",
    function: Function,
    arguments: Call,
    on_yield: Callable[[Value], None] | None = None,
) -> Value:
    running = ev.running.get(function.node, 0)
    if len(ev.stack) >= ev.bounds.depth or (running and _recurses_too_deeply(ev, function.node, running)):
        return Unknown(f"{function.qualname} is called too deeply")
    frame = Frame(function.module, {}, function.closure, function)
    frame.on_yield = on_yield
    bind_arguments(function, arguments, frame.locals)
    if arguments.args:
        frame.self_value = arguments.args[0]
    return _in_frame(ev, frame, function, running)


def _recurses_too_deeply(ev: "Evaluator", node: ast.AST, running: int) -> bool:
    if running >= RECURSION:
        return True
    undecided = len(ev.conditions)
    if undecided <= ev.entered_under[node]:
        return False
    # Functions that call each other count together: what they try multiplies.
    again = sum(n - 1 for other, n in ev.running.items() if n > 1 and undecided > ev.entered_under[other])
    if running + 1 > UNDECIDED_RECURSION or again + 1 >= UNDECIDED_RECURSION:
        return True
    if running > 1:
        ev.undecided_calls[node] = ev.undecided_calls.get(node, 0) + 1
    return ev.undecided_calls.get(node, 0) > UNDECIDED_CALLS


def _run_body(ev: "Evaluator", function: Function, frame: Frame) -> Value:
    if isinstance(function.node, ast.Lambda):
        return ev.evaluate(function.node.body, frame)
    body, is_generator = ev.body_of(function)
    if is_generator:
        frame.yielded = []
    signal = ev.run_block(body, frame)
    if frame.yielded is not None:
        return frame.yielded
    if not frame.returned:
        return None
    answer = frame.returned[0]
    for other in frame.returned[1:]:
        answer = join(answer, other)
    return answer if signal is not None else join(answer, None)


def _in_frame(ev: "Evaluator", frame: Frame, function: Function, running: int) -> Value:
    node = function.node
    outermost = bool(ev.stack) and not ev.running
    limit = ev.limit
    if outermost:
        ev.limit = min(limit, ev.steps + ev.bounds.call_steps)
    if not running:
        ev.entered_under[node] = len(ev.conditions)
        ev.undecided_calls.pop(node, None)
    ev.running[node] = running + 1
    ev.stack.append(frame)
    try:
        return _run_body(ev, function, frame)
    except Raised as exception:
        if ev.is_guarded(exception.value):
            raise
        # Nothing catches it: the application would not start. It does start, so we were wrong somewhere.
        return _what_was_returned(frame)
    except OutOfSteps:
        ev.called.discard(node)  # it may come to its end where less precedes it
        if not outermost or ev.steps >= limit:
            raise
        caller = ev.stack[-2] if len(ev.stack) > 1 else frame
        ev.note(caller.node, caller, "a call takes too many steps")
        return Unknown("a call that takes too many steps")
    finally:
        ev.stack.pop()
        ev.limit = limit
        if running:
            ev.running[node] = running
        else:
            del ev.running[node]


def _what_was_returned(frame: Frame) -> Value:
    if frame.yielded:
        return frame.yielded
    answer: Value = Unknown("a call that raises")
    for value in frame.returned:
        answer = value if type(answer) is Unknown else join(answer, value)
    return answer


def bind_arguments(function: Function, arguments: Call, into: dict[str, Value]) -> None:
    """Bind the arguments of a call to a function's parameters; what is not given is its default."""
    spec = function.node.args
    names = function.parameters
    given = arguments.args
    if (
        len(given) == len(names)
        and not arguments.kwargs
        and not (spec.vararg or spec.kwonlyargs or spec.kwarg)
    ):
        into.update(zip(names, given, strict=True))
        return
    kwargs = dict(arguments.kwargs)
    first_default = len(names) - len(function.defaults)
    for position, name in enumerate(names):
        if position < len(given):
            into[name] = given[position]
        elif name in kwargs:
            into[name] = kwargs.pop(name)
        elif position >= first_default:
            into[name] = function.defaults[position - first_default]
        else:
            into[name] = Unknown(f"the argument {name!r} of {function.qualname}")
    if spec.vararg:
        into[spec.vararg.arg] = tuple(given[len(names) :])
    for argument, default in zip(spec.kwonlyargs, function.kw_defaults, strict=True):
        value = kwargs.pop(argument.arg, default)
        if value is MISSING:
            value = Unknown(f"the argument {argument.arg!r} of {function.qualname}")
        into[argument.arg] = value
    if spec.kwarg:
        rest = DictValue(kwargs)
        rest.open = "arguments that are not known" if arguments.open else None
        into[spec.kwarg.arg] = rest


def instantiate(ev: "Evaluator", cls: Class, arguments: Call) -> Value:
    """`Class(...)`."""
    if cls.metaclass is not None and (hook := cls.metaclass.find("__call__")) is not MISSING:
        return apply(ev, ev.bind(hook, cls), arguments)
    return construct(ev, cls, arguments)


def construct(ev: "Evaluator", cls: Class, arguments: Call) -> Value:
    """An object of a class: `__new__`, then `__init__`."""
    native = cls.find("__construct__")
    if native is not MISSING and "__construct__" in cls.namespace:
        return native.run(ev, arguments)
    maker = cls.find("__new__")
    if maker is not MISSING:
        function = maker.function if type(maker) is StaticMethod else maker
        made = apply(ev, function, Call([cls, *arguments.args], arguments.kwargs, arguments.open))
        if type(made) is not Instance or not made.cls.is_subclass(cls):
            return made
    else:
        made = new_instance(ev, cls)
    initialise(ev, made, arguments, native)
    return made


def new_instance(ev: "Evaluator", cls: Class) -> Instance:
    """An object before `__init__`."""
    return Instance(cls, ev.here(), ev.project_function())


def initialise(ev: "Evaluator", made: Instance, arguments: Call, native: Value = MISSING) -> None:
    """Run `__init__`, or what stands for it."""
    cls = made.cls
    found = cls.find("__init__")
    if native is not MISSING:
        # A subclass of a built-in container: it is one from the start, filled by `__init__` if it has none.
        fits = found is MISSING
        made.payload = native.run(ev, arguments if fits else Call([], {}))
    if found is not MISSING:
        apply(ev, ev.bind(found, made), arguments)
    elif cls.record_fields is not None:
        fill_record(ev, made, arguments)
    elif cls.is_open:
        made.attributes.update(arguments.kwargs)


def fill_record(ev: "Evaluator", made: Instance, arguments: Call) -> None:
    """The `__init__` that a dataclass or named tuple has."""
    for position, name in enumerate(made.cls.record_fields or ()):
        value = arguments.argument(position, name, MISSING)
        if value is MISSING:
            value = made.cls.find(name)
            if type(value) is Instance and "default_factory" in value.attributes:
                value = apply(ev, value.attributes["default_factory"], Call([], {}))
            elif type(value) is Instance and "default" in value.attributes:
                value = value.attributes["default"]
            elif value is MISSING:
                value = Unknown(f"the field {name!r} of {made.cls.name}")
        made.attributes[name] = value
    if (hook := made.cls.find("__post_init__")) is not MISSING:
        apply(ev, ev.bind(hook, made), Call([], {}))


def decorate(ev: "Evaluator", decorator: Value, value: Value, name: str) -> Value:
    """`@decorator`: what the decorated name is bound to."""
    try:
        result = apply(ev, decorator, Call([value], {}))
    except Raised:
        result = Unknown("a decorator that raises")
    if not isinstance(result, Unknown | External):
        return result
    if isinstance(value, FUNCTIONS):
        if type(decorator) is External:
            return Wrapped(value, decorator.name, decorator.calls)
        return Wrapped(value, name)
    return value if type(value) is Class else result
