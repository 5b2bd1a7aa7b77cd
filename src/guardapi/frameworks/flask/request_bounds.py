"""What a request to an application may hold: its configuration, and its own class of requests."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from guardapi.model import Setting
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    CONSTANTS,
    MISSING,
    Class,
    DictValue,
    Function,
    Instance,
    Value,
    place_of,
)

BOUNDS: Final = {
    "max_content_length": "MAX_CONTENT_LENGTH",
    "max_form_memory_size": "MAX_FORM_MEMORY_SIZE",
    "max_form_parts": "MAX_FORM_PARTS",
}
"""By attribute of a request: the setting that it answers with."""
SERVER_BOUND: Final = re.compile(r"\bmax_(?:request_)?body_size")
"""Arguments of servers that a project starts itself: Tornado, Waitress, cheroot."""
OWN_CHECK: Final = re.compile(r"content_length|CONTENT_LENGTH|Content-Length")


def request_bounds(ev: Evaluator, app: Instance, settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Each bound as it holds; one that the project checks by itself is not known."""
    request_class = app.attributes.get("request_class")
    if request_class is None:
        request_class = app.cls.find("request_class")  # MISSING where it is the framework's own
    found: dict[str, Setting] = {}
    for name, key in BOUNDS.items():
        setting = settings.get(key) or Setting(key=key, value=None, known=True, place=None)
        own = _of_class(ev, request_class, name)
        found[name] = own or setting
    bound = found["max_content_length"]
    if bound.known and bound.value is None and (_checks_length(app) or _server_bounds(ev)):
        found["max_content_length"] = replace(bound, known=False)
    if request_class is not MISSING and type(request_class) is not Class:
        return {name: replace(bound, value=None, known=False) for name, bound in found.items()}
    return found


def _of_class(ev: Evaluator, cls: Value, name: str) -> Setting | None:
    """What a class of requests of the project's own says."""
    if type(cls) is not Class:
        return None
    for base in cls.mro:
        if (
            type(base) is not Class
            or base.module is None
            or base.module.is_model
            or name not in base.namespace
        ):
            continue
        value = ev.plain(base.namespace[name])
        is_known = isinstance(value, CONSTANTS)
        place = place_of(base.module, base.node) if base.node is not None else None
        return Setting(
            key=f"{base.name}.{name}", value=value if is_known else None, known=is_known, place=place
        )
    return None


def _checks_length(app: Instance) -> bool:
    """Whether a hook, or a wrapper, of the project looks at the length of the body."""
    wrapper = app.attributes.get("wsgi_app")
    module = wrapper.cls.module if type(wrapper) is Instance else None
    if module is not None and not module.is_model and OWN_CHECK.search(module.text):
        return True
    hooks = app.attributes.get("before_request_funcs")
    for functions in hooks.values() if isinstance(hooks, DictValue) else ():
        for function in functions if isinstance(functions, list) else ():
            if (
                isinstance(function, Function)
                and not function.module.is_model
                and OWN_CHECK.search(_text(function))
            ):
                return True
    return False


def _server_bounds(ev: Evaluator) -> bool:
    return any(
        "body_size" in module.text and SERVER_BOUND.search(module.text)
        for module in ev.modules.values()
        if not module.is_model
    )


def _text(function: Function) -> str:
    node = function.node
    lines = function.module.text.split("\n")[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines)
