"""setup.cfg and setup.py: the packages they require."""

import ast
from collections.abc import Iterator

from guardapi.deployment.constants import parsed
from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.ini import entries
from guardapi.deployment.requirements import required


def read_cfg(file: DeploymentFile) -> Facts:
    """`install_requires` and the extras."""
    values = (
        entry.value
        for entry in entries(joined_lines(file.lines, escape=""), indented=True)
        if (entry.section == "options" and entry.key == "install_requires")
        or entry.section == "options.extras_require"
    )
    return Facts(packages=required(values))


def read_py(file: DeploymentFile) -> Facts:
    """The lists that `setup(...)` names, where they are written out."""
    module = parsed(file)
    lists = {
        target.id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    texts: list[str] = []
    for statement in module.body:
        value = statement.value if isinstance(statement, ast.Expr) else None
        for keyword in value.keywords if isinstance(value, ast.Call) else ():
            if keyword.arg in {"install_requires", "extras_require"}:
                texts.extend(_texts(keyword.value, lists))
    return Facts(packages=required(texts))


def _texts(node: ast.expr, lists: dict[str, ast.expr]) -> Iterator[str]:
    """The texts of a list, or of the lists that a mapping holds."""
    if isinstance(node, ast.Name):
        node = lists.get(node.id, node)
    parts = node.values if isinstance(node, ast.Dict) else [node]
    for part in parts:
        for item in part.elts if isinstance(part, ast.List | ast.Tuple) else ():
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item.value
