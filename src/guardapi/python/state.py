"""What one evaluation knows: the tree, what is loaded, where it stands, and what it could not decide."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from guardapi.model import Distribution, Problem, Undecided
from guardapi.place import Place
from guardapi.python.modules import ModuleIndex
from guardapi.python.values import DictValue, Frame, Function, Instance, Module, Value, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an evaluation goes. To reach a bound is an answer ("undecided, because"), not an error."""

    steps: int = 190_000
    """Statements below one root; a model's count for less (`MODEL_STEP`)."""
    call_steps: int = 150_000
    """Statements below one call that a module body makes."""
    depth: int = 250
    """Functions, class bodies and modules running at once."""
    iterations: int = 2_000
    """Runs of one loop."""
    notes: int = 500
    """Undecided places that are kept."""


class Files(Protocol):
    """The contents of a tree, by path."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none."""

    def paths(self) -> list[str]:
        """All paths."""


class State:
    """What one evaluation of one tree knows."""

    def __init__(
        self,
        files: Files,
        python_files: list[str],
        *,
        root_name: str = "",
        models: Mapping[str, bytes] | None = None,
        natives: Mapping[str, Value] | None = None,
        distribution: Distribution | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.files = files
        self.index = ModuleIndex(python_files, root_name)
        self.models = models or {}
        self.model_index = ModuleIndex(self.models)
        self.model_names = {path.partition("/")[0].removesuffix(".py") for path in self.models}
        self.natives = natives or {}
        self.presumed: dict[str, tuple[str, str]] = {}
        """By name: what a class has that derives from one that is not known, as the module and name of a
        function that takes the class."""
        known = distribution or Distribution()
        self.packages = known.packages
        """Required distributions, normalised name to version specifier, as far as the project says."""
        self.advertised = known.advertised
        """The entry points of the project's own metadata."""
        self.tree_listing = ModuleIndex([*python_files, *files.paths()], root_name)
        self.bounds = bounds or Bounds()
        self.modules: dict[str, Module] = {}
        """By path."""
        self.by_name: dict[str, Module] = {}
        self.stack: list[Frame] = []
        self.conditions: list[tuple[Module, ast.AST]] = []
        """Tests of the undecided branches that are being evaluated."""
        self.written: list[tuple[Instance, str, Value]] | None = None
        """In an arm of an undecided branch: attributes that it sets, with what they were before."""
        self.stand_ins: dict[ast.AST, Value] = {}
        """By definition: what a function is known to return, so that it need not run again."""
        self.standing: list[tuple[Place | None, str | None]] = []
        """Places and conditions of what was recorded earlier and runs now."""
        self.running: dict[ast.AST, int] = {}
        """How often each function is running."""
        self.undecided_calls: dict[ast.AST, int] = {}
        """How often each running function has called itself under undecided tests."""
        self.entered_under: dict[ast.AST, int] = {}
        """How many undecided tests were open when each running function was first called."""
        self.generators: dict[ast.AST, bool] = {}
        self.class_node: tuple[ast.ClassDef, Module] | None = None
        self.problems: list[Problem] = []
        self.undecided: dict[tuple[Place | None, str], Undecided] = {}
        self.marks: set[str] = set()
        """Private attributes that set-up code has put on functions, to find them again (`_urls`)."""
        self.endless: set[ast.AST] = set()
        """Loops that no test was seen to end."""
        self.called: set[ast.AST] = set()
        """Definitions that were called so far."""
        self.steps: float = 0
        self.limit: float = self.bounds.steps

    def reset(self) -> None:
        """Forget what was running, before the next root."""
        self.stack.clear()
        self.running.clear()
        self.conditions.clear()
        self.standing.clear()
        self.written = None

    # -- where it stands -------------------------------------------------------------------------

    def here(self) -> Place | None:
        """Where the project's own code stands: the innermost statement or call that is not a model's."""
        if self.standing:
            return self.standing[-1][0]
        for frame in reversed(self.stack):
            if not frame.module.is_model and frame.node is not None:
                return place_of(frame.module, frame.node)
        return None

    def project_function(self) -> Function | None:
        """The project's function that is running, None at module level."""
        for frame in reversed(self.stack):
            if not frame.module.is_model:
                if frame.function is not None:
                    return frame.function
                if not frame.is_class:
                    return None
        return None

    def condition(self) -> str | None:
        """The undecided test under which the current statement runs."""
        if self.standing and self.standing[-1][1]:
            return self.standing[-1][1]
        for module, node in reversed(self.conditions):
            if not module.is_model:
                text = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
                return f"{text[:80]} ({module.path}:{getattr(node, 'lineno', 1)})"
        return None

    # -- what is said about it -------------------------------------------------------------------

    def wrote(self, target: DictValue, key: Value) -> None:
        """A key of a mapping is set here."""
        if target.places is not None:
            target.places[key] = self.here()

    def note(self, node: ast.AST | None, frame: Frame, reason: str) -> None:
        """Remember that something could not be decided."""
        if frame.module.is_model or len(self.undecided) >= self.bounds.notes:
            return
        place = place_of(frame.module, node) if node is not None else None
        self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def note_here(self, reason: str) -> None:
        """Remember that something could not be decided, where the project's code stands."""
        if len(self.undecided) < self.bounds.notes:
            place = self.here()
            self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def note_at(self, place: Place | None, reason: str) -> None:
        """Remember that something could not be decided at a place."""
        self.undecided.setdefault((place, reason), Undecided(place=place, reason=reason))

    def problems_at(self, path: str, message: str) -> None:
        """Remember that a file could not be evaluated."""
        self.problems.append(Problem(file=path, line=1, message=message))
