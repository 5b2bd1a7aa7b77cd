"""By what a limiter tells callers apart, as far as the text of its key function says."""

import re
from typing import Final

from guardapi.python.values import BoundMethod, Function, Value, Wrapped

ADDRESS: Final = re.compile(r"\bremote_addr\b|\bget_remote_address\b|REMOTE_ADDR")
ANYTHING_ELSE: Final = re.compile(
    r"headers|cookies|session|token|user|identity|access_route|forwarded|real_ip|connecting_ip|\bg\.|args|json|form",
    re.IGNORECASE,
)
UTILITIES: Final = "flask_limiter/util.py"
"""There `get_ipaddr` of former releases believes a header."""


def is_by_address(key: Value) -> bool | None:
    """Whether the key is the address of the connection and nothing else."""
    if type(key) is Wrapped:
        key = key.inner
    if type(key) is BoundMethod:
        key = key.function
    if type(key) is not Function:
        return None
    if key.module.is_model:
        return (key.module.path == UTILITIES and key.name == "get_remote_address") or None
    lines = key.module.text.split("\n")[key.node.lineno - 1 : key.node.end_lineno]
    text = "\n".join(line.partition("#")[0] for line in lines)
    if ANYTHING_ELSE.search(text):
        return None
    return ADDRESS.search(text) is not None or None
