"""A limiter that the project has made and not bound: `init_app`, beside the other extensions."""

from collections.abc import Iterator

from guardapi.fix.bound_limiter import named_limiter
from guardapi.fix.limiter.shape import binding_of, place_of, shape_of
from guardapi.fix.project import Project
from guardapi.remedy import BindLimiter, Edit, Insert


def bound(edit: BindLimiter, project: Project) -> Iterator[Edit]:
    """Raises NotFixableError where the shape of the project is not known."""
    binding = binding_of(shape_of(project.app(edit.app), project), project)
    line = binding.source.line_of(binding.source.span(binding.anchor)[0])
    name, imports = named_limiter(edit.limiter, edit.made, binding.source, line, project)
    anchor = place_of(binding.anchor, binding.source)
    yield Insert(anchor=anchor, text=f"{name}.init_app({binding.name})", imports=imports)
