"""Fields of structs that came and went, at every depth: files keep theirs, and the engine mistakes or refuses some of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from tests.support.deletion_vectors import mark
from tests.support.delta_log import HandMade, array, column, map_of, mapped, struct

INT, TEXT = pa.int32(), pa.string()
MAPPED = {"delta.columnMapping.mode": "name"}


def parts(**kinds: pa.DataType) -> pa.DataType:
    return pa.struct(list(kinds.items()))


def columns(*names: str) -> dict[str, Any]:
    return struct(*(column(name, "string" if name == "t" else "integer") for name in names))


def read(root: Path, sql: str) -> list[dict[str, Any]]:
    with treadle.connect(root) as connection:
        return connection.query(sql).to_arrow().to_pylist()


@pytest.mark.parametrize(
    ("there", "value", "wanted", "shown"),
    [
        (parts(a=INT), {"a": 1}, columns("a", "b"), {"a": 1, "b": None}),
        (parts(a=INT), {"a": 1}, columns("b", "a"), {"b": None, "a": 1}),
        (parts(a=INT, b=INT), {"a": 1, "b": 2}, columns("b", "a"), {"b": 2, "a": 1}),
        (parts(a=INT, t=TEXT), {"a": 1, "t": "x"}, columns("t", "a"), {"t": "x", "a": 1}),
        (parts(a=INT, b=INT), {"a": 1, "b": 2}, columns("b"), {"b": 2}),
        (parts(a=INT), {"a": 1}, columns("b"), {"b": None}),
        (parts(a=INT, b=INT), {"a": 1, "b": 2}, columns("b", "c"), {"b": 2, "c": None}),
        (pa.list_(parts(a=INT)), [{"a": 1}, None], array(columns("b", "a")), [{"b": None, "a": 1}, None]),
        (pa.map_(TEXT, parts(a=INT)), [("x", {"a": 1})], map_of("string", columns("b")), [("x", {"b": None})]),
    ],
)
def test_values_of_maps(tmp_path: Path, there: pa.DataType, value: Any, wanted: Any, shown: Any) -> None:
    """Null and empty maps, and null values, stay what they are; so do maps in structs in lists, and maps of changes."""
    kept = [[("k", value), ("l", None)], None, [], [("m", value)]]
    kind = pa.map_(TEXT, there)
    rows = pa.table({"i": [0, 1, 2, 3], "m": pa.array(kept, kind), "l": pa.array([[{"m": one}] for one in kept], pa.list_(parts(m=kind)))})
    made = HandMade(tmp_path / "t").create(
        column("i", "long"),
        column("m", map_of("string", wanted)),
        column("l", array(struct(column("m", map_of("string", wanted))))),
        settings={"delta.enableChangeDataFeed": "true"},
    )
    made.commit(made.file("a.parquet", rows), made.file("b.parquet", rows.slice(3)))
    expected = [[("k", shown), ("l", None)], None, [], [("m", shown)], [("m", shown)]]
    for source in ("read_delta('t')", "read_delta_cdf('t', start_version => 1)"):
        found = read(tmp_path, f"SELECT m, l FROM {source} ORDER BY i")
        assert [row["m"] for row in found] == expected
        assert [row["l"] for row in found] == [[{"m": one}] for one in expected]


def nested(physical: str, number: int) -> list[dict[str, Any]]:
    """Return mapped columns that hold a field in a struct, a list and a struct of a struct, and a number."""
    inner = [struct(mapped("v", "integer", number + at, physical)) for at in range(3)]
    return [
        mapped("i", "long", 1, "i"),
        mapped("s", inner[0], 2, "s"),
        mapped("l", array(inner[1]), 3, "l"),
        mapped("d", struct(mapped("x", inner[2], 5, "x")), 4, "d"),
    ]


def rows_of(name: str, numbers: range) -> pa.Table:
    one = pa.struct([(name, INT)])
    return pa.table({
        "i": pa.array(numbers, pa.int64()),
        "s": pa.array([{name: n} if n % 2 else None for n in numbers], one),
        "l": pa.array([[{name: n}, None] for n in numbers], pa.list_(one)),
        "d": pa.array([{"x": {name: n}} if n % 2 else {"x": None} for n in numbers], parts(x=one)),
    })  # fmt: skip


@pytest.mark.parametrize("vectors", [False, True])
def test_structs_of_which_a_file_has_no_field(tmp_path: Path, vectors: bool) -> None:
    """A field was dropped and another added: in old files the struct is there and its field is null."""
    features = ["columnMapping", *(["deletionVectors"] if vectors else [])]
    made = HandMade(tmp_path / "t").create(*nested("old", 10), settings=MAPPED, reader=features)
    made.commit(made.file("a.parquet", rows_of("old", range(4))))
    made.commit(made.metadata(*nested("new", 20), settings=MAPPED))
    made.commit(made.file("b.parquet", rows_of("new", range(4, 6))))
    left = [0, 1, 2, 3, 4, 5]
    if vectors:
        mark(made.path, {"a.parquet": [1], "b.parquet": [0]}, "i")
        left = [0, 2, 3, 5]
    found = read(tmp_path, "SELECT * FROM read_delta('t') ORDER BY i")
    assert [row["i"] for row in found] == left
    assert [row["s"] for row in found] == [{"v": n if n > 3 else None} if n % 2 else None for n in left]
    assert [row["l"] for row in found] == [[{"v": n if n > 3 else None}, None] for n in left]
    assert [row["d"] for row in found] == [{"x": {"v": n if n > 3 else None} if n % 2 else None} for n in left]
    assert read(tmp_path, "SELECT i FROM read_delta('t') WHERE s.v IS NULL AND s IS NOT NULL ORDER BY i") == [
        {"i": n} for n in left if n in (1, 3)
    ]
