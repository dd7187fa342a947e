"""Owns `Replay`: a lock in use. It stands between a project and its lake, and says what doesn't fit.

In: the root, the environment. Out: a lake at the pins, errors of a lock that doesn't fit, warnings of other engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dialect.diagnostics import Diagnostic
from ...planner.bind.names import ADHOC
from ...planner.ports import Engine
from ...planner.project import Project
from ...planner.warnings import PlanWarning
from ..lake import DeltaLake
from .file import Lock, LockFile, read_lock
from .fit import misfits
from .lake import LockedLake


@dataclass(frozen=True, slots=True)
class Replay:
    """A lock, the lake as it has it, and the command that renews it."""

    file: LockFile
    lake: LockedLake
    command: str

    @property
    def lock(self) -> Lock:
        """Return the lock itself."""
        return self.file.lock

    def misfits(self, project: Project, engine: Engine) -> tuple[Diagnostic, ...]:
        """Return what of a bound project the lock doesn't fit; an ad hoc query sees a part of it, and is judged by its pins."""
        return () if ADHOC in project.declared else misfits(self.file, project, engine, self.lake.base, self.command)

    def warnings(self, engines: Mapping[str, str]) -> tuple[PlanWarning, ...]:
        """Return a warning when the lock was made with other engines than those that are here."""
        other = {name: (version, engines.get(name)) for name, version in self.lock.engines.items() if engines.get(name) != version}
        if not other:
            return ()
        words = ", ".join(f"{name} {then} and now is {now or 'not there'}" for name, (then, now) in sorted(other.items()))
        message = f"the lock was made with {words}: rows may differ in what engines are free in, digests do"
        context = {name: f"{then} → {now}" for name, (then, now) in sorted(other.items())}
        return (PlanWarning(code="T3168", stage="plan", message=message, context=context),)


def replay(root: Path, environment: str | None, lake: DeltaLake) -> Replay:
    """Return the lock of an environment in use; raises T7080 and T7081."""
    file, command = read_lock(root, environment), command_of(environment)
    return Replay(file, LockedLake(lake, file.lock, command), command)


def command_of(environment: str | None) -> str:
    """Return the command that renews the lock of an environment.

    >>> command_of("prod")
    'treadle lock --env prod'
    """
    return "treadle lock" if environment is None else f"treadle lock --env {environment}"
