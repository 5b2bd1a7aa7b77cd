"""The steps of `guardapi prove`: scan, plan, start, send; one application after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from guardapi.choices import Given, settled
from guardapi.cli.outcome import say
from guardapi.cli.streams import working
from guardapi.errors import UsageError
from guardapi.files import SourceFile, Tree, open_tree
from guardapi.findings import counted
from guardapi.model import App
from guardapi.pipeline import Report, scan_tree
from guardapi.prove.planning import Planned, Wanted, plan_all
from guardapi.prove.requests.recipes import FILE, Recipe, read_recipe
from guardapi.prove.requests.sources import Sources
from guardapi.prove.run import prove
from guardapi.prove.signing_in import as_signed_in, signed_in
from guardapi.prove.transports.booting import chosen_apps, target_for
from guardapi.prove.transports.opening import Launch, opened
from guardapi.selection import chosen
from guardapi.verdict import Mode, Verdict

CURRENT: Final = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says."""

    target: str
    routes: frozenset[str] = frozenset()
    every_route: bool = False
    bypasses: bool = False
    select: tuple[str, ...] = ()
    python: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    recipe: Path | None = None
    max_requests: int | None = None
    mode: str = Mode.IN_PROCESS.value
    workers: int | None = None
    store: str | None = None
    url: str | None = None
    dry_run: bool = False

    @property
    def root(self) -> Path:
        """The folder of the project."""
        return CURRENT if self.named else Path(self.target)

    @property
    def named(self) -> str | None:
        """`module:app`, where the target is no folder."""
        return self.target if ":" in self.target and not Path(self.target).exists() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    verdicts: tuple[Verdict, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    """What else is to be known: what was stood in for, what was refused."""
    dry_run: str | None = None


def proved(asked: Asked) -> Outcome:
    """Scan the target, plan, and unless that is all that was asked for: start it, and send."""
    root = asked.root
    if not root.is_dir():
        raise UsageError(f"{asked.target!r} is no folder, and not of the form module:app.")
    recipe = _recipe(asked, root)
    report, sources = _scanned(asked, root)
    apps = chosen_apps(report.inventory.apps, asked.named)
    if recipe.start and len(apps) > 1:
        known = ", ".join(app.id for app in apps)
        raise UsageError(f"`start` of the recipe starts one application; name it as the target: {known}.")
    mode = Mode.URL if recipe.url else Mode(asked.mode)
    wanted = Wanted(
        mode=mode,
        apps=frozenset(app.id for app in apps),
        routes=asked.routes,
        every_route=asked.every_route,
        has_bypasses=asked.bypasses,
        workers=asked.workers,
        max_requests=recipe.max_requests or Wanted().max_requests,
        has_limits=not asked.select,
    )
    _refuse_unknown_routes(apps, asked.routes)
    planned = plan_all(report, sources, recipe, wanted)
    left_out = tuple((left.what, left.reason) for left in planned.left_out)
    if asked.dry_run:
        from guardapi.prove import dry_run  # noqa: PLC0415  # one writer a run

        return Outcome(dry_run=dry_run.render(planned))
    say(f"{counted(len(planned.plans), 'claim')}, {counted(planned.requests, 'request')} at most")
    facts: dict[str, None] = {}
    launches = [_launch(asked, recipe, report, planned, app) for app in apps]
    verdicts = tuple(verdict for launch in launches for verdict in _verdicts(launch, planned, recipe, facts))
    return Outcome(verdicts=verdicts, left_out=left_out, facts=tuple(facts))


def _recipe(asked: Asked, root: Path) -> Recipe:
    beside = root / FILE
    found = (
        read_recipe(asked.recipe)
        if asked.recipe is not None
        else read_recipe(beside)
        if beside.is_file()
        else Recipe()
    )
    return found.with_options(
        env=asked.environment,
        headers=asked.headers,
        cookies=asked.cookies,
        python=asked.python,
        url=asked.url,
        max_requests=asked.max_requests,
    )


def _scanned(asked: Asked, root: Path) -> tuple[Report, Sources]:
    settings = settled(root, Given(select=asked.select))
    with working("Scanning"):
        tree = settings.included(open_tree(root))
        report = chosen(scan_tree(tree, settings.options), settings.selection)
    return report, sources_of(tree)


def sources_of(tree: Tree) -> Sources:
    """The Python files of a tree, each read when it is asked for."""
    return Sources({file.path: partial(_text, tree, file) for file in tree.python})


def _text(tree: Tree, file: SourceFile) -> str:
    return tree.read(file).decode("utf-8", "replace")


def _refuse_unknown_routes(apps: tuple[App, ...], rules: frozenset[str]) -> None:
    known = {route.rule for app in apps for route in app.routes}
    for rule in sorted(rules - known):
        raise UsageError(f"There is no route {rule!r}; guardapi routes lists them.")


def _launch(asked: Asked, recipe: Recipe, report: Report, planned: Planned, app: App) -> Launch:
    deployment = report.inventory.deployment
    return Launch(
        target=target_for(
            app,
            deployment,
            asked.root.resolve(),
            named=recipe.start or asked.named,
            python=recipe.python,
            environment=recipe.env,
        ),
        app=app,
        deployment=deployment,
        mode=Mode.URL if recipe.url else Mode(asked.mode),
        workers=asked.workers,
        store=asked.store,
        url=recipe.url,
        most=planned.requests + 1,
    )


def _verdicts(launch: Launch, planned: Planned, recipe: Recipe, facts: dict[str, None]) -> Iterator[Verdict]:
    """What comes of the plans for one application."""
    plans = [plan for plan in planned.plans if plan.app == launch.app.id]
    if not plans:
        return
    with working(f"Starting {launch.target.app}"), opened(launch) as running:
        if recipe.login is not None:
            credentials = signed_in(recipe.login, running.carry)
            plans = [as_signed_in(plan, credentials) for plan in plans]
        yield from prove(plans, running.carry, launch.mode)
        facts.update(dict.fromkeys(running.facts))
