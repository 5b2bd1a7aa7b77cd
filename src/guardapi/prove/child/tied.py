"""Runs a program that ends when whoever has started this ends: `tied.py DESCRIPTOR FOLDER PROGRAM ARGUMENTS`.

Then its folder is removed, too.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def main() -> int:
    """The status of the program."""
    life, folder = int(sys.argv[1]), sys.argv[2]
    program = subprocess.Popen(sys.argv[3:])  # noqa: S603  # a list, and no shell
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    alone = threading.Event()

    def watch() -> None:
        # Nothing is ever written there: it can be read when the other end is gone.
        os.read(life, 1)
        alone.set()
        program.kill()

    threading.Thread(target=watch, daemon=True).start()
    status = program.wait()
    if alone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
