"""How many reverse proxies stand between a caller and an application, and whether their word can be taken."""

import re
from typing import Final

from guardapi.deployment.contexts import is_for_production
from guardapi.deployment.locations import may_match
from guardapi.deployment.serving import servings
from guardapi.model import App, Deployment, Proxy, PublishedPort

ADDRESS: Final = re.compile(r"unix:[^,'\"\s]+|(?:[\w.\-]*|\[[0-9a-fA-F:]*\]):(\d{1,5})\b")
"""Of what gunicorn is bound to: a socket, or a host with its port."""
NUMBER: Final = re.compile(r"(?<![.\d])\d{2,5}(?![.\d])")


def proxies_in_front(app: App, deployment: Deployment) -> tuple[Proxy, ...]:
    """Those of production that may pass requests on to the application, and not surely to something else."""
    proxies = (proxy for proxy in deployment.proxies if is_for_production(proxy.place.file))
    ports = _ports(app, deployment)
    return tuple(proxy for proxy in proxies if _is_served_at(proxy.port, ports) and _passes_route(proxy, app))


def _is_served_at(port: int | None, ports: frozenset[int] | None) -> bool:
    return port is None or ports is None or port in ports


def _passes_route(proxy: Proxy, app: App) -> bool:
    """Whether the location takes requests for one of the application's own routes."""
    if proxy.pattern is None:
        return True
    return any(may_match(*proxy.pattern, route.rule) for route in app.routes if route.view.place is not None)


def _ports(app: App, deployment: Deployment) -> frozenset[int] | None:
    """The ports under which the application is reached, 0 for a Unix socket; None where one is not known."""
    found = {int(number) for port in deployment.published for number in NUMBER.findall(port.text)}
    served = servings(app, deployment)
    for serving in served:
        bound = serving.settings.get("bind")
        if bound is None or "$" in bound.value or not (addresses := ADDRESS.findall(bound.value)):
            return None
        found |= {int(port or 0) for port in addresses}
    return frozenset(found) if served else None


def kinds_of(proxies: tuple[Proxy, ...]) -> tuple[str, ...]:
    """`nginx`, `traefik`: several files describe one proxy."""
    return tuple(dict.fromkeys(proxy.kind for proxy in proxies))


def has_proxy_protocol(app: App, deployment: Deployment) -> bool:
    """Whether gunicorn learns the client's address before the application sees the request."""
    found = (serving.settings.get("proxy_protocol") for serving in servings(app, deployment))
    return any(
        setting is not None and setting.value.lower() not in {"false", "off", "0"} for setting in found
    )


def open_port(deployment: Deployment) -> PublishedPort | None:
    """The port by which the application is reached past the proxy, where one service alone has one."""
    ports = [
        port for port in deployment.published if is_for_production(port.place.file) and not port.is_loopback
    ]
    return ports[0] if len({port.service for port in ports}) == 1 else None


def hops_to_trust(app: App, deployment: Deployment) -> int:
    """How many reports of `X-Forwarded-For` tell the caller's address; 0 where none does, or that is not sure."""
    if not _has_forwarding_proxy(app, deployment) or doubt_about_hops(app, deployment):
        return 0
    return 1


def doubt_about_hops(app: App, deployment: Deployment) -> str:
    """Why no number of reports of proxies can be believed, though some stand in front: a phrase, or nothing."""
    if not _has_forwarding_proxy(app, deployment):
        return ""
    proxies = proxies_in_front(app, deployment)
    kinds = kinds_of(proxies)
    if len(kinds) > 1:
        return f"whether {' and '.join(kinds)} stand one behind the other is not known"
    if all(proxy.appends is False for proxy in proxies):
        return f"{kinds[0]} passes on what callers write into X-Forwarded-For"
    port = open_port(deployment)
    if port is not None:
        return f"port {port.text} of {port.service} is published beside {kinds[0]}"
    return ""


def _has_forwarding_proxy(app: App, deployment: Deployment) -> bool:
    """Whether the application sees the address of a proxy instead of that of the caller."""
    proxies = proxies_in_front(app, deployment)
    is_transparent = any(proxy.is_transparent for proxy in proxies) or has_proxy_protocol(app, deployment)
    return bool(proxies) and not is_transparent
