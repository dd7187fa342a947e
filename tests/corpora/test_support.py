"""Every Delta table that is known is read as `support.toml` says, and its rows are right."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

import treadle
from tests.support.command import inside
from tests.support.corpora import CORPORA, library_rows, names, require_corpora, selected, written_down
from tests.support.delta_support import FILE, as_toml, entry_of, moved, read_entries
from tests.support.made_tables import MADE, make
from tests.support.same_rows import columns, require_same

ENTRIES = read_entries()
CORPUS = [name for name in ENTRIES if not name.startswith("made/")]
READ = [name for name in CORPUS if ENTRIES[name].reader != "refused"]
SHARE = 0.95
"""Of the tables that can be read, how many are to be read natively."""

Change = Callable[[pa.Table], pa.Table]


def _zones(table: pa.Table) -> pa.Table:
    return table.drop_columns(["as_timestamp"])


OTHERWISE: dict[str, tuple[str, Change]] = {
    "kernel/data-reader-partition-values/delta": (
        "its partition values are times without a zone, which a session in US-Pacific time wrote; Spark's rows are in that zone, "
        "and the protocol's are in UTC",
        _zones,
    ),
}
"""Tables whose rows differ from Spark's, why, and what is left to compare."""
WRONG_IN_THE_LIBRARY = {"delta-rs/table_with_edge_timestamps": "it reads INT96 of the year 9999 by way of nanoseconds, as 1816"}


@pytest.fixture(scope="module")
def connection() -> treadle.Connection:
    return treadle.connect(require_corpora())


def test_every_table_is_read_as_the_file_says(tmp_path: Path, expect: Callable[[Path, str], None], request: pytest.FixtureRequest) -> None:
    """A table read worse than before fails, one read better asks for `--accept`; so do new tables, and entries of tables that are gone."""
    with treadle.connect(tmp_path) as connection:
        for name in MADE:
            make(name, tmp_path)
        found = {f"made/{name}": entry_of(connection, f"made/{name}") for name in MADE}
    if CORPORA.is_dir() or os.environ.get("CI"):
        with treadle.connect(require_corpora()) as connection:
            found.update((name, entry_of(connection, name)) for name in names())
    else:
        found.update((name, ENTRIES[name]) for name in CORPUS)
    worse, better = moved(ENTRIES, found)
    if not request.config.getoption("--accept"):
        assert not worse, f"read worse than before: {[(name, found[name]) for name in worse]}"
        assert not better, f"read better than before, `--accept` takes it over: {better}"
        assert set(found) == set(ENTRIES), f"without an entry, or without a table: {sorted(set(found) ^ set(ENTRIES))}"
    expect(FILE, as_toml(found))


def test_nearly_all_are_read_natively() -> None:
    readable = [entry.reader for name, entry in ENTRIES.items() if entry.reader != "refused" and name in CORPUS]
    assert readable.count("native") >= SHARE * len(readable), f"{readable.count('native')} of {len(readable)}"


def test_what_is_not_read_says_why() -> None:
    for name, entry in ENTRIES.items():
        assert bool(entry.reason) >= (entry.reader == "fallback"), name
        assert bool(entry.code) == (entry.reader == "refused"), name


@pytest.mark.parametrize("name", READ)
def test_rows_are_right(connection: treadle.Connection, name: str) -> None:
    """A table's rows are those that Spark wrote down, else those of the library's own scan; `count(*)` counts them."""
    found = selected(connection, name).to_arrow()
    wanted = written_down(name)
    if wanted is None:
        wanted = library_rows(CORPORA / name)
        assert not isinstance(wanted, str), wanted
    if name in WRONG_IN_THE_LIBRARY:
        _require_edge_timestamps(found, wanted)
    elif name in OTHERWISE:
        _, left = OTHERWISE[name]
        assert columns(found.schema) == columns(wanted.schema)
        with pytest.raises(AssertionError):  # else the exception is none any more
            require_same(found, wanted)
        require_same(left(found), left(wanted))
    else:
        require_same(found, wanted)
    assert connection.query("SELECT count(*) FROM read_delta($path)", path=name).fetchall() == [(found.num_rows,)]


def test_times_without_a_zone_in_partitions_are_utc(connection: treadle.Connection) -> None:
    name = next(iter(OTHERWISE))
    library = library_rows(require_corpora() / name)
    assert not isinstance(library, str)
    require_same(selected(connection, name).to_arrow(), library)


def _require_edge_timestamps(found: pa.Table, library: pa.Table) -> None:
    assert columns(found.schema) == columns(library.schema)
    rows = sorted(found.to_pylist(), key=lambda row: row["id"]) if "id" in found.column_names else found.to_pylist()
    assert {value for row in rows for value in row.values() if isinstance(value, dt.datetime) and value.year == 9999} == {
        dt.datetime(9999, 12, 30, tzinfo=dt.UTC),
        dt.datetime(9999, 12, 31, tzinfo=dt.UTC),
    }
    assert any(value.year == 1816 for row in library.to_pylist() for value in row.values() if isinstance(value, dt.datetime))


@pytest.mark.parametrize(
    "name", ["kernel/data-reader-escaped-chars/delta", "kernel/parquet-all-types/delta", "delta-rs/table-with-dv-small"]
)
def test_the_command_reads_the_same(name: str, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    root = require_corpora()
    ended = inside(tmp_path, "query", f"SELECT * FROM read_delta('{root / name}')", "-o", "rows.parquet")
    assert ended.status == 0, ended
    wanted = written_down(name)
    wanted = library_rows(root / name) if wanted is None else wanted
    assert not isinstance(wanted, str)
    require_same(pq.read_table(tmp_path / "rows.parquet"), wanted)


@pytest.mark.parametrize("name", [name for name in CORPUS if ENTRIES[name].reader == "refused"])
def test_refusals_have_their_code(name: str, tmp_path: Path) -> None:
    """The command says what is wrong with the table by a code and its name, without a traceback."""
    root = require_corpora()
    ended = inside(tmp_path, "query", f"SELECT * FROM read_delta('{root / name}')")
    assert ended.status == 1
    assert ENTRIES[name].code in ended.stderr and "Traceback" not in ended.stderr
    assert ended.stdout == ""
