"""Owns what makes a table's files readable natively: its features are known, its names are the files', its vectors are found.

In: a snapshot and the files chosen of it. Out: a `FileSelection` that the engine reads as it
stands, or a refusal by the feature's name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...dialect.diagnostics import error
from ...dialect.types import Schema, struct
from ...planner.ports import DataFile, FileSelection
from .deletion_vectors import require_vector
from .faults import WITHOUT_IT
from .file_shapes import may_differ, own_columns
from .mapped_names import names_by_number, names_in_any_case
from .schemas import has_type
from .snapshot import Snapshot

NATIVE_FEATURES = frozenset({
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns",
    "deletionVectors", "rowTracking", "timestampNtz", "typeWidening", "typeWidening-preview", "domainMetadata", "v2Checkpoint",
    "icebergCompatV1", "icebergCompatV2", "clustering", "vacuumProtocolCheck", "allowColumnDefaults", "inCommitTimestamp",
    "variantType", "variantType-preview", "collations", "collations-preview", "coordinatedCommits-preview", "checkpointProtection",
    "materializePartitionColumns",
})  # fmt: skip
"""Features under which the native scan is known to read right (FACTS-DELTA 1)."""
ALONE = 100
"""Files that are read one by one at most, where nothing else can be: the engine plans a union slower than it grows."""
READER_VERSION = 3
"""The newest version of the protocol for readers that Delta has."""


def require_readable(snapshot: Snapshot) -> None:
    """Refuse a table that asks of readers what nobody here knows (T4006); what it asks of writers alone is none of a reader's business."""
    unknown = sorted(snapshot.reader_features - NATIVE_FEATURES)
    if unknown:
        what = f"the table `{snapshot.text}` uses the feature `{unknown[0]}`, which can't be read"
        raise error("T4006", what, help=WITHOUT_IT)
    if int(snapshot.protocol[0]) > READER_VERSION:
        what = f"the table `{snapshot.text}` asks for version {snapshot.protocol[0]} of Delta's protocol for readers"
        raise error("T4006", what, help=f"up to version {READER_VERSION} can be read; read a copy of it")


def natively(snapshot: Snapshot, after_partitions: int, files: Sequence[DataFile], suspects: Sequence[int] = ()) -> FileSelection:
    """Return chosen files as the native scan reads them: with deletion vectors, and under the names that they have.

    The one thing that it can't read well is left to the library's provider: maps in many files need links.

    Args:
        snapshot: the table.
        after_partitions: how many files are left by partition values.
        files: the chosen ones.
        suspects: places of those that may spell columns in another case.

    Raises:
        TreadleError: T4006, a file's columns can't be told; T4008, the file of a deletion vector is missing.
    """
    marked = [(file, vector) for file in files for vector in file.without] if snapshot.vectors() else []
    for file, vector in marked:
        require_vector(vector, file.path)
    total, maps = len(snapshot.active()), has_type(struct(*snapshot.schema), ("MAP",))
    if maps and len(files) > ALONE and not marked and not can_link():
        why = f"map columns in more than {ALONE} files, and this system has no symbolic links"
        return FileSelection("provider", total, total, tuple(files), (why,), fallback=True)
    return FileSelection("native", total, after_partitions, under_own_names(snapshot, files, suspects), stored=snapshot.stored)


def under_own_names(
    snapshot: Snapshot,
    files: Sequence[DataFile],
    suspects: Sequence[int],
    complete: Callable[[Schema], Schema] = lambda schema: schema,
) -> tuple[DataFile, ...]:
    """Return files with what they have otherwise than the table: names, and parts of nested columns.

    Names go by numbers under mapping by id; without mapping, files that are suspected of another case are looked into.

    Args:
        snapshot: the table.
        files: which files.
        suspects: places of those that may spell columns in another case.
        complete: adds to the table's columns what the relation has besides.

    Raises T4006, a file's columns can't be told.
    """
    table = snapshot.stored or snapshot.schema
    nested = may_differ(table, snapshot.mapping != "none")
    every = snapshot.mapping == "id" or bool(nested)
    schemas: dict[Schema, Schema] = {}
    found, suspected = list(files), frozenset(suspects)
    for at in range(len(files)) if every else suspects:
        stored, own = _own(snapshot, files[at].path, nested, at in suspected)
        if stored is not None:
            found[at] = replace(found[at], stored=schemas.setdefault(stored, complete(stored)))
        if own is not None:
            found[at] = replace(found[at], own=schemas.setdefault(own, own))
    return tuple(found)


def _own(snapshot: Snapshot, path: str, nested: Sequence[str], suspect: bool) -> tuple[Schema | None, Schema | None]:
    """Return the names that a file has, and the columns whose parts are others in it; None where they are the table's."""
    key = _state(path)
    known = snapshot.footers.get(key)
    if known is None:
        table = snapshot.stored or snapshot.schema
        names = table
        if snapshot.mapping == "id" or suspect:
            find = names_by_number if snapshot.mapping == "id" else names_in_any_case
            names = find(snapshot.schema_json, snapshot.partition_by, path)
        asked = [other.name for one, other in zip(table, names, strict=True) if one.name in nested]
        known = snapshot.footers[key] = (None if names == table else names), (own_columns(names, asked, path) if asked else None)
    return known


def _state(path: str) -> tuple[object, ...]:
    """Return what tells a file from one that was written anew in its place."""
    try:
        found = os.stat(path)
    except OSError:
        return (path,)
    return path, found.st_size, found.st_mtime_ns


def can_link() -> bool:
    """Say whether this system makes symbolic links for everybody."""
    return os.name == "posix"
