"""Calls of git that read: bounded in time, and no hook, monitor or terminal comes with them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guardapi.errors import UsageError

if TYPE_CHECKING:
    import subprocess

TIMEOUT: Final = 120
"""Seconds for one call of git."""
_OFFLINE: Final = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_NOTHING_RUNS: Final = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git says. Raises UsageError where it fails, or is not there."""
    done = run_git(folder, *arguments, given=given)
    if done.returncode != 0:
        raise UsageError(f"git {arguments[0]} failed: {first_line(done.stderr)}.")
    return done.stdout


def run_git(folder: Path, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """A call of git that may fail. Raises UsageError where there is none, or no end."""
    import subprocess  # noqa: PLC0415  # only where git is asked

    try:
        return subprocess.run(  # noqa: S603  # arguments are no shell text, and a revision is no option
            ["git", *_NOTHING_RUNS, *arguments],  # noqa: S607  # the user's git
            cwd=folder,
            env={**os.environ, **_OFFLINE},
            input=given,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
    except FileNotFoundError:
        raise UsageError("There is no git here, which reads the repository.") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git {arguments[0]} took longer than {TIMEOUT} seconds.") from None


def first_line(said: bytes) -> str:
    """The beginning of what git has said, for a sentence."""
    return said.decode("utf-8", "replace").strip().partition("\n")[0][:200]


def unsaved(folder: Path, paths: tuple[str, ...]) -> tuple[str, ...]:
    """What git could not restore: changed files of the work tree, and those of `paths` that it does not know.

    Empty where the folder is in no work tree.
    """
    inside = run_git(folder, "rev-parse", "--is-inside-work-tree")
    if inside.stdout.strip() != b"true":
        return ()
    changed = _status(folder, "--untracked-files=no")
    # An ignored file is one that git does not know, either.
    unknown = _status(folder, "--untracked-files=all", "--ignored=matching", "--", *paths) if paths else ()
    return tuple(dict.fromkeys((*changed, *unknown)))


def _status(folder: Path, *arguments: str) -> tuple[str, ...]:
    said = git(folder, "status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all", *arguments)
    return tuple(os.fsdecode(entry[3:]) for entry in said.split(b"\0") if entry)
