"""Work that outlives the request: threads, processes, jobs of a queue.

Facts: `how` (`thread`, `process`, `job`, `task`); `job`: the project's function that runs, or absent; `does`: the
kind of its costliest work; `is_bounded`: whether the same job, or one over a number, is refused or replaced.
Mail and messages that the job sends are recorded as if the request sent them, with `queued_at`.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from guardapi.python.values import BoundMethod, Function, Instance, Partial, Wrapped
from guardapi.sink import Input, Kind, Role, Sink, WorkClass
from guardapi.work.conditions import key_of
from guardapi.work.earlier_tests import RUNNING, asked_before, is_only_one
from guardapi.work.flow import IDENTITY, Applied, Flow, Local, all_taints
from guardapi.work.sinks.clouds import service_of
from guardapi.work.specs import Facts, Invocation, Spec

if TYPE_CHECKING:
    from guardapi.work.reader import Reader
    from guardapi.work.result import Result
    from guardapi.work.run import Run

Target = Callable[[Invocation], "tuple[Flow | None, list[Flow], dict[str, Flow]]"]
"""The function that runs, and what it is given."""
SENT: Final = frozenset({Kind.MAIL, Kind.MESSAGE})
UNIQUE: Final = frozenset(
    {"task_id", "job_id", "unique", "replace_existing", "lock_timeout", "dedup", "job_name"}
)
NAMED: Final = frozenset(
    {"apply_async", "send_task", "enqueue", "enqueue_call", "enqueue_in", "enqueue_at", "add_job"}
)
"""Methods that take an id of the job."""
FUNCTIONS: Final = (Function, Local, BoundMethod, Partial, Wrapped, Applied)
MAX_RESULTS: Final = 200


def _queued(how: str, target: Target) -> Callable[[Invocation], Facts | None]:
    def inspect(made: Invocation) -> Facts | None:
        found, args, kwargs = target(made)
        flows = [*args, *kwargs.values(), *made.args, *made.kwargs.values()]
        taints = sorted({t for flow in flows for t in all_taints(flow) if t.kind != IDENTITY})
        given = [Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=t.is_bounded) for t in taints]
        facts: dict[str, object] = {
            "how": how,
            "is_bounded": _is_unique(made) or _is_held_back(made),
            "inputs": given,
        }
        if found is not None:
            facts |= _job(made, found, args, kwargs)
        return facts

    return inspect


def _started(how: str, target: Target | None = None) -> Callable[[Invocation], Facts | None]:
    """`thread.start()`; where the same function joins it, its work is the request's own."""
    find = target or _thread
    queued = _queued(how, find)

    def inspect(made: Invocation) -> Facts | None:
        function = made.run.function
        held = made.node.func.value if isinstance(made.node.func, ast.Attribute) else None
        if function is None or held is None:
            return queued(made)
        bodies = [function.node, *_methods_beside(made, held)]
        if any(_is_joined(made.run.reader, body, held) for body in bodies):
            _run_now(made, find)
            return None
        facts = queued(made)
        if facts is not None and _is_global(function.node, held):
            return {**facts, "is_bounded": True}  # one for the process, made where there is none
        return facts

    return inspect


def _methods_beside(made: Invocation, held: ast.expr) -> list[ast.AST]:
    """The other methods, where it is an attribute that is started: one that ends may join it."""
    owner = made.run.function.owner if made.run.function is not None else None
    if owner is None or not isinstance(held, ast.Attribute):
        return []
    found = [value for value in owner.namespace.values() if type(value) is Function]
    methods = [value for value in found if not isinstance(value.node, ast.Lambda)]
    return [part for method in methods for part in made.run.reader.ev.body_of(method)[0]]


def _is_joined(reader: "Reader", function: ast.AST, held: ast.expr) -> bool:
    """Whether a function waits for a thread that it starts, alone or in a list of them, or calls it off."""
    known = reader.memo.get(("joined", function))
    if known is None:
        known = reader.memo["joined", function] = _joined(function)
    joined, loops = known
    return key_of(held) in joined or not joined.isdisjoint(loops)


def _joined(function: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function joins or calls off, and those that its loops go through."""
    joined: set[str] = set()
    loops: set[str] = set()
    for node in ast.walk(function):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.For):
            loops.update(filter(None, [key_of(node.target)]))
        elif isinstance(called, ast.Attribute) and called.attr in {"join", "cancel"}:
            joined.update(filter(None, [key_of(called.value)]))
    return frozenset(joined), frozenset(loops)


def _is_global(function: ast.AST, held: ast.expr) -> bool:
    names = {name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names}
    return key_of(held) in names


def _run_now(made: Invocation, target: Target) -> None:
    """What the handler waits for is its own work."""
    from guardapi.work.invoke import call_function  # noqa: PLC0415  # which knows the tables

    found, args, kwargs = target(made)
    if found is not None and isinstance(found.value, FUNCTIONS):
        call_function(made.run, found, args, kwargs, made.node)


def _is_unique(made: Invocation) -> bool:
    """Whether an id that is no caller data of free size names the job."""
    if made.path.rpartition(".")[2] not in NAMED:
        return False  # its arguments are those of the job
    given = [flow for name, flow in made.kwargs.items() if name in UNIQUE]
    return any(
        flow.is_bounded and flow.value is not None and not flow.path.startswith("uuid.") for flow in given
    )


def _is_held_back(made: Invocation) -> bool:
    """Whether something asks first whether there is such a job, or gathers several into one."""
    return "debounc" in made.run.result.name.lower() or asked_before(made, RUNNING) or is_only_one(made)


def _job(made: Invocation, target: Flow, args: list[Flow], kwargs: dict[str, Flow]) -> dict[str, object]:
    """What the job does: read as a function of its own, its work not that of the request."""
    result = _read(made.run, target, args, kwargs)
    if result is None:
        return {}
    sinks = list(_below(result))
    worst = max(sinks, key=lambda sink: (sink.work, sink.kind not in SENT), default=None)
    for sink in sinks:
        if sink.kind in SENT:
            # Who is written to is the request's doing, whoever sends it.
            made.run.record(replace(sink, facts={**sink.facts, "queued_at": made.run.place(made.node)}))
    facts: dict[str, object] = {"job": result.name}
    if worst is not None:
        facts |= {"does": worst.kind, "work": max(WorkClass.HEAVY, worst.work)}
    return facts


def _read(run: "Run", target: Flow, args: list[Flow], kwargs: dict[str, Flow]) -> "Result | None":
    from guardapi.work.invoke import bound_arguments  # noqa: PLC0415  # which knows the tables

    function: object = target.value
    while isinstance(function, BoundMethod | Wrapped | Partial | Applied):
        if isinstance(function, BoundMethod):
            held = function.receiver
            args = [held if isinstance(held, Flow) else run.reader.names.flow(held), *args]
            function = function.function
        elif isinstance(function, Wrapped):
            if any(call is not None and call.kwargs.get("bind") is True for _, call in function.calls or ()):
                args = [Flow(), *args]
            function = function.inner
        else:
            function = getattr(function.function, "value", function.function)
    if not isinstance(function, Function | Local) or (
        isinstance(function, Function) and function.module.is_model
    ):
        return None
    if any(active.node is function.node for active in run.reader.running):
        return None
    arguments = bound_arguments(run, function, args, kwargs)
    if isinstance(function, Local):
        return run.reader.read_local(function, arguments)
    return run.reader.read(function, arguments)


def _below(result: "Result") -> Iterator[Sink]:
    waiting, seen = [result], set[int]()
    while waiting and len(seen) < MAX_RESULTS:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield from found.sinks.values()
        waiting += [inner for _, inner, _ in found.calls]


# -- where the function stands -------------------------------------------------------------------


def _first(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    """`submit(function, *args)`."""
    found = made.argument(0, "fn", "func", "f", "function")
    args = _items(made.argument("args")) or made.args[1:]
    return found, args, _fields(made.argument("kwargs")) or made.kwargs


def _thread(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    """`Thread(target=function, args=...).start()`; a subclass runs its own `run`."""
    receiver = made.receiver
    if isinstance(receiver.value, Instance):
        run = receiver.value.cls.find("run")
        if type(run) is Function:
            return Flow(BoundMethod(run, receiver)), [], {}
    for given in reversed(made.function.calls):
        found = given.argument("target", 1, "function")
        if found is not None:
            return found, _items(given.argument("args", 3, 2)), _fields(given.argument("kwargs", 4))
    return None, [], {}


def _timer(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    """`Timer(seconds, function, args)`."""
    for given in reversed(made.function.calls):
        return given.argument(1, "function"), _items(given.argument("args", 2)), {}
    return None, [], {}


def _task(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    """`task.delay(...)` of a decorated function."""
    found = made.receiver if isinstance(made.receiver.value, Wrapped) else made.function
    if not isinstance(found.value, Wrapped):
        return None, [], {}
    name = made.path.rpartition(".")[2]
    if name in {"apply_async", "schedule", "send_with_options", "submit_stored", "map"}:
        return (
            Flow(found.value),
            _items(made.argument("args", 0)),
            _fields(made.argument("kwargs", 1)),
        )
    return Flow(found.value), made.args, made.kwargs


def _enqueued(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    """RQ: `enqueue(function, ...)`, `enqueue_in(delay, function, ...)`."""
    position = 1 if made.path.endswith(("enqueue_in", "enqueue_at")) else 0
    found = made.argument(position, "func", "f")
    return found, made.args[position + 1 :], made.kwargs


def _unknown(made: Invocation) -> tuple[Flow | None, list[Flow], dict[str, Flow]]:
    del made
    return None, [], {}


def _items(flow: Flow | None) -> list[Flow]:
    return list(flow.items or ()) if flow is not None else []


def _fields(flow: Flow | None) -> dict[str, Flow]:
    return dict(flow.fields or {}) if flow is not None else {}


def _pool(made: Invocation) -> Facts | None:
    """An executor that outlives the request; one that a handler makes is waited for at its end."""
    if any(given.is_local for given in made.function.calls):
        _run_now(made, _first)
        return None
    return _queued("job", _first)(made)


def _is_only_maker(made: Invocation) -> Facts | None:
    """Makes the object; nothing runs before it is started."""
    del made
    return None


def _mapped(made: Invocation) -> Facts | None:
    """One job for each item of a collection."""
    facts = dict(_pool(made) or {})
    if not facts:
        return None
    taints = [
        t for flow in made.args[1:] for t in flow.taints if not t.is_bounded and t.kind in {"items", "text"}
    ]
    if taints:
        taint = min(taints)
        facts["inputs"] = [Input(role=Role.AMOUNT, source=taint.source, kind="items", is_bounded=False)]
    return facts


def _spec(
    *names: str,
    inspect: Callable[[Invocation], Facts | None],
    runs: tuple[int | str, ...] = (),
) -> Spec:
    return Spec(
        kind=Kind.QUEUE,
        work=WorkClass.HEAVY,
        names=names,
        roles={},
        inspect=inspect,
        runs=runs,
    )


THREADS: Final = "{threading,_threading_local,gevent.threading,eventlet.green.threading}.Thread"
PROCESSES: Final = "multiprocessing.{,context.}{,process.}{Process,Process}"
EXECUTORS: Final = (
    "{concurrent.futures,concurrent.futures.thread,concurrent.futures.process}"
    ".{ThreadPoolExecutor,ProcessPoolExecutor}"
)
POOLS: Final = "multiprocessing.{,pool.,dummy.}{Pool,ThreadPool}"
FLASK_EXECUTORS: Final = "{flask_executor,flask_executor.executor}.Executor"
MAKERS: Final = (
    THREADS,
    "threading.Timer",
    PROCESSES,
    EXECUTORS,
    POOLS,
    "flask.copy_current_request_context",
)
SINKS: Final = (
    _spec(THREADS, PROCESSES, inspect=_is_only_maker, runs=("target", 1)),
    _spec("threading.Timer", inspect=_is_only_maker, runs=("function", 1)),
    _spec(
        "{huey,celery,flask_celery,dramatiq}.**{task,shared_task,periodic_task,actor}{,()}",
        "atexit.register",
        "signal.signal",
        "weakref.finalize",
        inspect=_is_only_maker,
        runs=(0, 1, "func", "fn"),
    ),
    _spec(f"{THREADS}().start", inspect=_started("thread")),
    _spec("threading.Timer().start", inspect=_started("thread", _timer)),
    _spec(
        "_thread.start_new_thread",
        "thread.start_new_thread",
        "gevent.{spawn,Greenlet.spawn}",
        "gevent.pool.Pool().spawn",
        "eventlet.{spawn,spawn_n}",
        "flask_socketio.SocketIO().start_background_task",
        "socketio.Server().start_background_task",
        inspect=_queued("thread", _first),
        runs=(0, "target", "function"),
    ),
    _spec(f"{PROCESSES}().start", inspect=_started("process")),
    _spec(f"{EXECUTORS}().submit", f"{POOLS}().{{apply_async}}", inspect=_pool, runs=(0, "fn", "func")),
    _spec(
        f"{POOLS}().{{map_async,starmap_async}}",
        f"{EXECUTORS}().map",
        inspect=_mapped,
        runs=(0, "fn", "func"),
    ),
    _spec(
        f"{FLASK_EXECUTORS}().{{submit,submit_stored}}",
        inspect=_queued("job", _first),
        runs=(0, 1, "fn"),
    ),
    _spec(f"{FLASK_EXECUTORS}().map", inspect=_mapped, runs=(0, "fn")),
    _spec(f"{FLASK_EXECUTORS}().job().{{submit,submit_stored}}", inspect=_queued("job", _task)),
    _spec("**.delay", inspect=lambda made: _queued("job", _task)(made) if _is_task(made) else None),
    _spec(
        "**.apply_async",
        inspect=lambda made: _queued("job", _task)(made) if _is_task(made) else None,
    ),
    _spec(
        "celery.**.send_task",
        "flask.current_app.**.send_task",
        "?.send_task",
        inspect=_queued("job", _unknown),
    ),
    _spec(
        "{rq,flask_rq2,flask_rq,redis_rq,django_rq}.**.{enqueue,enqueue_call,enqueue_in,enqueue_at,enqueue_many}",
        "rq_scheduler.**.{enqueue_in,enqueue_at,schedule,cron}",
        "flask.{current_app,g}.*.{enqueue,enqueue_call,enqueue_in,enqueue_at}",
        inspect=_queued("job", _enqueued),
        runs=(0, 1, "func", "f"),
    ),
    _spec("{rq,flask_rq2,flask_rq}.**job().{queue,schedule}", inspect=_queued("job", _task)),
    _spec("{huey,**Huey()}.**task()().__call__", "huey.**.task().__call__", inspect=_queued("job", _task)),
    _spec("huey.**.{schedule,enqueue}", inspect=_queued("job", _task)),
    _spec("{dramatiq,**dramatiq}.**actor()**.{send,send_with_options}", inspect=_queued("job", _task)),
    _spec(
        "{apscheduler,flask_apscheduler}.**.{add_job,scheduled_job}",
        inspect=_queued("job", _first),
        runs=(0, "func"),
    ),
    _spec(
        "{arq,saq}.**.{enqueue_job,enqueue}",
        "procrastinate.**.{defer,defer_async}",
        inspect=_queued("job", _unknown),
    ),
    _spec("google.cloud.tasks**Client().create_task", inspect=_queued("job", _unknown)),
    _spec(
        "{boto3,botocore,aioboto3}.**.{send_message,send_message_batch}",
        inspect=lambda made: _queued("job", _unknown)(made) if service_of(made) in {"sqs", ""} else None,
    ),
    _spec("ray.remote()**.remote", inspect=_queued("job", _task)),
    _spec(
        "asyncio.{create_task,ensure_future}", "asyncio.**().create_task", inspect=_queued("task", _unknown)
    ),
)


def _is_task(made: Invocation) -> bool:
    """Whether it is a task of a queue, and not a method of that name of something else."""
    return isinstance(made.receiver.value, Wrapped) or "celery" in made.path or "task" in made.path
