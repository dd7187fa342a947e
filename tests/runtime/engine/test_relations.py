"""Relations: every reader gives exactly the promised columns and rows, on real files and Delta tables."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from treadle.dialect.diagnostics import Bug, TreadleError
from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    TIME,
    VARCHAR,
    DataType,
    Field,
    Schema,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.bundle import ScanPlan
from treadle.planner.ports import DataFile, FileSelection, PinnedSource, SourceRef
from treadle.planner.values import Value
from treadle.runtime.engine.arrow_types import arrow_schema, same_columns, schema
from treadle.runtime.engine.execute import execute
from treadle.runtime.engine.relations import register
from treadle.runtime.engine.rows import register_batches
from treadle.runtime.session import Session

AB = Schema((Field("a", BIGINT), Field("b", VARCHAR)))


def scan(kind: str, columns: Schema, files: list[DataFile], reader: str = "native", location: str = "", **pin: object) -> ScanPlan:
    options: Mapping[str, Value] = pin.pop("options", {})  # type: ignore[assignment]
    ref = SourceRef(kind, location, options=tuple(options.items()))  # type: ignore[arg-type]
    pinned = PinnedSource(ref, columns, **pin)  # type: ignore[arg-type]
    chosen = FileSelection(reader, len(files), len(files), tuple(files))  # type: ignore[arg-type]
    return ScanPlan("r0", "source", "s", columns, columns.names, None, (), pinned, chosen)


def rows(session: Session, columns: Schema, select: str = "SELECT * FROM r0") -> list[tuple[object, ...]]:
    table = execute(session, select, {}).table()
    if select == "SELECT * FROM r0":
        assert same_columns(schema(table.schema), columns)
    found = [tuple(row.values()) for row in table.to_pylist()]
    return sorted(found, key=repr)


def write(path: Path, data: dict[str, list[object]], columns: Schema | None = None) -> DataFile:
    table = pa.table(data, schema=None if columns is None else arrow_schema(columns))
    pq.write_table(table, path)
    return DataFile(str(path), path.stat().st_size, table.num_rows)


def test_declared_columns_keep_zones_case_and_precision(session: Session, tmp_path: Path) -> None:
    columns = Schema(
        (
            Field("Id", BIGINT, False),
            Field('say "hi"', VARCHAR),
            Field("t", timestamp(6)),
            Field("tz", timestamp(6, "UTC")),
            Field("ms", timestamp(3, "UTC")),
            Field("St", struct(Field("X y", INT), Field("when", timestamp(6, "UTC")), Field("in", struct(Field("Deep", decimal(20, 3)))))),
            Field("l", list_of(struct(Field("A", VARCHAR)))),
            Field("n", decimal(38, 10)),
            Field("b", BYTEA),
            Field("d", DATE),
            Field("time", TIME),
            Field("f", DataType("FLOAT")),
            Field("u", DataType("INT UNSIGNED")),
            Field("ok", BOOLEAN),
        )
    )
    when = datetime(2013, 1, 1, 1, 2, 3, 456000, tzinfo=UTC)
    row: dict[str, list[object]] = {
        "Id": [1],
        'say "hi"': ["x"],
        "t": [when.replace(tzinfo=None)],
        "tz": [when],
        "ms": [when],
        "St": [{"X y": 1, "when": when, "in": {"Deep": Decimal("1.500")}}],
        "l": [[{"A": "q"}, None]],
        "n": [Decimal("1.5000000000")],
        "b": [b"\0\xff"],
        "d": [date(2013, 1, 1)],
        "time": [when.time()],
        "f": [0.5],
        "u": [2**32 - 1],
        "ok": [True],
    }
    found = register(session, scan("parquet", columns, [write(tmp_path / "a.parquet", row, columns)]))
    assert (found.how, found.files) == ("files", 1)
    assert rows(session, columns) == [tuple(values[0] for values in row.values())]
    assert [f.nullable for f in session.plan("SELECT * FROM r0", {}).schema()] == [c.nullable for c in columns]


def test_types_that_cannot_be_declared_are_read_through_links(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("m", map_of(VARCHAR, INT)), Field("zone", timestamp(6, "Europe/Berlin")), Field("nothing", DataType("NULL"))))
    when = datetime(2013, 1, 1, tzinfo=UTC)
    files = [write(tmp_path / f"{i}.parquet", {"m": [[("k", i)]], "zone": [when], "nothing": [None]}, columns) for i in range(3)]
    assert register(session, scan("parquet", columns, files)).how == "files"
    assert [row[0] for row in rows(session, columns)] == [[("k", i)] for i in range(3)]
    assert register(session, scan("parquet", columns, files[:1])).how == "files"
    assert len(rows(session, columns)) == 1


@pytest.mark.parametrize("name", ["a b%20é.parquet", "p=x*y[1].parquet", "q?u#s'v\"w.parquet", "noext", "%41.parquet", "{x},y.parquet"])
def test_paths_are_taken_literally(session: Session, tmp_path: Path, name: str) -> None:
    decoy = write(tmp_path / "p=xzy1.parquet", {"a": [2], "b": ["no"]})
    assert decoy.rows == 1
    register(session, scan("parquet", AB, [write(tmp_path / name, {"a": [1], "b": ["x"]})]))
    assert rows(session, AB) == [(1, "x")]


def test_missing_narrow_and_reordered_columns_of_files(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("a", BIGINT), Field("b", VARCHAR), Field("s", struct(Field("x", BIGINT), Field("y", DOUBLE)))))
    narrow = Schema((Field("s", struct(Field("y", DataType("FLOAT")), Field("x", INT))), Field("a", INT)))
    files = [
        write(tmp_path / "old.parquet", {"s": [{"y": 0.5, "x": 1}], "a": [1]}, narrow),
        write(tmp_path / "new.parquet", {"a": [2], "b": ["n"], "s": [{"x": 2, "y": 1.5}]}, columns),
    ]
    register(session, scan("parquet", columns, files))
    assert rows(session, columns) == [(1, None, {"x": 1, "y": 0.5}), (2, "n", {"x": 2, "y": 1.5})]


def test_no_files_is_an_empty_relation(session: Session) -> None:
    columns = Schema((Field("a", BIGINT, False), Field("m", map_of(VARCHAR, INT))))
    assert register(session, scan("delta", columns, [])).how == "no files"
    assert rows(session, columns) == []


def test_a_file_that_went_missing_is_refused(session: Session, tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", {"a": [1], "b": ["x"]})
    Path(file.path).unlink()
    with pytest.raises(TreadleError, match="T4008"):
        register(session, scan("parquet", AB, [file]))


PARTITIONED = Schema((Field("p", VARCHAR), Field("a", BIGINT), Field("d", DATE), Field("n", decimal(5, 2))))
PARTS = (("p", VARCHAR), ("d", DATE), ("n", decimal(5, 2)))


def partitions(folder: Path, count: int) -> tuple[list[DataFile], list[tuple[object, ...]]]:
    """Return files of so many partitions, two each, one of them all null, with the rows that they hold."""
    files, expected = [], []
    for i in range(count):
        values = (None, None, None) if i == 0 else (f"it's {i}", date(2013, 1, 1 + i % 28), Decimal(f"{i}.50"))
        for half in range(2):
            path = folder / f"{i}-{half}.parquet"
            pq.write_table(pa.table({"a": [i * 2 + half]}), path)
            typed = tuple((name, Value(kind, value)) for (name, kind), value in zip(PARTS, values, strict=True))
            files.append(DataFile(str(path), path.stat().st_size, 1, typed))
            expected.append((values[0], i * 2 + half, *values[1:]))
    return files, expected


@pytest.mark.parametrize(
    ("count", "how"),
    [
        (1, "one partition"),
        (2, "2 partitions by union"),
        (25, "25 partitions by union"),
        (26, "25 partitions by links; one partition"),
        (201, "200 partitions by links; one partition"),
    ],
)
def test_partition_values_come_from_the_log(session: Session, tmp_path: Path, count: int, how: str) -> None:
    files, expected = partitions(tmp_path, count)
    assert register(session, scan("delta", PARTITIONED, files)).how == how
    assert rows(session, PARTITIONED) == sorted(expected, key=repr)
    assert rows(session, PARTITIONED, "SELECT count(*) AS n FROM r0") == [(2 * count,)]
    assert rows(session, PARTITIONED, "SELECT a FROM r0 WHERE p IS NULL") == [(0,), (1,)]
    if count > 1:
        assert rows(session, PARTITIONED, "SELECT a FROM r0 WHERE p = 'it''s 1' AND n = 1.5") == [(2,), (3,)]
        assert len(rows(session, PARTITIONED, "SELECT DISTINCT p FROM r0")) == count


def test_files_may_differ_in_which_columns_the_log_has(session: Session, tmp_path: Path) -> None:
    """Change files hold `_change_type` themselves, added and removed files get it; one file may be added and removed."""
    columns = Schema((Field("a", BIGINT), Field("_change_type", VARCHAR, False), Field("p", VARCHAR), Field("_commit_version", BIGINT)))

    def logged(version: int, change: str | None, p: str | None = "x") -> tuple[tuple[str, Value], ...]:
        kind = () if change is None else (("_change_type", Value(VARCHAR, change)),)
        return (("p", Value(VARCHAR, p)), *kind, ("_commit_version", Value(BIGINT, version)))

    held = write(tmp_path / "held.parquet", {"a": [1, 2], "_change_type": ["delete", "update_preimage"]})
    plain = write(tmp_path / "plain.parquet", {"a": [7]})
    bare = write(tmp_path / "bare.parquet", {"a": [9], "_change_type": ["insert"], "p": ["y"], "_commit_version": [0]})
    files = [
        *(replace(held, partition=logged(version, None)) for version in (1, 2)),
        replace(plain, partition=logged(1, "insert")),
        replace(plain, partition=logged(3, "delete", None)),
        bare,
        *(replace(write(tmp_path / f"{v}.parquet", {"a": [v]}), partition=logged(v, "insert")) for v in range(10, 40)),
    ]
    assert register(session, scan("changes", columns, files)).how == "2 partitions by union; 31 partitions by links; one partition; files"
    expected = [(a, kind, "x", version) for version in (1, 2) for a, kind in ((1, "delete"), (2, "update_preimage"))]
    expected += [(7, "insert", "x", 1), (7, "delete", None, 3), (9, "insert", "y", 0)]  # type: ignore[list-item]
    expected += [(version, "insert", "x", version) for version in range(10, 40)]
    assert rows(session, columns) == sorted(expected, key=repr)
    assert rows(session, columns, "SELECT a FROM r0 WHERE _change_type = 'delete' AND _commit_version = 3") == [(7,)]
    assert rows(session, columns, "SELECT count(*) AS n, max(_commit_version) AS v FROM r0") == [(37, 39)]


def test_private_helpers_are_gone_after_registration(session: Session, tmp_path: Path) -> None:
    register(session, scan("delta", PARTITIONED, partitions(tmp_path, 30)[0]))
    assert session.names == {"r0"}


def test_a_table_of_partition_columns_alone_counts_its_rows(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"other": [1, 2, 3]}), path)
    columns = Schema((Field("p", BIGINT),))
    register(session, scan("delta", columns, [DataFile(str(path), 1, 3, (("p", Value(BIGINT, 7)),))]))
    assert rows(session, columns) == [(7,), (7,), (7,)]


def test_partitioned_maps_are_read(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("m", map_of(VARCHAR, INT)), Field("p", VARCHAR)))
    files = []
    for i in range(2):
        path = tmp_path / f"{i}.parquet"
        pq.write_table(pa.table({"m": pa.array([[("k", i)]], pa.map_(pa.string(), pa.int32()))}), path)
        files.append(DataFile(str(path), 1, 1, (("p", Value(VARCHAR, str(i))),)))
    register(session, scan("delta", columns, files))
    assert rows(session, columns) == [([("k", 0)], "0"), ([("k", 1)], "1")]


def test_pruning_reaches_the_parquet_reader(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(100_000)), "b": ["x"] * 100_000}), path, row_group_size=1000)
    register(session, scan("delta", AB, [DataFile(str(path), 1)]))
    execution = execute(session, "SELECT b FROM r0 WHERE a = 77", {})
    assert execution.table().num_rows == 1
    assert execution.operators()[-1].metrics["bytes_scanned"] < path.stat().st_size / 10


CSV = Schema((Field("x", BIGINT), Field("y", VARCHAR), Field("z", DATE)))


def text(path: Path, content: str, opener: object = open) -> DataFile:
    with opener(path, "wt", encoding="utf-8", newline="") as file:  # type: ignore[operator]
        file.write(content)
    return DataFile(str(path), path.stat().st_size)


def test_csv_options(session: Session, tmp_path: Path) -> None:
    file = text(tmp_path / "a.csv", "x;y;z\n# no row\n1;'q;\nr';NA\n2;NA;2013-01-02\n")
    options = {"delimiter": ";", "quote": "'", "comment": "#", "null_value": "NA"}
    typed = {name: Value(VARCHAR, value) for name, value in options.items()}
    register(session, scan("csv", CSV, [file], options=typed))
    assert rows(session, CSV) == [(1, "q;\nr", None), (2, None, date(2013, 1, 2))]


def test_csv_without_a_header(session: Session, tmp_path: Path) -> None:
    register(session, scan("csv", CSV, [text(tmp_path / "a.csv", "1,q,2013-01-02\n")], options={"header": Value(BOOLEAN, False)}))
    assert rows(session, CSV) == [(1, "q", date(2013, 1, 2))]


def test_csv_columns_are_matched_by_name_across_files(session: Session, tmp_path: Path) -> None:
    files = [
        text(tmp_path / "a.csv", "x,y,z\n1,q,2013-01-01\n"),
        text(tmp_path / "b.csv", "y,x\nr,2\n"),
        text(tmp_path / "c.tsv", "z\ty\tx\n2013-01-03\tt\t3\n"),
    ]
    assert register(session, scan("csv", CSV, files)).how == "csv, 3 layouts"
    assert rows(session, CSV) == [(1, "q", date(2013, 1, 1)), (2, "r", None), (3, "t", date(2013, 1, 3))]


@pytest.mark.parametrize("header", ["x,y,other", "x,y,y"])
def test_csv_headers_that_do_not_fit_are_refused(session: Session, tmp_path: Path, header: str) -> None:
    with pytest.raises(TreadleError, match="T6065"):
        register(session, scan("csv", CSV, [text(tmp_path / "a.csv", f"{header}\n1,2,3\n")]))


@pytest.mark.parametrize(("suffix", "opener"), [("gz", gzip.open), ("bz2", bz2.open), ("xz", lzma.open)])
def test_compressed_files_beside_plain_ones(session: Session, tmp_path: Path, suffix: str, opener: object) -> None:
    files = [text(tmp_path / "a.csv", "x,y,z\n1,q,2013-01-01\n"), text(tmp_path / f"b.csv.{suffix}", "x,y,z\n2,r,2013-01-02\n", opener)]
    register(session, scan("csv", CSV, files))
    assert rows(session, CSV) == [(1, "q", date(2013, 1, 1)), (2, "r", date(2013, 1, 2))]
    register(session, scan("json", AB, [text(tmp_path / f"a.json.{suffix}", '{"b": "q", "a": 1}\n{"a": 2}\n', opener)]))
    assert rows(session, AB) == [(1, "q"), (2, None)]


def test_json_keeps_the_case_of_fields_and_zones(session: Session, tmp_path: Path) -> None:
    columns = Schema(
        (Field("x", BIGINT), Field("s", struct(Field("A", VARCHAR), Field("t", timestamp(6, "UTC")))), Field("l", list_of(BIGINT)))
    )
    file = text(tmp_path / "a.json", '{"x":1,"s":{"A":"q","t":"2013-01-01T00:00:00Z"},"l":[1,null]}\n{"x":2}\n')
    register(session, scan("json", columns, [file]))
    assert rows(session, columns) == [(1, {"A": "q", "t": datetime(2013, 1, 1, tzinfo=UTC)}, [1, None]), (2, None, None)]


@pytest.mark.parametrize(
    ("kind", "bounds", "expected"),
    [
        (BIGINT, (Value(BIGINT, -1), Value(BIGINT, 1)), [-1, 0, 1]),
        (BIGINT, (Value(INT, 3), Value(BIGINT, 0), Value(BIGINT, -2)), [1, 3]),
        (BIGINT, (Value(BIGINT, 2), Value(BIGINT, 1)), []),
        (BIGINT, (Value(BIGINT, 1), Value(BIGINT, None)), []),
        (
            DATE,
            (Value(DATE, date(2013, 1, 31)), Value(DATE, date(2013, 2, 1)), Value(DataType("INTERVAL"), (0, 1, 0))),
            [date(2013, 1, 31), date(2013, 2, 1)],
        ),
        (
            timestamp(6, "UTC"),
            (
                *(Value(timestamp(6, "UTC"), datetime(2013, 1, 1, h, tzinfo=UTC)) for h in (0, 1)),
                Value(DataType("INTERVAL"), (0, 0, 3600 * 10**9)),
            ),
            [datetime(2013, 1, 1, h, tzinfo=UTC) for h in (0, 1)],
        ),
    ],
)
def test_series(session: Session, kind: DataType, bounds: tuple[Value, ...], expected: list[object]) -> None:
    columns = Schema((Field("value", kind),))
    options = dict(zip(("start", "stop", "step"), bounds, strict=False))
    register(session, scan("series", columns, [], "series", options=options))
    assert [row[0] for row in rows(session, columns)] == sorted(expected, key=repr)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a Delta table of three versions with a change feed."""
    path = tmp_path / "t"
    config = {"delta.enableChangeDataFeed": "true"}
    deltalake.write_deltalake(str(path), pa.table({"a": [1, 2], "b": ["x", "y"]}), configuration=config)
    deltalake.write_deltalake(str(path), pa.table({"a": [3], "b": ["z"]}), mode="append")
    deltalake.DeltaTable(str(path)).update(updates={"b": "'w'"}, predicate="a = 1")
    return path


@pytest.mark.parametrize(("version", "expected"), [(0, [(1, "x"), (2, "y")]), (2, [(1, "w"), (2, "y"), (3, "z")])])
def test_the_library_reads_the_pinned_version(session: Session, table: Path, version: int, expected: list[object]) -> None:
    register(session, scan("delta", AB, [], "provider", str(table), version=version))
    assert rows(session, AB) == expected


def test_a_native_delta_scan_equals_the_library(session: Session, table: Path) -> None:
    actions = pa.table(deltalake.DeltaTable(str(table)).get_add_actions())
    files = [DataFile(str(table / path), 1) for path in actions["path"].to_pylist()]
    register(session, scan("delta", AB, files))
    assert rows(session, AB) == [(1, "w"), (2, "y"), (3, "z")]


def test_rows_that_do_not_fit_are_never_rounded(session: Session) -> None:
    wrong = pa.RecordBatch.from_pydict({"a": [1.5], "b": ["x"]})
    with pytest.raises(pa.ArrowInvalid, match="truncated"):
        register_batches(session, "r0", AB, [wrong])


def test_other_columns_than_promised_are_a_bug(session: Session, table: Path) -> None:
    wrong = Schema((Field("b", VARCHAR), Field("a", BIGINT)))
    with pytest.raises(Bug, match="was to have the columns"):
        register(session, scan("delta", wrong, [], "provider", str(table), version=0))


def test_a_scan_without_files_is_a_bug(session: Session) -> None:
    with pytest.raises(Bug, match="no files yet"):
        register(session, ScanPlan("r0", "stage", "v", AB, ("a",), None, ()))


def test_nested_columns_that_a_delta_writer_wrote(session: Session, tmp_path: Path) -> None:
    inner = struct(Field("X", VARCHAR), Field("l", list_of(BIGINT)), Field("m", map_of(VARCHAR, list_of(INT))))
    columns = Schema((Field("s", inner), Field("ls", list_of(inner)), Field("m", map_of(VARCHAR, inner)), Field("t", timestamp(6, "UTC"))))
    item = {"X": "x", "l": [1, None], "m": [("k", [1, None])]}
    data = {"s": [item, None], "ls": [[item, None], []], "m": [[("q", item)], []], "t": [datetime(2013, 1, 1, tzinfo=UTC), None]}
    deltalake.write_deltalake(str(tmp_path), pa.table(data, schema=arrow_schema(columns)))
    files = [DataFile(str(path), 1) for path in tmp_path.glob("*.parquet")]
    register(session, scan("delta", columns, files))
    assert rows(session, columns) == sorted([tuple(data[name][i] for name in columns.names) for i in range(2)], key=repr)
    flat = Schema(tuple(c for c in columns if c.name != "m" and c.name != "s" and c.name != "ls"))
    register(session, scan("delta", flat, files))
    assert len(rows(session, flat)) == 2


def test_int96_timestamps_are_microseconds_far_away(session: Session, tmp_path: Path) -> None:
    columns = Schema((Field("t", timestamp(6)),))
    pq.write_table(
        pa.table({"t": pa.array([datetime(9999, 1, 1), datetime(1, 1, 1)], pa.timestamp("us"))}),
        tmp_path / "a.parquet",
        use_deprecated_int96_timestamps=True,
    )
    register(session, scan("parquet", columns, [DataFile(str(tmp_path / "a.parquet"), 1)]))
    assert rows(session, columns) == [(datetime(1, 1, 1),), (datetime(9999, 1, 1),)]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None], pa.string_view()),
        pa.array(["a", None], pa.large_string()),
        pa.array(["a", None]).dictionary_encode(),
        pa.array([b"a", None], pa.binary_view()),
        pa.array([b"ab", None], pa.binary(2)),
        pa.array([["a"], None], pa.large_list(pa.large_string())),
        pa.array([["a", "b"], None], pa.list_(pa.string(), 2)),
        pa.array([{"a": "x"}, None], pa.struct([("a", pa.string_view())])),
        pa.array([[("k", "v")], None], pa.map_(pa.string_view(), pa.string_view())),
        pa.array([1, None], pa.time64("us")),
        pa.array([1, None], pa.timestamp("us", "+00:00")),
        pa.array([None, None]),
    ],
    ids=lambda column: str(column.type),
)
def test_rows_of_any_layout_are_taken(session: Session, column: pa.Array) -> None:
    columns = schema(pa.schema([("a", column.type)]))
    register_batches(session, "r0", columns, [pa.RecordBatch.from_arrays([column], names=["a"])])
    assert rows(session, columns) == sorted([(item,) for item in column.to_pylist()], key=repr)
