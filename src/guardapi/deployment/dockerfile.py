"""Dockerfile: what the image of the last stage runs, and with which environment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from guardapi.deployment.command import assignment_of, read_service
from guardapi.deployment.file import DeploymentFile, Facts, Variable, joined_lines
from guardapi.deployment.words import commands_in, expanded

_NAME = re.compile(r"(?:docker|container)file(?:[._-].*)?|.*\.(?:dockerfile|containerfile)")
_INSTRUCTION = re.compile(r"\s*(\w+)\s+(.*)", re.DOTALL)
_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?[\"']?(\w+)")
_MAX_VARIABLES = 200

_Command = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What a stage has set so far."""

    environment: Mapping[str, Variable] = field(default_factory=dict)
    command: _Command | None = None
    entrypoint: _Command | None = None
    line: int = 1
    """Of the instruction that says what runs."""


def is_dockerfile(file: DeploymentFile) -> bool:
    """`Dockerfile`, `Dockerfile.prod`, `web.dockerfile`."""
    return _NAME.fullmatch(file.name) is not None


def read(file: DeploymentFile) -> Facts:
    """The facts of the last stage."""
    stages: dict[str, _Stage] = {"": _Stage()}
    current = ""
    for line, name, rest in _instructions(file):
        if name != "FROM":
            stages[current] = _after(stages[current], name, rest, file, line)
            continue
        words = rest.lower().split()
        base = stages.get(words[0], _Stage()) if words else _Stage()
        current = words[-1] if len(words) > 2 and words[-2] == "as" else ""
        stages[current] = base
    stage = stages[current]
    return read_service(_run(stage), place=file.place(stage.line), environment=stage.environment)


def _after(stage: _Stage, name: str, rest: str, file: DeploymentFile, line: int) -> _Stage:
    match name:
        case "ENV" | "ARG":
            assigned = _assigned(rest, stage, file, line)
            if name == "ARG":  # a build argument does not change what ENV has set
                assigned = {**assigned, **stage.environment}
            return replace(stage, environment={**stage.environment, **assigned})
        case "CMD":
            return replace(stage, command=_form(rest), line=line)
        case "ENTRYPOINT":
            return replace(stage, entrypoint=_form(rest), line=stage.line if stage.command else line)
    return stage


def _instructions(file: DeploymentFile) -> Iterator[tuple[int, str, str]]:
    lines = file.lines
    directive = _ESCAPE.match(lines[0])
    closing = ""
    for number, text in joined_lines(lines, escape=directive[1] if directive else "\\", comment="#"):
        if closing:
            closing = "" if text.strip() == closing else closing
            continue
        match = _INSTRUCTION.match(text)
        if match is None:
            continue
        name = match[1].upper()
        if name in {"RUN", "COPY", "ADD"}:
            heredoc = _HEREDOC.search(match[2])
            closing = heredoc[1] if heredoc else ""
            continue
        yield number, name, match[2].strip()


def _form(rest: str) -> _Command:
    """The words of the exec form, or the text of the shell form."""
    if not rest.startswith("["):
        return rest
    import json  # noqa: PLC0415  only where an exec form stands

    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):  # Docker, too, takes a broken exec form for a shell's text
        return rest
    return tuple(word for word in words if isinstance(word, str))


def _run(stage: _Stage) -> _Command | None:
    entrypoint, command = stage.entrypoint, stage.command
    if not entrypoint:
        return command
    if isinstance(entrypoint, str) or command is None:
        return entrypoint  # a shell form gets no arguments from CMD
    return (*entrypoint, *(command if isinstance(command, tuple) else ("sh", "-c", command)))


def _assigned(rest: str, stage: _Stage, file: DeploymentFile, line: int) -> dict[str, Variable]:
    if len(stage.environment) > _MAX_VARIABLES:
        return {}
    values = {name: variable.value for name, variable in stage.environment.items()}
    first, _, remainder = rest.partition(" ")
    if "=" not in first:  # `ENV NAME value`
        return {first: Variable(value=expanded(remainder.strip(), values), place=file.place(line))}
    found = {}
    for words in commands_in(rest):
        for word in words:
            assigned = assignment_of(word, values)
            if assigned is not None:
                found[assigned[0]] = Variable(value=assigned[1], place=file.place(line))
    return found
