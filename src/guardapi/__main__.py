"""`python -m guardapi`."""

import sys
from pathlib import Path

# `-m` puts the current folder in front of the path: it may be the project that is scanned, and that is not to be run.
if sys.path and sys.path[0] == str(Path.cwd()):
    del sys.path[0]

from guardapi.cli import main

if __name__ == "__main__":
    main()
