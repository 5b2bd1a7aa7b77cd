"""How control moves in the scanned code, other than to the next statement."""

from typing import Final

from guardapi.python.values import Value

RETURN: Final = "return"
BREAK: Final = "break"
CONTINUE: Final = "continue"
Signal = str | None


class Raised(Exception):  # noqa: N818  # it is Python's own `raise` of the scanned code, not an error of ours
    """An exception of the scanned code, on its way to a handler."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class OutOfSteps(BaseException):
    """The bound on evaluated statements is reached; caught where the bound was set."""
