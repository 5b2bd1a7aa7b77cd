"""Which application is started, under which name, and with which interpreter."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from guardapi.errors import UsageError
from guardapi.model import App, Deployment
from guardapi.prove.processes.target import Target

ENVIRONMENTS: Final = (".venv", "venv", "env")
INTERPRETERS: Final = ("bin/python", "Scripts/python.exe")
MAX_NAMED: Final = 8


def target_for(
    app: App,
    deployment: Deployment,
    root: Path,
    *,
    named: str | None = None,
    python: str | None = None,
    environment: Mapping[str, str],
) -> Target:
    """An application as it is started: under the name that the user gives, or that its deployment has."""
    return Target(
        root=root,
        app=named or boot_name(app, deployment),
        folder=import_folder(app),
        python=interpreter(root, python),
        environment=environment,
    )


def chosen_apps(apps: Sequence[App], named: str | None) -> tuple[App, ...]:
    """The applications that `module:name` means; all where nothing is named. Raises UsageError for none."""
    if named is None:
        found = tuple(apps)
    else:
        plain = named.partition("(")[0]
        found = tuple(app for app in apps if plain == app.id or plain in app.served_as)
    if not found:
        known = ", ".join(app.id for app in apps[:MAX_NAMED]) or "none"
        what = f"There is no application {named!r} here" if named else "There is no application here"
        raise UsageError(f"{what}; found: {known}.")
    return found


def boot_name(app: App, deployment: Deployment) -> str:
    """What its deployment tells a server to serve, if that is known; else the application or factory itself."""
    return next((name for name in deployment.entry_points if name in app.served_as), app.id)


def import_folder(app: App) -> str:
    """The folder below the root that the names of modules start from."""
    first = app.id.partition(":")[0].split(".")[0]
    parts = PurePosixPath(app.place.file).with_suffix("").parts
    start = next((number for number, part in enumerate(parts) if part == first), 0)
    return str(PurePosixPath(*parts[:start]))


def interpreter(root: Path, python: str | None) -> Path:
    """The interpreter with the packages of the project: given, or of its environment, or the one that runs this."""
    if python is not None:
        given = Path(python)
        if not given.is_file() or not os.access(given, os.X_OK):
            raise UsageError(f"{python!r} is no interpreter that can be run.")
        return given.absolute()
    places = [root / folder / path for folder in ENVIRONMENTS for path in INTERPRETERS]
    return next((place for place in places if place.is_file()), Path(sys.executable))
