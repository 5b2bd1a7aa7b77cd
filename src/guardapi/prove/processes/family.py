"""Processes that are started for a proof, with all that they start in turn: found again, and ended.

A process may leave its group, its session and its parent, so each family carries a token in its environment, which
its children inherit. On Linux `/proc` shows who carries it, and who descends from whom; elsewhere the process group
has to do.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from guardapi.errors import TargetError
from guardapi.files.names import shown
from guardapi.prove.processes.said import Said

TOKEN: Final = "GUARDAPI_RUN"  # noqa: S105  # a name, and no secret
"""The variable of the environment by which a family is found."""
_PROC: Final = Path("/proc")
_PATIENCE: Final = 5.0
_PAUSE: Final = 0.005


@dataclass(slots=True, kw_only=True)
class Family:
    """A process that was started, and whatever it and its children start."""

    process: "subprocess.Popen[bytes]"
    token: str
    said: Said

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self.process.poll() is None

    def members(self) -> frozenset[int]:
        """The ids of those that run: children of children, the session, and whoever carries the token."""
        running = {one.pid: one for one in _running()}
        # An id that has been asked for its status may belong to somebody else by now.
        found = {self.process.pid} & running.keys() if self.process.returncode is None else set()
        found |= {
            one.pid
            for one in running.values()
            if one.session == self.process.pid or _carries(one.pid, self.token)
        }
        while more := {pid for pid, one in running.items() if one.parent in found} - found:
            found |= more
        return frozenset(found)

    def halt(self, pids: Collection[int]) -> None:
        """Let some of its processes do nothing until they are told to go on."""
        ours = self.members() & frozenset(pids)
        for pid in ours:
            _signal(pid, signal.SIGSTOP)
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit and any(one.pid in ours and not one.is_halted for one in _running()):
            time.sleep(_PAUSE)

    def go_on(self, pids: Collection[int]) -> None:
        """Let those that were halted go on."""
        for pid in self.members() & frozenset(pids):
            _signal(pid, signal.SIGCONT)

    def end(self, patience: float = 0.0) -> None:
        """Ask the process to end, if there is patience for that; then end all that is left of its family."""
        if patience and self.is_alive:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self._stop()
        if self.process.returncode is None:
            _signal_group(self.process.pid, signal.SIGKILL)
        limit = time.monotonic() + _PATIENCE
        while (left := self.members()) and time.monotonic() < limit:
            for pid in left:
                _signal(pid, signal.SIGKILL)
            self.process.poll()
            time.sleep(_PAUSE)
        self.process.wait()
        self.said.finish()

    def _stop(self) -> None:
        """Halt all, until none is new: whoever starts others is then no longer ahead."""
        stopped: frozenset[int] = frozenset()
        limit = time.monotonic() + _PATIENCE
        while (new := self.members() - stopped) and time.monotonic() < limit:
            for pid in new:
                _signal(pid, signal.SIGSTOP)
            stopped |= new


def start(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    pass_fds: tuple[int, ...] = (),
) -> Family:
    """Start a program in a session of its own. Raises `TargetError` when it cannot be started."""
    token = secrets.token_hex(16)
    said = Said()
    try:
        process = subprocess.Popen(  # noqa: S603  # a list, and no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=said.write_end,
            stderr=said.write_end,
            cwd=folder,
            env={**environment, TOKEN: token},
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise TargetError(f"{shown(str(command[0]))} cannot be started: {reason}.") from None
    finally:
        said.hand_over()
    return Family(process=process, token=token, said=said)


class _Running(NamedTuple):
    pid: int
    parent: int
    session: int
    is_halted: bool


def _running() -> Iterator[_Running]:
    """Each process that runs. What has ended and waits to be asked for its status does not run."""
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            state = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if state[0] not in (b"Z", b"X"):
            yield _Running(int(entry.name), int(state[1]), int(state[3]), state[0] in (b"T", b"t"))


def _carries(pid: int, token: str) -> bool:
    try:
        return f"{TOKEN}={token}".encode() in Path(_PROC, str(pid), "environ").read_bytes()
    except OSError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, number)
