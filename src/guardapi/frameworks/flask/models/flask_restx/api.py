"""Names of the package that applications also import from here."""

from . import Api, SwaggerView

__all__ = ["Api", "SwaggerView"]
