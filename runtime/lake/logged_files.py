"""Owns `LoggedFiles`: the active files of a version as the log spells them, in Arrow columns, and their change by newer commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .log_actions import Add, Entry, LogicalFile, logical_file, values_of
from .log_statistics import rows_said

VECTOR = pa.struct(
    {
        "storageType": pa.string(),
        "pathOrInlineDv": pa.string(),
        "offset": pa.int32(),
        "sizeInBytes": pa.int32(),
        "cardinality": pa.int64(),
    }
)
"""A deletion vector's descriptor."""
COLUMNS = pa.schema(
    {
        "path": pa.string(),
        "size": pa.int64(),
        "modification_time": pa.int64(),
        "stats": pa.string(),
        "rows": pa.int64(),
        "vector": VECTOR,
        "partition": pa.int32(),
    }
)
"""Of each file; `rows` are what its statistics say, `partition` is its place among the partitions."""
CHUNKS = 64
"""Pieces of a table of files before they are put together."""

Partition = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class LoggedFiles:
    """The active files, those of newer commits first.

    Args:
        adds: with the columns `COLUMNS`.
        partitions: different partition values by the columns' names in the log; some may be of no file any more.
    """

    adds: pa.Table
    partitions: tuple[Partition, ...]

    def changed(self, commits: Iterable[Sequence[Entry]]) -> LoggedFiles:
        """Return the files after newer commits, oldest first; raises `ValueError` for a commit that says of a file more than one thing."""
        alive: dict[LogicalFile, Add] = {}
        gone: set[LogicalFile] = set()
        order: list[dict[LogicalFile, Add]] = []
        for entries in commits:
            adds = [entry.add for entry in entries if entry.add is not None]
            removes = [entry.remove for entry in entries if entry.remove is not None]
            added = {add.path if add.deletionVector is None else logical_file(add): add for add in adds}
            removed = set(map(logical_file, removes))
            if len(added) < len(adds) or not removed.isdisjoint(added):
                raise ValueError("a commit says of a file more than one thing")
            for key in removed:
                alive.pop(key, None)
            alive |= added
            gone |= removed
            order.append(added)
        once = sum(map(len, order)) == len(alive)
        new = [add for added in reversed(order) for key, add in added.items() if once or alive.get(key) is add]
        return self._with(new, gone | alive.keys() if self.adds.num_rows else gone)

    def _with(self, new: Sequence[Add], gone: set[LogicalFile]) -> LoggedFiles:
        """Return these files without those that are gone, and new ones before them."""
        kept = self.adds if not gone or not self.adds.num_rows else self.adds.filter(self._stay(gone))
        if not new:
            return LoggedFiles(kept, self.partitions)
        groups, partitions = _grouped(new, self.partitions)
        joined = pa.concat_tables([_table(new, groups), kept])
        return LoggedFiles(joined.combine_chunks() if joined["path"].num_chunks > CHUNKS else joined, partitions)

    def _stay(self, gone: set[LogicalFile]) -> Any:
        """Return which files are not among those that are gone."""
        vectors = self.adds["vector"]
        plain = pa.array([key for key in gone if isinstance(key, str)], pa.string())
        named = pc.is_in(self.adds["path"], value_set=plain)
        if vectors.null_count == len(vectors):
            return pc.invert(named)
        marked = pc.is_valid(vectors)
        described = zip(self.adds["path"].filter(marked).to_pylist(), vectors.filter(marked).to_pylist(), strict=True)
        there = pa.array([_key(path, vector) not in gone for path, vector in described], pa.bool_())
        return pc.replace_with_mask(pc.invert(named).combine_chunks(), marked.combine_chunks(), there)


def _key(path: str, vector: Mapping[str, Any]) -> LogicalFile:
    return path, vector["storageType"], vector["pathOrInlineDv"], vector["offset"]


NO_FILES = LoggedFiles(COLUMNS.empty_table(), ())
"""Before the first commit."""


def _grouped(new: Sequence[Add], partitions: tuple[Partition, ...]) -> tuple[Any, tuple[Partition, ...]]:
    """Return of each file the place of its partition, and the partitions with those that came: each spelling is decoded once."""
    known = {frozenset(values.items()): at for at, values in enumerate(partitions)}
    found = list(partitions)
    spelled = pa.array([bytes(add.partitionValues) for add in new], pa.binary()).dictionary_encode()
    numbers = []
    for raw in spelled.dictionary.to_pylist():
        values = values_of(raw)
        at = known.setdefault(frozenset(values.items()), len(found))
        if at == len(found):
            found.append(values)
        numbers.append(at)
    return pa.array(numbers, pa.int32()).take(spelled.indices), tuple(found)


def _table(new: Sequence[Add], groups: pa.Array[Any]) -> pa.Table:
    vectors = [add.deletionVector for add in new]
    described = [None if one is None else {name: getattr(one, name) for name in VECTOR.names} for one in vectors] if any(vectors) else None
    stats = pa.chunked_array([pa.array([add.stats for add in new], pa.string())])
    columns: list[Any] = [
        pa.array([add.path for add in new], pa.string()),
        pa.array([add.size for add in new], pa.int64()),
        pa.array([add.modificationTime for add in new], pa.int64()),
        stats,
        rows_said(stats),
        pa.nulls(len(new), VECTOR) if described is None else pa.array(described, VECTOR),
        groups,
    ]
    return pa.table(columns, schema=COLUMNS)
