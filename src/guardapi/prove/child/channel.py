"""Messages to and from the process that has started this one: JSON, one a line, on descriptors of their own.

The application may write anywhere, into them as well: each message follows a key, and what stands before is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import Any

CHUNK = 1 << 16


class Channel:
    """The end in the child."""

    def __init__(self, control: int, answers: int, key: str) -> None:
        self.control = control
        self.answers = answers
        self._key = key.encode()
        self._left = b""
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any] | None:
        """The next message; None when there will be none."""
        while b"\n" not in self._left:
            chunk = os.read(self.control, CHUNK)
            if not chunk:
                return None
            self._left += chunk
        line, _, self._left = self._left.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def write(self, message: dict[str, Any]) -> None:
        """Say something."""
        text = self._key + json.dumps(message).encode() + b"\n"
        # Whoever has started this may be gone: then nobody is to be told.
        with self._lock, contextlib.suppress(BrokenPipeError):
            while text:
                text = text[os.write(self.answers, text) :]

    def fact(self, text: str) -> None:
        """Say what whoever reads the result should know."""
        self.write({"fact": text})
