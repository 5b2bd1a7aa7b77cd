"""What the deployment files of a project say: processes, outer limits, entry points, packages."""

from collections.abc import Callable, Iterable
from functools import partial

from guardapi.deployment import (
    apache,
    compose,
    dockerfile,
    dotenv,
    entrypoints,
    gunicorn,
    kubernetes,
    lock,
    metadata,
    nginx,
    procfile,
    pyproject,
    requirements,
    setuptools,
    shell,
    supervisor,
    systemd,
    uwsgi,
)
from guardapi.deployment.contexts import is_for_production, is_script_of_nobody
from guardapi.deployment.edge import with_edge_limits
from guardapi.deployment.file import BrokenFileError, DeploymentFile, Facts, merged
from guardapi.deployment.locations import covering
from guardapi.deployment.serving import linked, processes_of, servings
from guardapi.model import Deployment, Problem

__all__ = [
    "DeploymentFile",
    "covering",
    "is_deployment_file",
    "is_for_production",
    "is_nginx_file",
    "is_script_of_nobody",
    "linked",
    "processes_of",
    "read_deployment",
    "servings",
    "with_edge_limits",
]

_ENDINGS = (
    ".conf",
    ".vhost",
    ".nginx",
    ".template",
    ".tmpl",
    ".ini",
    ".yml",
    ".yaml",
    ".service",
    ".service.j2",
)
_PACKAGE_FILES: dict[str, Callable[[DeploymentFile], Facts]] = {
    "pyproject.toml": pyproject.read_pyproject,
    "pipfile": pyproject.read_pipfile,
    "setup.cfg": setuptools.read_cfg,
    "setup.py": setuptools.read_py,
    "entry_points.txt": entrypoints.read,
    "metadata": metadata.read,
    "pkg-info": metadata.read,
}
_KINDS: tuple[tuple[Callable[[DeploymentFile], bool], Callable[[DeploymentFile], Facts]], ...] = (
    (dockerfile.is_dockerfile, dockerfile.read),
    (requirements.is_requirements, requirements.read),
    (lock.is_lock, lock.read),
    (dotenv.is_dotenv, dotenv.read),
    (systemd.is_unit, systemd.read),
    (supervisor.is_config, supervisor.read),
    (uwsgi.is_config, uwsgi.read),
    (compose.is_compose, compose.read),
    (kubernetes.is_manifest, kubernetes.read),
    (gunicorn.is_config, gunicorn.read),
    (apache.is_config, apache.read),
    (shell.is_script, shell.read),
)
_KNOWN_BY_NAME = (
    procfile.is_procfile,
    dockerfile.is_dockerfile,
    requirements.is_requirements,
    lock.is_lock,
    dotenv.is_dotenv,
    gunicorn.is_config,
    shell.is_script,
)


def is_deployment_file(path: str) -> bool:
    """Whether the name may be that of a deployment file; `read_deployment` looks at what is in it."""
    file = DeploymentFile(path=path, content=b"")
    if file.name in _PACKAGE_FILES or file.name.endswith(_ENDINGS) or nginx.is_site(file):
        return True
    is_uwsgi_json = "uwsgi" in file.name and file.name.endswith(".json")
    return is_uwsgi_json or any(is_kind(file) for is_kind in _KNOWN_BY_NAME)


def is_nginx_file(file: DeploymentFile) -> bool:
    """Whether a file is read as nginx's."""
    return nginx.is_config(file)


def read_deployment(files: Iterable[DeploymentFile]) -> tuple[Deployment, tuple[Problem, ...]]:
    """The facts of all files; one that is broken or too large costs itself and is a Problem."""
    parts: list[Facts] = []
    proxies: list[DeploymentFile] = []
    procfiles: list[DeploymentFile] = []
    sets_workers = False
    # Files near the root come first: of a package that two files require, the first is kept.
    for file in sorted(files, key=lambda file: (file.path.count("/"), file.path)):
        if nginx.is_config(file):
            proxies.append(file)
        elif procfile.is_procfile(file):
            procfiles.append(file)
        elif (reader := _reader_of(file)) is not None:
            parts.append(_read(file, reader))
            sets_workers = sets_workers or (gunicorn.is_config(file) and bool(parts[-1].processes))
    parts.append(nginx.read(proxies))
    parts.extend(_read(file, partial(procfile.read, sets_workers=sets_workers)) for file in procfiles)
    facts = merged(parts)
    deployment = Deployment(
        processes=facts.processes,
        outer_limits=facts.outer_limits,
        entry_points=facts.entry_points,
        packages=facts.packages,
        package_places=facts.package_places,
        settings=facts.settings,
        starts=facts.starts,
        proxies=facts.proxies,
        published=facts.published,
        scripts=facts.scripts,
        advertised=facts.advertised,
    )
    return deployment, facts.problems


def _reader_of(file: DeploymentFile) -> Callable[[DeploymentFile], Facts] | None:
    if file.name in _PACKAGE_FILES:
        return _PACKAGE_FILES[file.name]
    return next((read for is_kind, read in _KINDS if is_kind(file)), None)


def _read(file: DeploymentFile, reader: Callable[[DeploymentFile], Facts]) -> Facts:
    """The border at which a broken file costs that file."""
    try:
        file.check_size()
        return reader(file)
    except BrokenFileError as error:
        return error.facts(file)
    except RecursionError:
        return BrokenFileError(1, "Too deeply nested to be read.").facts(file)
