"""Database engines that the set-up makes, with their options."""

from collections.abc import Iterator, Mapping

from guardapi.frameworks.flask.recording import ENGINE_CALLS, Recorded, RecordingEvaluator
from guardapi.model import Engine, Setting
from guardapi.place import Place
from guardapi.python.values import CONSTANTS, Class, DictValue, External, Value

POOL_SETTINGS: dict[str, str] = {
    "SQLALCHEMY_MAX_OVERFLOW": "max_overflow",
    "SQLALCHEMY_POOL_RECYCLE": "pool_recycle",
    "SQLALCHEMY_POOL_SIZE": "pool_size",
    "SQLALCHEMY_POOL_TIMEOUT": "pool_timeout",
}
"""Flask-SQLAlchemy before 3.0 reads them; later releases ignore them."""


def engines(
    ev: RecordingEvaluator, settings: Mapping[str, Setting], config: Value, *, reads_pool_settings: bool
) -> Iterator[Engine]:
    """The engines of an application: those of its configuration, then those made by calls."""
    setting = settings.get("SQLALCHEMY_DATABASE_URI")
    url = setting.value if setting is not None and isinstance(setting.value, str) else None
    if isinstance(config, DictValue):
        found = settings.get("SQLALCHEMY_ENGINE_OPTIONS")
        options = ev.plain(config.get("SQLALCHEMY_ENGINE_OPTIONS"))
        if found is not None and found.place is not None and isinstance(options, DictValue):
            yield Engine(
                place=found.place,
                url=url,
                options=_known(ev, options),
                is_open=options.open is not None,
                key="SQLALCHEMY_ENGINE_OPTIONS",
            )
    for key, option in POOL_SETTINGS.items() if reads_pool_settings else ():
        found = settings.get(key)
        if found is not None and found.place is not None and found.known:
            yield Engine(place=found.place, url=url, options={option: found.value}, is_open=True, key=key)
    seen: set[Place] = set()
    for recorded in ev.recorded:
        if recorded.name in ENGINE_CALLS and recorded.place is not None and recorded.place not in seen:
            seen.add(recorded.place)
            yield from _called(ev, recorded, url)


def _called(ev: RecordingEvaluator, recorded: Recorded, url: str | None) -> Iterator[Engine]:
    given: Value = DictValue(recorded.call.kwargs)
    if recorded.name.endswith(".SQLAlchemy"):
        given = ev.plain(recorded.call.kwargs.get("engine_options"))
    else:
        first = ev.plain(recorded.call.args[0] if recorded.call.args else recorded.call.kwargs.get("url"))
        url = first if isinstance(first, str) else None
    if isinstance(given, DictValue) and recorded.place is not None:
        is_open = given.open is not None or bool(recorded.call.open)
        yield Engine(
            place=recorded.place,
            url=url,
            options=_known(ev, given),
            is_open=is_open,
            is_local=recorded.is_local,
        )


def _known(ev: RecordingEvaluator, options: DictValue) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in options.items():
        plain = ev.plain(value)
        if not isinstance(name, str):
            continue
        if isinstance(plain, CONSTANTS):
            found[name] = plain
        elif isinstance(plain, External):
            found[name] = plain.name.rpartition(".")[2]
        elif isinstance(plain, Class):
            found[name] = plain.name
        elif isinstance(plain, DictValue):
            found[name] = _known(ev, plain)
    return found
