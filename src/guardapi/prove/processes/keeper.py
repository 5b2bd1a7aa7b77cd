"""The child as the parent sees it: started, told, listened to, ended (`child/keeper.py` is the other end)."""

import json
import os
import secrets
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from guardapi.errors import TargetError
from guardapi.files.names import shown
from guardapi.prove.processes.family import Family, start

MAIN: Final = Path(__file__).parents[1] / "child" / "main.py"
START_SECONDS: Final = 60.0
_CHUNK: Final = 1 << 16
Message = dict[str, Any]


class Silence(Exception):  # noqa: N818  # no fault of ours
    """Nothing was said in time."""


class Gone(Exception):  # noqa: N818
    """The child has ended."""


class Keeper:
    """A process that boots one application after the other, each in a fork of its own."""

    def __init__(self, family: Family, control: int, answers: int, life: int, key: str) -> None:
        self.family = family
        self._control = control
        self._answers = answers
        self._life = life
        self._key = key.encode()
        self._left = b""
        self._is_closed = False

    @classmethod
    def start(
        cls,
        python: Path,
        *,
        environment: Mapping[str, str],
        preload: Sequence[str] = (),
        folder: Path | None = None,
    ) -> Self:
        """Start it, with modules that it imports for all. Raises `TargetError` when the interpreter does not run.

        A folder is removed by it when whoever has started it is gone.
        """
        key = secrets.token_hex(8)
        (control, told), (heard, answers), (alive, life) = os.pipe(), os.pipe(), os.pipe()
        ours, theirs = (told, heard, life), (control, answers, alive)
        try:
            family = start(
                [python, "-B", "-u", MAIN, "keep", *map(str, theirs), key],
                folder=Path("/"),
                environment=environment,
                pass_fds=theirs,
            )
        except BaseException:
            for number in ours:
                os.close(number)
            raise
        finally:
            for number in theirs:
                os.close(number)
        keeper = cls(family, told, heard, life, key)
        try:
            keeper.tell({"preload": list(preload), "folder": str(folder) if folder is not None else None})
            keeper.hear(START_SECONDS)
        except (Gone, Silence):
            keeper.close()
            raise TargetError(
                f"{shown(str(python))} does not run as a Python interpreter of version 3.8 or later."
                + last_words(family.said.lines())
            ) from None
        except BaseException:
            keeper.close()
            raise
        return keeper

    def tell(self, message: Message) -> None:
        """Say something. Whether it was heard is seen when the answer is waited for."""
        if self._is_closed:
            raise Gone
        text = json.dumps(message).encode() + b"\n"
        try:
            while text:
                text = text[os.write(self._control, text) :]
        except BrokenPipeError:
            return

    def end_application(self) -> None:
        """End the one that is booted, whatever it does. That it is over is heard."""
        if self._is_closed:
            raise Gone
        os.write(self._life, b"\n")

    def hear(self, seconds: float) -> Message:
        """The next message. Raises `Silence` or `Gone`."""
        limit = time.monotonic() + seconds
        while True:
            line, mark, rest = self._left.partition(b"\n")
            if mark:
                self._left = rest
                # The application may have written there as well, before or between messages.
                _, key, text = line.rpartition(self._key)
                message = _read(text) if key else None
                if message is not None:
                    return message
                continue
            if not select.select([self._answers], [], [], max(limit - time.monotonic(), 0.0))[0]:
                raise Silence
            chunk = os.read(self._answers, _CHUNK)
            if not chunk:
                raise Gone
            self._left += chunk

    def close(self) -> None:
        """End it, and all that it has started."""
        if self._is_closed:
            return
        self._is_closed = True
        self.family.end()
        for number in (self._control, self._answers, self._life):
            os.close(number)


def last_words(lines: Sequence[str]) -> str:
    """What a child has said last, as the end of a message."""
    return "".join(f"\n  | {line}" for line in lines)


def _read(text: bytes) -> Message | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
