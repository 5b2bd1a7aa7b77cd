"""Loading modules of the tree and of the extension models, once each, when something imports them."""

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from guardapi.python.control import Raised
from guardapi.python.modules import absolute_name, is_standard
from guardapi.python.source import parse
from guardapi.python.values import (
    MISSING,
    Call,
    External,
    Frame,
    Function,
    Module,
    Pending,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

ROOT: Final = "/project"
"""Where the tree lies as far as the scanned code can see (`__file__`, `os.getcwd()`)."""
MODEL: Final = "model:"
"""In front of the path of an extension model, to tell it from a file of the tree."""
STRIPPED: Final[list[ast.stmt]] = []
"""The body of a function that is only parsed again when it is called."""
DEPTH: Final = 200
"""How many modules may be loading at once."""


def resolve(ev: "Evaluator", name: str, level: int, importer: Module) -> str | None:
    """The path of what an import means: in the tree, else an extension model; else None."""
    if importer.is_model:
        if level:
            found = ev.model_index.resolve_relative(name, level, importer.path)
            return f"{MODEL}{found}" if found is not None else None
    elif level:
        return ev.index.resolve_relative(name, level, importer.path)
    top = name.partition(".")[0]
    model = ev.model_index.at(name.replace(".", "/")) if top in ev.model_names else None
    own = ev.index.resolve(name, "" if importer.is_model else importer.path)
    if own is not None and not (top in ev.distributed and _is_far(ev, own, name, importer)):
        return own
    if model is not None:
        return f"{MODEL}{model}"
    return None if top in ev.distributed or is_standard(top) else own


def distributed(models: Iterable[str], natives: Iterable[str], packages: Iterable[str]) -> frozenset[str]:
    """Top-level names that surely mean a distribution: modelled, known natively, or required by the project."""
    known = {name.partition(".")[0] for name in natives}
    required = {name.replace("-", "_") for name in packages if "[" not in name}
    return frozenset({*models, *required, *(name for name in known if not is_standard(name))})


def _is_far(ev: "Evaluator", path: str, name: str, importer: Module) -> bool:
    """A folder called like a distribution, but somewhere else in the tree (its examples, its docs), inside a
    package (`shop.web.flask`), or without `__init__.py`: a regular package wins over such a one, wherever it is."""
    if not path.endswith(".py") or ev.index.name_of(path) != name:
        return True
    start = ev.index.start_of(path)
    return start not in {"", "src"} and (importer.is_model or start != ev.index.start_of(importer.path))


def load(ev: "Evaluator", path: str, name: str = "", *, as_python: bool = False) -> Module:
    """The module at a path, evaluated; while it is still being evaluated, as far as it is."""
    if (known := ev.modules.get(path)) is not None:
        return known
    is_model = path.startswith(MODEL)
    index = ev.model_index if is_model else ev.index
    bare = path.removeprefix(MODEL)
    name = name or index.name_of(bare)
    is_package = not bare.endswith(".py") or bare.endswith("__init__.py")
    parent = _load_parent(ev, path, bare, index.start_of(bare))
    if (known := ev.modules.get(path)) is not None:
        return known  # its package has imported it
    module = ev.modules[path] = Module(name, bare, is_package, is_model)
    ev.by_name.setdefault(name, module)
    module.namespace.update(_module_facts(module, bare))
    if bare.endswith(".py") or as_python:
        _evaluate(ev, module, ev.read_model(bare) if is_model else ev.read(bare))
    if parent is not None:
        parent.namespace[name.rpartition(".")[2]] = module
    return module


def _load_parent(ev: "Evaluator", path: str, bare: str, start: str) -> Module | None:
    folder = bare.rpartition("/")[0]
    if bare.endswith("/__init__.py") or not bare.endswith(".py"):
        folder = folder.rpartition("/")[0] if bare.endswith(".py") else folder
    prefix = MODEL if path.startswith(MODEL) else ""
    index = ev.model_index if prefix else ev.index
    if folder == start or not index.is_package(folder):
        return None
    return load(ev, f"{prefix}{folder}/__init__.py")


def _module_facts(module: Module, path: str) -> dict[str, Value]:
    folder = path.rpartition("/")[0] if path.endswith(".py") else path
    facts: dict[str, Value] = {
        "__name__": module.name,
        "__file__": f"{ROOT}/{path}",
        "__package__": module.package,
        "__doc__": Unknown("a doc string", truth=True),
    }
    if module.is_package:
        facts["__path__"] = [f"{ROOT}/{folder}".rstrip("/")]
    return facts


def _evaluate(ev: "Evaluator", module: Module, content: bytes) -> None:
    parsed = parse(content, module.path)
    ev.problems.extend(parsed.problems)
    module.text = parsed.text
    _strip(parsed.tree.body)
    if len(ev.stack) > DEPTH:
        ev.problems_at(module.path, "imports are nested too deeply to evaluate this file")
        return
    frame = Frame(module, module.namespace)
    module.loading = True
    ev.stack.append(frame)
    try:
        ev.run_block(parsed.tree.body, frame)
    except Raised as exception:
        if ev.is_guarded(exception.value):
            raise
        ev.note(frame.node, frame, "the module's own code raises here; what follows is not evaluated")
    finally:
        ev.stack.pop()
        module.loading = False


def _strip(body: list[ast.stmt]) -> None:
    """Drop the bodies of functions: they are most of a tree's memory, and few are called."""
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.end_lineno is not None and node.body[0].lineno > node.lineno:
                node.body = STRIPPED
            continue
        for field in ("body", "orelse", "finalbody", "handlers"):
            pending.extend(getattr(node, field, ()))


def body_of(ev: "Evaluator", function: Function) -> tuple[list[ast.stmt], bool]:
    """The statements of a function, and whether it is a generator."""
    node = function.node
    assert not isinstance(node, ast.Lambda)  # noqa: S101  # a lambda's body is an expression
    if node.body is STRIPPED:
        text = "\n".join(function.module.lines[node.lineno - 1 : node.end_lineno])
        node.body = _parse_again(text, function.module, node)
        if "yield" not in text:
            ev.generators[node] = False
    known = ev.generators.get(node)
    if known is None:
        known = ev.generators[node] = _yields(node.body)
    return node.body, known


def _parse_again(text: str, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """Parse a definition from the text of its lines, at the same line numbers."""
    above = "\n" * (node.lineno - 2) + "if 1:\n" if node.col_offset else "\n" * (node.lineno - 1)
    parsed = parse((above + text).encode("utf-8", "surrogatepass"), module.path).tree.body
    found = parsed[0] if parsed else None
    if isinstance(found, ast.If):
        found = found.body[0]
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        return found.body
    return [ast.copy_location(ast.Pass(), node)]


def _yields(body: list[ast.stmt]) -> bool:
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


def import_module(ev: "Evaluator", name: str, importer: Module) -> Value:
    """`import name`, answering the module itself (not its top package)."""
    value: Value = MISSING
    for end in range(name.count(".") + 1):
        part = ".".join(name.split(".")[: end + 1])
        path = resolve(ev, part, 0, importer)
        if path is not None:
            value = load(ev, path, part if not path.endswith("__init__.py") else "")
        else:
            value = ev.external_name(part)
    return value


def import_from(ev: "Evaluator", module_name: str, name: str, level: int, importer: Module) -> Value:
    """`from module_name import name`."""
    path = resolve(ev, module_name, level, importer)
    if path is None:
        absolute = absolute_name(importer, module_name, level)
        if level:
            return ev.fails("ImportError", f"there is no module {absolute}")
        return ev.external(absolute, name)
    module = load(ev, path)
    found = module.namespace.get(name, MISSING)
    if type(found) is Pending:
        return ev.settle(found)
    return module_attribute(ev, module, name) if found is MISSING else found


def module_attribute(ev: "Evaluator", module: Module, name: str) -> Value:
    """An attribute that is imported and that the namespace does not hold."""
    found = beyond_namespace(ev, module, name)
    return ev.fails("ImportError", f"{module.name} has no {name!r}") if found is MISSING else found


def beyond_namespace(ev: "Evaluator", module: Module, name: str) -> Value:
    """An attribute that the namespace does not hold: a submodule, `__getattr__`, or not there yet; else MISSING."""
    if (submodule := _submodule(ev, module, name)) is not None:
        return submodule
    if module.loading:
        return Pending(module, name)
    if (hook := module.namespace.get("__getattr__")) is not None:
        return ev.call(hook, Call([name], {}))
    if module.is_model:
        return ev.external(module.name, name, known_module=True)
    for external in module.star_externals:
        return ev.external(external, name)
    return MISSING


def _submodule(ev: "Evaluator", module: Module, name: str) -> Module | None:
    if not module.is_package:
        return None
    index, prefix = (ev.model_index, MODEL) if module.is_model else (ev.index, "")
    folder = module.path.rpartition("/")[0] if module.path.endswith(".py") else module.path
    found = index.at(f"{folder}/{name}" if folder else name)
    if found is None:
        return None
    loaded = load(ev, f"{prefix}{found}", f"{module.name}.{name}")
    module.namespace.setdefault(name, loaded)
    return loaded


def import_star(ev: "Evaluator", module_name: str, level: int, frame: Frame) -> None:
    """`from module_name import *`."""
    path = resolve(ev, module_name, level, frame.module)
    if path is None:
        frame.module.star_externals.append(absolute_name(frame.module, module_name, level))
        return
    module = load(ev, path)
    exported = module.namespace.get("__all__")
    names = [n for n in exported if isinstance(n, str)] if isinstance(exported, list | tuple) else None
    if names is None:
        names = [n for n in module.namespace if not n.startswith("_")]
    for name in names:
        found = module.namespace.get(name, MISSING)
        frame.locals[name] = module_attribute(ev, module, name) if found is MISSING else found
    frame.module.star_externals.extend(module.star_externals)
    if module.is_model:
        frame.module.star_externals.append(module.name)


def settle(ev: "Evaluator", pending: Pending) -> Value:
    """What a name of a module that was being evaluated has become."""
    found = pending.module.namespace.get(pending.name, MISSING)
    if found is MISSING or found is pending:
        return Unknown(f"{pending.module.name} has no {pending.name!r} yet")
    return settle(ev, found) if type(found) is Pending else found


def import_by_name(ev: "Evaluator", name: str, package: str = "") -> Value:
    """`importlib.import_module(name, package)`."""
    level = len(name) - len(name.lstrip("."))
    importer = ev.stack[-1].module if ev.stack else Module("", "", is_package=False, is_model=False)
    if level:
        base = package or importer.package
        for _ in range(level - 1):
            base = base.rpartition(".")[0]
        name = f"{base}.{name.lstrip('.')}".strip(".")
    if not name or not all(part.isidentifier() for part in name.split(".")):
        return Unknown("a module by a name that is not known")
    for frame in reversed(ev.stack):
        if not frame.module.is_model:
            importer = frame.module
            break
    found = import_module(ev, name, importer)
    if type(found) is External and "." in name and ev.index.resolve(name.partition(".")[0], importer.path):
        return ev.fails("ImportError", f"there is no module {name}")
    return found
