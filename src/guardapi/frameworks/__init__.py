"""What the calls of web frameworks do to the model: one folder a framework."""

from guardapi.files import Tree
from guardapi.frameworks.flask.discovery import discover_flask
from guardapi.model import App, Problem


def discover(tree: Tree, *, include_tests: bool = False) -> tuple[list[App], list[Problem]]:
    """The applications of a tree, of every framework that is modelled, and what could not be read."""
    return discover_flask(tree, include_tests=include_tests)
