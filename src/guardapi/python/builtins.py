"""The names that Python code need not import."""

from typing import Final

from guardapi.python.builtin_classes import CLASSES
from guardapi.python.builtin_functions import FUNCTIONS
from guardapi.python.values import Value

BUILTINS: Final[dict[str, Value]] = {**CLASSES, **FUNCTIONS}
