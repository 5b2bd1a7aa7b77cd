"""What gives a name its meaning in a file: imports, assignments, definitions, parameters; and in which function."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guardapi.fix.source import Source
from guardapi.remedy import Import


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One place that gives a name a meaning."""

    start: int
    """Offset, as in a Splice."""
    scope: tuple[int, int] | None
    """The function (or lambda, or comprehension) in which alone it counts; None: the whole file."""
    module: str = ""
    """The module that is imported, or imported from; empty where it is no import."""
    name: str = ""
    """What is imported from it; empty where that is the module itself."""
    is_alias: bool = False
    is_for_types: bool = False
    """It stands below `if TYPE_CHECKING:`."""

    def is_same(self, needed: Import, path: str) -> bool:
        """Whether the name means here what an import would make it mean."""
        if needed.name or self.name or self.is_alias or not self.module:
            return bool(self.module) and self.gives(needed, path)
        # `import a.b` and `import a.c` both bind `a`.
        return self.module.partition(".")[0] == needed.module.partition(".")[0]

    def gives(self, needed: Import, path: str) -> bool:
        """Whether the import is not needed any more."""
        if self.name != needed.name:
            return False
        if not needed.name and not self.is_alias and self.module.startswith(f"{needed.module}."):
            return True
        return is_same_module(self.module, needed.module, path)


def meanings_of(source: Source) -> Mapping[str, list[Meaning]]:
    """All bindings of a file, by name."""
    found: dict[str, list[Meaning]] = defaultdict(list)
    _Reader(source, found).visit(ast.parse(source.bytes))
    return found


def is_same_module(one: str, other: str, path: str) -> bool:
    """Whether two names, as they are written in a file, are those of one module."""
    if one == other:
        return True
    long, short = sorted((_absolute(one, path), _absolute(other, path)), key=len, reverse=True)
    # The folder that packages lie in may be below the root: `src.shop.limits` is `shop.limits`.
    return one.startswith(".") != other.startswith(".") and f".{long}".endswith(f".{short}")


def _absolute(module: str, path: str) -> str:
    name = module.lstrip(".")
    if len(name) == len(module):
        return module
    folders = path.split("/")[: -(len(module) - len(name))]
    return ".".join([*folders, *filter(None, [name])])


class _Reader(ast.NodeVisitor):
    def __init__(self, source: Source, found: dict[str, list[Meaning]]) -> None:
        self._source = source
        self._found = found
        self._scopes: list[tuple[int, int] | None] = [None]
        self._globals: list[set[str]] = [set()]
        self._for_types = False

    def _bind(
        self, node: ast.AST, name: str, *, module: str = "", of: str = "", is_alias: bool = False
    ) -> None:
        is_global = name in self._globals[-1]
        self._found[name].append(
            Meaning(
                start=self._start(node),
                scope=None if is_global else self._scopes[-1],
                module=module,
                name=of,
                is_alias=is_alias,
                is_for_types=self._for_types,
            )
        )

    def _start(self, node: ast.AST) -> int:
        # `ast` counts bytes.
        return self._source.offset(getattr(node, "lineno", 1)) + getattr(node, "col_offset", 0)

    def _within(self, node: ast.AST, *parts: ast.AST) -> None:
        end = self._source.offset(getattr(node, "end_lineno", 1)) + getattr(node, "end_col_offset", 0)
        self._scopes.append((self._start(node), end))
        self._globals.append(
            {
                name
                for part in parts
                for found in ast.walk(part)
                if isinstance(found, ast.Global)
                for name in found.names
            }
        )
        for part in parts:
            self.visit(part)
        self._scopes.pop()
        self._globals.pop()

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self._bind(node, name, module=alias.name, is_alias=alias.asname is not None)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self._bind(node, alias.asname or alias.name, module=module, of=alias.name)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node, node.name)
        for outside in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(outside)
        self._within(node, *_parameters(node.args), *node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._within(node, *_parameters(node.args), node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node, node.name)
        for outside in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outside)
        self._within(node, *node.body)

    def visit_If(self, node: ast.If) -> None:
        before, self._for_types = (
            self._for_types,
            self._for_types or ast.unparse(node.test).endswith("TYPE_CHECKING"),
        )
        for inside in node.body:
            self.visit(inside)
        self._for_types = before
        for part in (node.test, *node.orelse):
            self.visit(part)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self._within(node, *ast.iter_child_nodes(node))

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self.visit_ListComp(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.visit_ListComp(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self.visit_ListComp(node)

    def visit_arg(self, node: ast.arg) -> None:
        self._bind(node, node.arg)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node, node.id)

    def generic_visit(self, node: ast.AST) -> None:
        for attribute in ("name", "rest"):
            name = getattr(node, attribute, None)
            if isinstance(name, str) and isinstance(
                node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar | ast.MatchMapping
            ):
                self._bind(node, name)
        super().generic_visit(node)


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))
