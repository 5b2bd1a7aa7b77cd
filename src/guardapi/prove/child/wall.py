"""Behind the guard: the system refuses connections that C libraries open, of which Python does not know.

A filter of system calls (seccomp) for this process and its children. It cannot be removed, and needs no rights.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NO_NEW_PRIVILEGES = 38
SET_SECCOMP = 22
FILTER = 2
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
ALLOW = 0x7FFF0000
ERRNO = 0x00050000
NUMBER, ARCHITECTURE = 0, 4
"""Where they stand in what the filter is shown."""
CALLS = {"x86_64": (0xC000003E, 42), "aarch64": (0xC00000B7, 203)}
"""By machine: how the system names it, and its number for `connect`."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def refuse_connections() -> bool:
    """Whether every `connect` is refused from here on."""
    known = CALLS.get(os.uname().machine)
    if known is None or sys.platform != "linux" or sys.maxsize < 2**32:
        return False
    machine, connect = known
    code = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (LOAD, 0, 0, ARCHITECTURE),
            (EQUALS, 0, 3, machine),
            (LOAD, 0, 0, NUMBER),
            (EQUALS, 0, 1, connect),
            (RETURN, 0, 0, ERRNO | errno.ECONNREFUSED),
            (RETURN, 0, 0, ALLOW),
        )
    )
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(kept, ctypes.c_void_p))
    library = ctypes.CDLL(None)
    if library.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(library.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0)
