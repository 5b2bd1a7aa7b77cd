"""How the deployment starts the server of an application: processes, threads, kind of workers."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from guardapi.deployment.serving import Serving, WorkerClass, processes_of, servings
from guardapi.model import App, Deployment

USUAL_WORKERS: Final = 4
"""Where no file says how many, or the number is computed where it runs."""
MOST_WORKERS: Final = 16
_CLASSES: Final = {WorkerClass.ASYNC: "gevent", WorkerClass.THREADS: "gthread"}
_GUNICORN: Final = ("sync", "gthread", "gevent", "eventlet", "tornado")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What gunicorn is told."""

    workers: int = USUAL_WORKERS
    threads: int = 1
    worker_class: str = "sync"
    timeout: int = 30
    config: str | None = None
    """Its own file of settings, below the root; None where there is none."""


def deployed(app: App, deployment: Deployment, *, workers: int | None = None) -> Deployed:
    """As the deployment files say, or as many workers as the user wants."""
    processes = processes_of(app, deployment)
    serving = next((found for found in servings(app, deployment) if found.server == "gunicorn"), None)
    stated = processes.count if processes.is_stated else None
    return Deployed(
        workers=min(workers or stated or USUAL_WORKERS, MOST_WORKERS),
        threads=processes.threads or 1,
        worker_class=_named_class(serving) or _CLASSES.get(processes.worker_class, "sync"),
        timeout=30 if processes.timeout is None else processes.timeout,
        config=_config(deployment),
    )


def _named_class(serving: Serving | None) -> str:
    if serving is None or not serving.is_set("worker_class"):
        return ""
    name = serving.settings["worker_class"].value.strip("\"'")
    return name if name in _GUNICORN else ""


def _config(deployment: Deployment) -> str | None:
    """The file that gunicorn finds by itself, or that one of its command lines names."""
    files = [start.place.file for start in deployment.starts if start.is_file and start.server == "gunicorn"]
    named = {PurePosixPath(start.config).name for start in deployment.starts if start.config}
    found = [file for file in files if PurePosixPath(file).name in named or file == "gunicorn.conf.py"]
    return next((file for file in found if file.endswith(".py")), None)
