"""Sources at a time that is counted from `now()`: bound, run, locked and asked again at the clock of each."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.support.command import inside
from tests.support.delta_log import HandMade, column
from tests.support.place import Place

HOUR = 3_600_000


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A table that had one column and one row three hours ago, and has had two of each for one hour."""
    made = HandMade(tmp_path / "lake/t").create(column("i", "long"), settings={"delta.enableChangeDataFeed": "true"})
    now = time.time_ns() // 1_000_000
    made.commit(made.file("a.parquet", pa.table({"i": [1]})), info={"timestamp": now - 3 * HOUR})
    both = (column("i", "long"), column("j", "long"))
    added = made.file("b.parquet", pa.table({"i": [2], "j": [2]}))
    made.commit(made.metadata(*both, settings={"delta.enableChangeDataFeed": "true"}), added, info={"timestamp": now - HOUR})
    return Place(tmp_path)


@pytest.mark.parametrize(("ago", "columns"), [("2 hours", ["i"]), ("1 minute", ["i", "j"])])
def test_columns_and_rows_are_those_of_then(place: Place, ago: str, columns: list[str]) -> None:
    source = f"read_delta('lake/t', timestamp => now() - INTERVAL '{ago}')"
    place.sql(f"CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT * FROM {source};")
    assert place.treadle("lock").status == 0
    for arguments in (["run"], ["run", "--locked"]):
        said = place.treadle(*arguments)
        assert said.status == 0, said
        written = pa.table(DeltaTable(str(place.root / "out/v")).scan())
        assert written.column_names == columns and len(written) == len(columns)


def test_other_tables_of_a_table(place: Place) -> None:
    ended = inside(
        place.root, "query", "SELECT version FROM delta_snapshot('lake/t', timestamp => now() - INTERVAL '2 hours')", "--format", "csv"
    )
    assert ended.status == 0 and ended.stdout.split() == ["version", "1"], ended
    changes = "read_delta_cdf('lake/t', start_timestamp => now() - INTERVAL '2 hours')"
    ended = inside(place.root, "query", f"SELECT i FROM {changes}", "--format", "csv")
    assert ended.status == 0 and ended.stdout.split() == ["i", "2"], ended


def test_before_the_first_commit(place: Place) -> None:
    said = place.treadle("query", "SELECT i FROM read_delta('lake/t', timestamp => now() - INTERVAL '100000 days')")
    assert said.codes == {"T4005"}
