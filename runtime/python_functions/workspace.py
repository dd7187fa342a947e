"""Owns the Python code of one workspace: which folders it is looked for in, and one loader as long as those stay the same."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, did_you_mean, error
from ...dialect.script import Script
from ...dialect.statements.function import FunctionStatement
from ...planner.spec import ExecutionSpec, PlannerOverlay
from ..config import Config
from ..project import read_config
from .decorator import Function
from .find import Folders
from .load import Loader
from .modules import Modules

if TYPE_CHECKING:
    from ...planner.domains.base import DomainPlanner


def modules_of(root: Path) -> Modules:
    """Return the Python code below a root, without a configuration or anything registered."""
    return Modules(Loader(Folders(root)), {})


class PythonWorkspace:
    """The Python functions of a workspace; safe to use from threads.

    Args:
        root: the project's root.
        safe: whether Python functions are turned off.
    """

    def __init__(self, root: Path, safe: bool) -> None:
        """Have loaded and registered nothing."""
        self._root, self._safe = root, safe
        self._functions: dict[str, Function[..., object]] = {}
        self._planners: dict[str, DomainPlanner] = {}
        self._changes = 0
        self._loader = Loader(Folders(root))
        self._paths: tuple[Path, ...] | None = None
        self._lock = threading.Lock()

    def register(self, function: Function[..., object]) -> None:
        """Make a function callable from SQL, in place of an older one of its name."""
        with self._lock:
            self._functions = {**self._functions, function.name.lower(): function}
            self._changes += 1

    def unregister(self, name: str) -> None:
        """Forget a registered function; a name that is not there is none of its business."""
        with self._lock:
            self._functions = {one: function for one, function in self._functions.items() if one != name.lower()}
            self._changes += 1

    def register_planner(self, planner: DomainPlanner) -> None:
        """Let a domain planner look at all plans from now on, in place of an older one of its name."""
        with self._lock:
            self._planners = {**self._planners, planner.name: planner}
            self._changes += 1

    def unregister_planner(self, name: str) -> None:
        """Forget a registered domain planner; a name that is not there is none of its business."""
        with self._lock:
            self._planners = {one: planner for one, planner in self._planners.items() if one != name}
            self._changes += 1

    def overlay(self, config: Config) -> PlannerOverlay:
        """Return the domain planners that a configuration excludes and adds, with those that are registered; raises T2120 to T2122."""
        tables = config.tables.planners
        if not tables.add and not self._planners:
            return PlannerOverlay(exclude=tables.exclude)
        from .planners import declared

        return declared(config, self.modules(config).folders, self._planners)

    def planners(self, spec: ExecutionSpec) -> tuple[DomainPlanner, ...]:
        """Return the domain planners that a specification adds, loaded; errors as `load_planners`."""
        if not spec.planners.add:
            return ()
        from .planners import load_planners

        return load_planners(spec.planners, self.latest, self._planners)

    def modules(self, config: Config) -> Modules:
        """Return the code that SQL can call now; raises T7022 for a folder of `[python] path` that is not there."""
        return self._modules(tuple(_folder(self._root, config, at) for at in range(len(config.tables.python.path))))

    def _modules(self, paths: tuple[Path, ...]) -> Modules:
        folders = Folders(self._root, paths)
        with self._lock:
            self._paths = paths
            if self._loader.folders != folders:
                self._loader.forget()
                self._loader = Loader(folders)
            return Modules(self._loader, self._functions, self._safe)

    @property
    def latest(self) -> Modules:
        """Return the code that SQL can call by the last configuration; without one by the root's `treadle.toml`, if it can be read."""
        if self._paths is not None:
            return self._modules(self._paths)
        try:
            return self.modules(read_config(self._root))
        except TreadleError:
            return self._modules(())

    def require(self, spec: ExecutionSpec) -> None:
        """Refuse a specification whose Python functions can't be run here; errors as `Modules.require`."""
        if any(one.python is not None for one in spec.functions):
            self.latest.require(spec)

    def key(self, config: Config, scripts: Sequence[Script]) -> Hashable:
        """Return what changes with the code that SQL can call: digests of declared functions, a count of registrations."""
        modules = self.modules(config)
        declared = [s for one in scripts for s in one.statements if isinstance(s, FunctionStatement) and s.language == "PYTHON"]
        digests = tuple(_digest(modules, one) for one in declared)
        return digests, self.overlay(config), self._changes

    def close(self) -> None:
        """Forget all modules that were loaded."""
        self._loader.forget()


def _folder(root: Path, config: Config, at: int) -> Path:
    written = config.tables.python.path[at]
    folder = (root / written).resolve()
    if not folder.is_dir():
        span = config.value_span("python", "path", at)
        folders = (one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith("."))
        raise error("T7022", f"there is no folder `{written}` in `{root.name}`", span, help=did_you_mean(written, folders) or "make it")
    return folder


def _digest(modules: Modules, one: FunctionStatement) -> str:
    try:
        return modules.find(one.target or "", len(one.arguments), one.flavour != "table").digest
    except TreadleError as problem:
        return str(problem)
