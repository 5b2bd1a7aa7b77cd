"""How the files of a project import each other: what names mean across them, and what would make a cycle."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.fix.source import NotFixableError
from guardapi.python.modules import ModuleIndex

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Module
MAX_HOPS: Final = 8
"""Modules through which a name may be handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An object by the file that makes it and its name there."""

    file: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A name that an import statement binds."""

    local: str
    """`extensions`; for `import shop.extensions` the whole `shop.extensions`."""
    file: str
    """The module that it is, or in which `name` is."""
    name: str
    """Empty where the module itself is bound."""
    line: int
    module: str
    """As the statement writes it, with its dots: `..extensions`."""


class ProjectImports:
    """The import statements between the project's files."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self.index = ModuleIndex(paths)
        self._read = read
        self._trees: dict[str, ast.Module] = {}
        self._functions: dict[str, list[Function]] = {}

    def tree(self, path: str) -> ast.Module:
        """The syntax of a file. Raises NotFixableError."""
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self._read(path))
            except (SyntaxError, ValueError, RecursionError) as error:
                raise NotFixableError(f"{path} is not read as Python") from error
        return self._trees[path]

    def of(self, path: str, within: Scope | None = None) -> Iterator[Imported]:
        """What the import statements of a file (or of a function in it) bind that mean files of the project.

        Only those that run with it: none of functions (further in), and none for the type checker alone.
        """
        for statement in _run_at_once((within or self.tree(path)).body):
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    if found := self._file(alias.name, 0, path):
                        local, line = alias.asname or alias.name, statement.lineno
                        yield Imported(local=local, file=found, name="", line=line, module=alias.name)
            elif isinstance(statement, ast.ImportFrom):
                yield from self._from(statement, path)

    def functions_around(self, path: str, line: int) -> list[Function]:
        """The functions that a line lies in, the innermost first."""
        if path not in self._functions:
            nodes = ast.walk(self.tree(path))
            self._functions[path] = [node for node in nodes if isinstance(node, Function)]
        found = [
            node for node in self._functions[path] if node.lineno < line <= (node.end_lineno or node.lineno)
        ]
        return sorted(found, key=lambda function: -function.lineno)

    def known_as(self, path: str, wanted: Named, line: int) -> str | None:
        """The name that an object has on a line of a file, if any; a plain one is preferred.

        Raises NotFixableError where a function around the line may have something else of that name.
        """
        for index, scope in enumerate([*self.functions_around(path, line), None]):
            if (name := self._known_in(path, scope, wanted, line)) is not None:
                self.check_free(path, name, line, inner=index)
                return name
        return None

    def check_free(self, path: str, name: str, line: int, inner: int | None = None) -> None:
        """Raises NotFixableError where one of the (so many inner) functions around a line binds a name."""
        first = name.partition(".")[0]
        for function in self.functions_around(path, line)[:inner]:
            if any(first in _bound_by(node) for node in ast.walk(function) if node is not function):
                raise NotFixableError(f"`{first}` may mean something else in `{function.name}`")

    def module_for(self, path: str, wanted: Named) -> str:
        """How a file names the module of an object in an import. Raises NotFixableError where that makes a cycle."""
        known = [found for found in self.of(path) if found.file == wanted.file and found.name]
        leading = self._way_back(wanted.file, path)
        # A file that is imported half-way through another one sees what that has bound by then.
        if leading is not None and not (known and self._is_bound_above(wanted, leading)):
            raise NotFixableError(
                f"{wanted.file} imports {path}, which therefore cannot import `{wanted.name}`"
            )
        if known:
            return known[0].module
        return self._relative(path, wanted.file) or self._absolute(path, wanted.file)

    def _from(self, statement: ast.ImportFrom, path: str) -> Iterator[Imported]:
        module, level, line = statement.module or "", statement.level, statement.lineno
        written = "." * level + module
        package = self._file(module, level, path)
        for alias in statement.names:
            local = alias.asname or alias.name
            below = self._file(f"{module}.{alias.name}".strip("."), level, path)
            if below is not None:
                yield Imported(local=local, file=below, name="", line=line, module=written)
            elif package is not None:
                yield Imported(local=local, file=package, name=alias.name, line=line, module=written)

    def _file(self, module: str, level: int, importer: str) -> str | None:
        found = (
            self.index.resolve_relative(module, level, importer)
            if level
            else self.index.resolve(module, importer)
        )
        return found if found is not None and found.endswith(".py") else None

    def _known_in(self, path: str, scope: Scope | None, wanted: Named, line: int) -> str | None:
        dotted = None
        for found in self.of(path, scope):
            if found.line >= line:
                continue
            if found.name and self._means(found.file, found.name, wanted):
                return found.local if found.name != "*" else wanted.name
            if not found.name and self._means(found.file, wanted.name, wanted):
                dotted = f"{found.local}.{wanted.name}"
        return dotted

    def _means(self, path: str, name: str, wanted: Named, hops: int = MAX_HOPS) -> bool:
        """Whether a name at the top of a file is the wanted object, made there or handed on."""
        if path == wanted.file and name in {wanted.name, "*"}:
            return True
        return hops > 0 and any(
            found.local == name and found.name and self._means(found.file, found.name, wanted, hops - 1)
            for found in self.of(path)
        )

    def _absolute(self, path: str, file: str) -> str:
        name = self.index.name_of(file)
        if self.index.resolve(name, path) != file:
            raise NotFixableError(f"{file} has no name under which {path} can import it")
        return name

    def _relative(self, path: str, file: str) -> str | None:
        """The module with leading dots, where the file names the modules of its package so."""
        statements = [node for node in _run_at_once(self.tree(path).body) if isinstance(node, ast.ImportFrom)]
        relative = sum(node.level > 0 for node in statements)
        absolute = sum(
            not node.level and self._file(node.module or "", 0, path) is not None for node in statements
        )
        is_usual = relative > absolute
        folder, start = path.rpartition("/")[0], self.index.start_of(path)
        if not is_usual or folder == start or self.index.start_of(file) != start:
            return None
        here = folder[len(start) :].strip("/").split("/")
        there = file[len(start) :].strip("/").removesuffix(".py").removesuffix("/__init__").split("/")
        shared = 0
        while shared < min(len(here), len(there)) and here[shared] == there[shared]:
            shared += 1
        return "." * (len(here) - shared + 1) + ".".join(there[shared:]) if shared else None

    def _way_back(self, start: str, goal: str) -> int | None:
        """The line of the first import of a file that leads to another one; None where none does."""
        for found in self.of(start):
            if self._leads(found.file, goal, {start}):
                return found.line
        return None

    def _leads(self, path: str, goal: str, seen: set[str]) -> bool:
        if path == goal:
            return True
        if path in seen:
            return False
        seen.add(path)
        return any(self._leads(found.file, goal, seen) for found in self.of(path))

    def _is_bound_above(self, wanted: Named, line: int) -> bool:
        for statement in _run_at_once(self.tree(wanted.file).body):
            if statement.lineno < line and any(
                wanted.name in _bound_by(node) for node in ast.walk(statement)
            ):
                return True
        return False


def _run_at_once(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported (or a function called), outside of functions and classes."""
    for statement in body:
        yield statement
        match statement:
            case ast.If(test=test, orelse=orelse) if "TYPE_CHECKING" in ast.dump(test):
                yield from _run_at_once(orelse)
            case ast.If() | ast.For() | ast.While():
                yield from _run_at_once([*statement.body, *statement.orelse])
            case ast.With(body=inner):
                yield from _run_at_once(inner)
            case ast.Try(body=inner, handlers=handlers, orelse=orelse, finalbody=final):
                caught = [line for handler in handlers for line in handler.body]
                yield from _run_at_once([*inner, *caught, *orelse, *final])


def _bound_by(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias(name=name, asname=local):
            return (local or name.partition(".")[0],)
    return ()
