"""setup.cfg and setup.py: the packages they require, and the entry points they advertise."""

import ast
from collections.abc import Iterator

from guardapi.deployment.constants import parsed
from guardapi.deployment.entrypoints import in_indented, in_lines, in_text
from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.ini import entries
from guardapi.deployment.requirements import required
from guardapi.model import EntryPoint


def read_cfg(file: DeploymentFile) -> Facts:
    """`install_requires`, the extras, and the entry points."""
    values = (
        entry.value
        for entry in entries(joined_lines(file.lines, escape=""), indented=True)
        if (entry.section == "options" and entry.key == "install_requires")
        or entry.section == "options.extras_require"
    )
    return Facts(packages=required(values), advertised=tuple(in_indented(file, "options.entry_points")))


def read_py(file: DeploymentFile) -> Facts:
    """What `setup(...)` names, where it is written out."""
    module = parsed(file)
    written = {
        target.id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    texts: list[str] = []
    advertised: list[EntryPoint] = []
    for statement in module.body:
        value = statement.value if isinstance(statement, ast.Expr) else None
        for keyword in value.keywords if isinstance(value, ast.Call) else ():
            if keyword.arg in {"install_requires", "extras_require"}:
                texts.extend(_texts(keyword.value, written))
            elif keyword.arg == "entry_points":
                advertised.extend(_entry_points(keyword.value, written))
    return Facts(packages=required(texts), advertised=tuple(advertised))


def _texts(node: ast.expr, written: dict[str, ast.expr]) -> Iterator[str]:
    """The texts of a list, or of the lists that a mapping holds."""
    node = _followed(node, written)
    for part in node.values if isinstance(node, ast.Dict) else [node]:
        yield from _items(part)


def _entry_points(node: ast.expr, written: dict[str, ast.expr]) -> Iterator[EntryPoint]:
    """A mapping of groups to lists, or the text of `entry_points.txt`."""
    node = _followed(node, written)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from in_text(node.value)
    for key, part in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield from in_lines(key.value, _items(_followed(part, written)))


def _followed(node: ast.expr, written: dict[str, ast.expr]) -> ast.expr:
    return written.get(node.id, node) if isinstance(node, ast.Name) else node


def _items(node: ast.expr) -> Iterator[str]:
    for item in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield item.value
