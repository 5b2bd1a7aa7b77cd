"""The number of proxies whose word an application takes for the address of its callers."""

from collections.abc import Iterator
from typing import Final

import libcst

from guardapi.fix.limiter.shape import behind_settings, place_of, shape_of
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError
from guardapi.remedy import Edit, Import, Insert, SetArgument, TrustProxies

MIDDLEWARE: Final = "ProxyFix"
MODULE: Final = "werkzeug.middleware.proxy_fix"


def trusted(edit: TrustProxies, project: Project) -> Iterator[Edit]:
    """The edits that it takes. Raises NotFixableError."""
    app = project.app(edit.app)
    place = app.proxy_trust.place
    if place is not None:
        source = project.source(place.file)
        call = source.at(place, libcst.Call)
        if not source.written(call.func).endswith(MIDDLEWARE):
            raise NotFixableError(f"how the application trusts proxies at {place} is not understood")
        yield SetArgument(call=place, name="x_for", value=str(edit.hops))
        return
    if app.proxy_trust.hops is None:
        raise NotFixableError("how many proxies the application trusts is not known")
    shape = shape_of(app, project)
    yield Insert(
        anchor=place_of(behind_settings(shape), shape.source),
        text=f"{shape.name}.wsgi_app = {MIDDLEWARE}({shape.name}.wsgi_app, x_for={edit.hops})",
        imports=(Import(module=MODULE, name=MIDDLEWARE),),
    )
