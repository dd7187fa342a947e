"""Owns `DeltaLake`, the port `Lake` over Delta tables and plain files of this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from ...planner.ports import METADATA, VERSIONED, Cut, DataFile, FileRange, FileSelection, PinnedSource, SourceRef
from ...planner.predicates import FirstRows, Predicate
from . import files
from .behind import Moved, moved_since
from .change_log import ChangeFile
from .change_select import select_changes
from .change_window import first_readable, read_window, require_files
from .changes import resolve_window
from .column_ranges import column_ranges
from .faults import require_table
from .last_run import last_read
from .loaded import files_loaded, table_loaded
from .locations import canonical, relative, require_inside, split_list
from .log import entry_mark, head_mark, log_files, version_at
from .metadata import metadata_rows, metadata_schema, metadata_window
from .opening import open_table, version_for_time
from .schemas import with_changes
from .select import select_delta
from .series import SERIES
from .snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

UNVERSIONED = "files without versions: pinned by list, size and time of change"
CONTENT = "files without versions: pinned by their content"
ATTEMPTS = 5
"""Readings of all heads before the cut is taken by commit timestamps."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class DeltaLake:
    """Tables and files under their canonical locations; opens each table once per version.

    Args:
        root: folder that relative locations start from.
        allowed_roots: further folders that may be read; naming some forbids all others.
        safe: forbid everything outside the root and `allowed_roots`.
        describe_files: infers the columns of plain files; None means `files.describe`.
        now_ms: the wall clock, milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        root: Path,
        *,
        allowed_roots: tuple[Path, ...] = (),
        safe: bool = False,
        describe_files: files.Describe | None = None,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        """Open nothing yet."""
        self.root = root.resolve()
        self._allowed = (self.root, *(p.resolve() for p in allowed_roots)) if safe or allowed_roots else ()
        self._describe = describe_files or files.describe
        self._now_ms = now_ms
        self._snapshots: dict[tuple[Path, int], Snapshot] = {}
        self._heads: dict[Path, tuple[int, int, int]] = {}
        self._older: dict[Path, Snapshot] = {}
        self._portable: dict[str, str] = {}
        self._pins: dict[SourceRef, tuple[Snapshot, PinnedSource]] = {}
        self._contents: dict[tuple[files.PlainFile, ...], str] = {}
        self._described: dict[tuple[object, ...], Schema] = {}
        self._windows: dict[tuple[Path, int, tuple[int, int]], tuple[ChangeFile, ...]] = {}

    def locate(self, text: str) -> Path:
        """Return the canonical path of a location, once it is known to be allowed; raises T4013, T4014."""
        path = canonical(self.root, text)
        if self._allowed:
            require_inside(path, self._allowed, text)
        return path

    def canonical(self, text: str) -> str:
        """Return the one text that stands for a location: absolute, links followed; lists element by element.

        Raises T4013, T4014.
        """
        parts = split_list(text)
        return str(self.locate(text)) if parts == (text,) else json.dumps([str(self.locate(one)) for one in parts])

    def portable(self, location: str) -> str:
        """Return a canonical location relative to the root where inside it, with forward slashes, else as it is."""
        known = self._portable.get(location)
        if known is None:
            parts = split_list(location)
            plain = [relative(self.root, Path(one)) for one in parts]
            known = self._portable[location] = plain[0] if parts == (location,) else json.dumps(plain)
        return known

    def schema(self, ref: SourceRef) -> Schema:
        """Return the logical schema of a source as of now."""
        if ref.kind == "series":
            return SERIES
        if ref.kind not in VERSIONED:
            return self._plain(ref)[0]
        snapshot = self._resolve(ref)
        if ref.kind in METADATA:
            return metadata_schema(ref.kind, snapshot)
        return with_changes(snapshot.schema) if ref.kind == "changes" else snapshot.schema

    def cut(self, refs: Sequence[SourceRef]) -> Cut:
        """Pin all sources at one instant at which all heads were current together.

        All heads are read twice, and the pins hold when nothing moved in between; when
        tables keep moving, each is pinned at the newest commit time seen in the first reading.
        """
        moving = tuple(dict.fromkeys(self.locate(r.location) for r in refs if _follows_head(r)))
        versions, how = self._heads_together(moving)
        return Cut(tuple(self._pin(ref, versions) for ref in refs), how)

    def select(
        self, pin: PinnedSource, columns: tuple[str, ...] | None, predicate: Predicate | None, first: FirstRows | None = None
    ) -> FileSelection:
        """Return the files of a pinned source that rows satisfying the predicate can be in, of a table those with the first of these."""
        ref = pin.ref
        if ref.kind == "series":
            return FileSelection("series", 0, 0, ())
        if ref.kind in METADATA:
            return FileSelection("log", 0, 0, ())
        if ref.kind == "delta":
            return select_delta(self.snapshot(pin), predicate, first)
        if ref.kind == "changes":
            return self._changes(pin, predicate)
        listed = self._unchanged(pin)
        chosen = tuple(DataFile(str(one.path), one.size) for one in listed)
        return FileSelection("native", len(chosen), len(chosen), chosen, (CONTENT if _by_content(ref) else UNVERSIONED,))

    def ranges(self, pin: PinnedSource, columns: tuple[str, ...]) -> tuple[FileRange, ...] | None:
        """Return the ranges of some columns in each file of a pinned source; None where no log says all of them."""
        return column_ranges(self.snapshot(pin), columns) if pin.ref.kind == "delta" else None

    def _changes(self, pin: PinnedSource, predicate: Predicate | None) -> FileSelection:
        """Return the files of a change window; its commits are read once, and that its files exist is proved each time."""
        snapshot, text = self.snapshot(pin), self._shown(pin.ref)
        window = pin.window or (0, -1)
        key = (snapshot.path, snapshot.version, window)
        known = self._windows.get(key)
        if known is None:
            known = self._windows[key] = read_window(snapshot, window, text)
        else:
            require_files(snapshot.path, known, text)
        return select_changes(snapshot, known, predicate, text)

    def snapshot(self, pin: PinnedSource) -> Snapshot:
        """Return the open table of a pin, as it was pinned whatever became of it; raises T4001 to T4007, and T3014 if it can't be."""
        path, text = self.locate(pin.ref.location), self._shown(pin.ref)
        known = None if pin.version is None else self._snapshots.get((path, pin.version))
        if known is None or pin.table_id not in (None, known.table_id):
            known = self._open(path, pin.version, text)
        if pin.table_id not in (None, known.table_id):
            raise error(
                "T3014", f"`{text}` is no longer what was pinned: the table was made anew since", help="run again to read the new one"
            )
        return known

    def head(self, path: Path, text: str) -> Snapshot:
        """Return a table open at its head, by its canonical folder; raises T4001 to T4007 and T4010."""
        return self._open(path, None, text)

    def metadata(self, pin: PinnedSource) -> pa.Table:
        """Return the rows of a table about a table, made from its log; raises T4004 to T4007."""
        return metadata_rows(pin, self.snapshot(pin), self._shown(pin.ref))

    def moved_since(self, pin: PinnedSource) -> tuple[Moved, ...] | None:
        """Return the sources that moved on since a table was written, None when no run of treadle wrote its pinned version."""

        def head_of(location: str) -> int:
            path = self.locate(location)
            return self._open(path, None, self.portable(str(path))).version

        return moved_since(self.snapshot(pin), head_of)

    def last_loaded(self, ref: SourceRef) -> int | None:
        """Return when a source's rows last changed, milliseconds UTC; None when it never had any."""
        return table_loaded(self._resolve(ref)) if ref.kind == "delta" else files_loaded(self._listed(ref))

    def last_read(self, location: str, view: str, source: str, ref: SourceRef) -> int | None:
        """Return the version of a source that the last run in a view's table reflects; None when no run has read it."""
        path, there = self.locate(location), self.locate(ref.location)
        if not (path / "_delta_log").is_dir():
            return None
        table = self._open(path, None, self.portable(str(path)))
        return last_read(table, view, source, self.portable(str(there)), self._open(there, None, self._shown(ref)))

    def first_change(self, ref: SourceRef) -> int:
        """Return the first version from which a table's change feed can be read up to its head."""
        return first_readable(self._open(self.locate(ref.location), None, self._shown(ref)))

    def require_unchanged(self, pins: Sequence[PinnedSource]) -> None:
        """Raise T4015 when files without versions are no longer what they were when they were pinned."""
        for pin in pins:
            if pin.files_digest is not None:
                self._unchanged(pin)

    def _shown(self, ref: SourceRef) -> str:
        return self.portable(self.canonical(ref.location))

    def _open(self, path: Path, version: int | None, text: str) -> Snapshot:
        if version is None:
            version = self._current(path)
        known = self._snapshots.get((path, version)) if version is not None else None
        if known is None or known.mark != entry_mark(path, known.version):
            known = open_table(path, text, version, *self._bases(path, version))
            self._snapshots[path, known.version] = known
        if version is None:
            # The mark names the version that was opened: somebody may have committed a newer one by now.
            self._heads[path] = (known.version, *known.mark)
        return known

    def _current(self, path: Path) -> int | None:
        """Return the head's version where it is known not to have moved, else None."""
        mark = self._heads.get(path)
        if mark is not None and head_mark(path, mark[0]) == mark:
            return mark[0]
        self._forget(path)
        return None

    def recall(self, location: str) -> None:
        """Let go of open handles of a table that moved, or is another one by now; raises T4001 and T4002 when it is gone."""
        path = self.locate(location)
        require_table(path, self.portable(str(path)))
        self._current(path)

    def _forget(self, path: Path) -> None:
        """Drop open handles of a table that moved: it may have been made anew under the same versions."""
        self._heads.pop(path, None)
        for older in self._bases(path, None):
            self._older[path] = older
        for key in [k for k in self._snapshots if k[0] == path]:
            del self._snapshots[key]
        for ref in [ref for ref, (snapshot, _) in self._pins.items() if snapshot.path == path]:
            del self._pins[ref]
        for window in [w for w in self._windows if w[0] == path]:
            del self._windows[window]

    def _bases(self, path: Path, version: int | None) -> tuple[Snapshot, ...]:
        """Return the newest state of a table that is known up to a version, if any: only newer commits need be read then."""
        known = [*(one for (place, _), one in self._snapshots.items() if place == path), *filter(None, [self._older.get(path)])]
        usable = [one for one in known if one.state is not None and (version is None or one.version <= version)]
        return tuple(sorted(usable, key=lambda one: one.version)[-1:])

    def _resolve(self, ref: SourceRef, versions: Mapping[Path, int] | None = None) -> Snapshot:
        path = self.locate(ref.location)
        text, version = self.portable(str(path)), ref.version
        if ref.timestamp_ms is not None:
            version = version_for_time(path, text, ref.timestamp_ms, self._now_ms())
        elif version is None and versions is not None:
            version = versions[path]
        return self._open(path, version, text)

    def _heads_together(self, paths: Sequence[Path]) -> tuple[dict[Path, int], str]:
        versions: dict[Path, int] = {}
        for _ in range(ATTEMPTS):
            versions = {path: self._open(path, None, self.portable(str(path))).version for path in paths}
            marks = {path: self._heads[path] for path in paths}
            if all(head_mark(path, versions[path]) == marks[path] for path in paths):
                return versions, "heads"
        return self._by_time(versions), "commit timestamps"

    def _by_time(self, seen: Mapping[Path, int]) -> dict[Path, int]:
        """Return each table's version at the newest commit time among the heads seen.

        What was committed by then is in the logs by now, except for commits that were being made: so all logs
        are read until two readings in turn agree.
        """
        times = [self._open(path, version, self.portable(str(path))).timestamp_ms or 0 for path, version in seen.items()]
        instant = min(max(times, default=0), self._now_ms())
        before: dict[Path, int] = {}
        for _ in range(ATTEMPTS):
            found = {path: self._at(path, version, instant) for path, version in seen.items()}
            if found == before:
                break
            before = found
        return before

    def _at(self, path: Path, seen: int, instant: int) -> int:
        require_table(path, self.portable(str(path)))
        found = version_at(path, instant, log_files(path))
        return seen if found is None else found

    def _pin(self, ref: SourceRef, versions: Mapping[Path, int]) -> PinnedSource:
        if ref.kind == "series":
            return PinnedSource(ref, SERIES)
        if ref.kind not in VERSIONED:
            schema, listed = self._plain(ref)
            size = sum(one.size for one in listed)
            return PinnedSource(ref, schema, files_digest=self._digest(ref, listed), file_count=len(listed), byte_count=size)
        snapshot = self._resolve(ref, versions)
        if ref.kind != "delta":
            return self._pin_table(ref, snapshot)
        known = self._pins.get(ref)
        if known is None or known[0] is not snapshot:
            known = self._pins[ref] = (snapshot, self._pin_table(ref, snapshot))
        return known[1]

    def _pin_table(self, ref: SourceRef, snapshot: Snapshot) -> PinnedSource:
        window, schema = None, snapshot.schema
        if ref.kind == "changes":
            window, schema = resolve_window(snapshot, dict(ref.options), self._shown(ref)), with_changes(schema)
        elif ref.kind in METADATA:
            window, schema = metadata_window(ref, snapshot), metadata_schema(ref.kind, snapshot)
        active = snapshot.active()
        return PinnedSource(
            ref,
            schema,
            table_id=snapshot.table_id,
            version=snapshot.version,
            timestamp_ms=snapshot.timestamp_ms,
            window=window,
            protocol=snapshot.protocol,
            file_count=len(active),
            byte_count=active.byte_count,
            row_count=active.row_count if ref.kind == "delta" else None,
        )

    def _plain(self, ref: SourceRef) -> tuple[Schema, tuple[files.PlainFile, ...]]:
        listed = self._listed(ref)
        key = (ref.kind, ref.options, listed)
        if key not in self._described:
            self._described[key] = self._describe(ref.kind, tuple(str(one.path) for one in listed), dict(ref.options))
        return self._described[key], listed

    def _listed(self, ref: SourceRef) -> tuple[files.PlainFile, ...]:
        if self._allowed:
            for text in split_list(ref.location):
                self.locate(text)
        location = ref.location if ref.location.startswith("[") else str(canonical(self.root, ref.location))
        listed = files.list_files(ref.kind, self.root, location)
        for one in listed if self._allowed else ():
            require_inside(one.path.resolve(), self._allowed, str(one.path))
        return listed

    def _digest(self, ref: SourceRef, listed: tuple[files.PlainFile, ...]) -> str:
        """Return what pins files: list, sizes and times of change, or their contents where the source says so."""
        if not _by_content(ref):
            return files.digest(self.root, listed)
        if listed not in self._contents:
            self._contents[listed] = files.content_digest(self.root, listed)
        return self._contents[listed]

    def _unchanged(self, pin: PinnedSource) -> tuple[files.PlainFile, ...]:
        listed = self._listed(pin.ref)  # and no more: this also runs inside streams, where no engine may be called
        if self._digest(pin.ref, listed) != pin.files_digest:
            what = f"the files of `{pin.ref.location}` changed since they were pinned"
            raise error("T4015", what, help="run again when nothing writes them")
        return listed


def _by_content(ref: SourceRef) -> bool:
    return any(name == "pin" and value.value == "content" for name, value in ref.options)


def _follows_head(ref: SourceRef) -> bool:
    return ref.kind in VERSIONED and ref.version is None and ref.timestamp_ms is None
