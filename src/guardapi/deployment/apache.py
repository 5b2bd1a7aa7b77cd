"""Apache with mod_wsgi: daemon processes and the script they serve."""

import re

from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.options import count_of, module_of, target_of
from guardapi.model import ProcessCount, ServerSetting, Start

_PROCESSES = re.compile(r"\bprocesses=(\S+)")
_OPTION = re.compile(r"\b(request-timeout|threads)=(\d+)")


def is_config(file: DeploymentFile) -> bool:
    """Whether the file configures mod_wsgi."""
    return file.name.endswith((".conf", ".vhost")) and b"WSGI" in file.content


def read(file: DeploymentFile) -> Facts:
    """WSGIDaemonProcess and WSGIScriptAlias."""
    processes: list[ProcessCount] = []
    starts: list[Start] = []
    entry_points: list[str] = []
    for number, line in joined_lines(file.lines):
        words = line.split()
        if len(words) > 2 and words[0] == "WSGIScriptAlias":
            target = target_of(f"{module_of(words[2].removesuffix('.wsgi'))}:application")
            entry_points.extend([target] if target else [])
        elif words[:1] == ["WSGIDaemonProcess"]:
            counted = _PROCESSES.search(line)
            count = count_of(counted[1]) if counted else 1
            place = file.place(number)
            processes.append(ProcessCount(count=count, server="mod_wsgi", place=place))
            settings = tuple(
                ServerSetting(server="mod_wsgi", name=name.replace("-", "_"), value=value, place=place)
                for name, value in _OPTION.findall(line)
            )
            starts.append(Start(server="mod_wsgi", place=place, settings=settings))
    return Facts(processes=tuple(processes), entry_points=tuple(entry_points), starts=tuple(starts))
