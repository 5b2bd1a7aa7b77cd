"""Rules as arguments: by id or by name."""

from typing import Final

import click

from guardapi.catalogue import find_rule, nearest_rules
from guardapi.rule import Rule

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
