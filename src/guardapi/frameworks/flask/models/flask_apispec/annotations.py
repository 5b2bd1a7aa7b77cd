"""Names of the package that applications also import from here."""

from . import doc, marshal_with, use_kwargs, wrap_with

__all__ = ["doc", "marshal_with", "use_kwargs", "wrap_with"]
