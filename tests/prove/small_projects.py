"""A project of one file: scanned, planned, and made anew for each plan."""

import types
from collections.abc import Callable
from typing import Any

from flask_transport import FlaskTransport

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.pipeline import Report, scan_tree
from guardapi.prove.planning import Planned, Wanted, plan_all
from guardapi.prove.requests.recipes import Recipe
from guardapi.prove.requests.sources import Sources
from guardapi.prove.run import prove
from guardapi.verdict import Mode, Verdict

HEAD = """
from flask import Blueprint, Flask, abort, jsonify, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
app = Flask(__name__, static_folder=None)
"""
LIMITER = 'limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")\n'


def scanned(source: str) -> Report:
    """What the scan says of a module `shop`."""
    return scan_tree(from_mapping({"shop.py": source}), Options(profile=Profile.PEDANTIC))


def planned(source: str, wanted: Wanted | None = None, recipe: Recipe | None = None) -> Planned:
    """What is to be sent to it."""
    sources = Sources.of_texts({"shop.py": source})
    return plan_all(scanned(source), sources, recipe or Recipe(), wanted or Wanted())


def maker(source: str) -> Callable[[], Any]:
    """Makes its application."""

    def make() -> Any:
        module = types.ModuleType("shop")
        exec(compile(source, "shop.py", "exec"), vars(module))
        return module.app  # type: ignore[attr-defined]

    return make


def verdicts(
    source: str, wanted: Wanted | None = None, recipe: Recipe | None = None, *, runs: str = ""
) -> list[Verdict]:
    """What proving shows of it, with the real Flask and Flask-Limiter; `runs`: what is running in its place."""
    return tried(planned(source, wanted, recipe), runs or source)


def tried(found: Planned, source: str) -> list[Verdict]:
    """What plans show of a running application."""
    transport = FlaskTransport(maker(source))
    return list(prove(found.plans, transport.carry, Mode.IN_PROCESS))


def rulings(found: list[Verdict]) -> list[tuple[str, str, str]]:
    """Rule (or `limit`), way and ruling of each."""
    return [(one.rule or "limit", one.way, one.ruling.value) for one in found]
