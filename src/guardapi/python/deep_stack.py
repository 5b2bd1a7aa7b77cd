"""Room on the stack for the evaluation of code that nests deeply."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

RECURSION_LIMIT: Final = 12_000
STACK_SLOTS: Final = 140_000
"""A little more than half of the 2 MB that the interpreter then takes: the other half is room for frames."""


def on_deep_stack(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Run a function with room for deep recursion."""

    @wraps(function)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, RECURSION_LIMIT))
        try:
            return _on_wide_frame(lambda: function(*args, **kwargs))
        finally:
            sys.setrecursionlimit(before)

    return run


def _on_wide_frame(function: Callable[[], Answer]) -> Answer:
    return function()


# CPython keeps the frames of Python functions in chunks of 16 KB that it takes from the system, and gives one back
# whenever its first frame returns: deep code that goes up and down across the end of a chunk does so all the time.
# A frame that needs much room makes one large chunk, and what it calls lies in the rest of it.
_on_wide_frame.__code__ = _on_wide_frame.__code__.replace(co_stacksize=STACK_SLOTS)
