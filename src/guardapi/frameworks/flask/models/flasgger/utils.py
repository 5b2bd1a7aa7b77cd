"""Names of the package that applications also import from here."""

from . import swag_from

__all__ = ["swag_from"]
