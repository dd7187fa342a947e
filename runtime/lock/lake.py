"""Owns `LockedLake`: tables and files as a lock has them, in place of what is there now.

It takes the place of the lake while a project is bound and specified: schemas and the cut come from the pinned
versions. A pin that can't be had any more is refused with the reason (see `gone.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import VARCHAR, Schema
from ...planner.codec import canonical, from_json
from ...planner.last_run import ARGUMENT
from ...planner.ports import VERSIONED, Cut, FileRange, FileSelection, PinnedSource, SourceRef
from ...planner.predicates import FirstRows, Predicate
from ...planner.spec import TypedValue
from ...planner.values import Value
from ..lake import DeltaLake
from .asked import UNLOCKED, arguments_of, asked_text, location_of
from .file import HEAD, Lock, LockedSource
from .gone import misfit, unreadable

CONTENT = ("pin", Value(VARCHAR, "content"))


class LakeView:
    """A lake seen otherwise: everything is passed on, subclasses say what isn't, the cut for one. With it they have the port `Lake`."""

    def __init__(self, base: DeltaLake) -> None:
        """Look at this lake."""
        self.base = base

    def canonical(self, text: str) -> str:
        """Return a location as an absolute, canonical path or glob."""
        return self.base.canonical(text)

    def portable(self, location: str) -> str:
        """Return a canonical location relative to the project's root where it is inside."""
        return self.base.portable(location)

    def schema(self, ref: SourceRef) -> Schema:
        """Return the logical schema of a source."""
        return self.base.schema(ref)

    def moved_since(self, pin: PinnedSource) -> tuple[tuple[str, int, int], ...] | None:
        """Return the sources that moved on since a run wrote this table."""
        return self.base.moved_since(pin)

    def last_read(self, location: str, view: str, source: str, ref: SourceRef) -> int | None:
        """Return the version of a source that the last run in a view's table reflects."""
        return self.base.last_read(location, view, source, ref)

    def first_change(self, ref: SourceRef) -> int:
        """Return the first version from which a table's change feed can be read."""
        return self.base.first_change(ref)

    def select(
        self, pin: PinnedSource, columns: tuple[str, ...] | None, predicate: Predicate | None, first: FirstRows | None = None
    ) -> FileSelection:
        """Return the files of a pinned source that rows which are needed can be in."""
        return self.base.select(pin, columns, predicate, first)

    def ranges(self, pin: PinnedSource, columns: tuple[str, ...]) -> tuple[FileRange, ...] | None:
        """Return the ranges of some columns in each file of a pinned source; None where no log says all of them."""
        return self.base.ranges(pin, columns)


class ByContent(LakeView):
    """A lake that pins plain files by what is in them, as locks have to: times of change differ from copy to copy."""

    def cut(self, refs: Sequence[SourceRef]) -> Cut:
        """Pin all sources at one instant."""
        return self.base.cut([by_content(ref) for ref in refs])


def by_content(ref: SourceRef) -> SourceRef:
    """Return a source of plain files that is pinned by content; any other as it is."""
    if ref.kind in VERSIONED or ref.kind in UNLOCKED:
        return ref
    return replace(ref, options=tuple(sorted((*(one for one in ref.options if one[0] != CONTENT[0]), CONTENT))))


class LockedLake(LakeView):
    """A lake at the pins of a lock.

    Args:
        base: the lake itself.
        lock: the pins.
        command: how this lock is renewed, for ways out.
    """

    def __init__(self, base: DeltaLake, lock: Lock, command: str = "treadle lock") -> None:
        """Open nothing yet."""
        super().__init__(base)
        self.lock, self.command = lock, command
        self._pins: dict[str, PinnedSource] = {}
        self._recalled: set[str] = set()
        self._entries = {self._key(one): one for one in lock.source}
        self._heads = {one.location: one for one in reversed(lock.source) if one.asked == HEAD and one.version is not None}

    def schema(self, ref: SourceRef) -> Schema:
        """Return the logical schema of a source at its pin; one that the lock doesn't know is looked at as it is now."""
        if ref.kind in UNLOCKED:
            return self.base.schema(ref)
        entry = self._entry(ref) or self._heads.get(location_of(ref, self.base) if _follows_head(ref) else "")
        if entry is None:
            return self.base.schema(ref)
        pin = self.pin(entry)
        if ref.kind in VERSIONED:
            return self.base.schema(replace(ref, version=pin.version, timestamp_ms=None))
        return pin.schema

    def cut(self, refs: Sequence[SourceRef]) -> Cut:
        """Return the pins that the lock has; what names a version itself needs none. Raises T7082 and T4017."""
        return Cut(tuple(self._pinned(ref) for ref in refs), self.lock.cut)

    def last_read(self, location: str, view: str, source: str, ref: SourceRef) -> int | None:
        """Return the version before the locked window, so that the window is the locked one."""
        entry = self.lock.by_name.get(source)
        start = None if entry is None else entry.arguments.get(ARGUMENT)
        return super().last_read(location, view, source, ref) if start is None else int(str(start.value)) - 1

    def pin(self, entry: LockedSource) -> PinnedSource:
        """Return a locked source, open and found to be what was locked; raises T4017."""
        if entry.name not in self._pins:
            try:
                self._recall(entry)
                found = self.base.cut((by_content(self._ref(entry)),)).pins[0]
                if entry.kind == "changes":
                    self.base.select(found, None, None)
            except TreadleError as problem:
                raise unreadable(entry, self.base, problem, self.command) from problem
            wrong = misfit(entry, found, self.base, self.command)
            if wrong is not None:
                raise wrong
            self._pins[entry.name] = found
        return self._pins[entry.name]

    def _recall(self, entry: LockedSource) -> None:
        """Look once whether a table is still what open handles of it hold: this process may be an old one."""
        if entry.kind in VERSIONED and entry.location not in self._recalled:
            self._recalled.add(entry.location)
            self.base.recall(entry.location)

    def _pinned(self, ref: SourceRef) -> PinnedSource:
        if ref.kind in UNLOCKED:
            return self.base.cut((ref,)).pins[0]
        entry = self._entry(ref)
        if entry is not None:
            return self.pin(entry)
        if ref.kind in VERSIONED and not _follows_head(ref):
            return self.base.cut((ref,)).pins[0]
        known = self._heads.get(location_of(ref, self.base))
        if ref.kind in VERSIONED and known is not None:
            return self.base.cut((replace(ref, version=self.pin(known).version),)).pins[0]
        where = f"`{location_of(ref, self.base)}`"
        message = f"{where} is not in the lock, so which rows of it are meant isn't said"
        raise error("T7082", message, help="ask without `--locked`, or name a version: VERSION AS OF 3")

    def _entry(self, ref: SourceRef) -> LockedSource | None:
        return self._entries.get((ref.kind, location_of(ref, self.base), asked_text(ref), _shown(arguments_of(ref))))

    def _key(self, one: LockedSource) -> tuple[str, str, str, str]:
        return one.kind, one.location, one.asked, _shown(one.arguments)

    def _ref(self, entry: LockedSource) -> SourceRef:
        options = tuple(sorted((name, from_json(typed)) for name, typed in entry.arguments.items()))
        return SourceRef(entry.kind, self.base.canonical(entry.location), entry.version, None, options)


def _follows_head(ref: SourceRef) -> bool:
    return ref.kind in VERSIONED and ref.version is None and ref.timestamp_ms is None


def _shown(arguments: Mapping[str, TypedValue]) -> str:
    return canonical({name: one.model_dump(mode="json") for name, one in arguments.items()})
