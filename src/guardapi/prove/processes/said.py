"""What a process writes to its standard output and error: read at once, and only the end of it kept."""

import os
import select
import threading
import time
from typing import Final

from guardapi.files.names import shown

KEPT_BYTES: Final = 64 * 1024
PATIENCE: Final = 1.0
"""Seconds that the reader is given to catch up."""
_CHUNK: Final = 64 * 1024


class Said:
    """The end of what processes have written, however much it was. Nothing of it is put on disk."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._kept = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def lines(self, most: int = 20) -> tuple[str, ...]:
        """The last lines, with what would act on a terminal written as an escape."""
        self._catch_up()
        text = self._kept.decode("utf-8", "backslashreplace")
        lines = (shown(line.rstrip()) for line in text.splitlines())
        return tuple(line for line in lines if line)[-most:]

    def hand_over(self) -> None:
        """The writers have been started: what is read ends when they do."""
        os.close(self.write_end)

    def finish(self) -> None:
        """Read what is left, once all writers are gone."""
        self._reader.join(timeout=2.0)

    def _catch_up(self) -> None:
        """Let the reader take what is written already; whoever goes on writing is not waited for."""
        end = time.monotonic() + PATIENCE
        quiet = 0
        while quiet < 2 and time.monotonic() < end and self._reader.is_alive():
            quiet = 0 if select.select([self._read_end], [], [], 0)[0] else quiet + 1
            time.sleep(0.005)

    def _read(self) -> None:
        try:
            while chunk := os.read(self._read_end, _CHUNK):
                self._kept = (self._kept + chunk)[-KEPT_BYTES:]
        finally:
            os.close(self._read_end)
