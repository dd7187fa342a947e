"""Change data under every kind of commit, in any order: replayed onto where they start, changes give where they end.

A machine writes a table through the library's own writers with the feed on, and reads windows of its changes through
treadle. They equal the library's reader's wherever that reads, and replay to the end version's rows always.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import treadle
from tests.support.changes import FEED, MARKS, by_library
from tests.support.deletion_vectors import active, mark
from tests.support.replay import replayed
from tests.support.same_rows import bag, columns

AT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    {"id": pa.int64(), "p": pa.string(), "s": pa.string(), "f": pa.float64(), "day": pa.date32(), "at": AT},
)
MANY = int(os.environ.get("TREADLE_CHANGES_EXAMPLES", "0"))
"""How many tables to try, in place of the few that the suite tries."""

TEXT = st.sampled_from(["", "a", "b", "it's", 'say "x"', "100%", "a/b", "p=q", "é 北", "%20", " "])
TIMES = st.sampled_from(
    [
        dt.datetime(1900, 1, 1, tzinfo=dt.UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, dt.UTC),
        dt.datetime(2020, 2, 29, tzinfo=dt.UTC),
    ]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 5) | st.sampled_from([-(2**63), 2**63 - 1]),
            "p": st.none() | TEXT,
            "s": st.none() | TEXT,
            "f": st.none() | st.sampled_from([0.5, -0.0, float("nan"), float("inf"), 5e-324, 1e308]),
            "day": st.none() | st.sampled_from([dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29)]),
            "at": st.none() | TIMES,
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row["id"],
)
SOME = st.sampled_from(["id < 2", "id >= 3", "s IS NULL", "s = ''", "s = 'it''s'", "p = '100%'", "p IS NULL", "id = 9223372036854775807"])


class Changes(RuleBasedStateMachine):
    """One table, written and read after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.path = self.root / "t"
        self.connection = treadle.connect(self.root)
        self.partitioned = False
        self.extra: list[str] = []
        self.checked = -1
        self.marked: list[int] = []

    def teardown(self) -> None:
        self.connection.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(rows=ROWS, partitioned=st.booleans())
    def create(self, rows: list[dict[str, Any]], partitioned: bool) -> None:
        self.partitioned = partitioned
        write_deltalake(str(self.path), self._table(rows), partition_by=["p"] if partitioned else None, configuration=FEED)

    @rule(rows=ROWS)
    def append(self, rows: list[dict[str, Any]]) -> None:
        write_deltalake(str(self.path), self._table(rows), mode="append")

    @rule(rows=ROWS)
    def overwrite(self, rows: list[dict[str, Any]]) -> None:
        write_deltalake(str(self.path), self._table(rows), mode="overwrite")

    @precondition(lambda self: not self.has_vectors())
    @rule(rows=ROWS, value=TEXT.filter(bool))
    def replace(self, rows: list[dict[str, Any]], value: str) -> None:
        """Replace the rows of one value of `p`, which is a partition of partitioned tables."""
        mine = [{**row, "p": value} for row in rows]
        quoted = value.replace("'", "''")
        write_deltalake(str(self.path), self._table(mine), mode="overwrite", predicate=f"p = '{quoted}'")

    @precondition(lambda self: not self.has_vectors())
    @rule(where=SOME, value=TEXT)
    def update(self, where: str, value: str) -> None:
        quoted = value.replace("'", "''")
        DeltaTable(str(self.path)).update({"s": f"'{quoted}'", "f": "NULL"}, predicate=where)

    @precondition(lambda self: not self.has_vectors())
    @rule(where=SOME)
    def delete(self, where: str) -> None:
        DeltaTable(str(self.path)).delete(where)

    @precondition(lambda self: not self.has_vectors())
    @rule(rows=ROWS, gone=st.booleans())
    def merge(self, rows: list[dict[str, Any]], gone: bool) -> None:
        merged = DeltaTable(str(self.path)).merge(self._table(rows), "t.id = s.id", source_alias="s", target_alias="t")
        merged = merged.when_matched_update_all().when_not_matched_insert_all()
        (merged.when_not_matched_by_source_delete("t.id < 2") if gone else merged).execute()

    @precondition(lambda self: not self.has_vectors())
    @rule()
    def optimize(self) -> None:
        DeltaTable(str(self.path)).optimize.compact()

    @precondition(lambda self: len(self.extra) < 2)
    @rule(rows=ROWS)
    def add_column(self, rows: list[dict[str, Any]]) -> None:
        self.extra.append(f"x{len(self.extra)}")
        write_deltalake(str(self.path), self._table(rows), mode="append", schema_mode="merge")

    @rule(back=st.integers(1, 3))
    def restore(self, back: int) -> None:
        table = DeltaTable(str(self.path))
        if table.version() >= back:
            table.restore(table.version() - back)
            self.extra = [name for name in DeltaTable(str(self.path)).schema().to_arrow().names if name.startswith("x")]

    @precondition(lambda self: not self.has_vectors())
    @rule(every=st.integers(1, 3), storage=st.sampled_from(["i", "u"]))
    def mark_deleted(self, every: int, storage: Literal["i", "u"]) -> None:
        """Delete some rows by deletion vectors, which the library does not write; its own writers then only add and remove whole files."""
        files = active(self.path)
        counts = {path: json.loads(add["stats"])["numRecords"] for path, add in files.items() if add.get("stats")}
        self.marked.append(mark(self.path, {path: list(range(0, count, every)) for path, count in counts.items()}, storage))

    def has_vectors(self) -> bool:
        """Say whether an active file has a deletion vector."""
        return bool(self.marked) and any("deletionVector" in add for add in active(self.path).values())

    @rule()
    def checkpoint(self) -> None:
        DeltaTable(str(self.path)).create_checkpoint()

    @invariant()
    def changes_are_right(self) -> None:
        """Read the window of the newest commits, and those of all commits, once per version."""
        if not (self.path / "_delta_log").is_dir():
            return
        head = int(DeltaTable(str(self.path)).version())
        if head == self.checked:
            return
        first, self.checked = max(0, self.checked), head
        for start in {0, first, head}:
            self._check(start, head)

    def _table(self, rows: list[dict[str, Any]]) -> pa.Table:
        schema = SCHEMA
        for name in self.extra:
            schema = schema.append(pa.field(name, pa.string()))
        return pa.Table.from_pylist([{**row, **{name: f"{name} of {row['id']}" for name in self.extra}} for row in rows], schema)

    def _check(self, start: int, end: int) -> None:
        sql = "SELECT * FROM read_delta_cdf($path, start_version => $first, end_version => $last)"
        try:
            found = self.connection.query(sql, path="t", first=start, last=end).to_arrow()
        except treadle.TreadleError as refused:
            assert refused.diagnostics[0].code == "T4025" and self._lost_a_column(start, end), refused
            return
        names = [name for name in found.column_names if name not in MARKS]
        before = self._rows(start - 1, names) if start else Counter()
        assert replayed(before, found, names) == self._rows(end, names), f"changes of {start} to {end}"
        theirs = None if any(version <= end for version in self.marked) else self._library(start, end)
        if theirs is not None:
            shared = [name for name in found.column_names if name in theirs.column_names]
            assert set(names) <= set(shared)
            kinds = columns(theirs.schema)
            assert {name: kind for name, kind in columns(found.schema).items() if name not in MARKS} == {n: kinds[n] for n in names}
            assert bag(found, shared) == bag(theirs, shared), f"the library's changes of {start} to {end}"

    def _lost_a_column(self, start: int, end: int) -> bool:
        known = [set(DeltaTable(str(self.path), version=v).schema().to_arrow().names) for v in range(max(0, start - 1), end + 1)]
        return any(earlier - later for earlier, later in zip(known, known[1:], strict=False))

    def _rows(self, version: int, names: list[str]) -> Counter[Hashable]:
        table = self._as_delta(pa.table(DeltaTable(str(self.path), version=version).scan()))
        for name in names:
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
        return bag(table, names)

    def _as_delta(self, table: pa.Table) -> pa.Table:
        """Return the library's rows as the protocol has them: an empty text as a partition value is null."""
        if not self.partitioned:
            return table
        at = table.schema.get_field_index("p")
        values = [value or None for value in table.column(at).to_pylist()]
        return table.set_column(at, "p", pa.array(values, pa.string()))

    def _library(self, start: int, end: int) -> pa.Table | None:
        try:
            return self._as_delta(by_library(self.path, start, end))
        except Exception:
            return None  # it can't read what lies under names that are escaped


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=MANY or 12, stateful_step_count=12 if MANY else 7, deadline=None, derandomize=not MANY,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
