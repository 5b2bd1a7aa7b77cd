"""A limiter for real applications without one: what is written parses, and the routes differ in limits only."""

import ast
from pathlib import Path

import pytest
from applications import CACHE, fetch, read_manifest

from guardapi.files import open_tree
from guardapi.files.overlaid import overlaid, remembered
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.model import Inventory
from guardapi.pipeline import inventory_tree, scan_tree

RULE = "GA101"
NAMES = (
    "apiflask-cbv",
    "bukuserver",
    "fava",
    "graphspy",
    "openapi3-nested",
    "restful-todo",
    "supysonic",
    "tensorhive",
)


@pytest.fixture(scope="module")
def cache() -> Path:
    """The unpacked applications, downloaded if need be."""
    missing = fetch([app for app in read_manifest() if app.name in NAMES])
    assert not missing, f"could not be fetched: {missing}"
    return CACHE


@pytest.mark.corpus
@pytest.mark.parametrize("name", NAMES)
def test_limiter_changes_limits_only(name: str, cache: Path) -> None:
    tree = remembered(open_tree(cache / name))
    report = scan_tree(tree)
    project = Project(tree=tree, inventory=report.inventory)
    findings = [finding for finding in (*report.findings, *report.hidden) if finding.rule == RULE]

    fixes = plan(findings, project, lambda _: "")
    contents = composed(fixes.changes, project)

    assert len(fixes.changes) + len(fixes.left) == len(findings) > 0
    assert all(left.why for left in fixes.left)
    for path, content in contents.items():
        if path.endswith(".py"):
            ast.parse(content)
    after = inventory_tree(overlaid(tree, contents))
    assert routes(after) == routes(inventory_tree(tree))
    fixed = {finding.app for change in fixes.changes for finding in change.findings}
    assert all(app.limiters for app in after.apps if app.id in fixed)


def routes(inventory: Inventory) -> list[tuple[object, ...]]:
    """Everything about them but limits."""
    return [
        (app.id, route.rule, route.methods, route.endpoint, route.blueprint, route.view.name)
        for app in inventory.apps
        for route in app.routes
    ]
