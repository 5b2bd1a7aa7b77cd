"""Kubernetes manifests: replicas, autoscalers, ingresses and the commands of containers."""

import re
from collections.abc import Callable, Iterator, Mapping

from guardapi.deployment.command import is_other_work, read_service
from guardapi.deployment.file import BrokenFileError, DeploymentFile, Environment, Facts, Variable, merged
from guardapi.deployment.images import is_other_image
from guardapi.deployment.yamltree import Node, documents
from guardapi.model import ProcessCount, Proxy, ServerSetting

_KIND = re.compile(
    rb"^[ \t-]*+kind:\s*[\"']?(?:Deployment|StatefulSet|ReplicaSet|Rollout|List|Ingress|Horiz)", re.MULTILINE
)
_OTHER_NAMES = re.compile(r"worker|celery|redis|nginx|postgres|mysql|rabbit")
_MAX_ITEMS = 200
_VARIABLE = re.compile(r"\$\((\w+)\)")


def is_manifest(file: DeploymentFile) -> bool:
    """Whether the YAML declares something that this module reads."""
    return b"apiVersion" in file.content and _KIND.search(file.content) is not None


def read(file: DeploymentFile) -> Facts:
    """The facts of all objects; a template that is not YAML before it is filled in says nothing."""
    try:
        roots = list(documents(file))
    except BrokenFileError:
        if b"{{" in file.content or b"{%" in file.content:
            return Facts()
        raise
    return merged(_object(item, file) for root in roots for item in _objects(root))


def _objects(root: Node) -> Iterator[Node]:
    items = root.get("items")
    yield from items.items[:_MAX_ITEMS] if items is not None and _text(root, "kind") == "List" else (root,)


def _object(item: Node, file: DeploymentFile) -> Facts:
    reader = _READERS.get(_text(item, "kind"))
    return reader(item, file) if reader is not None else Facts()


def _workload(item: Node, file: DeploymentFile) -> Facts:
    containers = item.get("spec", "template", "spec", "containers")
    own = (
        [node for node in containers.items[:_MAX_ITEMS] if not _is_other(node)]
        if containers is not None
        else []
    )
    facts = merged(_container(node, file) for node in own)
    if not own:
        return facts
    target = next((process.target for process in facts.processes), None)
    return merged((facts, _replicas(item.get("spec", "replicas"), target, file)))


def _replicas(node: Node | None, target: str | None, file: DeploymentFile) -> Facts:
    count = node.number() if node is not None else None
    if node is None or count is None:
        return Facts()
    process = ProcessCount(count=count, server="replicas", place=file.place(node.line), target=target)
    return Facts(processes=(process,))


def _is_other(container: Node) -> bool:
    command = _command(container)
    return bool(command and is_other_work(command)) or is_other_image(_text(container, "image"))


def _command(container: Node) -> tuple[str, ...]:
    command, arguments = container.get("command"), container.get("args")
    words = (*(command.texts() if command else ()), *(arguments.texts() if arguments else ()))
    # Kubernetes itself fills in `$(NAME)`; to a shell that would be a command.
    return tuple(_VARIABLE.sub(r"${\1}", word) for word in words)


def _container(container: Node, file: DeploymentFile) -> Facts:
    node = container.get("command") or container.get("args") or container
    environment = _environment(container, file)
    return read_service(_command(container), place=file.place(node.line), environment=environment)


def _environment(container: Node, file: DeploymentFile) -> Environment:
    found: dict[str, Variable] = {}
    variables = container.get("env")
    for item in variables.items[:_MAX_ITEMS] if variables is not None else ():
        value = item.get("value")
        if value is not None and value.text:
            found[_text(item, "name")] = Variable(value=value.text, place=file.place(value.line))
    return found


def _autoscaler(item: Node, file: DeploymentFile) -> Facts:
    name = _text(item, "spec", "scaleTargetRef", "name")
    least, most = item.get("spec", "minReplicas"), item.get("spec", "maxReplicas")
    maximum = most.number() if most is not None else None
    if most is None or maximum is None or maximum < 2 or _OTHER_NAMES.search(name):
        return Facts()
    minimum = least.number() if least is not None else 1
    node = least if least is not None and minimum is not None and minimum > 1 else most
    count = minimum if node is least else None
    return Facts(processes=(ProcessCount(count=count, server="autoscaler", place=file.place(node.line)),))


def _ingress(item: Node, file: DeploymentFile) -> Facts:
    kind = ServerSetting(server="ingress", name="kind", value="Ingress", place=file.place(item.line))
    annotations = item.get("metadata", "annotations")
    noted = tuple(
        ServerSetting(server="ingress", name=name, value=node.text, place=file.place(node.line))
        for name, node in (annotations.entries() if annotations is not None else ())
        if node.text is not None
    )
    proxy = Proxy(kind="ingress", place=kind.place)
    return Facts(settings=(kind, *noted), proxies=(proxy,))


def _text(node: Node, *keys: str) -> str:
    found = node.get(*keys)
    return (found.text or "") if found is not None else ""


_READERS: Mapping[str, Callable[[Node, DeploymentFile], Facts]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "ReplicaSet": _workload,
    "Rollout": _workload,
    "HorizontalPodAutoscaler": _autoscaler,
    "Ingress": _ingress,
}
