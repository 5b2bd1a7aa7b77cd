"""What the application may not do while it is proved: each attempt is refused, and told.

Refused are connections that leave the process, except to ports of the loopback interface that are allowed; programs
and processes; signals to others; and what is written outside the temporary folder.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/tty",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/fd/",
    "/dev/ptmx",
    "/proc/self/",
)
MOST_TOLD = 100
STORE_PORTS = frozenset({1, 2})
"""No server has them: they stand for a store that refuses, and for one that hangs (see `store`)."""
PROCESSES = {
    "subprocess.Popen": FileNotFoundError,
    "os.system": PermissionError,
    "os.posix_spawn": PermissionError,
    "os.spawn": PermissionError,
    "os.exec": PermissionError,
    "os.fork": PermissionError,
    "os.forkpty": PermissionError,
    "pty.spawn": PermissionError,
}
"""Whoever asks for the version of a program is used to it not being there."""
LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
CHANGES = {
    "os.mkdir": (0,),
    "os.rmdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.utime": (0,),
    "os.truncate": (0,),
    "os.setxattr": (0,),
    "os.removexattr": (0,),
}
"""The arguments that are paths of what is changed."""
WITHOUT_FOLDER = frozenset({"os.truncate", "os.setxattr", "os.removexattr"})
"""Those whose last argument is not the descriptor of a folder."""
FOLLOWED = WITHOUT_FOLDER | {"os.chmod", "os.chown", "os.utime"}
"""Those that change what a link points to."""


class _Thread(threading.local):
    is_ours: bool = False


_THREAD = _Thread()


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """For what the child itself does in this thread."""
    before, _THREAD.is_ours = _THREAD.is_ours, True
    try:
        yield
    finally:
        _THREAD.is_ours = before


def guard_again() -> None:
    """For this thread from here on, and for what was forked in the middle of `unguarded`."""
    _THREAD.is_ours = False


class Guard:
    """An audit hook. It cannot be removed, and stays in every fork."""

    def __init__(
        self, writable: str, project: str, ports: frozenset[int], tell: Callable[[str], None]
    ) -> None:
        self.writable = os.path.realpath(writable) + os.sep
        self.project = os.path.realpath(project) + os.sep
        self.ports = ports
        self.tell = tell
        self.told: set[str] = set()
        self.refused: Callable[[], None] = _nothing
        """Called for each attempt."""
        self.wrote: Callable[[], None] = _nothing
        """Called for each file that the project opens to be written, where it may be."""
        self.checks: dict[str, Callable[[str, tuple[Any, ...]], None]] = {
            "socket.connect": self._connect,
            "socket.sendto": self._connect,
            "socket.sendmsg": self._connect,
            "socket.bind": self._bind,
            "os.kill": self._kill,
            "os.killpg": self._kill,
            "open": self._open,
            "sqlite3.connect": self._database,
        }
        self.checks.update(dict.fromkeys(PROCESSES, self._process))
        self.checks.update(dict.fromkeys(LOOKUPS, self._look_up))
        self.checks.update(dict.fromkeys(CHANGES, self._change))

    def install(self) -> None:
        """From here on, for good."""
        sys.addaudithook(self._hook)
        _refuse_quiet_forks(self)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        check = self.checks.get(event)
        if check is None or _THREAD.is_ours:
            return
        with unguarded():
            check(event, arguments)

    def refuse(self, error: type[OSError], what: str) -> None:
        """Say where it was tried, and raise."""
        self.refused()
        fact = f"{self._line() or 'a library'} {what}: refused"
        if fact not in self.told and len(self.told) < MOST_TOLD:
            self.told.add(fact)
            self.tell(fact)
        raise error(f"refused by guardapi prove: the application {what}")

    def _line(self) -> str:
        """The nearest line of the project."""
        frame: Any = sys._getframe(1)  # noqa: SLF001
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(self.project):
                return f"{path[len(self.project) :]}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def _connect(self, _event: str, arguments: tuple[Any, ...]) -> None:
        address = arguments[1] if len(arguments) > 1 else None
        if address is None or self._is_allowed(address):
            return
        if isinstance(address, tuple) and address[1] in STORE_PORTS:
            raise ConnectionRefusedError("the store refuses")
        self.refuse(ConnectionRefusedError, "connected to " + _written(address))

    def _is_allowed(self, address: Any) -> bool:
        return isinstance(address, tuple) and address[1] in self.ports and _is_loopback(address[0])

    def _bind(self, _event: str, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            self.refuse(PermissionError, "listened on " + _written(address))
        if isinstance(address, str) and address and not self._may_write(address):
            self.refuse(PermissionError, "listened on " + address)

    def _look_up(self, event: str, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not text or text in ("localhost", socket.gethostname()) or _number(text) is not None:
            return
        port = arguments[1] if event == "socket.getaddrinfo" and len(arguments) > 1 else None
        self.refuse(socket.gaierror, f"looked up {text}" if port is None else f"looked up {text}:{port}")

    def _process(self, event: str, arguments: tuple[Any, ...]) -> None:
        program = arguments[0] if arguments and isinstance(arguments[0], (str, bytes, os.PathLike)) else None
        if event == "subprocess.Popen" and program is None and len(arguments) > 1 and arguments[1]:
            program = arguments[1][0] if isinstance(arguments[1], (list, tuple)) else arguments[1]
        what = "started a process" if program is None else "started " + os.fsdecode(program)
        self.refuse(PROCESSES[event], what)

    def _kill(self, _event: str, arguments: tuple[Any, ...]) -> None:
        if arguments[0] != os.getpid() and arguments[1] != 0:
            self.refuse(PermissionError, f"sent signal {arguments[1]} to process {arguments[0]}")

    def _open(self, _event: str, arguments: tuple[Any, ...]) -> None:
        path, _, flags = arguments
        if not isinstance(path, (str, bytes)) or not isinstance(flags, int) or not flags & WRITES:
            return
        if not self._may_write(path):
            self.refuse(PermissionError, "wrote to " + os.fsdecode(path))
        if self._line():
            # What a library writes by itself (a session) says nothing of what the request has reached.
            self.wrote()

    def _change(self, event: str, arguments: tuple[Any, ...]) -> None:
        last = arguments[-1]
        folder = last if event not in WITHOUT_FOLDER and isinstance(last, int) else -1
        for index in CHANGES[event]:
            path = arguments[index]
            is_path = isinstance(path, (str, bytes, os.PathLike))
            if is_path and not self._may_write(path, folder, follows=event in FOLLOWED):
                self.refuse(PermissionError, "changed " + os.fsdecode(path))

    def _database(self, _event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        text = os.fsdecode(path)
        if text in ("", ":memory:") or ":memory:" in text or "mode=memory" in text or "mode=ro" in text:
            return
        if text.startswith("file:"):
            text = text[5:].partition("?")[0]
            text = text[2:] if text.startswith("///") else text
        if not self._may_write(text):
            self.refuse(PermissionError, "opened the database " + text)

    def _may_write(self, path: Any, folder: int = -1, *, follows: bool = True) -> bool:
        text = os.fsdecode(path)
        if folder >= 0:
            with contextlib.suppress(OSError):
                text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)  # noqa: PTH115, PTH118
        if text.startswith(DEVICES):
            return True
        if follows:
            real = os.path.realpath(text)
        else:
            # What a link points to stays when the link goes.
            parent, name = os.path.split(os.path.abspath(text))  # noqa: PTH100
            real = os.path.join(os.path.realpath(parent), name)  # noqa: PTH118
        return (real + os.sep).startswith(self.writable)


def _refuse_quiet_forks(guard: Guard) -> None:
    """`multiprocessing` starts processes in a way of its own, that no event tells of."""
    import _posixsubprocess  # noqa: PLC0415
    import subprocess  # noqa: PLC0415

    def refused(*_: Any) -> int:
        with unguarded():
            guard.refuse(PermissionError, "started a process")
        return 0

    _posixsubprocess.fork_exec = refused
    if hasattr(subprocess, "_fork_exec"):
        subprocess._fork_exec = refused  # noqa: SLF001


def _number(host: str) -> Any:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_loopback(host: Any) -> bool:
    if host == "localhost":
        return True
    number = _number(host) if isinstance(host, str) else None
    return number is not None and number.is_loopback


def _written(address: Any) -> str:
    if isinstance(address, tuple) and len(address) > 1:
        return f"{address[0]}:{address[1]}"
    return os.fsdecode(address) if isinstance(address, (str, bytes)) else str(address)


def _nothing() -> None:
    return None
