"""The process that guardapi starts: it imports no line of the application, forks one that does, and cleans up."""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import select
import shutil
import sys
from typing import Any

from .booted import take_plans
from .channel import Channel
from .forks import Fork, adopt
from .patching import Patches
from .refusals import REFUSALS
from .stand_ins import PATCHES
from .store import STORE


def keep(arguments: list[str]) -> None:
    """Boot one application after the other, until whoever has started this is gone."""
    control, answers, life = (int(number) for number in arguments[:3])
    channel = Channel(control, answers, arguments[3])
    adopt()
    faulthandler.enable()
    Patches({**PATCHES, **STORE.patches, "flask_limiter.errors": REFUSALS.of_flask_limiter}).install()
    folder = None
    while True:
        message = channel.read()
        if message is None:
            break
        if "preload" in message:
            folder = message["folder"]
            _preload(message["preload"], channel)
        if "boot" in message:
            folder = message["boot"]["writable"]
            _boot(message["boot"], channel, life)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _preload(names: list[str], channel: Channel) -> None:
    """What many applications import: once, instead of once for each."""
    for name in names:
        importlib.import_module(name)
    # What has been imported is never collected: the forks share it.
    gc.collect()
    gc.freeze()
    channel.write({"preloaded": sys.version.split()[0]})


def _drain(life: int) -> None:
    """What was meant for one that had ended already."""
    while select.select([life], [], [], 0)[0] and os.read(life, 64):
        continue


def _boot(job: dict[str, Any], channel: Channel, life: int) -> None:
    _drain(life)
    fork = Fork(lambda: take_plans(job, channel))
    status = fork.wait(life)
    if status is None:
        # It is to end, whatever it does; or nobody is left who would want anything of it.
        status = fork.kill()
    channel.write({"over": status})
