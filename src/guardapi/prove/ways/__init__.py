"""The ways to test a claim, one family a file: each is a function from an aim to plans. Nothing is sent here."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from guardapi.findings import Finding, Probe
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim
from guardapi.prove.ways import body, floods, growth, memory, outage, rotate, stall

Way = Callable[[Aim, Finding], Iterator[Plan]]
WAYS: Final[Mapping[Probe, Way]] = {
    Probe.FLOOD: floods.against,
    Probe.ROTATE: rotate.against,
    Probe.BODY: body.against,
    Probe.GROWTH: growth.against,
    Probe.MEMORY: memory.against,
    Probe.STALL: stall.against,
    Probe.OUTAGE: outage.against,
}
"""By the probe of a rule; what is missing here cannot be tried yet."""
