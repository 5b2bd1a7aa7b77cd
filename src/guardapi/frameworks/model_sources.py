"""The sources of the extension models, which the evaluator runs in place of the distributions."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

MODELS: Final = Path(__file__).parent / "flask" / "models"


class ModelSources(Mapping[str, bytes]):
    """The content of each model file by its path, as a tree of import names (`flask/app.py`).

    A file is read when it is asked for: most projects use few of the models.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths = dict.fromkeys(sorted(_python_files(os.fspath(folder))))

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return (self._folder / path).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@cache
def model_sources() -> Mapping[str, bytes]:
    """The models that come with the program."""
    return ModelSources(MODELS)


def _python_files(folder: str, prefix: str = "") -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _python_files(entry.path, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".py"):
                yield f"{prefix}{entry.name}"
