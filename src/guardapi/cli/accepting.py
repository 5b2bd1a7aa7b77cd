"""`guardapi scan --add-ignore`: comments put beside the findings that were shown."""

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from guardapi.cli.outcome import say
from guardapi.errors import UsageError
from guardapi.findings import Finding, counted

if TYPE_CHECKING:
    from guardapi.files import Tree

MAX_REASON: Final = 200


def checked_reason(reason: str) -> str:
    """The reason as it is written. Raises UsageError for one that would not be read again."""
    text = reason.strip()
    if not text or not text.isprintable() or len(text) > MAX_REASON or "# " in text:
        raise UsageError(
            f"--add-ignore: expected is a reason on one line, of at most {MAX_REASON} characters and without '# '."
        )
    return text


def add_comments(tree: "Tree", findings: tuple[Finding, ...], reason: str) -> tuple[tuple[Finding, ...], str]:
    """Write the comments; the findings that none could be written for, and what was done, a line a file.

    `tree` remembers what was read: a file that has changed since is left alone.
    """
    from guardapi.files.replacing import replace_unchanged  # noqa: PLC0415  # only where something is written
    from guardapi.rule import catalogue  # noqa: PLC0415
    from guardapi.suppression import NotWritableError, with_comments  # noqa: PLC0415

    names = {rule.id.lower(): rule.id for rule in catalogue()}
    files = {file.path: file for file in (*tree.python, *tree.others)}
    python = {file.path for file in tree.python}
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_file[finding.place.file].append(finding)
    left: list[Finding] = []
    done: list[str] = []
    for path, found in sorted(by_file.items()):
        before = tree.read(files[path]) if path in files else b""
        try:
            after = with_comments(before, path, found, reason, names, is_python=path in python)
            fault = replace_unchanged(tree.root, path, before, after)
        except NotWritableError as error:
            fault = str(error)
        if fault is None:
            ids = ", ".join(sorted({finding.rule for finding in found}))
            done.append(f"{path}: {counted(len(found), 'finding')} accepted ({ids})\n")
        else:
            left += found
            say(f"{path}: nothing is written: {fault}")
    return tuple(left), "".join(done) or "Nothing was accepted.\n"
