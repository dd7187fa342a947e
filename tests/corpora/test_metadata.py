"""What foreign tables say of themselves: commits, state and files are those that the library knows."""

from __future__ import annotations

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.corpora import require_corpora
from tests.support.delta_support import read_entries

READ = [name for name, entry in read_entries().items() if entry.reader != "refused" and not name.startswith("made/")]


@pytest.fixture(scope="module")
def connection() -> treadle.Connection:
    return treadle.connect(require_corpora())


@pytest.mark.parametrize("name", READ)
def test_tables_about_a_table(connection: treadle.Connection, name: str) -> None:
    table = DeltaTable(str(connection.root / name))
    adds = pa.table(table.get_add_actions(flatten=False))
    state = connection.query('SELECT version, id, "numFiles", "sizeInBytes", "partitionColumns" FROM delta_snapshot($path)', path=name)
    sizes = sum(adds["size_bytes"].to_pylist())
    assert state.fetchall() == [(table.version(), str(table.metadata().id), adds.num_rows, sizes, list(table.metadata().partition_columns))]
    files = connection.query("SELECT path, size_bytes, num_records FROM delta_add_actions($path)", path=name).fetchall()
    known = zip(*(adds[column].to_pylist() for column in ("path", "size_bytes", "num_records")), strict=True)
    assert sorted(files, key=repr) == sorted(known, key=repr)
    found = dict(connection.query("SELECT version, operation FROM delta_history($path)", path=name).fetchall())
    theirs = {one["version"]: one.get("operation") for one in table.history() if "version" in one}
    assert max(found, default=table.version()) <= table.version()
    assert {version: found[version] for version in theirs if version in found} == {v: o for v, o in theirs.items() if v in found}
