"""Names that functions bear: those of decorators are called like what they wrap."""

from collections.abc import Iterator

import libcst

from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source
from guardapi.remedy import Decorate, Edit, Import, KeepName

FUNCTOOLS = Import(module="functools")
WRAPS = Import(module="functools", name="wraps")


def name_kept(edit: KeepName, project: Project) -> Iterator[Edit]:
    """`functools.wraps` of what the decorator is given. Raises NotFixableError where it is no decorator."""
    source = project.source(edit.function.file)
    inner = source.function(edit.function)
    outer = next((node for node in source.around(inner) if isinstance(node, libcst.FunctionDef)), None)
    wrapped = _parameter(outer, inner, source) if outer is not None else None
    if wrapped is None:
        raise NotFixableError("the function wraps no other one")
    is_module_known = any(
        meaning.scope is None and meaning.gives(FUNCTOOLS, source.path)
        for meaning in source.meanings.get("functools", ())
    )
    called, needed = ("functools.wraps", FUNCTOOLS) if is_module_known else ("wraps", WRAPS)
    yield Decorate(function=edit.function, decorator=f"{called}({wrapped})", imports=(needed,))


def _parameter(outer: libcst.FunctionDef, inner: libcst.CSTNode, source: Source) -> str | None:
    """The only parameter of a decorator, if the inner function calls it."""
    given = outer.params.params
    if len(given) != 1:
        return None
    name = given[0].name.value
    start, end = source.span(inner)
    for call in source.nodes(libcst.Call):
        if (
            start <= source.span(call)[0] < end
            and isinstance(call.func, libcst.Name)
            and call.func.value == name
        ):
            return name
    return None
