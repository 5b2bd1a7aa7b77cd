"""How limits are counted: not every store supports every strategy, whatever stands in its place here.

An application whose own store does not support its strategy fails here as it does in production. Where only the store
that stands in for it does not, fixed windows are counted, and that is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FIXED = "fixed-window"
InsteadOf = Callable[[str, "dict[str, Any]"], "tuple[str, dict[str, Any], str]"]
"""The address that counts in the place of another one, the options that fit it, and the kind that it stands for."""


class Strategies:
    """Knows for which kinds of stores others stand."""

    def __init__(self, instead_of: InsteadOf, tell: Callable[[str], None]) -> None:
        self.instead_of = instead_of
        self.tell = tell
        self.kinds: dict[str, Any] = {}
        self.own: dict[int, tuple[Any, str]] = {}
        """By storage: itself, and the kind that it stands for."""

    def of_storage(self, module: Any) -> None:
        """`limits.storage`: every way to a store goes through one function of it."""
        made = module.storage_from_string
        self.kinds = getattr(module, "SCHEMES", {})

        def storage_from_string(storage_string: str, **options: Any) -> Any:
            address, fitting, own = self.instead_of(storage_string, options)
            storage = made(address, **fitting)
            self.own[id(storage)] = storage, own
            return storage

        module.storage_from_string = storage_from_string

    def of_limits(self, module: Any) -> None:
        """`limits.strategies`: Flask-Limiter finds them by their names."""
        by_name = module.STRATEGIES
        for name, strategy in list(by_name.items()):
            by_name[name] = self._checked(name, strategy, by_name[FIXED])

    def _checked(self, name: str, strategy: Any, fixed: Any) -> Callable[[Any], Any]:
        def made(storage: Any) -> Any:
            _, own = self.own.get(id(storage), (None, ""))
            if own not in self.kinds:
                return strategy(storage)
            self._require(name, strategy, own)
            try:
                return strategy(storage)
            except NotImplementedError:
                lent = type(storage).__name__
                self.tell(f"{lent} does not support {name}, so limits are counted in fixed windows here")
                return fixed(storage)

        return made

    def _require(self, name: str, strategy: Any, scheme: str) -> None:
        """Raise where the store that the application names would not do; it is not connected to."""
        try:
            strategy(object.__new__(self.kinds[scheme]))
        except NotImplementedError:
            self.tell(f"{scheme} does not support {name}: this application does not start with that store")
            raise
