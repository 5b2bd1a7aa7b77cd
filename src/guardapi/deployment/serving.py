"""The servers that run an application: their settings as they hold, and how many requests they take at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final

from guardapi.deployment.contexts import is_for_production
from guardapi.deployment.sizes import number_of
from guardapi.model import App, Deployment, ProcessCount, ServerSetting, Start
from guardapi.place import Place

COPIES: Final = frozenset({"autoscaler", "replicas"})
"""Copies of the whole service, each with all its workers."""
ASGI_SERVERS: Final = frozenset({"granian", "hypercorn", "uvicorn"})
PRODUCTION_SERVERS: Final = ASGI_SERVERS | {"gunicorn", "mod_wsgi", "uwsgi", "waitress"}


class WorkerClass(StrEnum):
    """How a process takes requests."""

    SYNC = "sync"
    """One at a time."""
    THREADS = "threads"
    """One for each of its threads."""
    ASYNC = "async"
    """Many at once, on an event loop or in green threads."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server of an application, with its settings as they hold."""

    server: str
    place: Place
    """The command line, or the settings file where no command line is known."""
    settings: Mapping[str, ServerSetting] = field(default_factory=dict)
    """By the server's names; the command line is preferred to the environment, that to the file."""
    is_certain: bool = True
    """False where it names no application, or one that could not be found."""
    target: str | None = None
    is_complete: bool = True
    """False where it reads a settings file that is not there, or whose name is computed."""

    def number(self, name: str) -> int | None:
        """The value of a setting where it is a whole number."""
        found = self.settings.get(name)
        return number_of(found.value) if found is not None else None

    def is_set(self, name: str) -> bool:
        """Whether something says what it is, known or not."""
        return name in self.settings

    @property
    def worker_class(self) -> WorkerClass:
        """How its processes take requests."""
        if self.server in ASGI_SERVERS:
            return WorkerClass.ASYNC
        if self.server == "gunicorn":
            return self._gunicorn_class()
        if self.server == "uwsgi":
            if self.is_set("gevent") or self.is_set("async"):
                return WorkerClass.ASYNC
            threads = self.number("threads") if self.is_set("threads") else 1
            return WorkerClass.UNKNOWN if threads is None else _of_threads(threads)
        # Waitress, mod_wsgi and the development server have threads unless told otherwise.
        return WorkerClass.THREADS

    @property
    def threads(self) -> int | None:
        """Of each process; None where that is not known."""
        default = {"gunicorn": 1, "uwsgi": 1, "waitress": 4}.get(self.server)
        return self.number("threads") if self.is_set("threads") else default

    @property
    def timeout(self) -> int | None:
        """Seconds after which a request is given up, 0 for never; None where that is not known.

        Of gunicorn's asynchronous and threaded workers it only watches that the worker is alive.
        """
        name, default = _TIMEOUTS.get(self.server, ("", None))
        return self.number(name) if self.is_set(name) else default

    def _gunicorn_class(self) -> WorkerClass:
        named = self.settings["worker_class"].value.strip("\"'") if self.is_set("worker_class") else "sync"
        name = named.rpartition(".")[2].lower()
        if any(word in name for word in ("gevent", "eventlet", "uvicorn", "tornado", "asgi", "ggevent")):
            return WorkerClass.ASYNC
        threads = self.threads
        if name == "gthread" or (name == "sync" and threads is not None and threads > 1):
            return WorkerClass.THREADS
        return WorkerClass.SYNC if name == "sync" and threads is not None else WorkerClass.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """How many requests an application is able to work on at once, as far as deployment files tell."""

    count: int | None
    """Processes, over all replicas; None: several, but how many is computed where they run."""
    is_stated: bool
    """Whether some file says so; without one, one process is assumed."""
    is_certain: bool
    """False where what is started could not be traced to this application."""
    worker_class: WorkerClass
    threads: int | None
    """Of each process."""
    timeout: int | None
    """Seconds after which the server gives a request up; 0 for never, None where it is not known."""
    found: tuple[ProcessCount, ...] = ()
    """What says so, for production."""


def linked(deployment: Deployment, apps: Iterable[App]) -> Deployment:
    """The deployment, told which applications its servers serve."""
    known = tuple(apps)
    named = [
        *((start.place, start.target) for start in deployment.starts),
        *((count.place, count.target) for count in deployment.processes),
    ]
    targets = {
        (place.file, target): tuple(app.id for app in _nearest(place.file, _served(target, known)))
        for place, target in named
        if target is not None
    }
    # Where several applications bear the name, it could be any of them.
    return replace(deployment, targets={key: ids for key, ids in targets.items() if len(ids) == 1})


def servings(app: App, deployment: Deployment) -> tuple[Serving, ...]:
    """The servers that production starts for an application, or may start."""
    starts = [start for start in deployment.starts if is_for_production(start.place.file)]
    files = [start for start in starts if start.is_file]
    commands = [start for start in starts if not start.is_file]
    found = [_serving(start, files, app, deployment) for start in commands]
    read = {id(file) for start in commands for file in _files_of(start, files)}
    commanded = {start.server for start in commands}
    # A file that no command line of its server reads is one that nothing uses.
    alone = [file for file in files if id(file) not in read and file.server not in commanded]
    found += [_serving(file, [], app, deployment) for file in alone]
    surely = [serving for serving in found if serving is not None]
    own = [serving for serving in surely if serving.is_certain]
    return tuple(own or surely)


def processes_of(app: App, deployment: Deployment) -> Processes:
    """How many requests the application is able to work on at once."""
    found = _counts(app, deployment)
    started = servings(app, deployment)
    # Beside a real server, the development server of some file is not what production runs.
    served = [serving for serving in started if serving.server in PRODUCTION_SERVERS] or started
    classes = {serving.worker_class for serving in served}
    threads = {serving.threads for serving in served}
    timeouts = {serving.timeout for serving in served}
    return Processes(
        count=_product(found),
        is_stated=bool(found),
        is_certain=all(_concerns(app, item, deployment) is True or item.target is None for item in found),
        worker_class=classes.pop() if len(classes) == 1 else WorkerClass.UNKNOWN,
        threads=threads.pop() if len(threads) == 1 else None,
        timeout=timeouts.pop() if len(timeouts) == 1 else None,
        found=found,
    )


def is_served_as(name: str, target: str) -> bool:
    """Whether a server that is told `target` serves what the project knows as `name`, both `module:object`.

    Modules are compared from their ends: servers start in folders below (or above) the scanned root.
    """
    module, _, own = name.partition(":")
    told, _, wanted = target.partition("(")[0].partition(":")
    if wanted and wanted != own:
        return False
    return module == told or module.endswith(f".{told}") or told.endswith(f".{module}")


def _counts(app: App, deployment: Deployment) -> tuple[ProcessCount, ...]:
    """What starts this application: what names it if anything does, and what names none."""
    counts = [item for item in deployment.processes if is_for_production(item.place.file)]
    concerned = [(item, _concerns(app, item, deployment)) for item in counts]
    named = [item for item, concerns in concerned if concerns is True]
    unnamed = [item for item in counts if item.target is None]
    return (
        (*named, *unnamed) if named else tuple(item for item, concerns in concerned if concerns is not False)
    )


def _product(found: Iterable[ProcessCount]) -> int | None:
    """Workers times replicas; None for several that only the machine can count."""
    product = 1
    counts = tuple(found)
    for are_copies in (False, True):
        group = [item.count for item in counts if (item.server in COPIES) is are_copies]
        known = [count for count in group if count is not None]
        # One computed count leaves the whole product open.
        if len(known) < len(group):
            return None
        product *= max(known, default=1)
    return product


def _serving(start: Start, files: list[Start], app: App, deployment: Deployment) -> Serving | None:
    """None where it surely serves something else."""
    read = _files_of(start, files)
    named = next((item for item in (start, *read) if item.target is not None), start)
    concerns = _concerns(app, named, deployment)
    if concerns is False:
        return None
    settings: dict[str, ServerSetting] = {}
    # What the environment says is written in no file of the server's own.
    for part in (*sorted(read, key=lambda item: not item.place.file.endswith(".py")), start):
        settings |= {setting.name: setting for setting in part.settings}
    return Serving(
        server=start.server,
        place=start.place,
        settings=settings,
        is_certain=bool(concerns),
        target=named.target,
        is_complete=start.is_file
        or start.config is None
        or any(item.place.file.endswith(_name(start)) for item in read),
    )


def _concerns(app: App, item: Start | ProcessCount, deployment: Deployment) -> bool | None:
    if item.target is None:
        return None
    ids = deployment.targets.get((item.place.file, item.target))
    if ids:
        return app.id in ids
    if deployment.targets:
        return None
    # Nothing was linked: then the names themselves must do.
    return True if any(is_served_as(name, item.target) for name in (app.id, *app.served_as)) else None


def _files_of(start: Start, files: Iterable[Start]) -> list[Start]:
    """The settings files that a command line reads: the one it names, else those that its server looks for."""
    of_server = [file for file in files if file.server == start.server and file is not start]
    if start.is_file:
        return []
    named = _name(start)
    if "$" in named or (start.config or "").startswith("python:"):
        return of_server
    environment = [file for file in of_server if start.server == "gunicorn" and _is_environment(file)]
    if not named:
        named = "gunicorn.conf.py" if start.server == "gunicorn" else ""
    candidates = [file for file in of_server if PurePosixPath(file.place.file).name == named]
    return [*_nearest_files(start.place.file, candidates), *environment]


def _name(start: Start) -> str:
    """The base name of the settings file that a command line names."""
    return PurePosixPath((start.config or "").removeprefix("file:")).name


def _is_environment(file: Start) -> bool:
    return not file.place.file.endswith(".py")


def _nearest_files(path: str, files: list[Start]) -> list[Start]:
    closest = max((_shared(path, file.place.file) for file in files), default=0)
    return [file for file in files if _shared(path, file.place.file) == closest][:1]


def _served(target: str, apps: Iterable[App]) -> list[App]:
    """The applications that a server with this target serves."""
    exact = [app for app in apps if any(is_served_as(name, target) for name in app.served_as)]
    if exact or ":" in target:
        return exact
    # `python run.py` serves what the module starts.
    return [
        app for app in apps if any(is_served_as(f"{own.module}:", f"{target}:") for own in app.own_servers)
    ]


def _nearest(path: str, apps: list[App]) -> list[App]:
    closest = max((_shared(path, app.place.file) for app in apps), default=0)
    return [app for app in apps if _shared(path, app.place.file) == closest]


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common, from the root."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _of_threads(threads: int) -> WorkerClass:
    return WorkerClass.THREADS if threads > 1 else WorkerClass.SYNC


_TIMEOUTS: Final[Mapping[str, tuple[str, int | None]]] = {
    "gunicorn": ("timeout", 30),
    "uwsgi": ("harakiri", 0),
    "mod_wsgi": ("request_timeout", None),
}
"""By server: its setting, and what holds without it."""
