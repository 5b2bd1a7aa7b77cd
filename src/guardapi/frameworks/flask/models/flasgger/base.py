"""Names of the package that applications also import from here."""

from . import Flasgger, Swagger

__all__ = ["Flasgger", "Swagger"]
