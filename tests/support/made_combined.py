"""Delta tables made by hand in which several features meet: mapping, deletion vectors, maps, voids, many partitions."""

from __future__ import annotations

import datetime as dt
import struct as packing
import uuid
import zlib
from pathlib import Path

import pyarrow as pa

from tests.support.deletion_vectors import descriptor, encode, z85
from tests.support.delta_log import HandMade, array, column, map_of, mapped, struct

MAPPED = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "99"}
VARIANT = pa.struct([pa.field("metadata", pa.binary(), nullable=False), pa.field("value", pa.binary(), nullable=False)])


def mapped_crosswise(path: Path) -> pa.Table:
    """Columns whose names in files are those of each other in the table, statistics and partition values with them."""
    made = HandMade(path)
    columns = (mapped("a", "long", 1, "b"), mapped("b", "long", 2, "a"), mapped("p", "string", 3, "a.b"), mapped("s", _crossed(), 4, "t"))
    inner = pa.struct([("x", pa.int64()), ("y", pa.int64())])
    adds = [
        made.file(f"{i}.parquet", pa.table({"a": [100 + i], "b": [i], "t": pa.array([{"x": 7, "y": 8}], inner)}), {"a.b": v})
        for i, v in enumerate(("u", None, "w"))
    ]
    made.create(*columns, by=["p"], settings=MAPPED, reader=["columnMapping"], adds=adds)
    rows = {"a": [0, 1, 2], "b": [100, 101, 102], "p": ["u", None, "w"], "s": pa.array([{"x": 8, "y": 7}] * 3, inner)}
    return pa.table(rows)


def _crossed() -> dict[str, object]:
    return struct(mapped("x", "long", 5, "y"), mapped("y", "long", 6, "x"))


def mapped_by_numbers_beside_names(path: Path) -> pa.Table:
    """Mapping by name over files whose columns are numbered, the numbers being others than the table's."""
    made = HandMade(path)
    stored = pa.schema([pa.field(n, pa.int64(), metadata={"PARQUET:field_id": str(i)}) for n, i in (("c1", 2), ("c2", 1))])
    add = made.file("0.parquet", pa.table([[10], [20]], schema=stored))
    made.create(mapped("a", "long", 1, "c1"), mapped("b", "long", 2, "c2"), settings=MAPPED, reader=["columnMapping"], adds=[add])
    return pa.table({"a": [10], "b": [20]})


def files_without_columns(path: Path) -> pa.Table:
    """Files in which none of the table's columns is: all that they had were dropped."""
    made = HandMade(path)
    adds = [
        made.file("0.parquet", pa.table({"gone": [1, 2, 3]}), {"col-p": "x"}),
        made.file("1.parquet", pa.table({"col-a": [4]}), {"col-p": "y"}),
    ]
    made.create(
        mapped("a", "long", 2, "col-a"), mapped("p", "string", 3, "col-p"), by=["p"], settings=MAPPED, reader=["columnMapping"], adds=adds
    )
    return pa.table({"a": [None, None, None, 4], "p": ["x", "x", "x", "y"]})


def maps_with_deleted_rows(path: Path) -> pa.Table:
    """Maps, partitions, renamed fields and deletion vectors in one table."""
    made = HandMade(path)
    kind = pa.map_(pa.int64(), pa.struct([("col-v", pa.string())]))
    values = [[(1, {"col-v": "a"})], None, [], [(2, None), (3, {"col-v": None})]]
    rows = pa.table({"col-id": [0, 1, 2, 3], "col-m": pa.array(values, kind)})
    adds = [made.file(f"{i}.parquet", rows, {"col-p": v}) for i, v in enumerate(("1969-12-31", None))]
    adds[1]["add"]["deletionVector"] = descriptor(path, [1, 3], "u")
    columns = (mapped("id", "long", 1, "col-id"), mapped("m", map_of("long", struct(mapped("v", "string", 3, "col-v"))), 2, "col-m"))
    day = mapped("p", "date", 4, "col-p")
    made.create(*columns, day, by=["p"], settings=MAPPED, reader=["columnMapping", "deletionVectors"], adds=adds)
    logical = pa.map_(pa.int64(), pa.struct([("v", pa.string())]))
    named = [[(1, {"v": "a"})], None, [], [(2, None), (3, {"v": None})]]
    kept = [(i, dt.date(1969, 12, 31)) for i in range(4)] + [(0, None), (2, None)]
    days = pa.array([day for _, day in kept], pa.date32())
    return pa.table({"id": [i for i, _ in kept], "m": pa.array([named[i] for i, _ in kept], logical), "p": days})


def voids_and_variants_inside(path: Path) -> pa.Table:
    """Variants in structs and lists, and a column without a type beside them."""
    made = HandMade(path)
    one = {"metadata": b"\x01\x00\x00", "value": b"\x0c\x01"}
    kind = pa.struct([("v", VARIANT), ("n", pa.int64())])
    rows = pa.table({"s": pa.array([{"v": one, "n": 1}, None], kind), "l": pa.array([[one, None], None], pa.list_(VARIANT))})
    columns = (column("s", struct(column("v", "variant"), column("n", "long"))), column("l", array("variant")), column("nothing", "void"))
    made.create(*columns, reader=["variantType"], adds=[made.file("0.parquet", rows)])
    return rows.append_column("nothing", pa.nulls(2))


def _partitions(path: Path, count: int, vectors: bool) -> pa.Table:
    made = HandMade(path)
    values = [None if i == 5 else f"{i} %é/'" for i in range(count)]
    rows = pa.table({"id": pa.array([1, 2, None], pa.int64())})
    adds = [made.file(f"{i}.parquet", rows, {"p": v, "n": str(i % 7)}) for i, v in enumerate(values)]
    for i, add in enumerate(adds[::9] if vectors else ()):
        add["add"]["deletionVector"] = descriptor(path, [i % 3], ("u", "i")[i % 2])  # type: ignore[arg-type]
    columns = (column("p", "string"), column("id", "long"), column("n", "integer"))
    made.create(*columns, by=["p", "n"], reader=["deletionVectors"] if vectors else None, adds=adds)
    found: list[tuple[str | None, int | None, int]] = []
    for i, value in enumerate(values):
        gone = (i // 9) % 3 if vectors and i % 9 == 0 else None
        found += [(value, one, i % 7) for at, one in enumerate((1, 2, None)) if at != gone]
    kinds = (("p", pa.string()), ("id", pa.int64()), ("n", pa.int32()))
    return pa.table({name: pa.array([row[at] for row in found], kind) for at, (name, kind) in enumerate(kinds)})


def thirty_partitions(path: Path) -> pa.Table:
    """Thirty values of one partition column and seven of another, a null one among them."""
    return _partitions(path, 30, vectors=False)


def thirty_partitions_with_deleted_rows(path: Path) -> pa.Table:
    """The same, with deletion vectors in some."""
    return _partitions(path, 30, vectors=True)


def many_partitions(path: Path) -> pa.Table:
    """More values of a partition column than one would write a condition for."""
    return _partitions(path, 230, vectors=False)


def many_rows_deleted(path: Path) -> pa.Table:
    """Vectors of every container: few, many and all rows of 65,536; across row groups; one that deletes nothing."""
    made = HandMade(path)
    numbers = list(range(150_000))
    gone = {0, 7, *range(40_000, 110_000), *range(140_001, 150_000, 2)}
    rows = pa.table({"id": pa.array(numbers, pa.int32())})
    adds = [
        made.file("0.parquet", rows, row_group_size=20_000),
        made.file("1.parquet", rows.slice(0, 3)),
        made.file("2.parquet", rows.slice(9, 1)),
    ]
    adds[0]["add"]["deletionVector"] = descriptor(path, sorted(gone), "u")
    adds[1]["add"]["deletionVector"] = descriptor(path, [], "i")
    made.create(column("id", "integer"), reader=["deletionVectors"], adds=adds)
    kept = [n for n in numbers if n not in gone]
    return pa.table({"id": pa.array([*kept, 0, 1, 2, 9], pa.int32())})


def vectors_in_one_file(path: Path) -> pa.Table:
    """Several vectors in one file, below a prefix, as Spark writes them."""
    made = HandMade(path)
    rows = pa.table({"id": list(range(6))})
    adds = [made.file(f"{i}.parquet", rows, stats="") for i in range(3)]
    name, body = uuid.UUID(int=0x1234567890ABCDEF), b"\1"
    for i, add in enumerate(adds):
        data = encode([i, i + 1])
        vector = {"storageType": "u", "pathOrInlineDv": "ab" + z85(name.bytes), "sizeInBytes": len(data), "cardinality": 2}
        add["add"]["deletionVector"] = {**vector, "offset": len(body)}
        body += packing.pack(">i", len(data)) + data + packing.pack(">I", zlib.crc32(data))
    (path / "ab").mkdir()
    (path / "ab" / f"deletion_vector_{name}.bin").write_bytes(body)
    made.create(column("id", "long"), reader=["deletionVectors"], adds=adds)
    return pa.table({"id": [2, 3, 4, 5, 0, 3, 4, 5, 0, 1, 4, 5]})


def vectors_in_a_checkpoint(path: Path) -> pa.Table:
    """A vector that stands in a checkpoint, and none of the entries before it."""
    from deltalake import DeltaTable

    made = HandMade(path)
    add = made.file("0.parquet", pa.table({"id": list(range(6))}))
    add["add"]["deletionVector"] = descriptor(path, [1, 2], "u")
    made.create(column("id", "long"), reader=["deletionVectors"], adds=[add, made.file("1.parquet", pa.table({"id": [10, 11]}))])
    made.commit(made.file("2.parquet", pa.table({"id": [20]})))
    DeltaTable(str(path)).create_checkpoint()
    for version in range(2):
        (path / "_delta_log" / f"{version:020}.json").unlink()
    made.commit(made.remove("1.parquet"), made.again("1.parquet", deletionVector=descriptor(path, [0], "i")))
    return pa.table({"id": [0, 3, 4, 5, 11, 20]})


def vectors_filled_up_with_marks(path: Path) -> pa.Table:
    """Vectors in the log whose last bytes, fewer than four, stand behind `#`, as the kernel's own encoder writes them."""
    made = HandMade(path)
    adds = [made.file(f"{i}.parquet", pa.table({"id": list(range(6))})) for i in range(2)]
    for add, rows in zip(adds, ([3], [1, 5]), strict=True):
        data = encode(rows)
        short = len(data) % 4
        text = z85(data[: len(data) - short])
        if short:
            last = z85(b"\0" * (4 - short) + data[-short:])
            text += "#" * (4 - short) + last[4 - short :]
        inline = {"storageType": "i", "pathOrInlineDv": text, "offset": None, "sizeInBytes": len(data), "cardinality": len(rows)}
        add["add"]["deletionVector"] = inline
    made.create(column("id", "long"), reader=["deletionVectors"], adds=adds)
    return pa.table({"id": [0, 1, 2, 4, 5, 0, 2, 3, 4]})


MAKERS = (
    mapped_crosswise, mapped_by_numbers_beside_names, files_without_columns, maps_with_deleted_rows, voids_and_variants_inside,
    thirty_partitions, thirty_partitions_with_deleted_rows, many_partitions, many_rows_deleted, vectors_in_one_file,
    vectors_in_a_checkpoint, vectors_filled_up_with_marks,
)  # fmt: skip
