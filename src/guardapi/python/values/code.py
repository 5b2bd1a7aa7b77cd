"""Code that is loaded or runs: modules, frames, functions, calls and what can be called."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from guardapi.place import Place
from guardapi.python.values.basic import DictValue, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator
    from guardapi.python.values.classes import Class


MODEL_STEP: Final = 0.5
"""A model's statement, to one of the project: a project that calls it often is to have its own code evaluated."""


class Frame:
    """The names of one running function, class body, comprehension or module."""

    __slots__ = (
        "arms", "breaks", "cls", "function", "globals_declared", "guards", "is_class", "locals", "methods",
        "module", "node", "nonlocals", "on_yield", "parent", "returned", "self_value", "yielded",
    )  # fmt: skip

    def __init__(
        self,
        module: "Module",
        locals_: dict[str, Value],
        parent: "Frame | None" = None,
        function: "Function | None" = None,
        is_class: bool = False,
    ) -> None:
        self.module = module
        self.locals = locals_
        self.parent = parent
        """The frame whose names are visible here: that of the enclosing function."""
        self.function = function
        self.is_class = is_class
        self.cls: Class | None = function.owner if function else None
        self.self_value: Value = None
        self.globals_declared: set[str] | None = None
        self.nonlocals: set[str] | None = None
        self.returned: list[Value] = []
        self.yielded: list[Value] | None = None
        self.on_yield: Callable[[Value], None] | None = None
        """In a generator that manages a `with` block: runs the block."""
        self.guards: list[list[Value]] = []
        """Exception classes that the `try` statements around the current statement catch."""
        self.arms = 0
        """How many undecided branches it has run."""
        self.breaks = 0
        """How many of them may have left the loop that runs."""
        self.methods: list[Function] | None = None
        """In a class body: the functions it has defined so far."""
        self.node: ast.AST | None = None
        """The statement or call that runs."""


@dataclass(slots=True, eq=False)
class Module:
    """A module of the tree, or of an extension model."""

    name: str
    path: str
    """Below the scanned root; of a model, its file name."""
    is_package: bool
    is_model: bool
    namespace: DictValue = field(default_factory=DictValue)
    text: str = ""
    star_externals: list[str] = field(default_factory=list)
    loading: bool = False
    main_blocks: list[ast.If] = field(default_factory=list)
    """`if __name__ == "__main__"` blocks, evaluated after everything else."""
    step: float = field(init=False)
    """What one of its statements takes of the bound."""
    _lines: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.step = MODEL_STEP if self.is_model else 1

    def __repr__(self) -> str:
        return f"<module {self.name}>"

    @property
    def package(self) -> str:
        """What relative imports are relative to."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def lines(self) -> list[str]:
        """Those of its text."""
        if not self._lines:
            self._lines = self.text.split("\n")
        return self._lines

    def characters(self, line: int, count: int) -> int:
        """How many characters the first bytes (of UTF-8) of a line, counted from 1, are."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return (
            count
            if text.isascii()
            else len(text.encode("utf-8", "surrogatepass")[:count].decode("utf-8", "ignore"))
        )


class Pending:
    """A name imported from a module that is still being evaluated."""

    __slots__ = ("module", "name")

    def __init__(self, module: Module, name: str) -> None:
        self.module = module
        self.name = name


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Function:
    """A function of the tree with the names it closes over."""

    __slots__ = (
        "attributes", "closure", "defaults", "kw_defaults", "memo", "module", "name", "node", "owner",
        "parameters", "qualname",
    )  # fmt: skip

    def __init__(
        self,
        node: Definition,
        module: Module,
        closure: Frame | None,
        qualname: str,
        defaults: list[Value],
        kw_defaults: list[Value],
    ) -> None:
        self.node = node
        self.module = module
        self.closure = closure
        self.name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        self.qualname = qualname
        self.defaults = defaults
        self.kw_defaults = kw_defaults
        self.parameters = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        """The names that can be given by position."""
        self.owner: Class | None = None
        """The class whose body defines it."""
        self.memo: dict[Value, Value] | None = None
        """Under `@cache`: its answers, by arguments."""
        self.attributes = DictValue()

    def __repr__(self) -> str:
        return f"<function {self.module.name}:{self.qualname}>"

    @property
    def place(self) -> Place | None:
        """Its `def` or `lambda`; None for one of an extension model."""
        return None if self.module.is_model else place_of(self.module, self.node)


@dataclass(slots=True, eq=False)
class Call:
    """The arguments of a call, and where it stands."""

    args: list[Value]
    kwargs: dict[str, Value]
    open: bool = False
    """Whether more arguments were passed than are known (`*unknown`, `**unknown`)."""
    place: Place | None = None
    """Of a call of a library, the place in the project."""

    def argument(self, index: int, name: str, default: Value = None) -> Value:
        """The argument at a position or by its name."""
        if index < len(self.args):
            return self.args[index]
        return self.kwargs.get(name, default)


Native = Callable[["Evaluator", Call], Value]


class NativeFunction:
    """A function of Python or its standard library that the evaluator knows."""

    __slots__ = ("name", "run", "wraps")

    def __init__(self, name: str, run: Native, wraps: Value = None) -> None:
        self.name = name
        self.run = run
        self.wraps = wraps
        """The function of the tree that it calls, if that is what it is for."""

    def __repr__(self) -> str:
        return f"<native {self.name}>"


class BoundMethod:
    """A callable with its first argument."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver


class Partial:
    """`functools.partial(...)`."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs


class Managed:
    """What a function under `@contextmanager` returns: nothing has run before the `with` block starts."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Value, arguments: Call) -> None:
        self.function = function
        self.arguments = arguments


class Wrapped:
    """A function behind a decorator that could not be followed."""

    __slots__ = ("attributes", "by", "calls", "inner")

    def __init__(self, inner: Value, by: str, calls: "list[tuple[str, Value]] | None" = None) -> None:
        self.inner = inner
        self.by = by
        """The decorator's name."""
        self.calls = calls
        """The calls that gave the decorator, as of an `External`."""
        self.attributes = DictValue()


def place_of(module: Module, node: ast.AST) -> Place:
    """The place of a node, with columns that count from 1."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end_line, end_column = getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0
    if not module.text.isascii():
        # `ast` counts bytes of UTF-8, an editor counts characters.
        column, end_column = module.characters(line, column), module.characters(end_line, end_column)
    return Place(file=module.path, line=line, column=column + 1, end_line=end_line, end_column=end_column + 1)
