"""A limit as people read it."""

import re
from typing import Final

from guardapi.model import Limit, LimitSource

NORMAL_FORM: Final = re.compile(r"(\d+) per (\d+) ([a-z]+?)s?")


def short_form(limit: Limit) -> str:
    """`10/minute`; what a decorator did not say is named: `50/hour (default)`."""
    if limit.text is None:
        return "at run time"
    found = NORMAL_FORM.fullmatch(limit.text)
    text = limit.text
    if found:
        amount, multiple, unit = found.groups()
        text = f"{amount}/{unit}" if multiple == "1" else f"{amount}/{multiple} {unit}s"
    return text if limit.source is LimitSource.DECORATOR else f"{text} ({limit.source.value})"
