"""Sizes and numbers as servers write them."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"-?\d{1,12}")
_SIZE: Final = re.compile(r"(\d{1,12})\s*([kKmMgG]?)[bB]?")
_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def number_of(text: str) -> int | None:
    """A whole number; None for anything else."""
    # `timeout = 30.0` is one, too, and so is `1_000`.
    text = text.strip().strip("\"'").replace("_", "").removesuffix(".0")
    return int(text) if _NUMBER.fullmatch(text) else None


def size_of(text: str) -> int | None:
    """Bytes of `10m`, `8k` or a plain number."""
    plain = number_of(text)
    if plain is not None:
        return plain
    match = _SIZE.fullmatch(text.strip().strip("\"'"))
    return int(match[1]) * _UNITS[match[2].lower()] if match is not None else None
