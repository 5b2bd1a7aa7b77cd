"""Amounts of the caller that decide how much memory is taken, or how long a loop runs.

Facts: `bytes` is true where the amount is one of memory rather than of rounds.
"""

import ast
from collections.abc import Callable
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.expressions import is_near
from guardapi.work.flow import Flow
from guardapi.work.origins import with_origin
from guardapi.work.specs import Facts, Inspect, Invocation, Spec

NUMBERS: Final = frozenset({"amount"})
ANY_NUMBER: Final = frozenset({"amount", "text"})
"""Of a JSON document it is not known what is a number; where a text would fail, it is one."""


def amounts(*flows: Flow | None, kinds: frozenset[str] = ANY_NUMBER) -> list[Input]:
    """The numbers of the caller in some arguments."""
    taints = {
        taint
        for flow in flows
        if flow is not None
        for taint in flow.taints
        if taint.kind in kinds and (taint.kind != "text" or "json" in taint.source)
    }
    return [
        Input(role=Role.AMOUNT, source=taint.source, kind=taint.kind, is_bounded=taint.is_bounded)
        for taint in sorted(taints)
    ]


def _of(
    *names: int | str,
    memory: bool = False,
    kinds: frozenset[str] = ANY_NUMBER,
    whole: bool = False,
    linear: bool = True,
) -> Inspect:
    """A sink where one of these arguments is a number of the caller.

    `whole`: the argument cannot be anything else; `linear`: what is done grows as it does.
    """

    def inspect(made: Invocation) -> Facts | None:
        flows = [made.argument(name) for name in names]
        parts = [part for flow in flows if flow is not None for part in (flow, *(flow.items or ()))]
        found = amounts(*parts, kinds=kinds)
        if found and linear:
            passed = [name for name in names if amounts(made.argument(name), kinds=kinds)]
            found = with_origin(made.run, found, made.expression(*passed[:1]), takes_numbers=whole)
        return {"inputs": found, "bytes": memory} if found else None

    return inspect


def _range(made: Invocation) -> Facts | None:
    args = made.args
    if not args:
        return None
    first, last = made.node.args[0], made.node.args[-1]
    if len(made.node.args) > 1 and not isinstance(last, ast.Starred):
        last = made.node.args[1]
        if is_near(made.run, first, last):
            return None
    found = amounts(*args[:2])
    if found and len(made.node.args) == len(args) and (len(args) == 1 or not amounts(args[0])):
        found = with_origin(made.run, found, last, takes_numbers=True)
    return {"inputs": found, "bytes": False} if found else None


def _shortest(made: Invocation) -> Facts | None:
    """`zip(range(n), rows)` ends with the shorter one."""
    if any(not amounts(flow) for flow in made.args):
        for part in made.node.args:
            made.run.withdraw(part, Kind.SIZE)
    return None


def _spec(inspect: Callable[[Invocation], Facts | None], *names: str) -> Spec:
    return Spec(kind=Kind.SIZE, work=WorkClass.HEAVY, names=names, inspect=inspect)


RANDOM: Final = "random{,.Random(),.SystemRandom()}"
IMAGE: Final = "PIL.Image.{open,new,fromarray,frombytes}()"
SINKS = (
    _spec(_range, "builtins.{range,xrange}"),
    _spec(_shortest, "builtins.zip"),
    _spec(_of(0, memory=True, kinds=NUMBERS), "builtins.{bytes,bytearray}"),
    _spec(
        _of(0, memory=True, whole=True), "os.urandom", f"{RANDOM}.randbytes", "Crypto.Random.get_random_bytes"
    ),
    _spec(_of(0, memory=True), "secrets.{token_bytes,token_hex,token_urlsafe}"),
    _spec(
        _of(0, memory=True, whole=True), "{random,secrets}.{SystemRandom().,}{randbytes,getrandbits,randbits}"
    ),
    _spec(_of("k", 1, whole=True), f"{RANDOM}.sample"),
    _spec(_of("k", whole=True), f"{RANDOM}.choices"),
    _spec(_of("repeat", linear=False), "itertools.product"),
    _spec(_of(1, "r", linear=False), "itertools.{permutations,combinations,combinations_with_replacement}"),
    _spec(_of(1, "times", whole=True), "itertools.repeat"),
    _spec(_of(0, "shape", memory=True), "numpy.{zeros,ones,empty,full}"),
    _spec(_of(0, 1, "stop", memory=True), "numpy.arange"),
    _spec(_of(2, "num", memory=True), "numpy.{linspace,logspace,geomspace}"),
    _spec(_of(0, 1, "N", "M", "n", memory=True, linear=False), "numpy.{eye,identity}"),
    _spec(_of(1, "reps", "repeats", memory=True), "numpy.{tile,repeat}"),
    _spec(_of(0, 1, "d0", memory=True), "numpy.random.{rand,randn,random,random_sample,bytes}"),
    _spec(_of(2, "size", memory=True), "numpy.random.{,default_rng().}{randint,integers,normal,uniform}"),
    _spec(_of(0, 1, "size", memory=True, linear=False), "torch.{zeros,ones,empty,rand,randn,eye}"),
    _spec(_of(1, "size", memory=True, linear=False), "PIL.Image.new", "PIL.ImageOps.{fit,pad,contain,cover}"),
    _spec(_of(0, "size", memory=True, linear=False), f"{IMAGE}.resize", f"{IMAGE}.**.resize"),
    _spec(_of(1, "dsize", "fx", "fy", memory=True, linear=False), "cv2.resize"),
    _spec(_of(0, "width", memory=True, whole=True), "**.{ljust,rjust,zfill,center}"),
    _spec(_of("periods", "end", 1, 2), "pandas.{date_range,bdate_range,period_range,timedelta_range}"),
    _spec(_of("count", "until"), "dateutil.rrule.rrule"),
    _spec(_of(1, 2, "start", "end"), "arrow.Arrow.{range,span_range}", "arrow.arrow.Arrow.range"),
)
