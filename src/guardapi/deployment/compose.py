"""Compose files: the command, environment and replicas of each service."""

import re
from collections.abc import Iterator

from guardapi.deployment.command import is_other_work, read_service
from guardapi.deployment.file import DeploymentFile, Environment, Facts, Variable, merged
from guardapi.deployment.images import image_name, is_other_image, proxy_of
from guardapi.deployment.words import MAX_LENGTH, expanded
from guardapi.deployment.yamltree import Node, documents
from guardapi.model import ProcessCount, Proxy, PublishedPort, ServerSetting
from guardapi.place import Place

_NAME = re.compile(r"(?:docker-)?compose(?:[._-].*)?\.ya?ml|.*[._-]compose\.ya?ml|(?:.*[._-])?stack\.ya?ml")

_LOOPBACK = ("127.", "localhost:", "[::1]", "::1:")
_MAX_PORTS = 50
_CONNECTIONS = re.compile(r"max[_-]connections[= ](\d{1,6})\b")

_Command = str | tuple[str, ...]


def is_compose(file: DeploymentFile) -> bool:
    """`compose.yaml`, `docker-compose.prod.yml`, `stack.yml`."""
    return _NAME.fullmatch(file.name) is not None


def read(file: DeploymentFile) -> Facts:
    """The facts of all services."""
    parts: list[Facts] = []
    for document in documents(file):
        services = document.get("services")
        for name, service in services.entries() if services is not None else ():
            parts.append(_service(name, service, file))
    return merged(parts)


def _service(name: str, service: Node, file: DeploymentFile) -> Facts:
    image = (service.get("image") or Node(0)).text or ""
    if proxy := proxy_of(image):
        node = service.get("image") or service
        setting = ServerSetting(server=proxy, name="image", value=image, place=file.place(node.line))
        return Facts(settings=(setting,), proxies=(Proxy(kind=proxy, place=setting.place),))
    command, line = _command(service)
    if is_other_image(image) or (command and is_other_work(command)):
        return Facts(settings=tuple(_of_database(image, command, file.place(line))))
    facts = read_service(command, place=file.place(line), environment=_environment(service, file))
    published = Facts(published=tuple(_ports(name, service, file)))
    return merged((facts, published, *_replicas(service, facts, file)))


def _ports(name: str, service: Node, file: DeploymentFile) -> Iterator[PublishedPort]:
    ports = service.get("ports")
    for item in ports.items[:_MAX_PORTS] if ports is not None else ():
        text = item.text
        if text is None:  # the long form
            parts = [item.get(key) for key in ("host_ip", "published", "target")]
            text = ":".join(part.text for part in parts if part is not None and part.text)
        if text:
            shown = expanded(text[:200], {})
            # An address that only the environment knows is no evidence that everyone may reach it.
            is_loopback = shown.startswith(_LOOPBACK) or "$" in shown.rpartition(":")[0].rpartition(":")[0]
            place = file.place(item.line)
            yield PublishedPort(service=name, text=shown, place=place, is_loopback=is_loopback)


def _of_database(image: str, command: _Command | None, place: Place) -> Iterator[ServerSetting]:
    """What a database, or a pool in front of one, says about connections."""
    name = image_name(image)
    if name == "pgbouncer":
        yield ServerSetting(server=name, name="image", value=image, place=place)
    text = command if isinstance(command, str) else " ".join(command or ())
    found = _CONNECTIONS.search(text)
    if found is not None:
        yield ServerSetting(server=name, name="max_connections", value=found[1], place=place)


def _replicas(service: Node, facts: Facts, file: DeploymentFile) -> list[Facts]:
    target = next((process.target for process in facts.processes), None)
    found: list[Facts] = []
    for node in (service.get("deploy", "replicas"), service.get("scale")):
        count = Node(0, text=expanded(node.text, {})).number() if node is not None and node.text else None
        if node is not None and count is not None:
            place = file.place(node.line)
            process = ProcessCount(count=count, server="replicas", place=place, target=target)
            found.append(Facts(processes=(process,)))
    return found


def _command(service: Node) -> tuple[_Command | None, int]:
    entrypoint, command = service.get("entrypoint"), service.get("command")
    first, second = _form(entrypoint), _form(command)
    line = (command or entrypoint or service).line
    if not first or not second:
        return first or second or None, line
    if isinstance(first, str) and isinstance(second, str):
        return f"{first} {second}", line
    return (*_words(first), *_words(second)), line


def _form(node: Node | None) -> _Command:
    if node is None:
        return ""
    if node.text is not None:
        return node.text[:MAX_LENGTH].replace("$$", "$")  # what Compose leaves to the container's shell
    return tuple(text.replace("$$", "$") for text in node.texts())


def _words(command: _Command) -> tuple[str, ...]:
    return tuple(command.split()) if isinstance(command, str) else command


def _environment(service: Node, file: DeploymentFile) -> Environment:
    node = service.get("environment")
    if node is None:
        return {}
    found: dict[str, Variable] = {}
    for item in node.items:
        name, equals, value = (item.text or "").partition("=")
        if equals:
            found[name.strip()] = _variable(value, file.place(item.line))
    for name, value_node in node.entries():
        if value_node.text:
            found[name] = _variable(value_node.text, file.place(value_node.line))
    return found


def _variable(text: str, place: Place) -> Variable:
    return Variable(value=expanded(text[:MAX_LENGTH], {}), place=place)
