"""Classes, their objects, and what a class holds that is more than its value."""

import ast

from guardapi.place import Place
from guardapi.python.values.basic import MISSING, DictValue, Value
from guardapi.python.values.code import Function, Module, place_of


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


def plain(value: Value) -> Value:
    """The container or text that an instance of a subclass of a built-in type is; else the value."""
    if type(value) is Instance and value.payload is not None:
        return value.payload
    return value
