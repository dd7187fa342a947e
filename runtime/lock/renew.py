"""Owns the making of a lock: everything that a project reads is pinned, and what that changes is told.

In: a bound project, the old lock. Out: a `Renewal`. Sources that are not to be renewed keep their pins; those of
one table go together, since a run reads a table at one version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ...planner.digests import digest
from ...planner.last_run import ARGUMENT
from ...planner.ports import Engine, Lake, SourceRef
from ...planner.project import Project
from ...planner.spec import ExecutionSpec, PinSpec
from .asked import arguments_of, asked_ref, asked_text, differences, location_of, lockable, since_last_run
from .file import HEAD, Lock, LockedSource, shown_instant

What = Literal["new", "gone", "moved", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one source: `moved` to another version or content, `changed` is asked for otherwise by now."""

    name: str
    what: What
    before: LockedSource | None
    after: LockedSource | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A lock as it is to be, and what differs from the one before; `lock` is the old one itself when nothing does."""

    lock: Lock
    changes: tuple[Change, ...]
    old: Lock | None

    @property
    def changed(self) -> bool:
        """Say whether there is anything to write."""
        return self.lock is not self.old


@dataclass(frozen=True, slots=True)
class Making:
    """What a lock is made with.

    Args:
        project: bound and sound.
        engine: evaluates arguments, and is named in the lock.
        lake: pins plain files by content.
        environment: whose lock it is.
        specify: pins everything that the project reads.
    """

    project: Project
    engine: Engine
    lake: Lake
    environment: str | None
    specify: Callable[[], ExecutionSpec]

    def renewed(self, old: Lock | None, wanted: Collection[str] | None) -> Renewal:
        """Return the lock with the pins of now, for the wanted sources and their tables only when an old one has the others.

        Raises:
            TreadleError: what pinning raises.
        """
        spec = self.specify()
        asked = {name: asked_ref(one, self.project, self.engine, self.lake, spec.as_of) for name, one in lockable(self.project).items()}
        fresh = {pin.source: _locked(pin, asked[pin.source], spec, self.lake) for pin in spec.pins if pin.source in asked}
        before = {} if old is None else dict(old.by_name)
        kept = {} if wanted is None else self._kept(before, fresh, wanted)
        chosen = {name: kept.get(name, one) for name, one in sorted(fresh.items())}
        changes = tuple(_change(name, before.get(name), chosen.get(name)) for name in sorted({*before, *chosen}))
        made_from = digest([[one.name, one.kind, one.location, one.asked, _asked_arguments(self, one)] for one in chosen.values()])
        if old is not None and all(one.what == "same" for one in changes) and old.made_from == made_from:
            return Renewal(old, changes, old)
        lock = Lock(
            environment=self.environment,
            as_of=shown_instant(datetime.fromisoformat(spec.as_of).astimezone(UTC)),
            cut="apart" if any(fresh[name] != one for name, one in kept.items()) else spec.cut,
            made_from=made_from,
            profile=spec.runtime_profile,
            engines=dict(self.engine.identity()),
            source=tuple(chosen.values()),
        )
        return Renewal(lock, changes, old)

    def _kept(
        self, before: Mapping[str, LockedSource], fresh: Mapping[str, LockedSource], wanted: Collection[str]
    ) -> dict[str, LockedSource]:
        """Return the old pins that stay: of sources that nobody wants renewed, and that are asked for as they were."""
        tables = {fresh[name].location for name in wanted if name in fresh and fresh[name].asked == HEAD}
        kept = {}
        for name, now in fresh.items():
            then = before.get(name)
            if then is None or name in wanted or (now.asked == HEAD and now.location in tables) or self._asked_otherwise(name, then):
                continue
            kept[name] = then
        return kept

    def _asked_otherwise(self, name: str, then: LockedSource) -> bool:
        source = self.project.sources[name]
        ref = asked_ref(source, self.project, self.engine, self.lake, shown_instant(datetime.now(UTC)))
        return any(differences(then, ref, self.lake, last_run=since_last_run(source)))


def _locked(pin: PinSpec, ref: SourceRef, spec: ExecutionSpec, lake: Lake) -> LockedSource:
    """Return a pin as the lock has it; the start of a window since the last run is the one that was found."""
    found = spec._pinned[pin.source]
    return LockedSource(
        name=pin.source,
        kind=pin.kind,
        location=location_of(ref, lake),
        asked=asked_text(ref),
        arguments=arguments_of(found.ref),
        table_id=pin.table_id,
        version=pin.version,
        timestamp=None if pin.timestamp_ms is None else datetime.fromtimestamp(pin.timestamp_ms / 1000, UTC),
        window=pin.window,
        protocol=pin.protocol,
        schema_digest=pin.schema_digest,
        content=pin.files_digest,
        files=pin.file_count,
        bytes=pin.byte_count,
        rows=found.row_count,
    )


def _asked_arguments(making: Making, one: LockedSource) -> list[object]:
    """Return the arguments as the project has them; what the last run decided is none of them."""
    late = since_last_run(making.project.sources[one.name])
    return [[name, value.model_dump(mode="json")] for name, value in sorted(one.arguments.items()) if not (late and name == ARGUMENT)]


def _change(name: str, before: LockedSource | None, after: LockedSource | None) -> Change:
    if before is None or after is None:
        return Change(name, "new" if before is None else "gone", before, after)
    same_place = (before.kind, before.location, before.asked) == (after.kind, after.location, after.asked)
    if before == after:
        return Change(name, "same", before, after)
    return Change(name, "moved" if same_place else "changed", before, after)


def reads_of(project: Project, views: Collection[str]) -> set[str]:
    """Return the sources that views read, themselves or through other views."""
    waiting, seen, found = list(views), set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        view = project.views[name]
        found |= {one.source for one in view.relations}
        found |= {str(one.spec.target) for one in view.expectations if one.source}
        waiting.extend((*view.depends_on, *view.refers_to))
    return found
