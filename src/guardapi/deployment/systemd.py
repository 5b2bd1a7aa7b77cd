"""systemd units: the command of a service and its environment."""

from guardapi.deployment.command import assignment_of, read_service
from guardapi.deployment.file import DeploymentFile, Facts, Variable, joined_lines, merged
from guardapi.deployment.ini import entries
from guardapi.deployment.words import commands_in

_MAX_COMMANDS = 500


def is_unit(file: DeploymentFile) -> bool:
    """A service unit, or a template of one."""
    return file.name.endswith((".service", ".service.j2", ".service.template"))


def read(file: DeploymentFile) -> Facts:
    """What ExecStart runs."""
    environment: dict[str, Variable] = {}
    commands: list[tuple[str, int]] = []
    for entry in entries(joined_lines(file.lines, comment="#")):
        if entry.section != "Service":
            continue
        if entry.key == "Environment":
            words = (word for command in commands_in(entry.value) for word in command)
            assigned = filter(None, (assignment_of(word, {}) for word in words))
            environment |= {
                name: Variable(value=value, place=file.place(entry.line)) for name, value in assigned
            }
        elif entry.key == "ExecStart":
            commands.append((entry.value.lstrip("-@:+!"), entry.line))
    return merged(
        read_service(text, place=file.place(line), environment=environment)
        for text, line in commands[:_MAX_COMMANDS]
    )
