"""Names of the package that applications also import from here."""

from . import Resource

__all__ = ["Resource"]
