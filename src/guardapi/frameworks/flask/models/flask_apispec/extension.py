"""Names of the package that applications also import from here."""

from . import FlaskApiSpec

__all__ = ["FlaskApiSpec"]
