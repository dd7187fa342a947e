"""Which files a scan reads, by which reader; pruning on real tables."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from tests.support.delta_log import HandMade, column
from tests.support.lake import raised
from treadle.dialect.types import BIGINT, DOUBLE, INT, VARCHAR, timestamp
from treadle.planner.ports import FileSelection, SourceRef
from treadle.planner.predicates import And, Compare, InValues, IsNull, Predicate, Unknown
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake
from treadle.runtime.lake.deletion_vectors import marked_rows
from treadle.runtime.lake.kept_files import kept_files


def selected(lake: DeltaLake, path: Path, predicate: Predicate | None = None) -> FileSelection:
    pin = lake.cut([SourceRef("delta", str(path))]).pins[0]
    return lake.select(pin, None, predicate)


def is_(column: str, operator: str, value: object, type_: object = VARCHAR) -> Compare:
    return Compare((column,), operator, Value(type_, value))  # type: ignore[arg-type]


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    """Return a table of four files: two origins (one null), two days each."""
    path = tmp_path / "flights"
    for day, delay in ((1, 1.0), (2, 50.0)):
        when = dt.datetime(2013, 1, day, 12, 0, 0, 123456)
        for origin in ("JFK", None):
            columns = {"origin": pa.array([origin], pa.string()), "at": [when], "delay": [delay], "id": [day]}
            write_deltalake(str(path), pa.table(columns), mode="append", partition_by=["origin"])
    return path


def test_partitions_first_then_statistics(lake: DeltaLake, flights: Path) -> None:
    found = selected(lake, flights, And((is_("origin", "=", "JFK"), is_("id", "=", 2, BIGINT))))
    assert (found.reader, found.total, found.after_partitions, len(found.files)) == ("native", 4, 2, 1)
    (file,) = found.files
    assert file.partition == (("origin", Value(VARCHAR, "JFK")),)
    assert (file.rows, Path(file.path).stat().st_size) == (1, file.size)
    assert not found.fallback


@pytest.mark.parametrize(
    ("predicate", "left"),
    [
        (IsNull(("origin",)), 2),
        (InValues(("origin",), (Value(VARCHAR, "LGA"),)), 0),
        (is_("at", "<=", dt.datetime(2013, 1, 1, 12, 0, 0, 123000), timestamp()), 2),  # the log's maximum is cut to .123
        (is_("at", "=", dt.datetime(2013, 1, 1, 12, 0, 0, 123456), timestamp()), 2),
        (is_("at", ">", dt.datetime(2013, 1, 2, 12, 0, 0, 123456), timestamp()), 2),  # the millisecond may hold more
        (is_("at", ">", dt.datetime(2013, 1, 2, 12, 0, 0, 124001), timestamp()), 0),
        (is_("delay", ">", 99.0, DOUBLE), 4),  # NaN would be greater, and no statistics know of it
        (is_("delay", "<", 1.0, DOUBLE), 0),
        (Unknown("random() < delay"), 4),
        (None, 4),
    ],
)
def test_files_left(lake: DeltaLake, flights: Path, predicate: Predicate | None, left: int) -> None:
    assert len(selected(lake, flights, predicate).files) == left


def test_struct_fields_and_missing_statistics(lake: DeltaLake, tmp_path: Path) -> None:
    path = tmp_path / "t"
    for i in (1, 2):
        write_deltalake(str(path), pa.table({"s": [{"a.b": i}], "a": [i]}), mode="append")
    assert len(selected(lake, path, Compare(("s", "a.b"), "=", Value(BIGINT, 2))).files) == 1
    assert len(selected(lake, path, Compare(("s", "no"), "=", Value(BIGINT, 2))).files) == 2


def test_special_partition_values(lake: DeltaLake, tmp_path: Path) -> None:
    values = ["a b", "a/b", "100%", "é=ü", "%20", "x:y", "'", '"', None]
    path = tmp_path / "with space"
    write_deltalake(str(path), pa.table({"p": pa.array(values), "i": range(len(values))}), partition_by=["p"])
    found = selected(lake, path)
    assert Counter(f.partition[0][1].value for f in found.files) == Counter(values)
    for file in found.files:
        assert pq.read_table(file.path).num_rows == 1
    assert len(selected(lake, path, is_("p", "=", "%20")).files) == 1


def test_an_empty_partition_value_is_null(lake: DeltaLake, tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "t"), pa.table({"p": ["", "x"], "i": [1, 2]}), partition_by=["p"])
    assert {f.partition[0][1].value for f in selected(lake, tmp_path / "t").files} == {None, "x"}


@pytest.mark.parametrize(
    "name",
    [
        "delta-rs/table-with-dv-small",
        "delta-rs/table_with_column_mapping",
        "kernel/data-reader-timestamp_ntz-id-mode/delta",
        "kernel/unshredded-variant",
    ],
)
def test_nothing_needs_another_reader(lake: DeltaLake, corpora: Path, name: str) -> None:
    found = selected(lake, corpora / name)
    assert (found.reader, found.fallback, found.notes) == ("native", False, ())
    assert len(found.files) == found.total


def test_deleted_rows_are_told_by_their_vectors(lake: DeltaLake, corpora: Path) -> None:
    (file,) = selected(lake, corpora / "delta-rs/table-with-dv-small").files
    (vector,) = file.without
    assert (vector.cardinality, marked_rows(vector, file.path).to_pylist()) == (2, [0, 9])


def test_missing_vectors_are_named(lake: DeltaLake, corpora: Path, tmp_path: Path) -> None:
    shutil.copytree(corpora / "delta-rs/table-with-dv-small", tmp_path / "t")
    (vector,) = (tmp_path / "t").glob("deletion_vector_*.bin")
    vector.parent.chmod(0o755)
    vector.unlink()
    assert vector.name in raised("T4008", lambda: selected(lake, tmp_path / "t"))


def test_stored_names_are_the_files(lake: DeltaLake, corpora: Path) -> None:
    found = selected(lake, corpora / "delta-rs/table_with_column_mapping")
    assert found.stored is not None
    footer = pq.read_schema(found.files[0].path)
    assert set(footer.names) < set(found.stored.names)  # the partition column is in no file


def test_missing_files_are_named(lake: DeltaLake, flights: Path) -> None:
    victim = selected(lake, flights).files[0].path
    Path(victim).unlink()
    assert Path(victim).name in raised("T4008", lambda: selected(lake, flights))


def test_mapping_by_id_goes_by_the_numbers_of_files(lake: DeltaLake, corpora: Path, tmp_path: Path) -> None:
    """By name every reader gives nulls there, silently; a file without numbers and names can't be told."""
    path = tmp_path / "t"
    shutil.copytree(corpora / "kernel/data-reader-timestamp_ntz-id-mode/delta", path)
    for keeps in (True, False):
        for file in path.rglob("*.parquet"):
            file.chmod(0o644)
            table = pq.read_table(file)
            fields = [f.with_name(f"renamed_{i}") for i, f in enumerate(table.schema)]
            schema = pa.schema(fields if keeps else [f.remove_metadata() for f in fields])
            pq.write_table(pa.table(table.columns, schema=schema), file)
        if keeps:
            stored = {one.stored for one in selected(lake, path).files}
            assert len(stored) == 1 and None not in stored
            assert any(name.startswith("renamed_") for one in stored if one for name in one.names)
    assert "maps columns by id" in raised("T4006", lambda: selected(lake, path))


def test_shallow_clones(lake: DeltaLake, tmp_path: Path) -> None:
    """The log may hold absolute paths: as URLs or bare, encoded once."""
    import json
    from urllib.parse import quote

    source, clone = tmp_path / "the source", tmp_path / "clone"
    write_deltalake(str(source), pa.table({"i": [1]}))
    shutil.copytree(source / "_delta_log", clone / "_delta_log")
    log = clone / "_delta_log" / f"{0:020d}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    data = next(a["add"] for a in actions if "add" in a)
    real = source / data["path"]
    here = quote(str(real))
    for logged in (f"file://{here}", here, f"file:{here}", f"file://localhost{here}", f"FILE://{here}"):
        data["path"] = logged
        log.write_text("".join(json.dumps(a) + "\n" for a in actions))
        assert [f.path for f in selected(DeltaLake(tmp_path), clone).files] == [str(real)]


@pytest.mark.parametrize("url", ["s3://bucket/a.parquet", "abfss://c@a.dfs.core.windows.net/a.parquet", "hdfs:///a.parquet"])
def test_files_of_a_clone_that_are_elsewhere(lake: DeltaLake, tmp_path: Path, url: str) -> None:
    made = HandMade(tmp_path / "t").create(column("i", "long"))
    made.commit(made.file("a.parquet", pa.table({"i": [1]}), at=url))
    assert f"not on this machine, the first is `{url}`" in raised("T4008", lambda: selected(lake, made.path))


@pytest.mark.parametrize(
    ("column", "value", "places"),
    [
        (("IntegerType",), Value(INT, 0), 1),
        (("IntegerType",), Value(INT, -1), 0),
        (("nested_struct", "aa"), Value(VARCHAR, "0"), 1),
        (("nested_struct", "ac", "aca"), Value(INT, 4), 1),
        (("nested_struct", "no"), Value(INT, 5), 2),
    ],
)
def test_statistics_stand_under_the_files_own_names(
    lake: DeltaLake, corpora: Path, column: tuple[str, ...], value: Value, places: int
) -> None:
    pin = lake.cut([SourceRef("delta", str(corpora / "kernel/table-with-columnmapping-mode-name/delta"))]).pins[0]
    found = kept_files(lake.snapshot(pin), Compare(column, "=", value)).places
    assert found is not None or places == 2
    assert found is None or len(found) == places
