"""Containers of the process, and caches of libraries, that keep an entry for each value.

Facts: `container`, its name; `function`, whether it holds the answers of a function, and then `kept_by` and
`kept_at`: the decorator without a bound, or the None that is its size, as it is written, and its place. The sinks of
containers and functions of the project are recorded by `guardapi.work.kept_entries`.
"""

from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work import kept_entries
from guardapi.work.flow import all_taints
from guardapi.work.sinks.sizes import amounts
from guardapi.work.specs import Facts, Invocation, Spec

GROWING: Final = "{add,append,appendleft,extend,insert,setdefault,update,put}"


def _added(made: Invocation) -> Facts | None:
    kept_entries.added(made)
    return None


def _labelled(made: Invocation) -> Facts | None:
    """A time series for each label: labels with texts of the caller."""
    flows = [*made.args, *made.kwargs.values()]
    free = [flow for flow in flows if any(taint.bound != "value" for taint in all_taints(flow))]
    if not free:
        return None
    inputs = [found for flow in free for found in amounts(flow, kinds=frozenset({"text", "amount"}))]
    return {"inputs": inputs, "container": "labels", "function": False} if inputs else None


SINKS = (
    Spec(
        kind=Kind.CACHE,
        work=WorkClass.LIGHT,
        names=(
            f"builtins.{{list,dict,set,Counter,defaultdict,deque,OrderedDict}}().{GROWING}",
            f"{{?,data,**[]}}.{GROWING}",
        ),
        inspect=_added,
    ),
    Spec(
        kind=Kind.CACHE,
        work=WorkClass.LIGHT,
        names=("prometheus_client.{Counter,Gauge,Histogram,Summary}().labels",),
        roles={Role.NAME: (0,)},
        inspect=_labelled,
    ),
)
