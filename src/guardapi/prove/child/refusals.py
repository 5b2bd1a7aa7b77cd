"""Sees what Flask-Limiter refuses: an application may answer refused requests with any status."""

from __future__ import annotations

import threading
from typing import Any


class Refusals(threading.local):
    """The last one of this thread."""

    limit: str = ""
    """Which limit was met."""

    def of_flask_limiter(self, module: Any) -> None:
        """`flask_limiter.errors`: every refusal is an exception of one class."""
        refused = module.RateLimitExceeded
        make = refused.__init__

        def noted(made: Any, limit: Any, *arguments: Any, **options: Any) -> None:
            self.limit = str(getattr(limit, "limit", "")) or "a limit"
            make(made, limit, *arguments, **options)

        refused.__init__ = noted


REFUSALS = Refusals()
