"""Names of the package that applications also import from here."""

from . import Namespace

__all__ = ["Namespace"]
