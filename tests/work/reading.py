"""Small projects, and the work that is read out of them."""

import textwrap

from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree
from guardapi.rule import catalogue
from guardapi.sink import Kind, MethodWork, Sink

SHOP = """
from flask import Flask, abort, request, session

app = Flask(__name__)
"""


def work_of(source: str | dict[str, str], route: str = "GET /x") -> MethodWork:
    """The work of one route, `GET /x`, of a project; text alone is appended to an application called `app`."""
    files = {"shop.py": SHOP + textwrap.dedent(source)} if isinstance(source, str) else source
    tree = from_mapping({path: textwrap.dedent(text) for path, text in files.items()})
    report = scan_tree(tree, rules=catalogue()[:0])
    assert report.problems == ()
    method, _, rule = route.partition(" ")
    (found,) = (
        known.work[method] for app in report.inventory.apps for known in app.routes if known.rule == rule
    )
    return found


def sinks_of(source: str | dict[str, str], *kinds: Kind, route: str = "GET /x") -> tuple[Sink, ...]:
    """The sinks of one route, of some kinds or of all."""
    found = work_of(source, route)
    return found.of(*kinds) if kinds else found.sinks
