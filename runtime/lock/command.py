"""Owns what `treadle lock` does: renewing the file, and saying whether it holds.

In: a bound project, words. Out: a `Renewal`, and the file once it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialect.diagnostics import TreadleError, did_you_mean, error
from ...planner.ports import Engine
from ...planner.project import Project
from ...planner.spec import ExecutionSpec
from ...planner.specify import specify_sources
from ..lake import DeltaLake
from ..outputs import outputs_of
from ..selectors import select
from .asked import lockable
from .file import Lock, lock_name, read_lock, write_lock
from .lake import ByContent
from .renew import Making, Renewal, reads_of

if TYPE_CHECKING:
    from ..workspace import Bound


def renewal(bound: Bound, words: Sequence[str], engine: Engine, lake: DeltaLake, environment: str | None) -> Renewal:
    """Return the lock of a project, renewed; raises as `Workspace.lock` says."""
    project, content = bound.project, ByContent(lake)
    wanted = sources_of(project, words) if words else None
    old = _old(bound.folder.root, environment, needed=wanted is not None)
    now = datetime.now(UTC)

    def specify() -> ExecutionSpec:
        return specify_sources(
            project, outputs=outputs_of(project), engine=engine, lake=content, as_of=now, name=bound.folder.name, policies=bound.policies
        )

    return Making(project, engine, content, environment, specify).renewed(old, wanted)


def sources_of(project: Project, words: Sequence[str]) -> set[str]:
    """Return the sources that words mean: their own names, and what the views read that selectors mean; raises T7015, T7016."""
    known = lockable(project)
    named = {word for word in words if word in known}
    rest = [word for word in words if word not in named]
    try:
        return named | reads_of(project, select(project, rest))
    except TreadleError as problem:
        near = {one.code for one in problem.diagnostics} == {"T7015"} and [did_you_mean(word, known) for word in rest]
        helped = next((one for one in near or () if one is not None), None)
        if helped is None:
            raise
        first = problem.diagnostics[0]
        message = first.message.replace("no view is", "no source or view is")
        raise error(first.code, message, first.span, help=helped) from problem


def _old(root: Path, environment: str | None, *, needed: bool) -> Lock | None:
    """Return the lock as it stands; a damaged one is as good as none, unless parts of it are to be kept."""
    if not (root / lock_name(environment)).exists():
        return None
    try:
        return read_lock(root, environment).lock
    except TreadleError:
        if needed:
            raise
        return None


def save(root: Path, lock: Lock) -> Path:
    """Write a lock in place of the old one, whole or not at all; raises T7019."""
    path = root / lock_name(lock.environment)
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(write_lock(lock), "utf-8", newline="\n")
        draft.replace(path)
    except OSError as problem:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise error("T7019", f"`{path.name}` can't be written", cause=problem.strerror or str(problem)) from problem
    return path
