"""What the evaluator computes with.

Constants (`str`, `int`, `None`, ...), `tuple` and `list` stand for themselves, with values inside.
Everything else of Python is one of the classes here. `Unknown` is the answer "could not be decided".
"""

from guardapi.python.values.basic import (
    CONSTANTS,
    MISSING,
    DictValue,
    External,
    SetValue,
    Union,
    Unknown,
    Value,
    is_hashable,
    join,
    spread,
)
from guardapi.python.values.classes import Class, ClassMethod, Instance, Property, StaticMethod, Super, plain
from guardapi.python.values.code import (
    BoundMethod,
    Call,
    Definition,
    Frame,
    Function,
    Managed,
    Module,
    NativeFunction,
    Partial,
    Pending,
    Wrapped,
    place_of,
)

__all__ = [
    "CONSTANTS",
    "MISSING",
    "BoundMethod",
    "Call",
    "Class",
    "ClassMethod",
    "Definition",
    "DictValue",
    "External",
    "Frame",
    "Function",
    "Instance",
    "Managed",
    "Module",
    "NativeFunction",
    "Partial",
    "Pending",
    "Property",
    "SetValue",
    "StaticMethod",
    "Super",
    "Union",
    "Unknown",
    "Value",
    "Wrapped",
    "is_hashable",
    "join",
    "place_of",
    "plain",
    "spread",
]
