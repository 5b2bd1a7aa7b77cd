"""What an application makes of the addresses that proxies report: `ProxyFix` around it, and its kin."""

import re
from typing import Final

from guardapi.model import ProxyTrust
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import BoundMethod, Class, Instance, Value

PROXY_FIX: Final = "ProxyFix"
REWRITES: Final = re.compile(r"REMOTE_ADDR|FORWARDED|REAL_IP|CONNECTING_IP|access_route", re.IGNORECASE)
WRAPS: Final = re.compile(r"^[^#\n]*(?:\bProxyFix\s*\(|\.wsgi_app\s*=)", re.MULTILINE)
HINTS: Final = (PROXY_FIX, "wsgi_app")
"""One of these stands in every text that the pattern finds; to look for it is much cheaper."""
MAX_WRAPPERS: Final = 20


def proxy_trust(ev: Evaluator, instance: Instance) -> ProxyTrust:
    """How many hops the application trusts."""
    wrapped = instance.attributes.get("wsgi_app")
    found: ProxyTrust | None = None
    for _ in range(MAX_WRAPPERS):
        if wrapped is None or (type(wrapped) is BoundMethod and wrapped.receiver is instance):
            # Code that did not run here may wrap it, too: the environment decides, or a command line.
            return found or ProxyTrust(hops=None if _is_wrapped_somewhere(ev) else 0)
        if type(wrapped) is not Instance:
            break
        if wrapped.cls.name == PROXY_FIX and _is_modelled(wrapped.cls):
            hops = ev.plain(wrapped.attributes.get("x_for"))
            if not isinstance(hops, int):
                break
            # The innermost has the last word; a trust of none leaves the address as it is.
            found = ProxyTrust(hops=hops, place=wrapped.place) if hops else found or ProxyTrust(hops=0)
        elif _may_rewrite(wrapped):
            break
        inner = _inner(wrapped, instance)
        if inner is None:
            break
        wrapped = inner
    return ProxyTrust(hops=None)


def _is_wrapped_somewhere(ev: Evaluator) -> bool:
    return any(
        # Most modules hold neither word, and looking for words is quicker.
        (PROXY_FIX in module.text or "wsgi_app" in module.text) and WRAPS.search(module.text)
        for module in ev.modules.values()
        if not module.is_model
    )


def _is_modelled(cls: Class) -> bool:
    return cls.module is not None and cls.module.is_model


def _may_rewrite(wrapper: Instance) -> bool:
    module = wrapper.cls.module
    return module is None or (not module.is_model and REWRITES.search(module.text) is not None)


def _inner(wrapper: Instance, app: Instance) -> Value:
    """The WSGI application that a wrapper holds."""
    for value in wrapper.attributes.values():
        if type(value) is BoundMethod and value.receiver is app:
            return value
        if value is app:
            return BoundMethod(None, app)
        if type(value) is Instance and any(
            type(held) in {BoundMethod, Instance} for held in value.attributes.values()
        ):
            return value
    return None
