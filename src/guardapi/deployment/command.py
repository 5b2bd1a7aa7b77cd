"""A command line to the server it starts, through shells, wrappers and environment variables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from guardapi.deployment import gunicorn, servers, uwsgi
from guardapi.deployment.file import Environment, Facts, Variable, merged
from guardapi.deployment.options import Invocation, target_of
from guardapi.deployment.words import MAX_LENGTH, commands_in, expanded, expanded_words
from guardapi.place import Place

_SERVERS: Mapping[str, Callable[[Invocation], Facts]] = {
    "gunicorn": gunicorn.read_invocation,
    "gunicorn3": gunicorn.read_invocation,
    "uwsgi": uwsgi.read_invocation,
    "uwsgi_python3": uwsgi.read_invocation,
    "flask": servers.read_flask,
    "waitress-serve": servers.read_waitress,
    "waitress": servers.read_waitress,
    "uvicorn": servers.read_asgi("uvicorn"),
    "hypercorn": servers.read_asgi("hypercorn"),
    "granian": servers.read_asgi("granian"),
    "mod_wsgi-express": servers.read_mod_wsgi,
}
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_WRAPPERS = frozenset(
    {
        *("exec", "env", "command", "sudo", "time", "nice", "nohup", "stdbuf", "xargs", "timeout"),
        *("tini", "dumb-init", "gosu", "su-exec", "chpst", "setuser", "s6-setuidgid", "docker-entrypoint"),
        *("poetry", "pipenv", "pdm", "uv", "uvx", "rye", "hatch", "conda", "micromamba", "pixi"),
        *("ddtrace-run", "newrelic-admin", "opentelemetry-instrument", "doppler", "chamber", "dockerize"),
    }
)
_INSTALLERS = frozenset({"pip", "pip3", "install", "add", "remove", "uninstall", "update", "lock"})
_KEYWORDS = frozenset({"then", "else", "do", "if", "!", "{", "(", "while", "until"})
_OTHER_WORK = frozenset(
    {
        "celery",
        "rq",
        "huey",
        "dramatiq",
        "alembic",
        "redis-server",
        "npm",
        "node",
        "yarn",
        "nginx",
        "postgres",
    }
)
_MAX_NESTED = 4
_MAX_VARIABLES = 200
_MAX_SCRIPT_WORDS = 40


def read_command(
    command: str | Sequence[str],
    *,
    place: Place,
    environment: Environment | None = None,
    on_heroku: bool = False,
) -> Facts:
    """The servers that a shell text (or the words of an exec form) starts."""
    call = Invocation(arguments=(), place=place, environment=environment or {}, on_heroku=on_heroku)
    if isinstance(command, str):
        return _read_text(command, call, 0)
    values = _values(call.environment)
    return _read_words(tuple(expanded(word, values) for word in command), call, 0)


def read_service(
    command: str | Sequence[str] | None, *, place: Place, environment: Environment | None = None
) -> Facts:
    """A container or unit: its command, and what its environment tells a server started elsewhere."""
    environment = environment or {}
    facts = read_command(command, place=place, environment=environment) if command else Facts()
    around = [facts, read_flask_app(environment), Facts(scripts=_scripts(command or ()))]
    if not facts.processes and not (command and is_other_work(command)):
        around.append(gunicorn.read_environment(environment))
    return merged(around)


def _scripts(command: str | Sequence[str]) -> frozenset[str]:
    """Base names of what the command runs, where that may be a script of the tree."""
    text = command if isinstance(command, str) else " ".join(command)
    names = (_base(word.strip("\"';&|")).lower() for word in text[:MAX_LENGTH].split()[:_MAX_SCRIPT_WORDS])
    return frozenset("makefile" if name == "make" else name for name in names if name)


def read_flask_app(environment: Environment) -> Facts:
    """FLASK_APP is an entry point wherever it is set."""
    variable = environment.get("FLASK_APP")
    target = target_of(variable.value) if variable is not None else None
    return Facts(entry_points=(target,) if target else ())


def is_other_work(command: str | Sequence[str]) -> bool:
    """Whether the command is known to serve no web application (a queue's worker, a database)."""
    if isinstance(command, str):
        return any(_names_other_work(words) for words in commands_in(command[:500]))
    return _names_other_work(tuple(command))


def assignment_of(word: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    """The name and value of `NAME=value`."""
    name, equals, value = word.partition("=")
    if not equals or not name.isidentifier():
        return None
    return name, expanded(value, values)


def _names_other_work(words: tuple[str, ...]) -> bool:
    return any(_base(word) in _OTHER_WORK for word in words[:4])


def _read_text(text: str, call: Invocation, depth: int) -> Facts:
    return merged(_read_each(text, call, depth))


def _read_each(text: str, call: Invocation, depth: int) -> Iterator[Facts]:
    environment = dict(call.environment)
    for written in commands_in(text):
        assigned = written[1:] if written[0] == "export" else written
        if all("=" in word for word in assigned):  # `A=1 B=2` and `export A=1` hold for what follows
            _assign(assigned, environment, call.place)
            continue
        words = expanded_words(written, _values(environment))
        yield _read_words(words, replace(call, environment=dict(environment)), depth)


def _assign(words: Sequence[str], environment: dict[str, Variable], place: Place) -> int:
    """Takes the leading assignments into the environment and says how many there were."""
    for count, word in enumerate(words):
        assigned = assignment_of(word, _values(environment))
        if assigned is None:
            return count
        if len(environment) < _MAX_VARIABLES:
            environment[assigned[0]] = Variable(value=assigned[1], place=place)
    return len(words)


def _read_words(words: tuple[str, ...], call: Invocation, depth: int) -> Facts:
    """One simple command, or the words of an exec form."""
    while words and words[0] in _KEYWORDS:
        words = words[1:]
    environment = dict(call.environment)
    words = words[_assign(words, environment, call.place) :]
    call = replace(call, environment=environment)
    if not words:
        return Facts()
    name = _base(words[0])
    if name in _SHELLS:
        return _read_shell(words[1:], call, depth)
    if name.startswith(("python", "pypy")):
        return _read_python(words[1:], call)
    if name in _SERVERS:
        return _SERVERS[name](replace(call, arguments=words[1:]))
    return _read_wrapped(words, call, depth)


def _read_shell(words: tuple[str, ...], call: Invocation, depth: int) -> Facts:
    for index, word in enumerate(words[:-1]):
        if word.startswith("-") and word.endswith("c") and depth < _MAX_NESTED:
            return _read_text(words[index + 1], call, depth + 1)
    return Facts()


def _read_python(words: tuple[str, ...], call: Invocation) -> Facts:
    if "-m" in words[:4]:
        index = words.index("-m") + 1
        name = words[index] if index < len(words) else ""
        if name in _SERVERS:
            return _SERVERS[name](replace(call, arguments=words[index + 1 :]))
    return servers.read_python(replace(call, arguments=words))


def _read_wrapped(words: tuple[str, ...], call: Invocation, depth: int) -> Facts:
    """`tini -- gunicorn ...`, `poetry run flask run`, `/entrypoint.sh gunicorn ...`."""
    wraps = _base(words[0]) in _WRAPPERS or words[0].endswith(".sh")
    if "--" in words and not wraps:
        words, wraps = words[words.index("--") :], True
    if not wraps:
        return Facts()
    for index, word in enumerate(words[1:], start=1):
        if word in _INSTALLERS:
            return Facts()
        name = _base(word)
        if name in _SERVERS or name in _SHELLS or name.startswith("python") or assignment_of(word, {}):
            return _read_words(words[index:], call, depth + 1) if depth < _MAX_NESTED else Facts()
    return Facts()


def _base(word: str) -> str:
    return PurePosixPath(word).name


def _values(environment: Environment) -> dict[str, str]:
    return {name: variable.value for name, variable in environment.items()}
