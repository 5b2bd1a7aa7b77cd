"""What holds a worker without doing anything: sleeps, and waits for threads, processes and queues.

Facts of a sleep: `seconds` (a number, or `unknown`), `given_at` (the place of that argument), `total` (with all its
rounds; `endless` where nothing bounds them, `unknown` where something may), `in_loop`. Facts of a wait: `timeout`.
"""

import ast
import re
from typing import Final

from guardapi.place import Place
from guardapi.python.values import Instance
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import IDENTITY, Flow, all_taints
from guardapi.work.specs import Facts, Invocation, Spec, seconds, timeout_of

Loop = ast.For | ast.AsyncFor | ast.While


def _sleep(made: Invocation) -> Facts | None:
    """`sleep(seconds)`."""
    passed = made.argument(0, "seconds", "secs", "duration", "timeout")
    if passed is None:
        return None
    return _slept(made, passed)


def _slept(made: Invocation, passed: Flow) -> Facts | None:
    loops = made.run.around
    if any(_hands_over(loop) for loop in loops):
        return None  # a stream: its end is the question, not its pace
    if _waits_for_another_attempt(made):
        return None
    length = _length(passed)
    rounds = _rounds(made, loops)
    total: object = "unknown"
    if isinstance(length, int | float):
        total = length * rounds if isinstance(rounds, int) else rounds
    return {
        "seconds": length,
        "given_at": _given_at(made),
        "total": total,
        "in_loop": bool(loops),
        "inputs": [
            Input(
                role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=t.is_bounded or t.kind == "length"
            )
            for t in sorted(passed.taints)
        ],
    }


def _given_at(made: Invocation) -> Place | None:
    """Where the length is written in the call, where it is the only argument."""
    written = [*made.node.args, *(keyword.value for keyword in made.node.keywords)]
    return made.run.place(written[0]) if len(written) == 1 else None


def _waits_for_another_attempt(made: Invocation) -> bool:
    """Whether it sleeps only after something has failed that the caller does not make fail."""
    if made.run.around and _is_retry(made.run.around[-1], made.node):
        return True
    function = made.run.function
    body = made.run.reader.ev.body_of(function)[0] if function is not None else []
    return any(
        handler.type is not None
        and OUTAGE.search(ast.unparse(handler.type)) is not None
        and handler.lineno <= made.node.lineno <= (handler.end_lineno or 0)
        for statement in body
        for part in ast.walk(statement)
        if isinstance(part, ast.Try)
        for handler in part.handlers
    )


def _is_retry(loop: Loop, sleep: ast.Call) -> bool:
    """Whether a loop is left by what succeeds, and the sleep is behind what fails."""
    for part in ast.walk(loop):
        if not isinstance(part, ast.Try) or not part.handlers:
            continue
        ends = part.orelse or part.body
        if isinstance(ends[-1], ast.Return | ast.Break) and sleep.lineno >= part.handlers[0].lineno:
            return True
    return False


def _length(passed: Flow) -> object:
    if passed.taints:
        return "unknown"
    found = seconds(passed)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else "unknown"


def _hands_over(loop: Loop) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(loop))


def _rounds(made: Invocation, loops: list[Loop]) -> object:
    """How often the loops around it run: a number, `unknown`, or `endless`."""
    total = 1
    for loop in loops:
        if isinstance(loop, ast.While):
            return "endless" if _is_poll(loop) else "unknown"
        count = _count(made, loop.iter)
        if count is None:
            return "unknown"
        total *= count
    return total


def _is_poll(loop: ast.While) -> bool:
    """Whether no clock and no counter ends the loop: `while not done():`, `while True:` without a comparison."""
    tests: list[ast.expr] = [loop.test]
    tests += [node.test for node in ast.walk(loop) if isinstance(node, ast.If)]
    for test in tests:
        for node in ast.walk(test):
            if isinstance(node, ast.Compare) and any(
                isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops
            ):
                return False
    stops = (ast.Return, ast.Break, ast.Raise)
    names = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
    counts = {
        node.target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return not names & counts and (
        not isinstance(loop.test, ast.Constant) or any(isinstance(node, stops) for node in ast.walk(loop))
    )


def _count(made: Invocation, iterable: ast.expr) -> int | None:
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range":
        bounds = [made.run.evaluate(argument).value for argument in iterable.args]
        if all(isinstance(bound, int) for bound in bounds) and 0 < len(bounds) < 4:
            return min(len(range(*bounds)), MAX_ROUNDS)
        return None
    found = made.run.evaluate(iterable)
    if found.items is not None:
        return len(found.items)
    return None


MAX_ROUNDS: Final = 1_000_000
OUTAGE: Final = re.compile(
    r"Operational|Database|Connection|Connect|Timeout|TimedOut|Disconnect|Unavailable|Interface|Network|Socket|Lock"
)
"""In the names of exceptions: what happens without the caller's doing."""


def _event(made: Invocation) -> Facts | None:
    """`Event().wait(seconds)` sleeps; without a number it waits for another thread."""
    passed = made.argument(0, "timeout")
    if passed is None or passed.value is None:
        return {"kind": Kind.WAIT, "timeout": "none"}
    if not any(given.is_local for given in made.function.calls):
        return {"kind": Kind.WAIT, "timeout": _length(passed)}  # until something sets it
    facts = _slept(made, passed)
    return facts and {**facts, "timeout": "unknown"}


def _retried(made: Invocation) -> Facts | None:
    """tenacity: attempts and the pause between them add up."""
    for given in reversed(made.function.calls):
        if not given.path.endswith("retry"):
            continue
        stop, wait = given.argument("stop", 1), given.argument("wait", 2)
        pause = _pause(wait)
        if pause is None:
            return None
        attempts = _attempts(stop)
        if stop is None:
            return {"seconds": pause, "total": "endless", "in_loop": True}
        if attempts is None:
            return None
        return {"seconds": pause, "total": pause * max(attempts - 1, 0), "in_loop": True}
    return None


def _pause(wait: Flow | None) -> float | None:
    if wait is None or not wait.calls:
        return None
    name = wait.calls[-1].path.rpartition(".")[2]
    names = {"wait_fixed": (0, "wait"), "wait_random": (1, "max"), "wait_incrementing": (0, "start")}
    names |= {"wait_exponential": (2, "max"), "wait_random_exponential": (1, "max")}
    found = wait.calls[-1].argument(*names.get(name, ()))
    return found.value if found is not None and isinstance(found.value, int | float) else None


def _attempts(stop: Flow | None) -> int | None:
    if stop is None or not stop.calls or not stop.calls[-1].path.endswith("stop_after_attempt"):
        return None
    found = stop.calls[-1].argument(0, "max_attempt_number")
    return found.value if found is not None and isinstance(found.value, int) else None


def _acquired(made: Invocation) -> Facts | None:
    """A lock; `acquire(False)` and `acquire(timeout=1)` do not wait for ever."""
    blocking = made.argument(0, "blocking")
    if blocking is not None and blocking.value is False:
        return None
    return {"timeout": _finite(timeout_of(LOCKS, made))}


def _taken(made: Invocation) -> Facts | None:
    """`queue.get()`; with `block=False` it does not wait."""
    blocking = made.argument(0, "block")
    if blocking is not None and blocking.value is False:
        return None
    return {"timeout": timeout_of(QUEUES, made)}


def _popped(made: Invocation) -> Facts | None:
    """Redis: zero waits for ever."""
    found = timeout_of(REDIS, made)
    return {"timeout": "none" if found == 0 else found}


def _finite(found: object) -> object:
    """A lock's -1 stands for ever."""
    return "none" if found == -1 else found


def _joined(made: Invocation) -> Facts | None:
    """`thread.join()`; of texts and paths it is another method."""
    if made.args and made.argument(0, "timeout") is not None and not made.args[0].is_constant:
        return None
    if isinstance(made.receiver.value, str) or any(given.is_local for given in made.function.calls):
        return None  # what the handler itself has started is its own work
    return {"timeout": timeout_of(JOINS, made)}


def _process(made: Invocation) -> Facts | None:
    """A process that the project starts."""
    if isinstance(made.receiver.value, Instance):
        return None
    return {"timeout": timeout_of(PROCESSES, made)}


def _communicated(made: Invocation) -> Facts | None:
    """`Popen(command).communicate()`: what the caller has a part in, of both."""
    if isinstance(made.receiver.value, Instance):
        return None
    flows = [*made.args, *made.kwargs.values()]
    flows += [flow for given in made.function.calls for flow in (*given.args, *given.kwargs.values())]
    taints = {taint for flow in flows for taint in all_taints(flow) if taint.kind != IDENTITY}
    inputs = [
        Input(role=Role.TEXT, source=t.source, kind=t.kind, is_bounded=t.is_bounded) for t in sorted(taints)
    ]
    return {"timeout": timeout_of(COMMUNICATED, made), "inputs": inputs}


def _of_shared_pool(made: Invocation) -> Facts | None:
    """An executor that the handler itself makes only spreads its own work."""
    return None if any(given.is_local for given in made.function.calls) else {"inputs": ()}


def _wait(*names: str, timeout: tuple[int | str, ...] = ("timeout", 0), default: float | None = None) -> Spec:
    return Spec(kind=Kind.WAIT, work=WorkClass.HEAVY, names=names, timeout=timeout, default_timeout=default)


LOCKS: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.LIGHT,  # held for a moment, as a rule; what is done below it counts by itself
    names=(
        "{threading,multiprocessing}.{Lock,RLock,Semaphore,BoundedSemaphore,Condition}().acquire",
        "_thread.allocate_lock().acquire",
    ),
    timeout=("timeout", 1),
    inspect=_acquired,
)
QUEUES: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.HEAVY,
    names=("{queue,Queue,multiprocessing}.{Queue,LifoQueue,PriorityQueue,SimpleQueue,JoinableQueue}().get",),
    timeout=("timeout", 1),
    inspect=_taken,
)
REDIS: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.HEAVY,
    names=(
        "{redis,flask_redis,fakeredis,valkey}.**.{blpop,brpop}",
        "{redis,flask_redis,fakeredis,valkey}.**.{brpoplpush,bzpopmin,bzpopmax}",
    ),
    timeout=("timeout", 1),
    default_timeout=0,
    inspect=_popped,
)
JOINS: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.HEAVY,
    names=(
        "{threading,multiprocessing,multiprocessing.context,multiprocessing.process}.{Thread,Process}().join",
        "gevent.{spawn,Greenlet.spawn}().join",
    ),
    timeout=("timeout", 0),
    inspect=_joined,
)
PROCESSES: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.HEAVY,
    names=("{subprocess,psutil}.Popen().wait", "pexpect.spawn().{expect,expect_exact}"),
    timeout=("timeout", 0),
    inspect=_process,
)
COMMUNICATED: Final = Spec(
    kind=Kind.WAIT,
    work=WorkClass.HEAVY,
    names=("subprocess.Popen().communicate",),
    timeout=("timeout", 1),
    inspect=_communicated,
)
MAKERS: Final = (
    "subprocess.Popen",
    "{threading,multiprocessing,gevent.event}.Event",
    "tenacity.retry",
    "tenacity.{,wait.}{wait_fixed,wait_random,wait_incrementing,wait_exponential,wait_random_exponential}",
    "tenacity.{,stop.}stop_after_attempt",
)
SINKS: Final = (
    Spec(
        kind=Kind.SLEEP,
        work=WorkClass.HEAVY,
        names=(
            "time.sleep",
            "gevent.sleep",
            "gevent.time.sleep",
            "eventlet.sleep",
            "eventlet.green.time.sleep",
            "flask_socketio.SocketIO().sleep",
            "socketio.Server().sleep",
        ),
        inspect=_sleep,
    ),
    Spec(
        kind=Kind.SLEEP,
        work=WorkClass.HEAVY,
        names=("{threading,multiprocessing,gevent.event}.Event().wait",),
        inspect=_event,
    ),
    Spec(kind=Kind.SLEEP, work=WorkClass.HEAVY, names=("tenacity.retry()().__call__",), inspect=_retried),
    LOCKS,
    QUEUES,
    REDIS,
    JOINS,
    PROCESSES,
    Spec(
        kind=Kind.WAIT,
        work=WorkClass.HEAVY,
        names=("subprocess.{run,call,check_call,check_output}",),
        roles={Role.TEXT: (0, "args"), Role.DATA: ("input", "stdin")},
        timeout=("timeout",),
    ),
    COMMUNICATED,
    _wait("threading.{Condition,Barrier}().wait", "gevent.event.AsyncResult().get"),
    _wait("gevent.joinall", timeout=("timeout", 1)),
    _wait(
        "celery.**.{AsyncResult,GroupResult}().{get,wait,join,collect}",
        "celery.result.{AsyncResult,GroupResult}().{get,wait,join}",
        "celery.**.{delay(),apply_async(),send_task()}.{get,wait,join,collect}",
        "**task**().{delay(),apply_async()}.{get,wait,join}",
    ),
    Spec(
        kind=Kind.WAIT,
        work=WorkClass.HEAVY,
        names=("concurrent.futures.**Executor().submit().{result,exception}",),
        timeout=("timeout", 0),
        inspect=_of_shared_pool,
    ),
    _wait(
        "flask_executor.**.submit().result",
        "asyncio.run_coroutine_threadsafe().result",
        "multiprocessing.**.{apply_async(),map_async()}.get",
    ),
    _wait("huey.**.task()().__call__().get", "huey.**.__call__().get", timeout=("timeout", 1)),
    _wait("multiprocessing.connection.Connection().recv", timeout=()),
)
