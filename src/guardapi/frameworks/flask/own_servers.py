"""Development servers that the code of a project starts: `app.run` and its kin."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from guardapi.frameworks.flask.recording import RUN_SIMPLE, Recorded, RecordingEvaluator, is_application
from guardapi.frameworks.flask.stand_ins import factories_of
from guardapi.model import App, OwnServer
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Instance, Module, Value

STARTS: Final = re.compile(r"\.run(?:_server)?\s*\(|\brun_simple\s*\(")
OTHER_SERVERS: Final = re.compile(
    r"\b(?:waitress|pywsgi|WSGIServer|cheroot|cherrypy|CherryPy\w*|bjoern|meinheld|tornado|eventlet|hypercorn|"
    r"uvicorn|gunicorn|gevent|granian|twisted|paste)\b"
)
GREEN_SERVERS: Final = frozenset({"eventlet", "gevent", "gevent-websocket"})
"""With one of these installed, Flask-SocketIO does not use the development server."""
MAX_MAINS: Final = 40


def run_main_blocks(ev: RecordingEvaluator) -> None:
    """Evaluate the main blocks that may start a server and have not run. To be called when all else is read."""
    waiting = [
        module
        for module in ev.modules.values()
        if not module.is_model and module.main_blocks and STARTS.search(module.text)
    ]
    notes = dict(ev.undecided)
    for module in waiting[:MAX_MAINS]:
        # The applications are there; making them again would only take time.
        ev.stand_ins = factories_of(ev)
        ev.run_main(module)
    ev.undecided.clear()
    ev.undecided.update(notes)


def own_servers(ev: RecordingEvaluator, instance: Instance, *, is_only: bool) -> Iterator[OwnServer]:
    """Those that start one application; `is_only`: there is no other that an unknown one could be."""
    seen: set[object] = set()
    for recorded in ev.recorded:
        found = _own_server(ev, recorded)
        if found is None or (found.place, found.module) in seen:
            continue
        started = _started(recorded)
        if started is instance or (started is None and is_only) or _is_same(started, instance):
            seen.add((found.place, found.module))
            yield found


def _own_server(ev: RecordingEvaluator, recorded: Recorded) -> OwnServer | None:
    is_simple = recorded.name in RUN_SIMPLE
    if recorded.place is None or not (is_simple or ":" in recorded.name):
        return None
    if recorded.in_function and recorded.main is None:
        return None
    module = recorded.main or _module_at(ev, recorded.place.file)
    if module is None:
        return None
    named = _arguments(recorded)
    if recorded.name == "flask_socketio.py:run" and not _is_unsafe(ev, named):
        return None
    host = named.get("host", "127.0.0.1")
    debug = named.get("debug", named.get("use_debugger", False))
    server = OwnServer(
        place=recorded.place,
        name="run_simple" if is_simple else "socketio.run" if "socketio" in recorded.name else "app.run",
        module=module.name,
        is_guarded=recorded.main is not None,
        host=host if isinstance(host, str) else "127.0.0.1" if host is None else None,
        debug=ev.truth(debug),
    )
    texts = (module.text, *_texts_at(ev, recorded.place.file))
    return replace(server, has_choice=any(OTHER_SERVERS.search(text) for text in texts))


def _is_unsafe(ev: Evaluator, named: dict[str, Value]) -> bool:
    """Whether Flask-SocketIO takes the development server, in production, too."""
    return named.get("allow_unsafe_werkzeug") is True and GREEN_SERVERS.isdisjoint(ev.packages)


def _arguments(recorded: Recorded) -> dict[str, Value]:
    """By name, as far as these matter."""
    names = {
        "flask/app.py:run": ("host", "port", "debug"),
        "flask_socketio.py:run": ("app", "host", "port"),
    }.get(recorded.name, ("host", "port", "application") if recorded.name in RUN_SIMPLE else ())
    return {**dict(zip(names, recorded.call.args, strict=False)), **recorded.call.kwargs}


def _started(recorded: Recorded) -> Value:
    """The application, None where it is not known."""
    if recorded.name == "flask/app.py:run":
        return recorded.receiver
    if recorded.name.startswith("dash/"):
        held = recorded.receiver
        return held.attributes.get("server") if type(held) is Instance else None
    named = _arguments(recorded)
    found = named.get("app", named.get("application"))
    return found if is_application(found) else None


def _is_same(one: Value, other: Instance) -> bool:
    """Whether both were made by one line of the project: a factory that ran again."""
    return type(one) is Instance and one.place == other.place and one.function is other.function


def _module_at(ev: Evaluator, path: str) -> Module | None:
    return ev.modules.get(path)


def _texts_at(ev: Evaluator, path: str) -> Iterable[str]:
    module = ev.modules.get(path)
    return (module.text,) if module is not None else ()


def served_as(ev: Evaluator, app: App, instance: Instance, holders: dict[int, list[str]]) -> tuple[str, ...]:
    """Every name under which a server may be told to serve an application."""
    names = dict.fromkeys([app.id, *holders.get(id(instance), ())])
    for other, held in _applications(ev):
        if other is not instance and _is_same(other, instance):
            names.update(dict.fromkeys(holders.get(held, ())))
    return tuple(names)


def holders_of(ev: Evaluator) -> dict[int, list[str]]:
    """By identity of an application: `module:name` of what holds it, or a wrapper of it."""
    known = {held for _, held in _applications(ev)}
    found: dict[int, list[str]] = {}
    for module in ev.modules.values():
        if module.is_model:
            continue
        for name, value in module.namespace.items():
            if isinstance(name, str) and type(value) is Instance:
                held = _held(value, known)
                if held is not None:
                    found.setdefault(held, []).append(f"{module.name}:{name}")
    return found


def _held(value: Instance, known: set[int]) -> int | None:
    if id(value) in known:
        return id(value)
    for name in ("server", "app", "application", "wsgi_app"):
        inner = value.attributes.get(name)
        if type(inner) is Instance and id(inner) in known:
            return id(inner)
    return None


def _applications(ev: Evaluator) -> Iterator[tuple[Instance, int]]:
    context = ev.modules.get("model:flask/ctx.py")
    made = context.namespace.get("_applications") if context is not None else None
    for instance in made if isinstance(made, list) else ():
        if type(instance) is Instance:
            yield instance, id(instance)
