""".env files: the variables that name an application or a number of workers; no others are looked at."""

from guardapi.deployment.command import assignment_of, read_service
from guardapi.deployment.file import DeploymentFile, Facts, Variable

_READ = frozenset({"FLASK_APP", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"})


def is_dotenv(file: DeploymentFile) -> bool:
    """`.flaskenv`, `.env`, `.env.production`."""
    return file.name in {".flaskenv", ".env"} or file.name.startswith(".env.")


def read(file: DeploymentFile) -> Facts:
    """FLASK_APP and the variables of gunicorn."""
    environment: dict[str, Variable] = {}
    for number, line in enumerate(file.lines, start=1):
        assigned = assignment_of(line.strip().removeprefix("export ").strip(), {})
        if assigned is not None and assigned[0] in _READ:
            value = assigned[1].partition(" #")[0].strip().strip("\"'")
            environment[assigned[0]] = Variable(value=value, place=file.place(number))
    return read_service(None, place=file.place(1), environment=environment)
