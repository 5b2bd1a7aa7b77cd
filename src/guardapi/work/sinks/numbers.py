"""Whole numbers that grow with an amount of the caller's; operators are in `guardapi.work.operations`."""

from collections.abc import Callable

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import all_taints
from guardapi.work.operations import FLOAT
from guardapi.work.origins import with_origin
from guardapi.work.sinks.sizes import amounts
from guardapi.work.specs import Facts, Invocation, Spec

UNLIMITED_DIGITS = "set_int_max_str_digits(0)"


def _of(*names: int | str) -> Callable[[Invocation], Facts | None]:
    def inspect(made: Invocation) -> Facts | None:
        found = amounts(*(made.argument(name) for name in names))
        found = with_origin(made.run, found, made.expression(*names), takes_numbers=True)
        return {"inputs": found} if found else None

    return inspect


def _power(made: Invocation) -> Facts | None:
    base, exponent = made.argument(0, "base"), made.argument(1, "exp")
    if base is None or exponent is None or made.argument(2, "mod") is not None or made.is_open:
        return None
    if isinstance(base.value, float) or FLOAT in {base.path, exponent.path}:
        return None
    found = with_origin(made.run, amounts(exponent), made.expression(1, "exp"), takes_numbers=True)
    return {"inputs": found} if found else None


def _evaluated(made: Invocation) -> Facts | None:
    """An expression of the caller: `9**9**9` is a short one."""
    flow = made.argument(0, "expr", "s", "ex")
    texts = (
        sorted(t for t in all_taints(flow) if t.kind in {"text", "bytes"} and t.bound != "value")
        if flow
        else []
    )
    inputs = [Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=False) for t in texts]
    return {"inputs": inputs} if inputs else None


def _digits(made: Invocation) -> Facts | None:
    """`int(text)` where the set-up has lifted the limit on digits."""
    flow = made.argument(0)
    texts = [t for t in flow.taints if t.kind in {"text", "bytes"} and not t.is_bounded] if flow else []
    modules = made.run.reader.ev.modules.values() if texts else ()
    if not any(UNLIMITED_DIGITS in module.text for module in modules if not module.is_model):
        return None
    inputs = [Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=False) for t in sorted(texts)]
    return {"inputs": inputs}


def _spec(inspect: Callable[[Invocation], Facts | None], *names: str) -> Spec:
    return Spec(kind=Kind.BIG_NUMBER, work=WorkClass.HEAVY, names=names, inspect=inspect)


SINKS = (
    _spec(_power, "builtins.pow", "operator.pow"),
    _spec(_of(1), "operator.lshift"),
    _spec(_of(0, "n"), "math.{factorial,perm,comb}", "sympy.{factorial,fibonacci,primorial}"),
    _spec(_of(0, "n"), "scipy.special.factorial", "sympy.{prime,primepi,factorint,isprime,divisors}"),
    _spec(_evaluated, "sympy.{sympify,S,parse_expr}", "sympy.**.{sympify,parse_expr}"),
    _spec(
        _evaluated,
        "numexpr.evaluate",
        "simpleeval.{simple_eval,SimpleEval().eval,EvalWithCompoundTypes().eval}",
    ),
    _spec(
        _evaluated,
        "asteval.Interpreter()",
        "asteval.Interpreter().eval",
        "py_expression_eval.Parser().evaluate",
    ),
    _spec(_evaluated, "builtins.eval"),
    _spec(_digits, "builtins.int"),
)
