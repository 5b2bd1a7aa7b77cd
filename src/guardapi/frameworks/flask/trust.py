"""What an application makes of the addresses that proxies report: `ProxyFix` around it, and its kin."""

import re
from typing import Final

from guardapi.model import ProxyTrust
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import BoundMethod, Class, Instance, Value

PROXY_FIX: Final = "ProxyFix"
REWRITES: Final = re.compile(r"REMOTE_ADDR|FORWARDED|REAL_IP|CONNECTING_IP|access_route", re.IGNORECASE)
WRAPS: Final = re.compile(r"^[^#\n]*(?:\bProxyFix\b|\.wsgi_app\s*=)", re.MULTILINE)
MAX_WRAPPERS: Final = 20


def proxy_trust(ev: Evaluator, instance: Instance) -> ProxyTrust:
    """How many hops the application trusts."""
    wrapped = instance.attributes.get("wsgi_app")
    for _ in range(MAX_WRAPPERS):
        if wrapped is None:
            return _untouched(ev)
        if type(wrapped) is BoundMethod and wrapped.receiver is instance:
            return _untouched(ev)
        if type(wrapped) is not Instance:
            return ProxyTrust(hops=None)
        if wrapped.cls.name == PROXY_FIX and type(wrapped.cls) is Class and _is_modelled(wrapped.cls):
            hops = ev.plain(wrapped.attributes.get("x_for"))
            known = isinstance(hops, int) and not isinstance(hops, bool)
            # A trust of none leaves the address to what lies further in.
            if not known or hops:
                return ProxyTrust(hops=hops if known else None, place=wrapped.place)
        elif _may_rewrite(ev, wrapped):
            return ProxyTrust(hops=None)
        wrapped = _inner(wrapped, instance)
        if wrapped is None:
            return ProxyTrust(hops=None)
    return ProxyTrust(hops=None)


def _untouched(ev: Evaluator) -> ProxyTrust:
    """None are trusted, unless code that did not run here says otherwise."""
    for module in ev.modules.values():
        if not module.is_model and WRAPS.search(module.text):
            return ProxyTrust(hops=None)
    return ProxyTrust(hops=0)


def _is_modelled(cls: Class) -> bool:
    return cls.module is not None and cls.module.is_model


def _may_rewrite(ev: Evaluator, wrapper: Instance) -> bool:
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
