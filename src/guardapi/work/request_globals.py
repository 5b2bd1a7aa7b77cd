"""What the project keeps on the object that lasts as long as a request (`g.db = connect()`)."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.work import expressions
from guardapi.work.flow import Flow, join

if TYPE_CHECKING:
    from guardapi.work.run import Run

MAX_KEPT: Final = 200


def _keep(run: "Run", target: ast.expr, flow: Flow) -> None:
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name | ast.Attribute):
        return
    owner = run.evaluate(target.value)
    if not run.reader.facts.lasts_for_request(owner.path) or flow.value is None:
        return
    path = f"{owner.path}.{target.attr}"
    kept = run.reader.kept
    known = kept.get(path)
    if known is not None or len(kept) < MAX_KEPT:
        kept[path] = flow if known is None else join(known, flow)


expressions.STORE_OBSERVERS.append(_keep)
