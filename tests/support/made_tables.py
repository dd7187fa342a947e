"""Delta tables made by hand, one of each family that other implementations' tables here don't show, with the rows in them.

Each maker writes a table into a folder and returns its rows; None where no rows can be told, since the table is to be refused.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from tests.support import made_combined, made_logs
from tests.support.deletion_vectors import descriptor
from tests.support.delta_log import HandMade, array, column, map_of, mapped, struct

Maker = Callable[[Path], pa.Table | None]
NTZ = pa.timestamp("us")
UTC = pa.timestamp("us", "UTC")
IDS = pa.schema([("id", pa.int64())])


def _ids(*values: int | None) -> pa.Table:
    return pa.table({"id": list(values)}, IDS)


def decimals_as_integers(path: Path) -> pa.Table:
    """Decimals are stored as 32-bit, 64-bit and fixed bytes, with and without dictionaries."""
    kinds = {"small": pa.decimal128(9, 2), "middle": pa.decimal128(18, 4), "wide": pa.decimal128(38, 10)}
    rows = pa.table({n: pa.array([Decimal("-1.25"), None, Decimal("1234567.5")], k) for n, k in kinds.items()})
    made, options = HandMade(path), ({"store_decimal_as_integer": True}, {}, {"use_dictionary": False, "store_decimal_as_integer": True})
    columns = [column(n, f"decimal({k.precision},{k.scale})") for n, k in kinds.items()]
    made.create(*columns, adds=[made.file(f"{i}.parquet", rows, **one) for i, one in enumerate(options)])  # type: ignore[arg-type]
    return pa.concat_tables([rows] * 3)


def times_of_every_unit(path: Path) -> pa.Table:
    """Times are stored in milliseconds, microseconds and INT96, before 1970 as well; statistics end at milliseconds."""
    moments = [dt.datetime(1900, 1, 1, 0, 0, 0, 1000), None, dt.datetime(2020, 6, 1, 12, 30, 0, 123000)]
    fine = [dt.datetime(1969, 12, 31, 23, 59, 59, 999_999), None, dt.datetime(2020, 6, 1, 12, 30, 0, 123_456)]
    made = HandMade(path)
    rows = [pa.table({"at": pa.array(m, NTZ).cast(UTC), "id": [i, i, i]}) for i, m in enumerate((moments, fine, fine))]
    adds = [
        made.file("ms.parquet", rows[0], coerce_timestamps="ms"),
        made.file("us.parquet", rows[1]),
        made.file("int96.parquet", rows[2], use_deprecated_int96_timestamps=True),
    ]
    made.create(column("at", "timestamp"), column("id", "long"), adds=adds)
    return pa.concat_tables(rows)


def times_without_zone(path: Path) -> pa.Table:
    """Times without a zone, in files and as partition values, up to year 9999."""
    made = HandMade(path)
    far = pa.array([dt.datetime(9999, 12, 31, 23, 59, 59, 999_999), dt.datetime(1, 1, 1)], NTZ)
    rows = pa.table({"at": far})
    values = ("2020-01-01 00:00:00.000001", "1969-12-31 23:59:59.5", None)
    adds = [made.file(f"{i}.parquet", rows, {"p": v}) for i, v in enumerate(values)]
    made.create(column("at", "timestamp_ntz"), column("p", "timestamp_ntz"), by=["p"], reader=["timestampNtz"], adds=adds)
    moments = [dt.datetime(2020, 1, 1, 0, 0, 0, 1), dt.datetime(1969, 12, 31, 23, 59, 59, 500_000), None]
    return pa.concat_tables([rows.append_column("p", pa.array([m, m], NTZ)) for m in moments])


WIDER = (
    ("b", "byte", pa.int8(), "long", pa.int64(), 7, 7),
    ("s", "short", pa.int16(), "integer", pa.int32(), -300, -300),
    ("i", "integer", pa.int32(), "long", pa.int64(), 70_000, 70_000),
    ("f", "float", pa.float32(), "double", pa.float64(), 1.5, 1.5),
    ("x", "integer", pa.int32(), "double", pa.float64(), 3, 3.0),
    ("m", "integer", pa.int32(), "decimal(12,2)", pa.decimal128(12, 2), 5, Decimal("5.00")),
    ("d", "decimal(5,2)", pa.decimal128(5, 2), "decimal(10,4)", pa.decimal128(10, 4), Decimal("1.25"), Decimal("1.2500")),
    ("t", "date", pa.date32(), "timestamp_ntz", NTZ, dt.date(1969, 7, 20), dt.datetime(1969, 7, 20)),
)  # name, type before, its Arrow type, type now, its Arrow type, value before, the same value now


def _widened(path: Path, feature: str, rows: tuple[tuple[object, ...], ...]) -> pa.Table:
    made = HandMade(path)
    narrow = pa.table({n: pa.array([v, None], t) for n, _, t, _, _, v, _ in rows})  # type: ignore[misc]
    wide = pa.table({n: pa.array([v, None], t) for n, _, _, _, t, _, v in rows})  # type: ignore[misc]
    changed = [
        column(str(n), now, delta__typeChanges=[{"fromType": before, "toType": now, "tableVersion": 1}])
        for n, before, _, now, _, _, _ in rows
    ]
    features = [feature, "timestampNtz"]
    settings = {"delta.enableTypeWidening": "true"}
    made.create(*(column(str(r[0]), r[1]) for r in rows), reader=features, settings=settings, adds=[made.file("narrow.parquet", narrow)])
    made.commit(made.metadata(*changed, settings=settings), made.file("wide.parquet", wide))
    return pa.concat_tables([wide, wide])


def types_widened(path: Path) -> pa.Table:
    """Columns became wider after their first files were written."""
    return _widened(path, "typeWidening", WIDER)


def types_widened_preview(path: Path) -> pa.Table:
    """The same under the feature's earlier name."""
    return _widened(path, "typeWidening-preview", WIDER[:4])


def types_widened_inside(path: Path) -> pa.Table:
    """Fields of structs and elements of lists became wider."""
    made = HandMade(path)
    old = pa.table({"s": pa.array([{"a": 1}, None], pa.struct([("a", pa.int32())])), "l": pa.array([[1, None], []], pa.list_(pa.int16()))})
    new = pa.table({"s": pa.array([{"a": 2**40}], pa.struct([("a", pa.int64())])), "l": pa.array([[70_000]], pa.list_(pa.int32()))})
    adds = [made.file("0.parquet", old), made.file("1.parquet", new)]
    made.create(column("s", struct(column("a", "long"))), column("l", array("integer")), reader=["typeWidening"], adds=adds)
    return pa.concat_tables([old.cast(new.schema), new])


def columns_gained(path: Path) -> pa.Table:
    """Columns and fields were added, in another order than files have them; a file has a column that the table lost."""
    made = HandMade(path)
    adds = [
        made.file("0.parquet", pa.table({"a": [1], "gone": ["x"]})),
        made.file("1.parquet", pa.table({"s": pa.array([{"y": 2}], pa.struct([("y", pa.int64())])), "a": [2]})),
        made.file("2.parquet", pa.table({"s": pa.array([{"y": 3, "x": "z"}], pa.struct([("y", pa.int64()), ("x", pa.string())]))})),
    ]
    made.create(column("a", "long"), column("s", struct(column("x", "string"), column("y", "long"))), column("n", "date"), adds=adds)
    kind = pa.struct([("x", pa.string()), ("y", pa.int64())])
    rows = {"a": [1, 2, None], "s": pa.array([None, {"x": None, "y": 2}, {"x": "z", "y": 3}], kind), "n": pa.nulls(3, pa.date32())}
    return pa.table(rows)


def _mapped_columns() -> tuple[dict[str, object], ...]:
    inner = struct(mapped("x y", "long", 4), mapped("z", "string", 5))
    return (
        mapped("id", "long", 1),
        mapped("a list", array(inner), 2),
        mapped("a.map", map_of("string", struct(mapped("v", "double", 7))), 6),
        mapped("p=q", "string", 8),
        mapped("added later", "date", 9),
    )


def _mapped(path: Path, mode: str, vectors: bool) -> pa.Table:
    made = HandMade(path)

    def numbered(name: str, type_: pa.DataType, number: int) -> pa.Field:
        return pa.field(name, type_, metadata={"PARQUET:field_id": str(number)})

    item = pa.struct([numbered("col-00000004", pa.int64(), 4), numbered("col-00000005", pa.string(), 5)])
    entry = pa.map_(pa.string(), pa.struct([numbered("col-00000007", pa.float64(), 7)]))
    stored = pa.schema(
        [numbered("col-00000001", pa.int64(), 1), numbered("col-00000002", pa.list_(item), 2), numbered("col-00000006", entry, 6)]
    )
    lists = [[{"col-00000004": 1, "col-00000005": "a"}, None], None, []]
    maps = [[("k", {"col-00000007": 0.5}), ("n", None)], [], None]
    rows = pa.table([pa.array([1, 2, 3]), pa.array(lists, pa.list_(item)), pa.array(maps, entry)], schema=stored)
    values = ("x/y z", None)
    adds = [made.file(f"{i}.parquet", rows, {"col-00000008": v}) for i, v in enumerate(values)]
    if vectors:
        for add in adds:
            add["add"]["deletionVector"] = descriptor(path, [1], "u")
    features = ["columnMapping", *(["deletionVectors"] if vectors else [])]
    settings = {"delta.columnMapping.mode": mode, "delta.columnMapping.maxColumnId": "9"}
    made.create(*_mapped_columns(), by=["p=q"], settings=settings, reader=features, adds=adds)
    logical = pa.struct([("x y", pa.int64()), ("z", pa.string())])
    found = pa.table(
        {
            "id": [1, 2, 3],
            "a list": pa.array([[{"x y": 1, "z": "a"}, None], None, []], pa.list_(logical)),
            "a.map": pa.array([[("k", {"v": 0.5}), ("n", None)], [], None], pa.map_(pa.string(), pa.struct([("v", pa.float64())]))),
        }
    )
    both = [
        found.append_column("p=q", pa.array([v] * 3, pa.string())).append_column("added later", pa.nulls(3, pa.date32())) for v in values
    ]
    kept = [pa.concat_tables([one.slice(0, 1), one.slice(2)]) if vectors else one for one in both]
    return pa.concat_tables(kept)


def mapped_by_name(path: Path) -> pa.Table:
    """Column mapping by name, inside lists and maps too, with a mapped partition column and one that no file has."""
    return _mapped(path, "name", False)


def mapped_by_id(path: Path) -> pa.Table:
    """The same by id."""
    return _mapped(path, "id", False)


def mapped_with_deleted_rows(path: Path) -> pa.Table:
    """Column mapping by name with deletion vectors."""
    return _mapped(path, "name", True)


def mapped_by_id_under_other_names(path: Path) -> pa.Table:
    """Column mapping by id over files whose columns are found by their numbers alone."""
    made = HandMade(path)
    stored = pa.schema([pa.field(f"file{n}", pa.int64(), metadata={"PARQUET:field_id": str(n)}) for n in (2, 1)])
    add = made.file("0.parquet", pa.table([[20, 21], [10, 11]], schema=stored), stats={"numRecords": 2})
    settings = {"delta.columnMapping.mode": "id", "delta.columnMapping.maxColumnId": "2"}
    made.create(mapped("a", "long", 1), mapped("b", "long", 2), settings=settings, reader=["columnMapping"], adds=[add])
    return pa.table({"a": [10, 11], "b": [20, 21]})


def renamed_and_dropped(path: Path) -> pa.Table:
    """A column was renamed, another dropped, and one added under the dropped one's name."""
    made = HandMade(path)
    settings = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "3"}
    old = made.file("0.parquet", pa.table({"a": [1], "b": ["old"]}))
    made.create(mapped("a", "long", 1, "a"), mapped("b", "string", 2, "b"), settings=settings, reader=["columnMapping"], adds=[old])
    new = made.file("1.parquet", pa.table({"a": [2], "col-00000003": [2.5]}))
    made.commit(made.metadata(mapped("A1", "long", 1, "a"), mapped("b", "double", 3), settings=settings), new)
    return pa.table({"A1": [1, 2], "b": [None, 2.5]})


def rows_deleted(path: Path) -> pa.Table:
    """Deletion vectors in the log, in files, under absolute paths; all of a file's rows; one taken back; several for one file."""
    made = HandMade(path)
    names = [f"{i}.parquet" for i in range(6)]
    adds = [made.file(name, _ids(*range(10 * i, 10 * i + 10)), row_group_size=3) for i, name in enumerate(names)]
    made.create(column("id", "long"), reader=["deletionVectors"], adds=adds)
    away = path / "vectors with space"
    away.mkdir()
    absolute = {**descriptor(away, [0, 9], "u"), "storageType": "p"}
    absolute["pathOrInlineDv"] = next(away.iterdir()).as_uri()
    vectors = [descriptor(path, [1, 2], "i"), descriptor(path, [3, 4, 5], "u"), absolute, descriptor(path, range(10), "i")]
    first = [(n, v) for n, v in zip(names, vectors, strict=False)]
    made.commit(*(a for n, v in first for a in (made.remove(n), made.again(n, deletionVector=v))))
    made.commit(made.remove("0.parquet"), made.again("0.parquet", deletionVector=descriptor(path, [1, 2, 3], "u")))
    made.commit(made.remove("1.parquet"), made.again("1.parquet", deletionVector=None))
    left = [0, *range(4, 10), *range(10, 20), *range(21, 29), *range(40, 60)]
    return _ids(*left)


def rows_deleted_by_partition(path: Path) -> pa.Table:
    """Deletion vectors in a partitioned table, and beside files without."""
    made = HandMade(path)
    adds = [made.file(f"{i}.parquet", _ids(*range(5)), {"p": v}) for i, v in enumerate(("1", None, "3", "3"))]
    for i, add in enumerate(adds[:3]):
        add["add"]["deletionVector"] = descriptor(path, [i, i + 1], ("i", "u")[i % 2])  # type: ignore[arg-type]
    made.create(column("id", "long"), column("p", "integer"), by=["p"], reader=["deletionVectors"], adds=adds)
    kept = [([2, 3, 4], 1), ([0, 3, 4], None), ([0, 1, 4], 3), ([0, 1, 2, 3, 4], 3)]
    values = pa.array([p for ids, p in kept for _ in ids], pa.int32())
    return _ids(*(i for ids, _ in kept for i in ids)).append_column("p", values)


def special_paths(path: Path) -> pa.Table:
    """Characters that mean something in URLs, in the names of files and of partitions, which Hive encodes once more."""
    made = HandMade(path)
    values = ("a b", "100%", "x/y", "q?r#s", "é", "p=q", "+&", "%20", "'\"", "[*]")
    adds = [
        made.file(f"p={v.replace('%', '%25').replace('/', '%2F').replace('=', '%3D')}/file {v.replace('/', '')}.parquet", _ids(i), {"p": v})
        for i, v in enumerate(values)
    ]
    made.create(column("id", "long"), column("p", "string"), by=["p"], adds=adds)
    return _ids(*range(len(values))).append_column("p", pa.array(values))


def absolute_paths(path: Path) -> pa.Table:
    """Files that lie elsewhere, as a shallow clone has them."""
    there = path.parent / (path.name + " of another")
    made, other = HandMade(path), HandMade(there)
    first = other.file("a b.parquet", _ids(1), at=(there / "a b.parquet").as_uri())
    second = other.file("b.parquet", _ids(2), at=str(there / "b.parquet").replace(" ", "%20"))
    made.create(column("id", "long"), adds=[first, second, made.file("c.parquet", _ids(3))])
    return _ids(1, 2, 3)


PARTITIONS: tuple[tuple[str, str, pa.DataType, tuple[tuple[str | None, object], ...]], ...] = (
    ("b", "boolean", pa.bool_(), (("true", True), ("false", False), (None, None))),
    ("i8", "byte", pa.int8(), (("-128", -128), ("127", 127), (None, None))),
    ("i64", "long", pa.int64(), (("-9223372036854775808", -(2**63)), ("9223372036854775807", 2**63 - 1), (None, None))),
    ("f", "float", pa.float32(), (("1.5", 1.5), ("-0.0", -0.0), (None, None))),
    ("d", "double", pa.float64(), (("NaN", float("nan")), ("-Infinity", float("-inf")), ("1.0E-7", 1e-7))),
    (
        "m",
        "decimal(38,10)",
        pa.decimal128(38, 10),
        (("-1.5000000000", Decimal("-1.5")), ("9" * 28 + ".0000000000", Decimal("9" * 28)), (None, None)),
    ),
    ("day", "date", pa.date32(), (("0001-01-01", dt.date(1, 1, 1)), ("1969-12-31", dt.date(1969, 12, 31)), ("9999-12-31", dt.date.max))),
    (
        "at",
        "timestamp",
        UTC,
        (
            ("1969-12-31 23:59:59.999999", dt.datetime(1969, 12, 31, 23, 59, 59, 999_999)),
            ("2020-01-01T00:00:00.500000Z", dt.datetime(2020, 1, 1, 0, 0, 0, 500_000)),
            ("2020-01-01 00:00:00", dt.datetime(2020, 1, 1)),
        ),
    ),
    ("s", "string", pa.string(), (("", None), ("null", "null"), ("__HIVE_DEFAULT_PARTITION__", "__HIVE_DEFAULT_PARTITION__"))),
    ("x", "binary", pa.binary(), (("", None), ("\x01A", b"\x01A"), (None, None))),
)


def partition_values(path: Path) -> pa.Table:
    """Partition values of every type, at their ends; an empty text is null."""
    made = HandMade(path)
    adds = [made.file(f"{i}.parquet", _ids(i), {n: v[i][0] for n, _, _, v in PARTITIONS}) for i in range(3)]
    columns = [column(n, t) for n, t, _, _ in PARTITIONS]
    made.create(column("id", "long"), *columns, by=[n for n, _, _, _ in PARTITIONS], adds=adds)
    rows = _ids(0, 1, 2)
    for name, _, kind, values in PARTITIONS:
        plain = pa.timestamp("us") if kind == UTC else kind
        rows = rows.append_column(name, pa.array([v for _, v in values], plain).cast(kind))
    return rows


def partition_columns_in_files(path: Path) -> pa.Table:
    """Files hold partition columns as well; the log's values are the table's."""
    made = HandMade(path)
    add = made.file("0.parquet", pa.table({"id": [1, 2], "p": [9, 9]}), {"p": "7"})
    made.create(column("id", "long"), column("p", "long"), by=["p"], writer=["materializePartitionColumns"], adds=[add])
    return pa.table({"id": [1, 2], "p": [7, 7]})


def void_columns(path: Path) -> pa.Table:
    """A column that has no type yet."""
    made = HandMade(path)
    made.create(
        column("id", "long"),
        column("v", "void"),
        column("w", "string"),
        adds=[made.file("0.parquet", pa.table({"id": [1, 2], "w": ["a", None]}))],
    )
    return pa.table({"id": [1, 2], "v": pa.nulls(2), "w": ["a", None]})


VARIANT = pa.struct([pa.field("metadata", pa.binary(), nullable=False), pa.field("value", pa.binary(), nullable=False)])


def variants(path: Path) -> pa.Table:
    """Variant columns that are not shredded: both of their parts as they are, a null one among them."""
    made = HandMade(path)
    one = {"metadata": b"\x01\x00\x00", "value": b"\x0c\x01"}
    rows = pa.table({"id": [1, 2], "v": pa.array([one, None], VARIANT)})
    made.create(column("id", "long"), column("v", "variant"), reader=["variantType"], adds=[made.file("0.parquet", rows)])
    return rows


def maps_and_lists(path: Path) -> pa.Table:
    """Maps and lists in each other, null and empty at every level, in several files."""
    made = HandMade(path)
    kinds = {
        "m": pa.map_(pa.string(), pa.list_(pa.int32())),
        "l": pa.list_(pa.map_(pa.int64(), pa.string())),
        "s": pa.struct([("m", pa.map_(pa.string(), pa.float64())), ("l", pa.list_(pa.list_(pa.string())))]),
    }
    values = {
        "m": [[("a", [1, None]), ("b", None)], [], None, [("", [])]],
        "l": [[[(1, "x")], None, []], None, [], [[(2, None)]]],
        "s": [{"m": [("k", 1.5)], "l": [["a", None], None, []]}, None, {"m": None, "l": None}, {"m": [], "l": [[]]}],
    }
    rows = pa.table({n: pa.array(values[n], kind) for n, kind in kinds.items()})
    columns = [
        column("m", map_of("string", array("integer"))),
        column("l", array(map_of("long", "string"))),
        column("s", struct(column("m", map_of("string", "double")), column("l", array(array("string"))))),
    ]
    made.create(*columns, adds=[made.file(f"{i}.parquet", rows.slice(i, 1)) for i in range(4)])
    return rows


ODD_NAMES = ("a.b", "a", "two words", 'quote"d', "it's", "back`tick", "ünï", "SELECT", "Case", "1st", "😀", "semi;colon")


def odd_names(path: Path) -> pa.Table:
    """Columns whose names need quoting; one is spelt as a field of another is reached."""
    made = HandMade(path)
    inner = pa.struct([("b", pa.int64())])
    rows = pa.table(
        {n: pa.array([{"b": 5}, None], inner) if n == "a" else pa.array([i, None], pa.int64()) for i, n in enumerate(ODD_NAMES)}
    )
    columns = [column(n, struct(column("b", "long")) if n == "a" else "long") for n in ODD_NAMES]
    made.create(*columns, adds=[made.file("0.parquet", rows)])
    return rows


def statistics_of_every_kind(path: Path) -> pa.Table:
    """Files with statistics that are missing, empty, partial, cut short, not tight, without NaN."""
    made = HandMade(path)
    long = "x" * 40
    parts = [
        pa.table({"id": [i, None], "s": [long + str(i), None], "f": [float("nan"), float(i)], "d": [Decimal(f"{i}.10"), None]}, _STATED)
        for i in range(6)
    ]
    wide = {"numRecords": 2, "tightBounds": False, "minValues": {"id": -5}, "maxValues": {"id": 99}, "nullCount": {"id": 2}}
    given = ("", "{}", {"numRecords": 2}, {"numRecords": 2, "minValues": {"id": 3}, "maxValues": {}, "nullCount": {}}, wide, None)
    adds = [made.file(f"{i}.parquet", rows, stats=stats) for i, (rows, stats) in enumerate(zip(parts, given, strict=True))]  # type: ignore[arg-type]
    names = (("id", "long"), ("s", "string"), ("f", "double"), ("d", "decimal(10,2)"))
    made.create(*(column(n, t) for n, t in names), adds=adds)
    return pa.concat_tables(parts)


_STATED = pa.schema([("id", pa.int64()), ("s", pa.string()), ("f", pa.float64()), ("d", pa.decimal128(10, 2))])


def not_null_and_charted(path: Path) -> pa.Table:
    """Columns that are never null, of limited length, generated, with defaults: for writers; files don't say so."""
    made = HandMade(path)
    columns = (
        column("id", "long", nullable=False, delta__identity__start=1, delta__identity__step=1, delta__identity__allowExplicitInsert=False),
        column("c", "string", __CHAR_VARCHAR_TYPE_STRING="char(3)"),
        column("g", "long", delta__generationExpression="id + 1"),
        column("e", "string", CURRENT_DEFAULT="'x'"),
    )
    rows = pa.table({"id": [1, 2], "c": ["a  ", None], "g": [2, 3], "e": ["x", "y"]})
    made.create(*columns, versions=(1, 6), adds=[made.file("0.parquet", rows)])
    return rows


def features_of_writers(path: Path) -> pa.Table:
    """Features that ask nothing of readers, one that nobody knows among them."""
    made = HandMade(path)
    others = {"baseRowId": 0, "defaultRowCommitVersion": 0, "tags": {"a": "b"}, "clusteringProvider": "liquid"}
    writer = [
        "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "identityColumns", "rowTracking",
        "domainMetadata", "inCommitTimestamp", "icebergCompatV1", "clustering", "allowColumnDefaults", "notYetInvented",
    ]  # fmt: skip
    settings = {"delta.enableRowTracking": "true", "delta.enableInCommitTimestamps": "true", "delta.constraints.positive": "id > 0"}
    made.create(column("id", "long"), settings=settings, writer=writer, adds=[made.file("0.parquet", _ids(1, 2), others=others)])
    domain = {"domainMetadata": {"domain": "delta.rowTracking", "configuration": '{"rowIdHighWaterMark":3}', "removed": False}}
    made.commit(
        domain, {"txn": {"appId": "a", "version": 1}}, made.file("1.parquet", _ids(3), others=others), info={"inCommitTimestamp": 5}
    )
    return _ids(1, 2, 3)


def features_of_readers(path: Path) -> pa.Table:
    """Features that readers must know of, and that change nothing here."""
    made = HandMade(path)
    made.create(
        column("id", "long"), reader=["v2Checkpoint", "vacuumProtocolCheck", "deletionVectors"], adds=[made.file("0.parquet", _ids(1))]
    )
    return _ids(1)


def feature_unknown(path: Path) -> None:
    """A feature of readers that nobody knows."""
    made = HandMade(path)
    made.create(column("id", "long"), reader=["notYetInvented"], adds=[made.file("0.parquet", _ids(1))])


def protocol_unknown(path: Path) -> None:
    """A version of the protocol that nobody knows."""
    made = HandMade(path)
    made.create(column("id", "long"), versions=(4, 8), adds=[made.file("0.parquet", _ids(1))])


def many_row_groups(path: Path) -> pa.Table:
    """Files of many row groups, one of them without rows, one of nulls alone."""
    made = HandMade(path)
    rows = [_ids(*range(1000)), _ids(), pa.table({"id": pa.nulls(5, pa.int64())})]
    adds = [made.file(f"{i}.parquet", one, row_group_size=64) for i, one in enumerate(rows)]
    made.create(column("id", "long"), adds=adds)
    return pa.concat_tables(rows)


MADE: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        decimals_as_integers, times_of_every_unit, times_without_zone, types_widened, types_widened_preview, types_widened_inside,
        columns_gained, mapped_by_name, mapped_by_id, mapped_with_deleted_rows, mapped_by_id_under_other_names, renamed_and_dropped,
        rows_deleted, rows_deleted_by_partition, special_paths, absolute_paths, partition_values, partition_columns_in_files,
        void_columns, variants, maps_and_lists, odd_names, statistics_of_every_kind, not_null_and_charted, features_of_writers,
        features_of_readers, feature_unknown, protocol_unknown, many_row_groups, *made_combined.MAKERS, *made_logs.MAKERS,
    )
}  # fmt: skip
"""Every table made by hand, by name."""


def make(name: str, root: Path) -> pa.Table | None:
    """Make one table under `made/` of a folder; return its rows."""
    path = root / "made" / name
    shutil.rmtree(path, ignore_errors=True)
    return MADE[name](path)
