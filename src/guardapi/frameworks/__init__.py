"""What the calls of web frameworks do to the model: one folder a framework."""

from guardapi.files import Tree
from guardapi.frameworks.served import Served
from guardapi.model import App, Distribution, Problem


def discover(
    tree: Tree,
    *,
    include_tests: bool = False,
    distribution: Distribution | None = None,
    limiters: tuple[str, ...] = (),
) -> tuple[list[App], list[Problem]]:
    """The applications of a tree, of every framework that is modelled, and what could not be read.

    `distribution`: what the project requires and advertises. `limiters`: `module:name` of decorators and functions
    of the project that the user declares to be limiters.
    """
    served, problems = discover_served(
        tree, include_tests=include_tests, distribution=distribution, limiters=limiters
    )
    return [found.app for found in served], problems


def discover_served(
    tree: Tree,
    *,
    include_tests: bool = False,
    distribution: Distribution | None = None,
    limiters: tuple[str, ...] = (),
) -> tuple[list[Served], list[Problem]]:
    """The same, with the values that the model was read from."""
    from guardapi.frameworks.flask.discovery import discover_flask  # noqa: PLC0415  # the evaluator: only where it runs

    return discover_flask(
        tree,
        include_tests=include_tests,
        distribution=distribution or Distribution(),
        limiters=limiters,
    )
