"""What extension models may ask of the evaluator, and project code may not: names with two underscores."""

import re
from typing import TYPE_CHECKING, Final

from guardapi.python import imports
from guardapi.python.releases import likely_release
from guardapi.python.templates import render
from guardapi.python.values import (
    BoundMethod,
    Call,
    Class,
    ClassMethod,
    DictValue,
    External,
    Function,
    Instance,
    Module,
    NativeFunction,
    Partial,
    StaticMethod,
    Union,
    Unknown,
    Value,
    Wrapped,
    plain,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


MARKED: Final = (Function, Wrapped, BoundMethod, StaticMethod, ClassMethod, Partial)
"""What set-up code marks with attributes."""


def _place(ev: "Evaluator", _call: Call) -> Value:
    """`__place__()`: where the project's code stands."""
    return ev.here()


def _condition(ev: "Evaluator", _call: Call) -> Value:
    """`__condition__()`: the undecided test under which it stands there, or None."""
    return ev.condition()


def _at(ev: "Evaluator", call: Call) -> Value:
    """`__at__(place, condition, function)`: run what was recorded there, as if the code still stood there."""
    place, condition, function = call.args
    ev.standing.append((place, condition))
    try:
        return ev.call(function, Call([], {}))
    finally:
        ev.standing.pop()


def _known(_ev: "Evaluator", call: Call) -> Value:
    """`__known__(value)`: whether anything is known of it."""
    value = call.args[0]
    if type(value) is Union:
        return any(not isinstance(option, Unknown | External) for option in value)
    return not isinstance(value, Unknown | External)


def _undecided(ev: "Evaluator", call: Call) -> Value:
    """`__undecided__(reason)`: the inventory may miss something, because."""
    ev.note_here(str(call.args[0]))


def _watch(_ev: "Evaluator", call: Call) -> Value:
    """`__watch__(mapping)`: remember where each key is set."""
    target = plain(call.args[0])
    if isinstance(target, DictValue):
        target.places = {}


def _decorate(ev: "Evaluator", call: Call) -> Value:
    """`__decorate__(decorator, view)`: a decorator that cannot be followed still serves the view."""
    decorator, view = call.args
    return ev.decorated(decorator, view)


def _root_path(ev: "Evaluator", call: Call) -> Value:
    """`__root_path__(import_name)`: the folder of a module."""
    name = call.args[0] if isinstance(call.args[0], str) else ""
    module = ev.by_name.get(name)
    path = module.path if module is not None else ev.index.resolve(name, "") if name else None
    if path is None or (module is not None and module.is_model):
        return imports.ROOT
    folder = path.rpartition("/")[0] if path.endswith(".py") else path
    return f"{imports.ROOT}/{folder}".rstrip("/")


def _import_file(ev: "Evaluator", call: Call) -> Value:
    """`__import_file__(path)`: the names that a Python file of the tree defines."""
    path = ev.tree_path(call.args[0])
    if path is None or ev.files.read(path) is None:
        return Unknown("a settings file that is not in the tree")
    if path.endswith(".py"):
        return ev.load(path)
    return ev.load_as_python(path)


def _name_of(ev: "Evaluator", call: Call) -> Value:
    """`__identity__(function)`: module, name and qualified name, as limiters tell views apart."""
    parts = [ev.find(call.args[0], name) for name in ("__module__", "__name__", "__qualname__")]
    return tuple(part if isinstance(part, str) else "?" for part in parts)


def _marked(ev: "Evaluator", call: Call) -> Value:
    """`__marked__(object, mark)`: names of the methods (or functions) that carry an attribute, in order of `dir()`.

    Only what classes and the object itself hold is looked at; no property is run.
    """
    owner, mark = call.args
    if type(owner) is Module:
        held = list(owner.namespace.items())
        return sorted(name for name, value in held if isinstance(name, str) and _is_marked(ev, value, mark))
    if type(owner) is not Instance:
        return []
    names: dict[str, Value] = {}
    for base in reversed(owner.cls.mro):
        if type(base) is Class:
            names.update(base.namespace)
    names.update(owner.attributes)
    return sorted(name for name, value in names.items() if _is_marked(ev, value, mark))


def _is_marked(ev: "Evaluator", value: Value, mark: str) -> bool:
    if type(value) is Union:
        return any(_is_marked(ev, option, mark) for option in value)
    if not isinstance(value, MARKED):
        return False
    return type(ev.find(value, mark)) not in {Unknown, External}


def _installed(ev: "Evaluator", call: Call) -> Value:
    """`__installed__(newest, *names)`: (major, minor) of the release that the project most likely runs, of a
    distribution that has had these names."""
    newest, *names = call.args
    required = next((ev.packages[name] for name in names if name in ev.packages), "")
    return likely_release(required, newest)


def _imported(ev: "Evaluator", call: Call) -> Value:
    """`__imported__(module, *names)`: whether some file of the tree imports one of these names from there: with a
    release that lacks them it would not start."""
    module, *names = (str(arg).encode() for arg in call.args)
    either = b"|".join(re.escape(name) for name in names)
    pattern = re.compile(
        rb"^[ \t]*from[ \t]+"
        + re.escape(module)
        + rb"[ \t]+import[ \t]*(?:\([^)#]*|[^\n(#]*)\b(?:"
        + either
        + rb")\b",
        re.MULTILINE,
    )
    contents = (ev.read(path) for path in ev.index.files)
    return any(module in content and pattern.search(content) is not None for content in contents)


def _entry_points(ev: "Evaluator", _call: Call) -> Value:
    """`__entry_points__()`: group, name and value of what the project's metadata advertises."""
    return [(point.group, point.name, point.value) for point in ev.advertised]


def _unknown(_ev: "Evaluator", call: Call) -> Value:
    """`__unknown__(reason)`: a value that is not known."""
    return Unknown(str(call.args[0]))


def _text_of(ev: "Evaluator", call: Call) -> Value:
    """`__text_of__(path)`: what a file of the tree holds; None where it is not there."""
    path = ev.tree_path(call.args[0])
    content = ev.files.read(path) if path else None
    return None if content is None else content.decode("utf-8", "replace")


def _ini(ev: "Evaluator", call: Call) -> Value:
    """`__ini__(text)`: the sections of an INI file, with its `DEFAULT`; none where it does not parse."""
    import configparser  # noqa: PLC0415  # only projects with such settings pay for it

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the model applies the project's own
    text = ev.plain(call.args[0])
    try:
        parser.read_string(text if isinstance(text, str) else "")
    except configparser.Error:
        return DictValue()
    return DictValue((name, DictValue(parser.items(name))) for name in parser.sections())


def _render(ev: "Evaluator", call: Call) -> Value:
    """`__render__(text, arguments)`: a Jinja template with its arguments."""
    text, names = (ev.plain(arg) for arg in call.args)
    if not isinstance(text, str):
        return Unknown("a template that is not known")
    return render(text, names if isinstance(names, DictValue) else {})


MODEL_BUILTINS: Final[dict[str, Value]] = {
    name: NativeFunction(name, function)
    for name, function in {
        "__at__": _at,
        "__condition__": _condition,
        "__decorate__": _decorate,
        "__entry_points__": _entry_points,
        "__identity__": _name_of,
        "__import_file__": _import_file,
        "__imported__": _imported,
        "__ini__": _ini,
        "__installed__": _installed,
        "__known__": _known,
        "__marked__": _marked,
        "__place__": _place,
        "__render__": _render,
        "__root_path__": _root_path,
        "__text_of__": _text_of,
        "__undecided__": _undecided,
        "__unknown__": _unknown,
        "__watch__": _watch,
    }.items()
}
