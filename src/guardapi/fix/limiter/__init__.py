"""A limiter for an application that has none: the whole set-up, in the shape of the project."""

from collections.abc import Iterator

import libcst

from guardapi.amounts import DEFAULTS
from guardapi.coverage import active_limiters, idle_limiters
from guardapi.deployment import processes_of
from guardapi.deployment.hops import doubt_about_hops, hops_to_trust, proxies_in_front
from guardapi.fix.limiter.home import Home, home_for
from guardapi.fix.limiter.identity import Key, key_for
from guardapi.fix.limiter.refusal import refusal_edits
from guardapi.fix.limiter.shape import Shape, binding_of, place_of, shape_of
from guardapi.fix.limiter.views import exempt_views, limits_of, view_edits
from guardapi.fix.project import Project
from guardapi.fix.requirements import required_near
from guardapi.fix.source import NotFixableError
from guardapi.limit_stores import MEMORY_URI, VARIABLE, store_for
from guardapi.model import App, Deployment
from guardapi.remedy import Create, Edit, Explain, Import, Insert, IntroduceLimiter, TrustProxies

GAP = "\n"
LIMITER = Import(module="flask_limiter", name="Limiter")
OS = Import(module="os")


def introduced(edit: IntroduceLimiter, project: Project) -> Iterator[Edit]:
    """The edits that it takes. Raises NotFixableError where the shape of the project is not known."""
    app = project.app(edit.app)
    if active_limiters(app) or idle_limiters(app):
        raise NotFixableError("the application has a limiter")
    deployment = project.inventory.deployment
    shape = shape_of(app, project)
    limits, exempt = limits_of(app, project), exempt_views(app, project)
    files = {*(limit.function.file for limit, _ in limits), *(place.file for place in exempt)}
    binding = binding_of(shape, project)
    home = home_for(shape, binding, files, project)
    key = key_for(app, project, is_typed=_is_typed(shape))
    yield from required_near(store_for(deployment).requirement, project, app.place.file)
    yield _construction(home, key, shape, project)
    if not home.with_app:
        imports = () if home.named.file == binding.source.path else (home.imported_by(binding.source.path),)
        yield Insert(
            anchor=place_of(binding.anchor, binding.source),
            text=f"{home.named.name}.init_app({binding.name})",
            imports=imports,
        )
    yield from _proxies(app, project)
    yield Explain(text=key.reason, file=home.named.file)
    yield Explain(text=_about_storage(app, deployment), file=home.named.file)
    yield from refusal_edits(shape, project)
    yield from view_edits(limits, exempt, home, project)


def _is_typed(shape: Shape) -> bool:
    """Whether the project annotates its functions."""
    functions = [*shape.source.nodes(libcst.FunctionDef)]
    return bool(functions) and 2 * sum(node.returns is not None for node in functions) > len(functions)


def _is_alone(app: App, deployment: Deployment) -> bool:
    """Whether one process serves the application, as far as deployment files tell."""
    return processes_of(app, deployment).count == 1


def _about_storage(app: App, deployment: Deployment) -> str:
    store = store_for(deployment)
    if _is_alone(app, deployment):
        return (
            f"It counts in memory, which is for development: set {VARIABLE} to a {store.title} where the application"
            " runs."
        )
    return (
        f"Several processes run: they count in the {store.title} that {VARIABLE} names, and each in its own memory only"
        " while that cannot be reached, as on a developer's machine."
    )


def _construction(home: Home, key: Key, shape: Shape, project: Project) -> Edit:
    deployment = project.inventory.deployment
    store = store_for(deployment)
    arguments = [
        key.name,
        *([f"app={shape.name}"] if home.with_app else []),
        f"default_limits=[{', '.join(map(_quoted, DEFAULTS))}]",
        f"storage_uri={MEMORY_URI if _is_alone(shape.app, deployment) else store.shared_uri}",
        f"storage_options={store.options}",
        "in_memory_fallback_enabled=True",
    ]
    lines = "".join(f"    {argument},\n" for argument in arguments)
    text = f"{home.named.name} = Limiter(\n{lines})\n"
    if key.text:
        text = f"{key.text}\n\n{text}"
    imports = (OS, LIMITER, *key.imports)
    if home.anchor is None:
        return Create(file=home.named.file, text=f"{_import_lines(imports)}\n{GAP if key.text else ''}{text}")
    source = project.source(home.named.file)
    if source.quote == "'":
        text = text.replace('"', "'")
    return Insert(anchor=place_of(home.anchor, source), text=text, imports=imports)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _import_lines(imports: tuple[Import, ...]) -> str:
    """The imports of a file that is made: the standard library first."""
    by_module: dict[str, list[str]] = {}
    for needed in imports:
        by_module.setdefault(needed.module, []).append(needed.name)
    names = {module: ", ".join(sorted(filter(None, names))) for module, names in sorted(by_module.items())}
    own = "".join(f"import {module}\n" for module, found in names.items() if not found)
    others = "".join(f"from {module} import {found}\n" for module, found in names.items() if found)
    return f"{own}\n{others}"


def _proxies(app: App, project: Project) -> Iterator[Edit]:
    """The caller's address behind the proxies that deployment files show. Raises NotFixableError."""
    deployment = project.inventory.deployment
    if app.proxy_trust.hops != 0:
        return
    if doubt := doubt_about_hops(app, deployment):
        raise NotFixableError(f"{doubt}, so which address is the caller's has to be settled first")
    if hops := hops_to_trust(app, deployment):
        [proxy, *_] = proxies_in_front(app, deployment)
        yield TrustProxies(app=app.id, hops=hops)
        yield Explain(
            text=f"{proxy.kind} stands in front ({proxy.place}): ProxyFix takes the caller's address from the one"
            " report that it adds, and would believe every caller if nothing stood there.",
            file=app.place.file,
        )
