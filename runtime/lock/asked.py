"""Owns what a project asks of each source, as a lock holds it: kind, location, version or time, arguments.

In: bound sources. Out: `SourceRef`s, and their comparison with what is locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ...planner.codec import to_json
from ...planner.last_run import ARGUMENT, NAME
from ...planner.ports import Engine, Lake, SourceRef
from ...planner.project import BoundSource, Project
from ...planner.resolve import evaluate
from ...planner.source_refs import source_ref
from ...planner.spec import TypedValue
from .file import HEAD, LockedSource

UNLOCKED = ("series", "memory")
"""Kinds of sources that a lock doesn't hold: numbers need no pin, and nobody has a table in memory later on."""


def lockable(project: Project) -> Mapping[str, BoundSource]:
    """Return the sources of a project that a lock holds, by name."""
    return {name: one for name, one in sorted(project.sources.items()) if one.kind not in UNLOCKED}


def since_last_run(source: BoundSource) -> bool:
    """Say whether a source's window starts where the last run ended."""
    return source.kind == "changes" and NAME in dict(source.arguments).get(ARGUMENT, "")


def asked_ref(source: BoundSource, project: Project, engine: Engine, lake: Lake, as_of: str) -> SourceRef:
    """Return what is asked of a source; the start of a window that the last run decides is left out. Raises T2 and T3 codes."""
    given = {name: sql for name, sql in source.arguments if name != ARGUMENT or not since_last_run(source)}
    values = {name: evaluate(sql, as_of, engine, project.values, source.span) for name, sql in given.items()}
    return source_ref(source.kind, values, lake.canonical)


def asked_text(ref: SourceRef) -> str:
    """Return what is asked for as a lock has it: `head`, `version 3`, `timestamp 2013-01-31T12:00:00.000Z`."""
    if ref.version is not None:
        return f"version {ref.version}"
    if ref.timestamp_ms is None:
        return HEAD
    moment = datetime.fromtimestamp(ref.timestamp_ms / 1000, UTC)
    return f"timestamp {moment.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"


def arguments_of(ref: SourceRef) -> dict[str, TypedValue]:
    """Return the arguments of a source as a lock has them; how plain files are pinned is the lock's own matter."""
    return {name: to_json(value) for name, value in ref.options if name != "pin"}


def location_of(ref: SourceRef, lake: Lake) -> str:
    """Return where a source lies as a lock has it."""
    return lake.portable(ref.location)


def differences(locked: LockedSource, ref: SourceRef, lake: Lake, *, last_run: bool) -> Iterator[str]:
    """Yield in words what is asked of a source now, and what the lock has instead."""
    location, asked = location_of(ref, lake), asked_text(ref)
    if ref.kind != locked.kind:
        yield f"it is read as `{ref.kind}`, the lock has `{locked.kind}`"
    if location != locked.location:
        yield f"it lies at `{location}`, the lock has `{locked.location}`"
    if asked != locked.asked:
        yield f"it is asked for at {asked}, the lock has {locked.asked}"
    now, then = arguments_of(ref), dict(locked.arguments)
    if last_run:
        then.pop(ARGUMENT, None)
    if now != then:
        yield f"its arguments are {shown_arguments(now)}, the lock has {shown_arguments(then)}"


def shown_arguments(arguments: Mapping[str, TypedValue]) -> str:
    """Return arguments for people.

    >>> shown_arguments({"limit": TypedValue(type="BIGINT", value=3)}), shown_arguments({})
    ('`limit => 3`', 'none')
    """
    return f"`{', '.join(f'{name} => {one.value}' for name, one in sorted(arguments.items()))}`" if arguments else "none"
