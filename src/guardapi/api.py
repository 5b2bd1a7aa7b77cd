"""What `import guardapi` offers beside the types: a scan and an inventory, under the settings of the project."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from guardapi import baseline
from guardapi.choices import Given, settled
from guardapi.config import Profile
from guardapi.errors import UsageError
from guardapi.files import open_tree
from guardapi.findings import Confidence
from guardapi.model import Inventory
from guardapi.pipeline import Report, inventory_tree, scan_tree
from guardapi.selection import chosen, resolved

CONFIDENCES: Final = tuple(confidence.label for confidence in Confidence)


def scan(  # noqa: PLR0913  # an option each, by name
    path: str | os.PathLike[str] = ".",
    *,
    profile: Profile | str | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    extend_select: str | Iterable[str] = (),
    min_confidence: Confidence | str | None = None,
    include_tests: bool | None = None,
    use_configuration: bool = True,
) -> Report:
    """Find where callers of the application in a folder or a file can exhaust it.

    The options mean what those of `guardapi scan` mean. What is not given is read from the project's configuration
    file, its baseline included; `use_configuration=False` leaves that file alone. Nothing of the project is run.
    Raises GuardApiError: for what does not fit (UsageError, ConfigurationError), where there is nothing to scan
    (NothingToScanError), and where installed rules cannot be loaded (PluginError).
    """
    target = Path(path)
    given = Given(
        profile=_one_of("profile", profile, tuple(Profile)),
        select=_rules("select", select),
        ignore=_rules("ignore", ignore),
        extend_select=_rules("extend_select", extend_select),
        min_confidence=_one_of("min_confidence", _label(min_confidence), CONFIDENCES),
        include_tests=include_tests,
    )
    settings = settled(target if use_configuration else None, given)
    tree = settings.included(open_tree(target))
    earlier = None if settings.baseline is None else baseline.load(settings.baseline)
    report = chosen(scan_tree(tree, settings.options), settings.selection)
    if settings.verdicts is not None:
        from guardapi.prove.recorded import with_verdicts  # noqa: PLC0415  # only where something was proved

        report = with_verdicts(report, settings.verdicts)
    return report if earlier is None else baseline.compared(report, earlier).report


def inventory(
    path: str | os.PathLike[str] = ".",
    *,
    include_tests: bool | None = None,
    use_configuration: bool = True,
) -> Inventory:
    """The applications of a folder or a file: every route, and the limits that really hold.

    Handlers are not read, so `Route.work` is empty; `scan(path).inventory` has both. Raises as `scan` does.
    """
    target = Path(path)
    settings = settled(target if use_configuration else None, Given(include_tests=include_tests))
    return inventory_tree(settings.included(open_tree(target)), settings.options)


def _rules(option: str, names: str | Iterable[str]) -> tuple[str, ...]:
    """Ids and families; a text holds several with commas between, as on the command line."""
    texts = names.split(",") if isinstance(names, str) else names
    return resolved((text for text in texts if text.strip()), where=option)


def _label(confidence: Confidence | str | None) -> str | None:
    return confidence.label if isinstance(confidence, Confidence) else confidence


def _one_of(option: str, value: str | None, known: Sequence[str]) -> str | None:
    if value is None or value in known:
        return value
    raise UsageError(f"{option}: expected is one of {', '.join(known)}, and not {value!r:.60}.")
