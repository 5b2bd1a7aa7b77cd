"""Start scripts and Makefiles: the lines that start a server."""

import re
from dataclasses import replace

from guardapi.deployment.command import assignment_of, read_command, read_flask_app
from guardapi.deployment.file import DeploymentFile, Facts, Variable, joined_lines, merged
from guardapi.deployment.words import commands_in

_SCRIPTS = frozenset({"entrypoint", "docker-entrypoint", "start", "boot", "run", "run-server", "serve"})
_MAKEFILES = frozenset({"makefile", "gnumakefile"})
_STARTS = re.compile(r"gunicorn|uwsgi|waitress|hypercorn|uvicorn|granian|flask|mod_wsgi-express|FLASK_APP")
_MAKE_VARIABLE = re.compile(r"\$\((\w+)\)")
_MAKE_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*+)\s*(?:\?|::?|)=\s*(.*)")
_DEFAULT = re.compile(r":\s+[\"']?\$\{(\w++):?=([^{}]*)\}")
_MAX_VARIABLES = 200
_MAX_COMMANDS = 500


def is_script(file: DeploymentFile) -> bool:
    """A shell script by its ending or a usual name, or a Makefile."""
    return file.name.endswith((".sh", ".bash", ".mk")) or file.name in _SCRIPTS | _MAKEFILES


def is_makefile(file: DeploymentFile) -> bool:
    """Whether `make` reads it."""
    return file.name in _MAKEFILES or file.name.endswith(".mk")


def read(file: DeploymentFile) -> Facts:
    """The servers that the lines start; `python` alone is more often a chore than a server."""
    for_make = is_makefile(file)
    environment: dict[str, Variable] = {}
    parts: list[Facts] = []
    for number, line in joined_lines(file.lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        text = _as_shell(text, line) if for_make else text
        assigned = _assignments(text)
        for name, value in assigned[: _MAX_VARIABLES - len(environment)]:
            environment[name] = Variable(value=value, place=file.place(number))
        if not assigned and _STARTS.search(text) and len(parts) < _MAX_COMMANDS:
            parts.append(read_command(text, place=file.place(number), environment=environment))
    return merged((*map(_without_python, parts), read_flask_app(environment)))


def _as_shell(text: str, line: str) -> str:
    """A line of a Makefile in a shell's words."""
    text = _MAKE_VARIABLE.sub(r"${\1}", text).replace("$$", "$")
    if line.startswith("\t"):
        return text.lstrip("@-+ ")
    match = _MAKE_ASSIGNMENT.fullmatch(text.removeprefix("export "))
    return f"{match[1]}='{match[2]}'" if match else text


def _assignments(text: str) -> list[tuple[str, str]]:
    """What a line that does nothing else sets for those after it."""
    default = _DEFAULT.match(text)
    if default is not None:
        return [(default[1], default[2])]
    if "=" not in text:
        return []
    found: list[tuple[str, str]] = []
    for words in commands_in(text):
        for word in words[1:] if words[0] == "export" else words:
            assigned = assignment_of(word, {})
            if assigned is None:
                return []
            found.append(assigned)
    return found


def _without_python(facts: Facts) -> Facts:
    if all(process.server != "python" for process in facts.processes):
        return facts
    kept = tuple(process for process in facts.processes if process.server != "python")
    starts = tuple(start for start in facts.starts if start.server != "python")
    dropped = {process.target for process in facts.processes if process.server == "python"}
    entry_points = tuple(name for name in facts.entry_points if name not in dropped)
    return replace(facts, processes=kept, entry_points=entry_points, starts=starts)
