"""Secrets that are compared where a request can see the answer, and what counts the attempts."""

import ast
import re
from typing import TYPE_CHECKING, Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import IDENTITY, Flow

if TYPE_CHECKING:
    from guardapi.work.run import Run

PASSWORDS: Final = re.compile(r"passw(?:or)?d|passphrase|\bpwd\b|_pwd\b|\bpin\b|secret_word", re.IGNORECASE)
CODES: Final = re.compile(
    r"\b(?:\w+_)?(?:otp|totp|passcode|one_time_\w+|(?:sms|mfa|2fa|email|auth|login|reset|verification|verify|confirm\w*)"
    r"_?code|code)\b",
    re.IGNORECASE,
)
LOCKOUTS: Final = re.compile(
    r"attempt|fail(?:ed|ure)?s?_|lock(?:ed|out|_)|\block\w*\(|tries|throttl|captcha", re.IGNORECASE
)
"""What is asked of who has guessed wrong too often."""
MAX_TEXT: Final = 300


def compared(run: "Run", node: ast.Compare, flows: list[Flow]) -> None:
    """`form["password"] == stored`: a secret of the caller against one that is kept."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return
    judge(run, node, [node.left, node.comparators[0]], flows)


def judge(run: "Run", node: ast.AST, operands: list[ast.expr], flows: list[Flow]) -> None:
    """Record a comparison of caller text with something kept, where a name says that it is a secret."""
    sent = [index for index, flow in enumerate(flows[:2]) if _is_sent(flow)]
    if len(sent) != 1 or len(flows) < 2:
        return
    kept = 1 - sent[0]
    if flows[kept].value is None or flows[kept].value == "" or isinstance(flows[kept].value, int):
        return
    texts = [ast.unparse(operand)[:MAX_TEXT] for operand in operands]
    sources = " ".join(taint.source for taint in flows[sent[0]].taints)
    given = f"{texts[sent[0]]} {sources}"
    if PASSWORDS.search(given):
        kind, role = Kind.SECRET_CHECK, Role.SECRET
    elif CODES.search(given) and CODES.search(texts[kept]) and not flows[kept].is_constant:
        kind, role = Kind.CODE_CHECK, Role.CODE
    else:
        return
    inputs = [
        Input(role=role, source=taint.source, kind=taint.kind, is_bounded=taint.is_bounded)
        for taint in sorted(flows[sent[0]].taints)
    ]
    facts: dict[str, object] = {"slow": False, "by_name": True}
    run.sink(kind, WorkClass.HEAVY, "==", node, inputs=inputs, facts=facts)


def _is_sent(flow: Flow) -> bool:
    return any(taint.kind not in {IDENTITY, "length", "amount"} for taint in flow.taints)


def asked(run: "Run", test: ast.expr) -> None:
    """`if account.failed_attempts > 5`: a test that turns away who has guessed too often."""
    memo, key = run.reader.memo, ("lockout", test)
    if key not in memo:
        memo[key] = LOCKOUTS.search(ast.unparse(test)[:MAX_TEXT]) is not None
    if memo[key]:
        run.sink(Kind.LOCKOUT, WorkClass.NOTHING, "if", test)
