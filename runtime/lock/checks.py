"""Owns what `treadle check` says of locks: a damaged one is an error at its place, one that doesn't fit a warning.

In: the root, the bound project. Out: diagnostics. Nothing is opened for it: `treadle lock --check` does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ...dialect.diagnostics import Diagnostic, TreadleError
from ...planner.ports import Engine, Lake
from ...planner.project import Project
from ..project import read_source
from .file import lock_name, parse_lock
from .fit import misfits
from .replay import command_of


def lock_doubts(root: Path, environment: str | None, project: Project, engine: Engine, lake: Lake) -> tuple[Diagnostic, ...]:
    """Return what is wrong with any lock of a project, and what the one of an environment doesn't fit."""
    return tuple(_doubts(root, environment, project, engine, lake))


def _doubts(root: Path, environment: str | None, project: Project, engine: Engine, lake: Lake) -> Iterator[Diagnostic]:
    sound = not any(one.severity == "error" for one in project.diagnostics)
    for path in sorted(root.glob("treadle*.lock")):
        try:
            file = parse_lock(read_source(path, path.name))
        except TreadleError as problem:
            yield from problem.diagnostics
            continue
        if sound and path.name == lock_name(environment):
            found = misfits(file, project, engine, lake, command_of(environment))
            yield from (replace(one, severity="warning") for one in found)
