"""What the texts and examples of rules are marked with."""

import re
from typing import Final

MARK: Final = re.compile(r"\s*(?:#|//|;|<!--)?\s*(?:finds|misses): [A-Z]+\d+\b.*$")
ITEM: Final = re.compile(r"(?:[*-]|\d+\.)\s+")
