"""Making functions and classes out of their definitions."""

import ast
from typing import TYPE_CHECKING

from guardapi.python.calls import apply, new_instance
from guardapi.python.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    ClassMethod,
    DictValue,
    Frame,
    Function,
    Instance,
    NativeFunction,
    StaticMethod,
    Union,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def make_function(
    ev: "Evaluator", node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame
) -> Function:
    """A function with its defaults evaluated and the names around it."""
    spec = node.args
    defaults = [ev.evaluate(default, frame) for default in spec.defaults]
    kw_defaults = [
        MISSING if default is None else ev.evaluate(default, frame) for default in spec.kw_defaults
    ]
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    function = Function(
        node, frame.module, enclosing(frame), f"{_prefix(frame)}{name}", defaults, kw_defaults
    )
    if frame.methods is not None:
        frame.methods.append(function)
    return function


def enclosing(frame: Frame) -> Frame | None:
    """The frame whose names a definition in `frame` sees: not a class body's, nor the module's."""
    if frame.is_class:
        return frame.parent
    return None if frame.locals is frame.module.namespace else frame


def _prefix(frame: Frame) -> str:
    if frame.is_class:
        return f"{frame.locals['__qualname__']}."
    scope: Frame | None = frame
    while scope is not None and scope.function is None:
        scope = scope.parent
    return f"{scope.function.qualname}.<locals>." if scope and scope.function else ""


def make_class(
    ev: "Evaluator", node: ast.ClassDef, bases: list[Value], keywords: dict[str, Value], frame: Frame
) -> Value:
    """A class: its body run, then what its metaclass and bases do on its creation."""
    qualname = f"{_prefix(frame)}{node.name}"
    names: dict[str, Value] = {"__module__": frame.module.name, "__qualname__": qualname}
    body = Frame(frame.module, names, enclosing(frame), is_class=True)
    body.methods = []
    body.node = node
    ev.stack.append(body)
    try:
        ev.run_block(node.body, body)
    finally:
        ev.stack.pop()
    metaclass = keywords.pop("metaclass", None)
    known = [base for base in map(_one_base, bases) if base is not None and base is not ev.object_class]
    ev.class_node = (node, frame.module)
    made = build_class(ev, node.name, known, names, keywords, metaclass)
    if type(made) is Class:
        for function in body.methods:
            function.owner = made
    return made


def _one_base(base: Value) -> Value:
    """Of several possible bases (an import with a fallback) the first that is known."""
    if type(base) is Union:
        return next((option for option in base if type(option) is Class), base.options[0])
    return base


def build_class(
    ev: "Evaluator",
    name: str,
    bases: list[Value],
    names: dict[str, Value],
    keywords: dict[str, Value],
    metaclass: Value = None,
) -> Value:
    """`metaclass(name, bases, names)`, or `type(...)` where there is none of the project's own."""
    if type(metaclass) is not Class:
        metaclass = next((b.metaclass for b in bases if type(b) is Class and b.metaclass is not None), None)
    arguments = [name, tuple(bases), DictValue(names)]
    if metaclass is not None and (maker := metaclass.find("__new__")) is not MISSING:
        function = maker.function if type(maker) is StaticMethod else maker
        made = apply(ev, function, Call([metaclass, *arguments], keywords))
    else:
        made = plain_class(ev, name, bases, names)
    if type(made) is not Class:
        return made
    if metaclass is not None:
        made.metaclass = metaclass
        if (hook := metaclass.find("__init__")) is not MISSING:
            apply(ev, BoundMethod(hook, made), Call(arguments, keywords))
    _announce(ev, made, keywords)
    return made


def plain_class(ev: "Evaluator", name: str, bases: list[Value], names: dict[str, Value]) -> Class:
    """`type(name, bases, names)`."""
    node, module = ev.class_node if ev.class_node and ev.class_node[0].name == name else (None, None)
    if module is None:
        module = ev.stack[-1].module if ev.stack else None
    made = Class(name, bases, names, module, str(names.get("__qualname__") or name), node)
    if any(type(base) is Class and base.record_fields is not None for base in bases):
        annotations = names.get("__annotations__") or DictValue()
        inherited = made.record_fields or []
        made.record_fields = [*inherited, *(n for n in annotations if n not in inherited)]
    return made


def _announce(ev: "Evaluator", made: Class, keywords: dict[str, Value]) -> None:
    for name, value in list(made.namespace.items()):
        if type(value) is Instance and (hook := value.cls.find("__set_name__")) is not MISSING:
            apply(ev, ev.bind(hook, value), Call([made, name], {}))
    for base in made.mro[1:]:
        if type(base) is Class and "__init_subclass__" in base.namespace:
            hook = base.namespace["__init_subclass__"]
            function = hook.function if type(hook) is ClassMethod else hook
            apply(ev, function, Call([made], keywords))
            return


def object_method(ev: "Evaluator", name: str, receiver: Value, cls: Class) -> Value:
    """What `super().name` finds at the end of the MRO: the methods of `object` and `type`."""
    if type(receiver) is Instance and receiver.payload is not None:
        found = ev.find(receiver.payload, name)
        if found is not MISSING:
            return found
    method = OBJECT_METHODS.get(name)
    if method is None:
        return ev.fails("AttributeError", f"no base has {name!r}")
    bound = NativeFunction(name, method)
    return bound if name == "__new__" else BoundMethod(bound, receiver if receiver is not None else cls)


def object_function(name: str) -> Value:
    """A method of `object` or `type`, not bound; MISSING where there is none."""
    method = OBJECT_METHODS.get(name)
    return MISSING if method is None else NativeFunction(name, method)


def _object_new(ev: "Evaluator", arguments: Call) -> Value:
    made, *rest = arguments.args or [None]
    if len(rest) == 3 and isinstance(rest[0], str) and isinstance(rest[2], DictValue):
        names = {k: v for k, v in rest[2].items() if isinstance(k, str)}
        created = plain_class(ev, rest[0], list(rest[1]) if isinstance(rest[1], tuple) else [], names)
        created.metaclass = made if type(made) is Class else None
        return created
    return new_instance(ev, made) if type(made) is Class else Unknown("an object that is not known")


def _object_call(ev: "Evaluator", arguments: Call) -> Value:
    cls, *rest = arguments.args
    return ev.construct(cls, Call(rest, arguments.kwargs, arguments.open))


def _object_setattr(_ev: "Evaluator", arguments: Call) -> Value:
    receiver, name, value = (*arguments.args, None, None, None)[:3]
    if type(receiver) is Instance and isinstance(name, str):
        receiver.attributes[name] = value


def _object_getattribute(ev: "Evaluator", arguments: Call) -> Value:
    receiver, name = (*arguments.args, None, None)[:2]
    return ev.attribute(receiver, name) if isinstance(name, str) else Unknown("an attribute")


def _nothing(_ev: "Evaluator", _arguments: Call) -> Value:
    return None


OBJECT_METHODS = {
    "__init__": _nothing,
    "__new__": _object_new,
    "__call__": _object_call,
    "__init_subclass__": _nothing,
    "__set_name__": _nothing,
    "__setattr__": _object_setattr,
    "__getattribute__": _object_getattribute,
    "__delattr__": _nothing,
    "__enter__": _nothing,
    "__exit__": _nothing,
    "__del__": _nothing,
}
