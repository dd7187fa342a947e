"""Owns whether a lock fits a project: every source is locked as it is asked for, and nothing else is.

In: a lock's file, a bound project. Out: T7082, once for each source, at its place in the SQL or in the lock.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...dialect.diagnostics import Diagnostic, Label, TreadleError
from ...planner.ports import Engine, Lake
from ...planner.project import BoundSource, Project
from .asked import asked_ref, differences, lockable, since_last_run
from .file import LockFile

CODE = "T7082"


def misfits(file: LockFile, project: Project, engine: Engine, lake: Lake, command: str) -> tuple[Diagnostic, ...]:
    """Return what doesn't fit; a lock that knows no source of the project is told of once.

    Args:
        file: the lock.
        project: bound; sources that failed to be bound are not judged.
        engine: evaluates arguments.
        lake: canonical locations.
        command: how the lock is renewed.
    """
    known, sources = file.lock.by_name, lockable(project)
    if known and sources and not known.keys() & sources.keys():
        message = f"`{file.source.name}` is the lock of another project: it has none of the sources that are read here"
        return (Diagnostic(CODE, message, file.source.span(0, 0), help=f"`{command}` writes one for this project"),)
    found = [one for source in sources.values() for one in _misfit(file, source, project, engine, lake, command)]
    if not any(one.severity == "error" for one in project.diagnostics):
        found += [_dropped(file, name, command) for name in known if name not in sources]
    return tuple(found)


def _misfit(file: LockFile, source: BoundSource, project: Project, engine: Engine, lake: Lake, command: str) -> Iterator[Diagnostic]:
    entry = file.lock.by_name.get(source.name)
    if entry is None:
        if not since_last_run(source):
            message = f"`{source.name}` is not in `{file.source.name}`"
            yield Diagnostic(CODE, message, source.span, help=f"`{command}` adds it, and leaves the others as they are locked")
        return
    try:
        ref = asked_ref(source, project, engine, lake, file.lock.as_of)
    except TreadleError as problem:
        yield from problem.diagnostics
        return
    words = list(differences(entry, ref, lake, last_run=since_last_run(source)))
    if words:
        place = file.span(source.name)
        labels = () if place is None else (Label(place, "locked here"),)
        yield Diagnostic(
            CODE, f"`{source.name}` is not what is locked: {'; '.join(words)}", source.span, labels, f"`{command}` locks it anew"
        )


def _dropped(file: LockFile, name: str, command: str) -> Diagnostic:
    message = f"`{name}` is locked, and nothing in the project is called so"
    return Diagnostic(CODE, message, file.span(name), help=f"`{command}` drops it")
