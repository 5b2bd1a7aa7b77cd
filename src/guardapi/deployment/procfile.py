"""Procfile: a command a process type."""

import re

from guardapi.deployment.command import read_command
from guardapi.deployment.file import DeploymentFile, Facts, merged
from guardapi.model import Proxy, ServerSetting

_LINE = re.compile(r"([\w-]+):\s*(.*)")
_MAX_COMMANDS = 500


def is_procfile(file: DeploymentFile) -> bool:
    """`Procfile` itself, or one of its kin (`Procfile.dev`)."""
    return file.name == "procfile" or file.name.startswith("procfile.")


def read(file: DeploymentFile, *, sets_workers: bool) -> Facts:
    """The servers; `sets_workers` says that a gunicorn.conf.py chooses the number, whatever Heroku sets."""
    parts: list[Facts] = []
    for number, line in enumerate(file.lines, start=1):
        match = _LINE.match(line)
        if match is None or len(parts) > _MAX_COMMANDS:
            continue
        on_heroku = file.name == "procfile" and match[1] == "web"
        place = file.place(number)
        command = match[2].strip()
        parts.append(read_command(command, place=place, on_heroku=on_heroku and not sets_workers))
        if on_heroku:
            setting = ServerSetting(server="heroku", name="web", value=command, place=place)
            parts.append(Facts(settings=(setting,), proxies=(Proxy(kind="heroku", place=place),)))
    return merged(parts)
