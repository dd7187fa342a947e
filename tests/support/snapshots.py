"""What a snapshot says of its table, to hold ways of opening tables to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from treadle.dialect.types import Field
from treadle.runtime.lake.kept_files import stored_column
from treadle.runtime.lake.snapshot import Snapshot

Path = tuple[str, ...]
Bounds = dict[tuple[str, Path, str], object]
"""By file, column and kind."""


def facts(found: Snapshot) -> dict[str, Any]:
    """Return all that a snapshot says but for the bounds of columns; files in the order of their paths."""
    names = ("version", "timestamp_ms", "schema", "table_id", "partition_by", "protocol", "mark", "features", "mapping", "stored")
    files = [(one.path, one.size, one.rows, repr(one.partition), one.without) for one in found.files()]
    return {
        **{name: getattr(found, name) for name in names},
        "configuration": dict(found.configuration),
        "files": sorted(files, key=repr),
        "applications": [found.transaction(f"app {number}") for number in range(3)],
        "described": found.described(),
        "partitions": found.active().values.num_rows,
        "types": found.active().values.schema,
    }


def bounds(found: Snapshot) -> Bounds:
    """Return what a snapshot knows of columns: least and greatest values and counts of nulls by file; unknown ones left out."""
    paths = [path for path in _leaves(found.schema.fields) if path[0] not in found.partition_by]
    columns = [(path, *place) for path in paths if (place := stored_column(found, path)) is not None]
    active = found.active()
    logged = active.paths.to_pylist()
    known: Bounds = {}
    for path, one in active.statistics.known(columns, None).items():
        for kind, part in (("low", one.low), ("high", one.high), ("nulls", one.nulls)):
            values = [] if part is None else part.to_pylist()
            known |= {(file, path, kind): repr(value) for file, value in zip(logged, values, strict=False) if value is not None}
    return known


def _leaves(fields: tuple[Field, ...], before: Path = ()) -> Iterator[Path]:
    for one in fields:
        yield (*before, one.name)
        if one.type.name == "STRUCT":
            yield from _leaves(one.type.fields, (*before, one.name))
