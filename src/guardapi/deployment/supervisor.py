"""Supervisor: the commands of its programs and how often each is started."""

from dataclasses import replace
from itertools import islice

from guardapi.deployment.command import is_other_work, read_service
from guardapi.deployment.file import DeploymentFile, Facts, joined_lines, merged
from guardapi.deployment.ini import Entry, entries
from guardapi.deployment.options import count_of
from guardapi.deployment.words import MAX_LENGTH
from guardapi.model import ProcessCount

_MAX_PROGRAMS = 500


def is_config(file: DeploymentFile) -> bool:
    """Whether the file declares programs."""
    return file.name.endswith((".conf", ".ini")) and b"[program:" in file.content


def read(file: DeploymentFile) -> Facts:
    """The facts of all programs."""
    programs: dict[str, dict[str, Entry]] = {}
    for entry in entries(joined_lines(file.lines, escape=""), indented=True):
        if entry.section.startswith("program:"):
            program = programs.setdefault(entry.section, {})
            held = program.get(entry.key)
            value = f"{held.value} {entry.value}" if held is not None else entry.value
            program[entry.key] = replace(held or entry, value=value[:MAX_LENGTH])
    return merged(_program(program, file) for program in islice(programs.values(), _MAX_PROGRAMS))


def _program(program: dict[str, Entry], file: DeploymentFile) -> Facts:
    command, copies = program.get("command"), program.get("numprocs")
    if command is None or is_other_work(command.value):
        return Facts()
    facts = read_service(command.value, place=file.place(command.line))
    count = count_of(copies.value) if copies is not None else None
    if copies is None or count is None or not facts.processes:
        return facts
    target = facts.processes[0].target
    process = ProcessCount(count=count, server="replicas", place=file.place(copies.line), target=target)
    return merged((facts, Facts(processes=(process,))))
