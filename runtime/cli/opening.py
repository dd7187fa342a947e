"""Owns the step from a command's options to a `Workspace`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...dialect.diagnostics import TreadleError
from ..config import CONFIG_NAME
from ..project import find_root
from ..workspace import Situation, Workspace


def open_project(
    project: str | None,
    environment: str | None = None,
    profile: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    safe: bool = False,
    locked: bool = False,
) -> Workspace:
    """Return the workspace of the project that is named, or that the working directory is in; raises T7013.

    With `locked` it reads what the project's lock has; raises T7080 and T7081.
    """
    root = find_root(Path(project or "."), named=project is not None)
    workspace = Workspace(root, True, Situation(environment, profile, parameters, safe))
    return workspace.locked() if locked else workspace


def open_anywhere(
    project: str | None,
    environment: str | None = None,
    profile: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    safe: bool = False,
    locked: bool = False,
) -> Workspace:
    """Return the same, or without a project a workspace of the working directory.

    Not so where a project or environment is named, or a lock is asked for, which only projects have.
    """
    try:
        return open_project(project, environment, profile, parameters, safe=safe, locked=locked)
    except TreadleError:
        if project is not None or environment is not None or locked:
            raise
        return Workspace(Path.cwd(), False, Situation(None, profile, parameters, safe))


def open_folder(path: str, profile: str | None = None, *, safe: bool = False) -> Workspace:
    """Return the workspace of a folder: of its project when it holds one, else of the folder alone; raises T7013."""
    root = find_root(Path(path).expanduser(), named=True)
    has_project = (root / CONFIG_NAME).is_file() or any(root.glob("*.sql"))
    return Workspace(root, has_project, Situation(None, profile, None, safe))
