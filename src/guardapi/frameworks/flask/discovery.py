"""The Flask applications of a tree: roots evaluated, then read out of what the set-up has built."""

from guardapi.files import Tree
from guardapi.frameworks.flask import applications
from guardapi.frameworks.flask.roots import Factories, Sources
from guardapi.frameworks.model_sources import model_sources
from guardapi.model import App, Problem
from guardapi.python.evaluator import Evaluator, deep_recursion


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


def discover_flask(tree: Tree, *, include_tests: bool = False) -> tuple[list[App], list[Problem]]:
    """The applications of a tree and what could not be read."""
    wanted = [file for file in tree.python if include_tests or not file.is_test]
    sources = Sources({file.path: tree.read(file) for file in wanted})
    ev = Evaluator(
        TreeFiles(tree),
        [file.path for file in tree.python],
        root_name=tree.root.name,
        models=model_sources(),
    )
    with deep_recursion():
        classes = sources.application_classes()
        making = sources.making(classes)
        for path in dict.fromkeys([*making, *sources.entries(making)]):
            ev.run_root_module(path)
        Factories(ev, classes).run()
        apps = applications.read(ev)
    return apps, ev.problems
