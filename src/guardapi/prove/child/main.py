"""The script that starts the child: `main.py keep CONTROL ANSWERS LIFE KEY`, the first three of them descriptors.

`main.py serve JOB` starts a server instead, where the job is JSON.
"""

import importlib
import importlib.util
import os
import sys

PACKAGE = "_guardapi_child"


def main() -> None:
    """Load this folder under a name that no application has, and begin."""
    folder = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120  # before the clock is there: `os` alone
    # The interpreter has put it in front, where `clock` and `guard` would hide modules of the application.
    sys.path[:] = [path for path in sys.path if os.path.realpath(path or ".") != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE,
        os.path.join(folder, "__init__.py"),  # noqa: PTH118
        submodule_search_locations=[folder],
    )
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    if sys.argv[1] == "keep":
        # Before anything else is imported: libraries keep the functions of `time`.
        importlib.import_module(PACKAGE + ".clock").CLOCK.install()
        importlib.import_module(PACKAGE + ".keeper").keep(sys.argv[2:])
    else:
        importlib.import_module(PACKAGE + ".serving").serve(sys.argv[2])


if __name__ == "__main__":
    main()
