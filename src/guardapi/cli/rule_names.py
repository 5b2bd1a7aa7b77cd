"""Rules as arguments: by id or name, or by the file that defines them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from guardapi import plugins
from guardapi.catalogue import find_rule, nearest_rules
from guardapi.errors import UsageError
from guardapi.files import open_tree
from guardapi.rule import Rule, beside, built_in, catalogue, rules_of

MAX_NAME: Final = 60


def named_rule(name: str) -> Rule:
    """The rule that an argument names. Raises click's UsageError, with names that are near."""
    rule = find_rule(name)
    if rule is None:
        near = ", ".join(f"{found.id} {found.name}" for found in nearest_rules(name))
        hint = f"nearest: {near}" if near else "'guardapi rules' lists all"
        raise click.UsageError(
            f"There is no rule '{name[:MAX_NAME]}'; {hint}", ctx=click.get_current_context()
        )
    return rule


def named_rules(names: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that arguments name, those of files included; the files are run. Raises UsageError and PluginError."""
    named = {type(rule): rule for name in names for rule in _named(name)}
    return tuple(sorted(named.values(), key=lambda rule: rule.id))


def own_rules(named: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that are not GuardAPI's: named ones, and those of installed packages that none of these stands for."""
    given = {rule.id: rule for rule in named if rule.origin}
    others = (rule for rule in catalogue() if rule.origin and rule.id not in given)
    known = built_in()
    return beside(known, (*given.values(), *others))[len(known) :]


def _named(name: str) -> Iterable[Rule]:
    rule = find_rule(name)
    if rule is not None:
        return (rule,)
    if not Path(name).exists():
        return (named_rule(name),)
    rules = tuple(rule for file in _files(Path(name)) for rule in rules_of(plugins.of_file(file)))
    if not rules:
        raise UsageError(f"There is no rule in {name}.")
    return rules


def _files(path: Path) -> Iterator[Path]:
    """The file; or the files of a folder that speak of rules, and are no tests of them."""
    if path.is_file():
        yield path
        return
    tree = open_tree(path)
    for file in tree.python:
        content = b"" if file.is_test else tree.read(file)
        if b"guardapi" in content and b"Rule" in content:
            yield tree.root / file.path
