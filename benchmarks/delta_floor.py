"""The floor of `benchmarks.delta`: the best correct SQL that one can write by hand over the files that a query needs.

Everything that can be known beforehand is: which files are needed, which form of partition column is best,
which rows are deleted. Only the query itself is timed, in a session that has read the footers already.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from datafusion import SessionConfig, SessionContext
from deltalake import DeltaTable

from benchmarks.delta_queries import COLUMNS, DAY, MONTH, PARTITION, Query
from treadle.runtime.profiles import DEFAULTS

TYPES = {
    "id": "BIGINT",
    "ts": "TIMESTAMP(6) WITH TIME ZONE",
    "day": "DATE",
    "month": "INT",
    "key": "BIGINT",
    "grp": "INT",
    "amount": "DOUBLE",
    "discount": "DOUBLE",
    "quantity": "INT",
    "name": "VARCHAR",
    "category": "VARCHAR",
}


def session() -> SessionContext:
    """Return a session with treadle's settings and two threads."""
    context = SessionContext(SessionConfig().with_target_partitions(2))
    for name, value in {**DEFAULTS, "datafusion.execution.time_zone": "UTC"}.items():
        context.sql(f"SET {name} = '{value}'")
    return context


class Floor:
    """One layout's files, and queries over them by hand."""

    def __init__(self, folder: Path, layout: str, total: int) -> None:
        """Read the log, and the deletion vectors where there are some."""
        self._layout, self._total, self._folder = layout, total, folder / layout
        table = DeltaTable(str(self._folder))
        self._adds = pa.table(table.get_add_actions(flatten=True))
        self._deleted = _deleted(table) if layout == "deleted" else {}
        self._partition = PARTITION[layout] if layout in ("month", "day") else None
        self._farms = tempfile.TemporaryDirectory()
        self._context = session()
        dimension = ", ".join(f"'{path}'" for path in DeltaTable(str(folder / "dim")).file_uris())
        self._context.sql(f'CREATE EXTERNAL TABLE dim ("key" BIGINT, region INT, label VARCHAR) STORED AS PARQUET LOCATION ({dimension})')

    def query(self, query: Query, number: int) -> Callable[[], pa.Table]:
        """Return a query of the floor, its table made; `number` is its own."""
        name = f"t{number}"
        sql = query.sql(self._layout, self._total).replace("FROM t", f"FROM {name} AS t")
        files = self._files(query)
        if self._deleted:
            sql = self._without(query, name, files) or sql
        elif query.name == "partition filter" and self._partition:
            self._table(name, files)
            sql = sql[: sql.index("WHERE")] + sql[sql.index("GROUP") :]
        elif query.name == "point look-up" and self._partition:
            self._table(f"{name}f", files)
            shown = ", ".join(self._literal(files[0]) if c == self._partition else c for c in COLUMNS)
            self._context.sql(f"CREATE VIEW {name} AS SELECT {shown} FROM {name}f")
        elif query.name == "group by partition" and self._partition:
            self._farm(name) if self._partition == "day" else self._union(name)
        else:
            self._table(name, files)
        return lambda: pa.Table.from_batches(batches := self._context.sql(sql).collect(), batches[0].schema)

    def _files(self, query: Query) -> list[str]:
        """Return the paths of the files that hold rows of a query."""
        adds = self._adds
        column = PARTITION[self._layout]
        if query.name == "point look-up":
            adds = adds.filter((pc.field("min.id") <= self._id) & (pc.field("max.id") >= self._id))
        elif query.name == "one day":
            low = pa.scalar(f"{DAY} 00:00:00Z").cast(pa.timestamp("us", "UTC"))
            high = pc.add(low, pa.scalar(86_400_000_000, pa.duration("us")))
            adds = adds.filter((pc.field("min.ts") < high) & (pc.field("max.ts") >= low))
        elif query.name == "latest ten":
            adds = adds.sort_by([("max.ts", "descending")]).slice(0, 1)
        elif query.name == "partition filter":
            value = pa.scalar(MONTH, pa.int32()) if column == "month" else pa.scalar(DAY).cast(pa.date32())
            part = pc.field(f"partition.{column}")
            known = (pc.field("min.month") <= value) & (pc.field("max.month") >= value) if not self._partition else part == value
            adds = adds.filter(known)
        return [str(self._folder / unquote(path)) for path in adds["path"].to_pylist()]

    @property
    def _id(self) -> int:
        return self._total // 2 + 12_345

    def _table(self, name: str, files: Sequence[str]) -> None:
        columns = ", ".join(f'"{c}" {TYPES[c]}' for c in COLUMNS if c != self._partition)
        places = ", ".join(f"'{path}'" for path in files)
        self._context.sql(f"CREATE EXTERNAL TABLE {name} ({columns}) STORED AS PARQUET LOCATION ({places})")

    def _literal(self, path: str) -> str:
        value = Path(path).parent.name.partition("=")[2]
        return f"CAST('{value}' AS {TYPES[self._partition or '']}) AS {self._partition}"

    def _union(self, name: str) -> None:
        groups: dict[str, list[str]] = {}
        for path in [str(self._folder / p) for p in self._adds["path"].to_pylist()]:
            groups.setdefault(str(Path(path).parent), []).append(path)
        parts = []
        for at, files in enumerate(groups.values()):
            self._table(f"{name}_{at}", files)
            shown = ", ".join(self._literal(files[0]) if c == self._partition else c for c in COLUMNS)
            parts.append(f"SELECT {shown} FROM {name}_{at}")
        self._context.sql(f"CREATE VIEW {name} AS {' UNION ALL '.join(parts)}")

    def _farm(self, name: str) -> None:
        farm = Path(self._farms.name) / name
        for path in self._adds["path"].to_pylist():
            link = farm / path
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(self._folder / path)
        types = {f.name: f.type for f in pa.schema(DeltaTable(str(self._folder)).schema().to_arrow())}
        schema = pa.schema([(c, types[c]) for c in COLUMNS if c != self._partition])
        self._context.register_listing_table(name, str(farm), table_partition_cols=[("day", pa.date32())], schema=schema)

    def _without(self, query: Query, name: str, files: Sequence[str]) -> str | None:
        """Make the table of a query without deleted rows; return its SQL where that is another one."""
        gone = {path: self._deleted[path] for path in files}
        if query.name == "count":
            self._table(name, files)
            return f"SELECT count(*) - {sum(map(len, gone.values()))} AS n FROM {name}"
        parts = []
        for at, (path, rows) in enumerate(gone.items()):
            self._table(f"{name}_{at}", [path])
            self._context.register_record_batches(f"{name}_dv{at}", [[pa.record_batch({"row": rows})]])
            inner = f"SELECT *, file_row_index() AS row_number FROM {name}_{at}"
            parts.append(f"SELECT {', '.join(COLUMNS)} FROM {name}_dv{at} AS d RIGHT ANTI JOIN ({inner}) AS f ON d.row = f.row_number")
        self._context.sql(f"CREATE VIEW {name} AS {' UNION ALL '.join(parts)}")
        return None


def _deleted(table: DeltaTable) -> dict[str, pa.Array]:
    """Return the numbers of deleted rows by path."""
    found = {}
    for batch in pa.RecordBatchReader.from_stream(table.deletion_vectors()):
        for path, kept in zip(batch["filepath"].to_pylist(), batch["selection_vector"], strict=True):
            found[unquote(path.removeprefix("file://"))] = pc.indices_nonzero(pc.invert(kept.values)).cast(pa.int64())
    return found
