"""Where a limiter of Flask-Limiter counts, and what it does while that cannot be reached."""

from collections.abc import Callable, Mapping

from guardapi.model import Fallback
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import CONSTANTS, DictValue, Instance, Value


def storage_of(limiter: Instance) -> str | None:
    """The URI of the store; None where it is not known."""
    uri = limiter.attributes.get("_storage_uri")
    if isinstance(uri, str):
        return uri
    return "memory://" if uri is None else None


def options_of(ev: Evaluator, limiter: Instance) -> Mapping[str, object] | None:
    """What the store's client is given; `...` stands for a value that is not known."""
    options = ev.plain(limiter.attributes.get("_storage_options"))
    if not isinstance(options, DictValue) or options.open is not None:
        return None
    return {
        name: plain if isinstance(plain := ev.plain(value), CONSTANTS) else ...
        for name, value in options.items()
        if isinstance(name, str)
    }


def fallback_of(ev: Evaluator, limiter: Instance, set_at: Callable[[Value], Place | None]) -> Fallback:
    """What happens while the store is down."""
    facts = limiter.attributes
    given = ev.plain(facts.get("_in_memory_fallback"))
    entries = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    limits = [entry.attributes if type(entry) is Instance else entry for entry in entries]
    texts = [limit.get("limit_provider") if isinstance(limit, dict) else limit for limit in limits]
    known = [text for text in texts if isinstance(text, str)]
    keyless = [
        entry for entry in entries if type(entry) is Instance and entry.attributes.get("key_function") is None
    ]
    enabled = ev.truth(facts.get("_in_memory_fallback_enabled"))
    is_given = given is not None and (not isinstance(given, list | tuple | str) or bool(given))
    return Fallback(
        counts_in_memory=True if entries else None if is_given else enabled,
        limits=tuple(known) if len(known) == len(texts) else (),
        keyless_at=keyless[0].place if keyless else None,
        swallows_errors=ev.truth(facts.get("_swallow_errors")),
        swallow_place=set_at(facts.get("_swallow_setting")) or limiter.place,
    )
