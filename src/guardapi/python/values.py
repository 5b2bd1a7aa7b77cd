"""What the evaluator computes with.

Constants (`str`, `int`, `None`, ...), `tuple` and `list` stand for themselves, with values inside.
Everything else of Python is one of the classes here. `Unknown` is the answer "could not be decided".
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from guardapi.place import Place

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

# A value is any Python object of the kinds above; a narrower alias would have to list `object` anyway.
Value = Any

CONSTANTS: Final = (str, int, float, complex, bytes, bool, type(None), type(Ellipsis))
MAX_NAME = 160


class Unknown:
    """A value that could not be decided, and why."""

    __slots__ = ("reason", "truth")

    def __init__(self, reason: str, truth: bool | None = None) -> None:
        self.reason = reason
        self.truth = truth
        """What an undecided condition on it most likely is, where a default tells; None: no idea."""

    def __repr__(self) -> str:
        return f"<unknown: {self.reason}>"


class External:
    """Something of a distribution whose source is not in the tree, by its qualified name.

    A call is written into the name: `redis.Redis().ping` is a method of an instance.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<external {self.name}>"

    def attribute(self, name: str) -> "External | Unknown":
        """The attribute `name` of it."""
        if len(self.name) > MAX_NAME:
            return Unknown(f"{self.name[:40]}... is too long a chain")
        return External(f"{self.name}.{name}")

    def called(self) -> "External | Unknown":
        """What a call of it returns."""
        if len(self.name) > MAX_NAME:
            return Unknown(f"{self.name[:40]}... is too long a chain")
        return External(f"{self.name}()")


class DictValue(dict[Value, Value]):
    """A mapping; `open` says that there may be more keys than those known."""

    __slots__ = ("open", "places")

    def __init__(self, items: Iterable[tuple[Value, Value]] | dict[Value, Value] = ()) -> None:
        super().__init__(items)
        self.open: str | None = None
        """Why there may be more keys, or None."""
        self.places: dict[Value, Place | None] | None = None
        """Where each key was set last, for mappings whose places matter (settings)."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # values are told apart by identity


class SetValue(dict[Value, None]):
    """A set that keeps the order of insertion, so that answers do not depend on hashes."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = ()) -> None:
        super().__init__((item, None) for item in items if is_hashable(item))

    __hash__ = object.__hash__  # type: ignore[assignment]


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
    lines: list[str] = field(default_factory=list)
    star_externals: list[str] = field(default_factory=list)
    loading: bool = False
    main_blocks: list[ast.If] = field(default_factory=list)
    """`if __name__ == "__main__"` blocks, evaluated after everything else."""

    def __repr__(self) -> str:
        return f"<module {self.name}>"

    @property
    def package(self) -> str:
        """What relative imports are relative to."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


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
        "qualname",
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

    def argument(self, index: int, name: str, default: Value = None) -> Value:
        """The argument at a position or by its name."""
        if index < len(self.args):
            return self.args[index]
        return self.kwargs.get(name, default)


Native = Callable[["Evaluator", Call], Value]


class NativeFunction:
    """A function of Python or its standard library that the evaluator knows."""

    __slots__ = ("name", "run")

    def __init__(self, name: str, run: Native) -> None:
        self.name = name
        self.run = run

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

    __slots__ = ("attributes", "by", "inner")

    def __init__(self, inner: Value, by: str) -> None:
        self.inner = inner
        self.by = by
        """The decorator's name."""
        self.attributes = DictValue()


class StaticMethod:
    """`@staticmethod`."""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class ClassMethod:
    """`@classmethod`."""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class Property:
    """`@property`, and `@cached_property`."""

    __slots__ = ("cached", "getter", "setter")

    def __init__(self, getter: Value, setter: Value = None, *, cached: bool = False) -> None:
        self.getter = getter
        self.setter = setter
        self.cached = cached
        """Whether what it answers becomes an attribute of the object."""


class Class:
    """A class of the tree, of a model, or a native one (`module` is None)."""

    __slots__ = (
        "bases", "metaclass", "module", "mro", "name", "namespace", "node", "qualname",
        "record_fields", "subclasses",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        bases: list[Value],
        namespace: dict[str, Value],
        module: Module | None = None,
        qualname: str = "",
        node: ast.ClassDef | None = None,
    ) -> None:
        self.name = name
        self.qualname = qualname or name
        self.bases = bases
        self.namespace = namespace
        self.module = module
        self.node = node
        self.metaclass: Class | None = None
        self.mro: list[Value] = linearise(self)
        self.record_fields: list[str] | None = None
        """Names that a generated `__init__` takes (dataclasses and the like)."""
        self.subclasses: list[Class] = []
        for base in bases:
            if isinstance(base, Class):
                base.subclasses.append(self)
                self.metaclass = self.metaclass or base.metaclass
                self.record_fields = self.record_fields or base.record_fields

    def __repr__(self) -> str:
        return f"<class {self.qualified}>"

    @property
    def qualified(self) -> str:
        """`module.Qualified.name`."""
        return f"{self.module.name}.{self.qualname}" if self.module else self.qualname

    @property
    def is_open(self) -> bool:
        """Whether it inherits from something that is not known."""
        return any(not isinstance(base, Class) for base in self.mro)

    @property
    def place(self) -> Place | None:
        """Its `class` statement; None for one of an extension model or a native one."""
        if self.module is None or self.module.is_model or self.node is None:
            return None
        return place_of(self.module, self.node)

    def find(self, name: str) -> Value:
        """The attribute as some class of the MRO has it, or MISSING."""
        for base in self.mro:
            if type(base) is Class and name in base.namespace:
                return base.namespace[name]
        return MISSING

    def is_subclass(self, other: "Class") -> bool:
        """Whether `other` is in the MRO."""
        return any(base is other for base in self.mro)


class Instance:
    """An object of a class."""

    __slots__ = ("attributes", "cls", "function", "payload", "place")

    def __init__(self, cls: Class, place: Place | None = None, function: Function | None = None) -> None:
        self.cls = cls
        self.attributes = DictValue()
        self.payload: Value = None
        """The container that an instance of a subclass of `dict`, `list`, `set`, `str` ... is."""
        self.place = place
        """Where it was made, in the project's own code."""
        self.function = function
        """The project's function that made it, or None at module level."""

    def __repr__(self) -> str:
        return f"<{self.cls.qualified} object>"


class Super:
    """`super()`: attributes are looked for behind `cls` in the MRO of `receiver`."""

    __slots__ = ("cls", "receiver")

    def __init__(self, cls: Class, receiver: Value) -> None:
        self.cls = cls
        self.receiver = receiver


class Union:
    """One of several values; which, could not be decided."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Value, ...]) -> None:
        self.options = options

    def __iter__(self) -> Iterator[Value]:
        return iter(self.options)


MISSING: Final = Unknown("not there")
MAX_OPTIONS = 6


def join(left: Value, right: Value) -> Value:
    """The value that is one or the other."""
    if left is right or (isinstance(left, CONSTANTS) and type(left) is type(right) and left == right):
        return left
    # Constants are one option by value, everything else by identity.
    options: dict[object, Value] = {}
    for side in (left, right):
        for option in side.options if type(side) is Union else (side,):
            options.setdefault(
                (type(option), option) if isinstance(option, CONSTANTS) else id(option), option
            )
    found = tuple(options.values())
    if len(found) == 1:
        return found[0]
    if type(left) is Union and found[:MAX_OPTIONS] == left.options:
        return left
    return Union(found[:MAX_OPTIONS])


def is_hashable(value: Value) -> bool:
    """Whether it can be a key here: constants by value, objects by identity."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def place_of(module: Module, node: ast.AST) -> Place:
    """The place of a node, with columns that count from 1."""
    return Place(
        file=module.path,
        line=getattr(node, "lineno", 1),
        column=getattr(node, "col_offset", 0) + 1,
        end_line=getattr(node, "end_lineno", 0) or 0,
        end_column=(getattr(node, "end_col_offset", 0) or 0) + 1,
    )


def linearise(cls: Class) -> list[Value]:
    """The method resolution order (C3, as Python's), tolerant of bases that are not known."""
    sequences = [list(base.mro) if isinstance(base, Class) else [base] for base in cls.bases]
    sequences.append(list(cls.bases))
    order: list[Value] = [cls]
    while sequences := [sequence for sequence in sequences if sequence]:
        head = next(
            (
                sequence[0]
                for sequence in sequences
                if not any(sequence[0] is other for rest in sequences for other in rest[1:])
            ),
            sequences[0][0],  # no order fits all: Python would refuse, any order serves here
        )
        order.append(head)
        sequences = [[entry for entry in sequence if entry is not head] for sequence in sequences]
    return order
