"""The sources of the extension models, which the evaluator runs in place of the distributions."""

from functools import cache
from pathlib import Path

MODELS = Path(__file__).parent / "flask" / "models"


@cache
def model_sources() -> dict[str, bytes]:
    """The content of each model file by its path, as a tree of import names (`flask/app.py`)."""
    return {path.relative_to(MODELS).as_posix(): path.read_bytes() for path in sorted(MODELS.rglob("*.py"))}
