"""Limits on views, with the limiter that the application has."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import libcst

from guardapi.fix.bound_limiter import Defined, limiter_name
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source
from guardapi.model import LimitSource, Route
from guardapi.place import Place
from guardapi.remedy import AppendItem, Decorate, Edit, Import, Insert, LimitView, Where

GENERAL: Final = frozenset({LimitSource.BLUEPRINT, LimitSource.DEFAULT})
VIEW_BASES: Final = frozenset({"MethodView", "Resource", "View"})
"""Classes of libraries that apply `decorators`, and have none themselves."""
LISTS: Final = ("decorators", "method_decorators")
"""Attributes of view classes; of several decorators the last one is the outermost."""


Naming = Callable[[Defined, Source], tuple[str, tuple[Import, ...]]]
"""The name of a limiter where a function or class is defined, and what has to be imported for it."""


def limited(edit: LimitView, project: Project, naming: Naming | None = None) -> Iterator[Edit]:
    """The edits that it takes; `naming` says what a limiter is called that the same change makes."""
    source = project.source(edit.function.file)
    node = source.function(edit.function)
    known = (
        limiter_name(project.app(edit.app), node, source, project) if naming is None else naming(node, source)
    )
    name, imports = known
    yield from _helpers(edit, source, project)
    view = _View(edit, source, project, (*imports, *edit.imports), name, naming is not None)
    if isinstance(node, libcst.ClassDef):
        yield from view.as_class(node)
    else:
        yield from view.as_function(node)


@dataclass(frozen=True, slots=True)
class _View:
    edit: LimitView
    source: Source
    project: Project
    imports: tuple[Import, ...]
    limiter: str
    is_first: bool
    """The limiter is made by the same change, with limits for all routes."""

    @property
    def routes(self) -> list[Route]:
        """Those that the function or class serves, of all applications."""
        place = self.edit.function
        return [
            route
            for app in self.project.inventory.apps
            for route in app.routes
            if route.view.place is not None
            and (route.view.place.file, route.view.place.line) == (place.file, place.line)
        ]

    def as_function(self, node: libcst.FunctionDef) -> Iterator[Edit]:
        """Decorators directly below the one that registers it: counted before all that the others do."""
        below = self._registering(node)
        for call in self._calls(self._methods()):
            yield self._decorate(self.edit.function, call, below)

    def as_class(self, node: libcst.ClassDef) -> Iterator[Edit]:
        """Decorators of its methods, or of all views that it makes."""
        methods = self.edit.methods or tuple({method for route in self.routes for method in route.methods})
        known = {
            item.name.value.upper(): item for item in node.body.body if isinstance(item, libcst.FunctionDef)
        }
        listed = _list_of(node)
        # A limit of one method, under a name of its own, ends the general limits of the others.
        has_general = self.is_first or any(
            limit.source in GENERAL
            for route in self.routes
            for held in route.limits.values()
            for limit in held.limits
        )
        if listed is not None:
            yield from self._appended(listed)
        elif not has_general and methods and known.keys() >= set(methods):
            for method in sorted(methods):
                for call in self._calls(()):
                    yield self._decorate(_place_of(known[method], self.source), call, None)
        else:
            yield self._decorators(node)

    def _registering(self, node: libcst.FunctionDef) -> Place | None:
        """The lowest decorator that registers the view."""
        places = {route.place for route in self.routes if route.place is not None}
        found = None
        for decorator in node.decorators:
            start, end = self.source.span(decorator)
            first, last = self.source.line_of(start), self.source.line_of(end)
            for place in places:
                if place.file == self.source.path and first <= place.line <= last:
                    found = place
                elif self._is_within(place, decorator):
                    found = _place_of(decorator, self.source)
        return found

    def _is_within(self, place: Place, decorator: libcst.Decorator) -> bool:
        """Whether a place lies in the project's function of a decorator's name: that registers what it decorates."""
        call = decorator.decorator
        callee = call.func if isinstance(call, libcst.Call) else call
        name = self.source.written(callee).rpartition(".")[2]
        if not self.project.is_python(place.file):
            return False
        around = self.project.imports.functions_around(place.file, place.line)
        return name in {function.name for function in around}

    def _methods(self) -> tuple[str, ...]:
        """Empty where all that the view serves are limited."""
        served = {method for route in self.routes for method in route.methods}
        return () if served <= set(self.edit.methods) else self.edit.methods

    def _appended(self, listed: libcst.List | libcst.Tuple) -> Iterator[Edit]:
        """The last of the list is the outermost, and runs first."""
        place = _place_of(listed, self.source)
        for call in reversed(self._calls(self._methods())):
            yield AppendItem(collection=place, text=call, imports=self.imports)

    def _decorators(self, node: libcst.ClassDef) -> Edit:
        bases = [self.source.written(base.value).rpartition(".")[2] for base in node.bases]
        if not bases or not VIEW_BASES.issuperset(bases):
            raise NotFixableError(f"whether `{node.name.value}` inherits decorators is not known")
        calls = ", ".join(reversed(self._calls(self._methods())))
        return Insert(
            anchor=self.edit.function,
            text=f"decorators = [{calls}]\n",
            where=Where.INSIDE,
            imports=self.imports,
        )

    def _is_called(self) -> bool:
        """Whether other code of the file calls the view as a function."""
        name = self.source.function(self.edit.function).name.value
        return any(
            isinstance(call.func, libcst.Name) and call.func.value == name
            for call in self.source.nodes(libcst.Call)
        )

    def _decorate(self, function: Place, call: str, below: Place | None) -> Decorate:
        return Decorate(
            function=function, decorator=call, below=below, is_outermost=below is None, imports=self.imports
        )

    def _calls(self, methods: Sequence[str]) -> list[str]:
        """The limits as the file would write them, the outermost first."""
        quote = self.source.quote
        keys = (*self.edit.keys, *("" for _ in self.edit.limits))
        calls = []
        for text, key in zip(self.edit.limits, keys, strict=False):
            arguments = [f"{quote}{text}{quote}"]
            if methods:
                arguments.append(f"methods=[{', '.join(f'{quote}{method}{quote}' for method in methods)}]")
            if key:
                arguments.append(f"key_func={key}")
            if self._is_called():
                # Under the name of another view the limit would end the default limits of that one.
                arguments.append("override_defaults=False")
            calls.append(f"{self.limiter}.limit({', '.join(arguments)})")
        return calls


def _list_of(node: libcst.ClassDef) -> libcst.List | libcst.Tuple | None:
    """The decorators that a view class lists for its views."""
    found: dict[str, libcst.BaseExpression] = {}
    for line in node.body.body:
        for statement in line.body if isinstance(line, libcst.SimpleStatementLine) else ():
            match statement:
                case libcst.Assign(
                    targets=[libcst.AssignTarget(target=libcst.Name(value=name))], value=value
                ):
                    found[name] = value
    for name in LISTS:
        written = found.get(name)
        if isinstance(written, libcst.List | libcst.Tuple):
            return written
    if found.keys() & set(LISTS):
        raise NotFixableError(f"the decorators of `{node.name.value}` are no list that is written there")
    return None


def _place_of(node: libcst.CSTNode, source: Source) -> Place:
    return source.place(*source.span(node))


# -- functions that tell callers apart -----------------------------------------------------------


def _helpers(edit: LimitView, source: Source, project: Project) -> Iterator[Edit]:
    for text in edit.helpers:
        wanted = ast.parse(text).body[0]
        assert isinstance(wanted, ast.FunctionDef)  # noqa: S101  # for the type checker
        known = [meaning for meaning in source.meanings.get(wanted.name, ()) if meaning.scope is None]
        if not known:
            yield Insert(anchor=_first_view(edit, source, project), text=text, where=Where.BEFORE)
        elif ast.dump(wanted) not in {ast.dump(node) for node in project.imports.tree(source.path).body}:
            raise NotFixableError(f"`{wanted.name}` means something else in {source.path}")


def _first_view(edit: LimitView, source: Source, project: Project) -> Place:
    """The first statement of the file that has a view in it: the same for all changes of a run."""
    places = [
        route.view.place
        for app in project.inventory.apps
        for route in app.routes
        if route.view.place is not None and route.view.place.file == source.path
    ]
    start = min(source.offset(place.line) for place in (*places, edit.function))
    for statement in source.module.body:
        if source.span(statement)[1] > start:
            return _place_of(statement, source)
    raise NotFixableError(f"no function begins at {edit.function}")
