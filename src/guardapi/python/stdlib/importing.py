"""`importlib`, `pkgutil`, `inspect` and `sys`, and the import helpers of Werkzeug."""

import ast
import re
from typing import TYPE_CHECKING, Final

from guardapi.python.builtin_classes import FUNCTION_TYPE, METHOD_TYPE, NONE_TYPE, type_of
from guardapi.python.control import Raised
from guardapi.python.imports import ROOT
from guardapi.python.native import native
from guardapi.python.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    DictValue,
    External,
    Frame,
    Function,
    Instance,
    Module,
    NativeFunction,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {"sys.argv": [], "sys.path": [], "typing.TYPE_CHECKING": False}
NATIVES["sys.version_info"] = (3, 11, 7, "final", 0)
NATIVES["sys.platform"] = "linux"
NATIVES["types.FunctionType"] = NATIVES["types.LambdaType"] = FUNCTION_TYPE
NATIVES["types.MethodType"] = METHOD_TYPE
NATIVES["types.NoneType"] = NONE_TYPE
METHOD_TYPE.namespace["__construct__"] = NativeFunction(
    "method",
    lambda _ev, call: (
        BoundMethod(*call.args) if len(call.args) == 2 else Unknown("a method that is not known")
    ),
)
NATIVES["importlib.machinery.SOURCE_SUFFIXES"] = [".py"]
NATIVES["importlib.machinery.BYTECODE_SUFFIXES"] = [".pyc"]
NATIVES["importlib.machinery.EXTENSION_SUFFIXES"] = [".so"]
FUNCTIONS: Final = (Function, Wrapped)


@native("importlib.import_module", "importlib.__import__", into=NATIVES)
def _import_module(ev: "Evaluator", name: Value, package: Value = None) -> Value:
    plain = ev.plain(name)
    if not isinstance(plain, str):
        return Unknown("a module by a name that is not known")
    return ev.import_by_name(plain, package if isinstance(package, str) else "")


@native("importlib.metadata.entry_points", into=NATIVES)
def _entry_points(ev: "Evaluator", **wanted: Value) -> Value:
    """What its backport does, which is modelled."""
    backport = ev.import_by_name("importlib_metadata", "")
    return ev.call(ev.attribute(backport, "entry_points"), Call([], wanted))


@native("werkzeug.utils.import_string", "werkzeug.import_string", "flask.helpers.import_string", into=NATIVES)
def import_string(ev: "Evaluator", name: Value, silent: Value = False) -> Value:
    """`package.module:name` or `package.module.name`; a module alone as well."""
    del silent
    plain = ev.plain(name)
    if not isinstance(plain, str):
        return Unknown("an object by a name that is not known")
    module_name, colon, attribute = plain.partition(":")
    if not colon:
        module_name, _, attribute = plain.rpartition(".")
    if not module_name:
        return ev.import_by_name(attribute)
    module = ev.import_by_name(module_name)
    if type(module) is Module and not attribute:
        return module
    found = ev.find(module, attribute)
    return ev.import_by_name(plain.replace(":", ".")) if found is MISSING else found


@native("werkzeug.utils.find_modules", "werkzeug.find_modules", into=NATIVES)
def _find_modules(
    ev: "Evaluator", name: Value, include_packages: Value = False, recursive: Value = False
) -> Value:
    module = ev.import_by_name(name) if isinstance(name, str) else None
    if type(module) is not Module:
        return Unknown("the modules of a package that is not known")
    return [
        found
        for found, is_package in _modules_below(ev, module.path, module.name, recursive=recursive is True)
        if include_packages is True or not is_package
    ]


@native("pkgutil.iter_modules", into=NATIVES)
def _iter_modules(ev: "Evaluator", path: Value = None, prefix: Value = "") -> Value:
    return _rows(ev, path, prefix, recursive=False)


@native("pkgutil.walk_packages", into=NATIVES)
def _walk_packages(ev: "Evaluator", path: Value = None, prefix: Value = "", onerror: Value = None) -> Value:
    del onerror
    return _rows(ev, path, prefix, recursive=True)


MODULE_INFO: Final = Class("ModuleInfo", [], {})
MODULE_INFO.record_fields = ["module_finder", "name", "ispkg"]
LOADER: Final = Class("SourceFileLoader", [], {})
SPEC: Final = Class("ModuleSpec", [], {})


def _spec(name: str, path: str = "") -> Instance:
    made = Instance(SPEC)
    made.attributes.update({"name": name, "origin": path, "loader": Instance(LOADER)})
    return made


@native("importlib.util.find_spec", into=NATIVES)
def _find_spec(_ev: "Evaluator", name: Value, *_args: Value) -> Value:
    return _spec(name) if isinstance(name, str) else Unknown("a module by a name that is not known")


@native("importlib.util.spec_from_file_location", into=NATIVES)
def _spec_from_file(ev: "Evaluator", name: Value, location: Value = None, **_options: Value) -> Value:
    path = ev.tree_path(location)
    if not isinstance(name, str) or path is None:
        return Unknown("a module by a path that is not known")
    return _spec(name, f"{ROOT}/{path}")


@native("importlib.util.module_from_spec", into=NATIVES)
def _module_from_spec(ev: "Evaluator", spec: Value) -> Value:
    if type(spec) is not Instance:
        return Unknown("a module by a name that is not known")
    name = spec.attributes.get("name")
    path = ev.tree_path(spec.attributes.get("origin"))
    if not isinstance(name, str):
        return Unknown("a module by a name that is not known")
    if path:
        return ev.load(path) if path in ev.index.files else Unknown("a module that is not in the tree")
    return ev.import_by_name(name)


def _load_module(ev: "Evaluator", call: Call) -> Value:
    return ev.import_by_name(call.args[1]) if len(call.args) > 1 and isinstance(call.args[1], str) else None


LOADER.namespace.update(
    {
        "exec_module": NativeFunction("exec_module", lambda _ev, _call: None),
        "load_module": NativeFunction("load_module", _load_module),
        "find_spec": NativeFunction("find_spec", lambda ev, call: _find_spec(ev, *call.args[1:])),
        "find_module": NativeFunction("find_module", lambda _ev, call: call.args[0]),
    }
)


@native("importlib.machinery.SourceFileLoader", into=NATIVES)
def _source_loader(ev: "Evaluator", name: Value = None, path: Value = None) -> Value:
    found = ev.tree_path(path)
    made = Instance(LOADER)

    def load(ev: "Evaluator", _call: Call) -> Value:
        known = found is not None and found in ev.index.files
        return ev.load(found) if found and known else Unknown(f"the module {name}")

    made.attributes["load_module"] = NativeFunction("load_module", load)
    return made


def _rows(ev: "Evaluator", path: Value, prefix: Value, *, recursive: bool) -> Value:
    folders = ev.known_items(path)
    if isinstance(path, str):
        folders = [path]
    if folders is None or not isinstance(prefix, str):
        return Unknown("the modules of a package that is not known")
    rows: list[Value] = []
    for folder in folders:
        found = ev.tree_path(folder)
        if found is None:
            continue
        for name, is_package in _below(ev, found, prefix.removesuffix("."), recursive=recursive):
            row = Instance(MODULE_INFO)
            row.attributes.update({"module_finder": Instance(LOADER), "name": name, "ispkg": is_package})
            rows.append(row)
    return rows


def _modules_below(ev: "Evaluator", path: str, name: str, *, recursive: bool) -> list[tuple[str, bool]]:
    folder = path.rpartition("/")[0] if path.endswith(".py") else path
    return _below(ev, folder, name, recursive=recursive)


def _below(ev: "Evaluator", folder: str, name: str, *, recursive: bool) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for entry, is_package in ev.index.inside(folder):
        dotted = f"{name}.{entry}" if name else entry
        found.append((dotted, is_package))
        if is_package and recursive:
            found.extend(_below(ev, f"{folder}/{entry}".strip("/"), dotted, recursive=True))
    return found


@native("inspect.isclass", into=NATIVES)
def _isclass(_ev: "Evaluator", value: Value) -> Value:
    return Unknown("whether it is a class") if type(value) in {Unknown, External} else type(value) is Class


@native("inspect.getmro", into=NATIVES)
def _getmro(_ev: "Evaluator", cls: Value) -> Value:
    return tuple(cls.mro) if type(cls) is Class else Unknown("the bases of something that is not known")


@native("inspect.isfunction", "inspect.isroutine", into=NATIVES)
def _isfunction(_ev: "Evaluator", value: Value) -> Value:
    return isinstance(value, FUNCTIONS)


@native("inspect.ismethod", into=NATIVES)
def _ismethod(_ev: "Evaluator", value: Value) -> Value:
    return type(value) is BoundMethod


@native("inspect.ismodule", into=NATIVES)
def _ismodule(_ev: "Evaluator", value: Value) -> Value:
    return type(value) is Module


@native("inspect.unwrap", into=NATIVES)
def _unwrap(ev: "Evaluator", value: Value, **_options: Value) -> Value:
    for _ in range(50):
        inner = ev.find(value, "__wrapped__")
        if inner is MISSING:
            break
        value = inner
    return value


@native("inspect.getmodule", into=NATIVES)
def _getmodule(ev: "Evaluator", value: Value) -> Value:
    name = ev.attribute(value, "__module__")
    return ev.by_name.get(name, Unknown("a module")) if isinstance(name, str) else Unknown("a module")


@native("inspect.getmembers", into=NATIVES)
def _getmembers(ev: "Evaluator", owner: Value, predicate: Value = None) -> Value:
    """(name, value), sorted by name. Properties of instances are read, as Python reads them."""
    names: dict[str, None] = {}
    if type(owner) is Module:
        names.update(dict.fromkeys(owner.namespace))
    elif type(owner) is Class or type(owner) is Instance:
        for base in ev.attribute(owner if type(owner) is Class else type_of(owner), "__mro__"):
            names.update(dict.fromkeys(base.namespace if type(base) is Class else ()))
        if type(owner) is Instance:
            names.update(dict.fromkeys(owner.attributes))
    else:
        return Unknown("the members of something that is not known")
    rows: list[Value] = []
    for name in sorted(names):
        try:
            value = ev.attribute(owner, name)
            verdict = True if predicate is None else ev.truth(ev.call(predicate, Call([value], {})))
        except Raised:
            continue
        if verdict is not False:
            rows.append((name, value))
    return rows


@native("inspect.signature", into=NATIVES)
def _signature(_ev: "Evaluator", function: Value, **_options: Value) -> Value:
    target = function.function if type(function) is BoundMethod else function
    skip = 1 if type(function) is BoundMethod else 0
    if type(target) is not Function:
        return Unknown("a signature that is not known")
    spec = target.node.args
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][skip:]
    names += [argument.arg for argument in spec.kwonlyargs]
    made = Instance(SIGNATURE)
    made.attributes["parameters"] = DictValue((name, Unknown(f"the parameter {name}")) for name in names)
    return made


SIGNATURE: Final = Class("Signature", [], {})


@native("inspect.getfullargspec", into=NATIVES)
def _getfullargspec(ev: "Evaluator", function: Value) -> Value:
    """The parameters as they are written: a receiver is among them, and wrappers are not looked behind. What
    a decorator that is not known has made takes what the decorated function takes."""
    target = function
    while type(target) in {BoundMethod, Wrapped}:
        target = target.function if type(target) is BoundMethod else target.inner
    if type(target) is not Function:
        return Unknown("a signature that is not known")
    spec = target.node.args
    positional = [*spec.posonlyargs, *spec.args]
    made = Instance(ARGUMENTS)
    made.attributes.update(
        {
            "args": [argument.arg for argument in positional],
            "varargs": spec.vararg.arg if spec.vararg else None,
            "varkw": spec.kwarg.arg if spec.kwarg else None,
            "defaults": tuple(target.defaults) or None,
            "kwonlyargs": [argument.arg for argument in spec.kwonlyargs],
            "annotations": annotations_of(ev, target),
        }
    )
    return made


ARGUMENTS: Final = Class("FullArgSpec", [], {})


def annotations_of(ev: "Evaluator", function: Function) -> DictValue:
    """The annotations of a function's parameters, evaluated; texts where the module postpones them."""
    spec = function.node.args
    annotated = [a for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs) if a.annotation is not None]
    if not annotated:
        return DictValue()
    if "annotations" in function.module.namespace and POSTPONED.search(function.module.text):
        return DictValue((a.arg, ast.unparse(a.annotation)) for a in annotated if a.annotation is not None)
    frame = Frame(function.module, {}, function.closure)
    return DictValue((a.arg, ev.evaluate(a.annotation, frame)) for a in annotated if a.annotation is not None)


POSTPONED: Final = re.compile(r"^from __future__ import .*\bannotations\b", re.MULTILINE)


def _loaded(ev: "Evaluator") -> dict[str, Value]:
    """The modules of the tree that have been imported so far."""
    return {found.name: found for found in ev.by_name.values() if not found.is_model}


def _sys_modules() -> Instance:
    def get(ev: "Evaluator", call: Call) -> Value:
        name = call.args[1] if len(call.args) > 1 else None
        default = call.args[2] if len(call.args) > 2 else None
        return ev.by_name.get(name, default) if isinstance(name, str) else Unknown("a module")

    def item(ev: "Evaluator", call: Call) -> Value:
        name = call.args[1]
        found = ev.by_name.get(name) if isinstance(name, str) else None
        return Unknown("a module that is not loaded") if found is None else found

    def has(ev: "Evaluator", call: Call) -> Value:
        return call.args[1] in ev.by_name

    def put(ev: "Evaluator", call: Call) -> None:
        _, name, module = call.args
        if isinstance(name, str) and type(module) is Module:
            ev.by_name.setdefault(name, module)

    def names(ev: "Evaluator", _call: Call) -> Value:
        return list(_loaded(ev))

    def modules(ev: "Evaluator", _call: Call) -> Value:
        return list(_loaded(ev).values())

    def pairs(ev: "Evaluator", _call: Call) -> Value:
        return list(_loaded(ev).items())

    table = {
        "get": get,
        "__getitem__": item,
        "__contains__": has,
        "__setitem__": put,
        "__iter__": names,
        "keys": names,
        "values": modules,
        "items": pairs,
    }
    return Instance(Class("modules", [], {name: NativeFunction(name, run) for name, run in table.items()}))


NATIVES["sys.modules"] = _sys_modules()


@native("sys.exit", "os._exit", "os.abort", into=NATIVES)
def _exit(ev: "Evaluator", *_args: Value) -> Value:
    raise Raised(Instance(ev.builtin("SystemExit")))
