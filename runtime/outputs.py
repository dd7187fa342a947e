"""Owns what a run of a project writes: its materialised views, and the refusal when none is meant."""

from __future__ import annotations

from collections.abc import Sequence

from ..dialect.diagnostics import TreadleError, error
from ..planner.project import Project


def outputs_of(project: Project) -> tuple[str, ...]:
    """Return the materialised views of a project, in its order."""
    return tuple(name for name in project.order if project.views[name].materialized is not None)


def nothing_written(project: Project, words: Sequence[str]) -> TreadleError:
    """Return the error of a run that would write nothing, of these selectors or of all views."""
    known = outputs_of(project)
    if not known:
        help_line = "declare one with `CREATE MATERIALIZED VIEW`, or look at a view's rows with `treadle query`"
        return error("T7023", "this project has no materialised view, so a run would write nothing", help=help_line)
    shown = ", ".join(f"`{name}`" for name in known[:8])
    message = f"{' '.join(f'`{word}`' for word in words)} selects no materialised view, so a run would write nothing"
    return error("T7023", message, help=f"materialised are {shown}; `name+` selects what reads a view")
