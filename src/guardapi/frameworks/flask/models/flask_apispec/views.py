"""Names of the package that applications also import from here."""

from . import MethodResource

__all__ = ["MethodResource"]
