"""Entry points that a project's metadata advertises, in each of the files that may hold it.

The format is that of the packaging specification (https://packaging.python.org/en/latest/specifications/entry-points/).
"""

from collections.abc import Iterable, Iterator, Mapping

from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.ini import entries
from guardapi.model import EntryPoint


def read(file: DeploymentFile) -> Facts:
    """`entry_points.txt`, as an installed distribution has it."""
    return Facts(advertised=tuple(in_text(file.text)))


def in_text(text: str) -> Iterator[EntryPoint]:
    """Sections of `name = value` lines, each section a group."""
    for entry in entries(enumerate(text.splitlines(), start=1)):
        yield from entry_point(entry.section, entry.key, entry.value)


def in_groups(groups: Mapping[str, object]) -> Iterator[EntryPoint]:
    """By group a table of names and values."""
    for group, table in groups.items():
        for name, value in table.items() if isinstance(table, dict) else ():
            yield from entry_point(group, name, value)


def in_lines(group: str, lines: Iterable[str]) -> Iterator[EntryPoint]:
    """`name = value` texts of a group."""
    for line in lines:
        name, equals, value = line.partition("=")
        if equals:
            yield from entry_point(group, name, value)


def in_indented(file: DeploymentFile, section: str) -> Iterator[EntryPoint]:
    """The section of an INI file whose keys are groups, with their lines indented below."""
    for entry in entries(joined_lines(file.lines, escape=""), indented=True):
        if entry.section == section:
            yield from in_lines(entry.key, (entry.value,))


def entry_point(group: str, name: str, value: object) -> Iterator[EntryPoint]:
    """The one that a group, a name and a value make; none where the value is no text."""
    target = value.partition("[")[0].strip() if isinstance(value, str) else ""
    if target:
        yield EntryPoint(group=group, name=name.strip(), value=target)
