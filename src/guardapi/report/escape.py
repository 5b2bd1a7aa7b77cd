"""Text of the scanned project made safe to print: nothing in it moves the cursor or turns the line around."""

import re
from typing import Final

UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, the start of ANSI sequences among them
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # invisible, or marks of direction
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"  # tags: text that no one sees
    "\ud800-\udfff]"  # half characters, which cannot be encoded
)


def visible(text: str) -> str:
    """The text on one line, with what would act on a terminal written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
