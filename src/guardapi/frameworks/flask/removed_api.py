"""What a project uses of Flask-Limiter and its engine that the release it runs with has not got."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.frameworks.flask.limiter_state import Version
from guardapi.model import RemovedUse
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.releases import likely_release
from guardapi.python.values import Instance, Module, Value, place_of

# Each with the first release that lacks it, found by comparing the sources of the releases.
IMPORTS: Final[dict[tuple[str, str], tuple[Version, str]]] = {
    ("flask_limiter", "HEADERS"): ((2, 3), "`flask_limiter.HeaderNames`"),
    ("flask_limiter.extension", "HEADERS"): ((2, 3), "`flask_limiter.HeaderNames`"),
    ("flask_limiter.util", "get_ipaddr"): ((2, 0, 1), "`flask_limiter.util.get_remote_address`"),
}
MODULES: Final[dict[str, tuple[Version, str]]] = {
    "flask_limiter.wrappers": ((3, 13), "the names of `flask_limiter`"),
    "flask_limiter.extension": ((4, 0), "the names of `flask_limiter`"),
    "flask_limiter.manager": ((4, 0), "the names of `flask_limiter`"),
}
ARGUMENTS: Final[dict[str, tuple[Version, str]]] = {
    "global_limits": ((2, 0, 4), "`default_limits=`"),
    "auto_check": ((3, 13), "limits on the views; the limiter checks by itself"),
    "storage_url": ((0,), "`storage_uri=`"),
}
KEYWORD_ONLY: Final[Version] = (3, 0)
"""All but the key function, which comes first."""
CHECK_GONE: Final[Version] = (3, 13)
ENGINE_CUT: Final = (5, 0)
"""The release of `limits` without etcd and without windows that grow."""
ELASTIC: Final = "fixed-window-elastic-expiry"
CATCHES_ALL: Final = frozenset({"", "Exception", "BaseException"})
PACKAGE: Final = "flask_limiter"
Guard = tuple[ast.Try, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installed:
    version: Version
    is_pinned: bool


class RemovedApi:
    """The uses by the modules and limiters of a set-up."""

    def __init__(self, ev: Evaluator, version: Version) -> None:
        self.ev = ev
        required = ev.packages.get("flask-limiter", "")
        self.extension = _Installed(version=version, is_pinned=required.startswith("=="))
        engine = ev.packages.get("limits", "")
        self.engine = _Installed(version=likely_release(engine, (5, 8)), is_pinned=engine.startswith("=="))
        self._trees: dict[str, ast.Module] = {}

    def uses(self, limiters: list[Instance]) -> tuple[RemovedUse, ...]:
        """Those that concern an application with these limiters."""
        if not limiters or self.ev.index.resolve(PACKAGE, "") is not None:
            return ()
        modules = [m for m in self.ev.modules.values() if not m.is_model and m.path.endswith(".py")]
        found = [use for limiter in limiters for use in self._constructed(limiter)]
        for module in modules:
            if PACKAGE in module.text:
                found += self._imported(module)
            if ".check(" in module.text and self.extension.version >= CHECK_GONE:
                found += self._checked(module, limiters)
        return tuple(dict.fromkeys(found))

    def _use(self, name: str, gone: Version, place: Place, instead: str) -> Iterator[RemovedUse]:
        if self.extension.version >= gone:
            yield RemovedUse(
                name=name,
                distribution="Flask-Limiter",
                gone_since=".".join(map(str, gone)) if any(gone) else "",
                place=place,
                instead=instead,
                is_pinned=self.extension.is_pinned,
            )

    # -- the constructor -------------------------------------------------------------------------

    def _constructed(self, limiter: Instance) -> Iterator[RemovedUse]:
        place = limiter.place
        module = self.ev.modules.get(place.file) if place is not None else None
        if place is None or module is None:
            return
        guards = _guards(self._tree(module), place.line)
        if any(names & {"TypeError", *CATCHES_ALL} for _, names in guards):
            return
        names = _list(limiter, "_names")
        for name in names:
            if isinstance(name, str) and name in ARGUMENTS:
                gone, instead = ARGUMENTS[name]
                yield from self._use(f"{name}=", gone, place, instead)
        positional = limiter.attributes.get("_positional")
        number = len(positional) if isinstance(positional, tuple) else 0
        if number > 1 or (number and "key_func" in names):
            written = "Limiter(app, key_func)" if "key_func" not in names else "Limiter(app, key_func=...)"
            yield from self._use(written, KEYWORD_ONLY, place, "`Limiter(key_func, app=app)`")
        yield from self._of_engine(limiter, place)

    def _of_engine(self, limiter: Instance, place: Place) -> Iterator[RemovedUse]:
        if self.engine.version < ENGINE_CUT:
            return
        facts = limiter.attributes
        storage = facts.get("_storage_uri")
        for name, instead in (
            (facts.get("_strategy") == ELASTIC and f'strategy="{ELASTIC}"', '`strategy="moving-window"`'),
            (isinstance(storage, str) and storage.startswith("etcd:") and "etcd://", "`redis://`"),
        ):
            if isinstance(name, str):
                yield RemovedUse(
                    name=name,
                    distribution="limits",
                    gone_since="5.0",
                    place=place,
                    instead=instead,
                    is_pinned=self.engine.is_pinned,
                )

    # -- imports ---------------------------------------------------------------------------------

    def _imported(self, module: Module) -> Iterator[RemovedUse]:
        tree = self._tree(module)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Import | ast.ImportFrom) or not _is_of_package(node):
                continue
            if _is_for_types(tree, node.lineno):
                continue
            guards = _guards(tree, node.lineno)
            if any(names & {"ImportError", "ModuleNotFoundError", *CATCHES_ALL} for _, names in guards):
                continue
            place = place_of(module, node)
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._imported_module(alias.name, place)
            elif node.module and not node.level:
                yield from self._imported_names(node, node.module, place)

    def _imported_module(self, name: str, place: Place) -> Iterator[RemovedUse]:
        if name in MODULES:
            gone, instead = MODULES[name]
            yield from self._use(name, gone, place, instead)

    def _imported_names(self, node: ast.ImportFrom, name: str, place: Place) -> Iterator[RemovedUse]:
        for alias in node.names:
            if (name, alias.name) in IMPORTS:
                gone, instead = IMPORTS[name, alias.name]
                yield from self._use(f"{name}.{alias.name}", gone, place, instead)
                return
            if name == PACKAGE:
                yield from self._imported_module(f"{name}.{alias.name}", place)
        yield from self._imported_module(name, place)

    # -- calls -----------------------------------------------------------------------------------

    def _checked(self, module: Module, limiters: list[Instance]) -> Iterator[RemovedUse]:
        tree = self._tree(module)
        spans = [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        ]
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr != "check" or not any(
                self._named(module, node.func.value) is limiter for limiter in limiters
            ):
                continue
            guards = _guards(tree, node.lineno)
            if any("AttributeError" in names for _, names in guards):
                continue  # it knows that the method may be missing
            yield RemovedUse(
                name=f"{ast.unparse(node.func)}()",
                distribution="Flask-Limiter",
                gone_since=".".join(map(str, CHECK_GONE)),
                place=place_of(module, node),
                instead="`@limiter.limit(...)` on the view",
                in_call=any(first <= node.lineno <= last for first, last in spans),
                swallowed=any(_goes_on(guard) for guard, _ in guards),
                is_pinned=self.extension.is_pinned,
            )

    def _named(self, module: Module, node: ast.expr) -> Value:
        """The object behind a dotted name of a module."""
        if isinstance(node, ast.Name):
            return module.namespace.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._named(module, node.value)
            return owner.namespace.get(node.attr) if type(owner) is Module else None
        return None

    def _tree(self, module: Module) -> ast.Module:
        if module.path not in self._trees:
            self._trees[module.path] = _parsed(module.text)
        return self._trees[module.path]


def _is_of_package(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return any(name.partition(".")[0] == PACKAGE for name in names)


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape of the scanned text is not ours to report
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def _guards(tree: ast.Module, line: int) -> list[Guard]:
    """The `try` statements around a line, with the names of what they catch."""
    return [
        (node, frozenset(name for handler in node.handlers for name in _caught(handler)))
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and node.body[0].lineno <= line <= (node.body[-1].end_lineno or node.body[-1].lineno)
    ]


def _caught(handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield ""
        return
    for kind in handler.type.elts if isinstance(handler.type, ast.Tuple) else (handler.type,):
        yield ast.unparse(kind).rpartition(".")[2]


def _goes_on(guard: ast.Try) -> bool:
    """Whether what catches everything does nothing about it."""
    return any(
        CATCHES_ALL & set(_caught(handler)) and all(_does_nothing(part) for part in handler.body)
        for handler in guard.handlers
    )


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = ast.unparse(statement.value.func).rpartition(".")[2]
        return called != "abort"
    return isinstance(statement, ast.Pass | ast.Continue)


def _is_for_types(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(node, ast.If)
        and "TYPE_CHECKING" in ast.unparse(node.test)
        and node.body[0].lineno <= line <= (node.body[-1].end_lineno or line)
        for node in ast.walk(tree)
    )


def _list(owner: Instance, name: str) -> list[Value]:
    value = owner.attributes.get(name)
    return value if isinstance(value, list) else []
