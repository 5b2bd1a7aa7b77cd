"""Distributions that the project requires: added where it lists them, in the way that the list is written."""

from collections.abc import Iterator

from guardapi.fix.project import Project
from guardapi.fix.requirements.choice import chosen
from guardapi.fix.requirements.listing import added, wanted
from guardapi.remedy import Edit, Explain, Require


def required(edit: Require, project: Project) -> Iterator[Edit]:
    """The edits that it takes. Raises NotFixableError where no list can be written to."""
    return required_near(edit.distribution, project, "")


def required_near(distribution: str, project: Project, file: str) -> Iterator[Edit]:
    """The same for what one file of the project needs: the lists nearest to it count."""
    asked = wanted(distribution)
    choice = chosen(project, asked, file)
    for listing in choice.listings:
        yield from added(listing, asked)
    for note in choice.notes:
        yield Explain(text=note, file=choice.listings[0].path if choice.listings else "")
