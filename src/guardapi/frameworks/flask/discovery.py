"""The Flask applications of a tree: roots evaluated, then read out of what the set-up has built."""

import re
from typing import Final

from guardapi.files import Tree
from guardapi.frameworks.flask import applications
from guardapi.frameworks.flask.foreign_applications import presumed_applications
from guardapi.frameworks.flask.limiter_state import release_of
from guardapi.frameworks.flask.recording import RecordingEvaluator
from guardapi.frameworks.flask.roots import Factories, Sources
from guardapi.frameworks.model_sources import model_sources
from guardapi.frameworks.served import Served
from guardapi.model import Distribution, Problem
from guardapi.python.deep_stack import on_deep_stack

PYTEST: Final = re.compile(rb"^(?:import|from)\s+pytest\b", re.MULTILINE)
"""Fixtures and the like, wherever they lie: an application that they make is set up for tests."""


class TreeFiles:
    """The files of a scan, by path, as the evaluator reads them."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.by_path = {file.path: file for file in (*tree.python, *tree.others)}

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none."""
        file = self.by_path.get(path)
        return None if file is None else self.tree.read(file)

    def paths(self) -> list[str]:
        """All paths."""
        return list(self.by_path)


@on_deep_stack
def discover_flask(
    tree: Tree,
    *,
    include_tests: bool = False,
    distribution: Distribution,
    limiters: tuple[str, ...] = (),
) -> tuple[list[Served], list[Problem]]:
    """The applications of a tree and what could not be read."""
    wanted = [file for file in tree.python if include_tests or not file.is_test]
    contents = {file.path: tree.read(file) for file in wanted}
    if not include_tests:
        contents = {path: content for path, content in contents.items() if not PYTEST.search(content)}
    sources = Sources(contents)
    ev = RecordingEvaluator(
        TreeFiles(tree),
        [file.path for file in tree.python],
        root_name=tree.root.name,
        models=model_sources(),
        distribution=distribution,
    )
    classes = sources.application_classes()
    ev.presumed_applications = presumed_applications(contents.values(), classes)
    classes |= ev.presumed_applications
    making = sources.making(classes)
    for path in dict.fromkeys([*making, *sources.entries(making), *sources.assembling(making)]):
        ev.run_root_module(path)
    factories = Factories(ev, classes)
    factories.run(sources)
    version = release_of(distribution.packages.get("flask-limiter", ""))
    apps = applications.read(ev, version=version, declared=limiters, guessed=frozenset(factories.guessed))
    return apps, ev.problems
