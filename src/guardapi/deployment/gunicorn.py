"""gunicorn: its command line and `gunicorn.conf.py`."""

import shlex
from collections.abc import Iterator, Mapping

from guardapi.deployment.constants import Bindings, module_bindings
from guardapi.deployment.file import DeploymentFile, Facts, Variable
from guardapi.deployment.options import Invocation, count_of, read_arguments, target_of
from guardapi.deployment.words import COMPUTED
from guardapi.model import ProcessCount, ServerSetting, Start
from guardapi.place import Place

_SHORT = {
    "w": "workers",
    "k": "worker_class",
    "t": "timeout",
    "b": "bind",
    "c": "config",
    "e": "env",
    "n": "name",
    "p": "pid",
    "u": "user",
    "g": "group",
    "m": "umask",
    "D": "daemon",
    "R": "enable_stdio_inheritance",
}
_FLAGS = frozenset(
    {
        "capture_output",
        "check_config",
        "daemon",
        "disable_redirect_access_to_syslog",
        "do_handshake_on_connect",
        "enable_stdio_inheritance",
        "initgroups",
        "log_syslog",
        "no_sendfile",
        "preload",
        "print_config",
        "proxy_protocol",
        "reload",
        "reuse_port",
        "spew",
        "suppress_ragged_eofs",
        "_",
    }
)
_SETTINGS = (
    "bind",
    "graceful_timeout",
    "limit_request_field_size",
    "limit_request_fields",
    "limit_request_line",
    "max_requests",
    "proxy_protocol",
    "threads",
    "timeout",
    "worker_class",
    "workers",
)


def is_config(file: DeploymentFile) -> bool:
    """Whether the file is one that gunicorn reads its settings from."""
    return file.name.endswith(".py") and "gunicorn" in file.name


def read_invocation(call: Invocation) -> Facts:
    """`gunicorn -w 4 shop.wsgi:app`; the command line beats GUNICORN_CMD_ARGS."""
    arguments = read_arguments(call.arguments, flags=_FLAGS, short=_SHORT)
    from_variable = _command_arguments(call.environment)
    options = {**from_variable, **{name: (text, call.place) for name, text in arguments.options.items()}}
    named = arguments.positionals[0] if arguments.positionals else ""
    target = target_of(named, default_object="application") if named else None
    count, place = _workers(options, call)
    settings = _settings(options)
    start = Start(
        server="gunicorn",
        place=call.place,
        target=target,
        settings=settings,
        config=options["config"][0] if "config" in options else None,
    )
    return Facts(
        processes=(ProcessCount(count=count, server="gunicorn", place=place, target=target),),
        entry_points=(target,) if target else (),
        settings=settings,
        starts=(start,),
    )


def read_environment(environment: Mapping[str, Variable]) -> Facts:
    """What the environment tells a gunicorn whose command line stands elsewhere."""
    options = _command_arguments(environment)
    settings = _settings(options)
    # Like a file it adds to a command line that stands elsewhere.
    starts = (
        (Start(server="gunicorn", place=settings[0].place, settings=settings, is_file=True),)
        if settings
        else ()
    )
    if "workers" in options:
        text, place = options["workers"]
    elif "WEB_CONCURRENCY" in environment:
        variable = environment["WEB_CONCURRENCY"]
        text, place = variable.value, variable.place
    else:
        return Facts(settings=settings, starts=starts)
    if not text:
        return Facts(settings=settings, starts=starts)
    process = ProcessCount(count=count_of(text), server="gunicorn", place=place)
    return Facts(processes=(process,), settings=settings, starts=starts)


def read(file: DeploymentFile) -> Facts:
    """A gunicorn.conf.py, evaluated as far as constants and the standard library's counts go."""
    bindings = module_bindings(file)
    processes: tuple[ProcessCount, ...] = ()
    target = target_of(str(bindings.constant("wsgi_app") or ""), default_object="application")
    if "workers" in bindings:
        count = bindings.constant("workers")
        known = (
            int(count) if isinstance(count, int | float | str) and count_of(str(count)) is not None else None
        )
        place = file.place(bindings.line("workers"))
        processes = (ProcessCount(count=known, server="gunicorn", place=place, target=target),)
    settings = _config_settings(file, bindings)
    start = Start(
        server="gunicorn",
        place=file.place(1),
        target=target,
        settings=(*settings, *_computed_settings(file, bindings)),
        is_file=True,
    )
    return Facts(
        processes=processes,
        entry_points=(target,) if target else (),
        settings=settings,
        starts=(start,),
    )


def _workers(options: Mapping[str, tuple[str, Place]], call: Invocation) -> tuple[int | None, Place]:
    text, place = options.get("workers", ("", call.place))
    if text:
        return count_of(text), place
    variable = call.environment.get("WEB_CONCURRENCY")
    if variable is not None and variable.value:
        return count_of(variable.value), variable.place
    return (None if call.on_heroku else 1), call.place


def _command_arguments(environment: Mapping[str, Variable]) -> dict[str, tuple[str, Place]]:
    variable = environment.get("GUNICORN_CMD_ARGS")
    if variable is None:
        return {}
    try:
        words = shlex.split(variable.value)
    except ValueError:
        words = variable.value.split()
    arguments = read_arguments(words, flags=_FLAGS, short=_SHORT)
    return {name: (text, variable.place) for name, text in arguments.options.items()}


def _settings(options: Mapping[str, tuple[str, Place]]) -> tuple[ServerSetting, ...]:
    return tuple(
        ServerSetting(server="gunicorn", name=name, value=options[name][0], place=options[name][1])
        for name in _SETTINGS
        if name in options
    )


def _config_settings(file: DeploymentFile, bindings: Bindings) -> tuple[ServerSetting, ...]:
    found = []
    for name in _SETTINGS:
        value = bindings.constant(name)
        if value is not None:
            place = file.place(bindings.line(name))
            found.append(ServerSetting(server="gunicorn", name=name, value=str(value), place=place))
    return tuple(found)


def _computed_settings(file: DeploymentFile, bindings: Bindings) -> Iterator[ServerSetting]:
    """What the file sets to something that is not known, so that it does not pass for the default."""
    for name in _SETTINGS:
        if name in bindings and bindings.constant(name) is None:
            place = file.place(bindings.line(name))
            yield ServerSetting(server="gunicorn", name=name, value=COMPUTED, place=place)
