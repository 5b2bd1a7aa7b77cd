"""Command lines of the servers that have no settings file of their own: Flask, Waitress and the ASGI ones."""

from collections.abc import Callable

from guardapi.deployment.file import Facts
from guardapi.deployment.options import Arguments, Invocation, count_of, module_of, read_arguments, target_of
from guardapi.model import ProcessCount, ServerSetting, Start

_FLASK_FLAGS = frozenset(
    {"debug", "no_debug", "reload", "no_reload", "debugger", "no_debugger", "with_threads", "without_threads"}
)
_WAITRESS_FLAGS = frozenset({"call", "expose_tracebacks", "no_expose_tracebacks", "ipv4", "no_ipv4", "ipv6"})
_ASGI_FLAGS = frozenset(
    {
        "factory",
        "reload",
        "proxy_headers",
        "no_proxy_headers",
        "access_log",
        "no_access_log",
        "use_colors",
        "debug",
    }
)
_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
_SERVING_WORDS = frozenset({"run", "runserver", "serve", "start", "server"})
_NO_SERVER_MODULES = frozenset(
    {"alembic", "celery", "pip", "pytest", "rq", "venv", "unittest", "http.server"}
)


def read_flask(call: Invocation) -> Facts:
    """`flask --app shop run`: the development server, one process."""
    arguments = read_arguments(
        call.arguments, flags=_FLASK_FLAGS, short={"A": "app", "e": "env_file", "h": "host", "p": "port"}
    )
    variable = call.environment.get("FLASK_APP")
    named = arguments.options.get("app") or (variable.value if variable is not None else "")
    target = target_of(named) if named else None
    entry_points = (target,) if target else ()
    if "run" not in arguments.positionals[:1]:
        return Facts(entry_points=entry_points)
    process = ProcessCount(count=1, server="flask", place=call.place, target=target)
    debug = _debug(call, "flask")
    if "debug" in arguments.options:
        debug = (ServerSetting(server="flask", name="debug", value="true", place=call.place),)
    elif "no_debug" in arguments.options:
        debug = ()
    variable = call.environment.get("FLASK_RUN_HOST")
    host = arguments.options.get("host") or (variable.value if variable is not None else "127.0.0.1")
    bound = ServerSetting(server="flask", name="host", value=host, place=call.place)
    start = Start(server="flask", place=call.place, target=target, settings=(*debug, bound))
    return Facts(
        processes=(process,),
        entry_points=entry_points,
        settings=debug if "debug" in arguments.options else (),
        starts=(start,),
    )


def read_python(call: Invocation) -> Facts:
    """`python shop.py`: whatever its `__main__` block starts."""
    words = list(call.arguments)
    while words and words[0].startswith("-") and words[0] != "-m":
        words = words[2:] if words[0] in {"-W", "-X"} else words[1:]
    is_module = words[:1] == ["-m"]
    words = words[1:] if is_module else words
    if not words or (is_module and words[0].split(".")[0] in _NO_SERVER_MODULES):
        return Facts()
    rest = [word for word in words[1:] if not word.startswith("-")]
    if not (is_module or words[0].endswith(".py")) or (rest and rest[0] not in _SERVING_WORDS):
        return Facts()
    target = target_of(words[0] if is_module else module_of(words[0]))
    if target is None:
        return Facts()
    process = ProcessCount(count=1, server="python", place=call.place, target=target)
    start = Start(server="python", place=call.place, target=target, settings=_debug(call, "python"))
    return Facts(processes=(process,), entry_points=(target,), starts=(start,))


def _debug(call: Invocation, server: str) -> tuple[ServerSetting, ...]:
    """The debugger, switched on by the environment."""
    for name, values in (("FLASK_DEBUG", _TRUE), ("FLASK_ENV", frozenset({"development"}))):
        variable = call.environment.get(name)
        if variable is not None and variable.value.strip("\"'").lower() in values:
            return (ServerSetting(server=server, name="debug", value="true", place=variable.place),)
    return ()


def read_waitress(call: Invocation) -> Facts:
    """`waitress-serve --call shop:create_app`: one process with threads."""
    arguments = read_arguments(call.arguments, flags=_WAITRESS_FLAGS, short={})
    named = arguments.options.get("app") or next(iter(arguments.positionals), "")
    target = target_of(named)
    if target and "call" in arguments.options and not target.endswith(")"):
        target += "()"
    settings = tuple(
        ServerSetting(server="waitress", name=name, value=arguments.options[name], place=call.place)
        for name in ("channel_timeout", "max_request_body_size", "threads")
        if name in arguments.options
    )
    process = ProcessCount(count=1, server="waitress", place=call.place, target=target)
    start = Start(server="waitress", place=call.place, target=target, settings=settings)
    return Facts(
        processes=(process,), entry_points=(target,) if target else (), settings=settings, starts=(start,)
    )


def read_asgi(server: str) -> Callable[[Invocation], Facts]:
    """A reader for `uvicorn --workers 4 shop:asgi_app` and its kin."""
    short = {} if server == "uvicorn" else {"w": "workers", "b": "bind", "k": "worker_class"}

    def read(call: Invocation) -> Facts:
        arguments = read_arguments(call.arguments, flags=_ASGI_FLAGS, short=short)
        # granian's first word may be `serve`, hypercorn's target may start with the server's kind.
        named = next(iter(arguments.positionals), "").removeprefix("wsgi:").removeprefix("asgi:")
        target = target_of(named, default_object="app")
        if target and "factory" in arguments.options and not target.endswith(")"):
            target += "()"
        process = _asgi_process(server, arguments, call, target)
        start = Start(server=server, place=call.place, target=target)
        return Facts(processes=(process,), entry_points=(target,) if target else (), starts=(start,))

    return read


def _asgi_process(server: str, arguments: Arguments, call: Invocation, target: str | None) -> ProcessCount:
    text, place = arguments.options.get("workers", ""), call.place
    variable = call.environment.get("WEB_CONCURRENCY") if server == "uvicorn" else None
    count = count_of(text) if text else 1
    if not text and variable is not None and variable.value:
        count, place = count_of(variable.value), variable.place
    elif not text and server == "uvicorn" and call.on_heroku:
        count = None
    return ProcessCount(count=count, server=server, place=place, target=target)


def read_mod_wsgi(call: Invocation) -> Facts:
    """`mod_wsgi-express start-server wsgi.py --processes 4`."""
    arguments = read_arguments(call.arguments, short={})
    script = next((word for word in arguments.positionals if word.endswith((".py", ".wsgi"))), "")
    target = target_of(f"{module_of(script.removesuffix('.wsgi'))}:application") if script else None
    text = arguments.options.get("processes", "1")
    process = ProcessCount(count=count_of(text), server="mod_wsgi", place=call.place, target=target)
    settings = tuple(
        ServerSetting(server="mod_wsgi", name=name, value=arguments.options[name], place=call.place)
        for name in ("request_timeout", "threads")
        if name in arguments.options
    )
    start = Start(server="mod_wsgi", place=call.place, target=target, settings=settings)
    return Facts(processes=(process,), entry_points=(target,) if target else (), starts=(start,))
