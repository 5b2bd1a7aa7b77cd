"""What stands around the routes of an application: proxies it trusts, bounds of requests, servers, databases."""

from collections.abc import Iterable
from dataclasses import replace

from guardapi.frameworks.flask.engines import engines
from guardapi.frameworks.flask.own_servers import holders_of, own_servers, run_main_blocks, served_as
from guardapi.frameworks.flask.recording import RecordingEvaluator
from guardapi.frameworks.flask.request_bounds import request_bounds
from guardapi.frameworks.flask.trust import proxy_trust
from guardapi.frameworks.served import Served
from guardapi.model import App, Engine
from guardapi.python.releases import likely_release
from guardapi.python.values import Instance


def with_surroundings(ev: RecordingEvaluator, found: Iterable[tuple[Served, Instance]]) -> list[Served]:
    """The applications with these facts. To be called when all else is read, for main blocks run now."""
    listed = list(found)
    # Before they run: they may change what an import leaves behind.
    set_up = [_set_up(ev, served.app, instance) for served, instance in listed]
    run_main_blocks(ev)
    holders = holders_of(ev)
    apps = [
        replace(
            app,
            served_as=served_as(ev, app, instance, holders),
            own_servers=tuple(own_servers(ev, instance, is_only=len(listed) == 1)),
        )
        for app, (_, instance) in zip(set_up, listed, strict=True)
    ]
    return [
        replace(served, app=replace(app, engines=_own_engines(app, apps)))
        for app, (served, _) in zip(apps, listed, strict=True)
    ]


def _set_up(ev: RecordingEvaluator, app: App, instance: Instance) -> App:
    config = instance.attributes.get("config")
    release = likely_release(ev.packages.get("flask-sqlalchemy", ""), (3, 1))
    return replace(
        app,
        request_bounds=request_bounds(ev, instance, app.settings),
        proxy_trust=proxy_trust(ev, instance),
        engines=tuple(
            engines(
                ev,
                app.settings,
                config.payload if type(config) is Instance else None,
                reads_pool_settings=release < (3, 0),
            )
        ),
    )


def _own_engines(app: App, apps: list[App]) -> tuple[Engine, ...]:
    """Of the engines that the tree makes: those that lie nearest to this application."""
    return tuple(
        engine
        for engine in app.engines
        if _depth(app, engine) == max(_depth(other, engine) for other in apps if engine in other.engines)
    )


def _depth(app: App, engine: Engine) -> int:
    """How many folders the two have in common."""
    pairs = zip(app.place.file.split("/")[:-1], engine.place.file.split("/")[:-1], strict=False)
    depth = 0
    for one, other in pairs:
        if one != other:
            break
        depth += 1
    return depth
