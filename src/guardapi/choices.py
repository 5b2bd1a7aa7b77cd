"""What a caller and the configuration file say together; the caller, a command line or a program, wins."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from guardapi.config import Options, Profile
from guardapi.errors import ConfigurationError, UsageError
from guardapi.findings import Confidence, Severity
from guardapi.selection import ALL, Selection, resolved
from guardapi.settings import Settings, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What may be said of a run and a configuration file may set as well; None or empty if not given."""

    profile: str | None = None
    fail_on: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    min_confidence: str | None = None
    include_tests: bool | None = None
    baseline: str | None = None
    verdicts: str | None = None


def settled(target: Path | None, given: Given) -> Settings:
    """The settings of a run on a target; without one, no configuration file counts. Raises ConfigurationError."""
    settings = Settings() if target is None else nearest(target)
    return replace(
        settings,
        options=_options(settings.options, given),
        selection=_selection(settings.selection, given),
        fail_on=settings.fail_on if given.fail_on is None else Severity[given.fail_on.upper()],
        baseline=settings.baseline if given.baseline is None else Path(given.baseline),
        verdicts=settings.verdicts if given.verdicts is None else Path(given.verdicts),
    )


def _options(options: Options, given: Given) -> Options:
    return replace(
        options,
        profile=options.profile if given.profile is None else Profile(given.profile),
        include_tests=options.include_tests if given.include_tests is None else given.include_tests,
    )


def _selection(selection: Selection, given: Given) -> Selection:
    least = given.min_confidence
    confidence = selection.min_confidence if least is None else Confidence[least.upper()]
    selection = replace(selection, min_confidence=confidence)
    if given.select:
        # Who names rules wants these, whatever the file leaves out.
        selection = replace(
            selection, select=_names(given.select, "--select") or (ALL,), ignore=(), extend_select=()
        )
    return replace(
        selection,
        ignore=(*selection.ignore, *_names(given.ignore, "--ignore")),
        extend_select=(*selection.extend_select, *_names(given.extend_select, "--extend-select")),
    )


def _names(texts: Iterable[str], option: str) -> tuple[str, ...]:
    names = (name for text in texts for name in text.split(",") if name.strip())
    try:
        return resolved(names, where=option)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
