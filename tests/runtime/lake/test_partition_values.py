"""Partition values out of the text of the log: as the library types them, and by the protocol where it does not."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.changes import FEED, actions, changes, queried, window
from treadle.dialect.types import BIGINT, BYTEA, VARCHAR, DataType, decimal, timestamp
from treadle.planner.literal import single
from treadle.runtime.lake.partition_text import partition_key, partition_text, partition_value

ZONED, ZONELESS = timestamp(6, "UTC"), timestamp(6)
MOMENTS = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999))
# The library writes negative decimals with two signs (-1.-50), binary as text with \u, and no text with a null byte.
FLOATS = st.integers(-(2**53), 2**53).map(lambda n: n / 1024) | st.sampled_from([math.nan, math.inf, -math.inf])
TYPED: dict[str, tuple[DataType, pa.DataType, st.SearchStrategy[Any]]] = {
    "s": (VARCHAR, pa.string(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)),
    "y": (DataType("TINYINT"), pa.int8(), st.integers(-128, 127)),
    "h": (DataType("SMALLINT"), pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "i": (DataType("INT"), pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "l": (BIGINT, pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "f": (DataType("FLOAT"), pa.float32(), st.floats(width=32)),
    "d": (
        DataType("DOUBLE"),
        pa.float64(),
        FLOATS,
    ),
    "b": (DataType("BOOLEAN"), pa.bool_(), st.booleans()),
    "dec": (decimal(20, 4), pa.decimal128(20, 4), st.decimals(0, 10**15, places=4)),
    "day": (DataType("DATE"), pa.date32(), st.dates()),
    "z": (ZONED, pa.timestamp("us", "UTC"), MOMENTS.map(lambda m: m.replace(tzinfo=dt.UTC))),
    "n": (ZONELESS, pa.timestamp("us"), MOMENTS),
}


def same(ours: object, others: object) -> bool:
    """Say whether two values are one, NaN included; empty text is null."""
    if isinstance(ours, float) and isinstance(others, float):
        return math.isnan(ours) and math.isnan(others) or ours == others
    return ours == (None if others == "" else others)


@pytest.mark.parametrize("name", TYPED)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_the_library_types_them_alike(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    kind, arrow, strategy = TYPED[name]
    values = data.draw(st.lists(st.one_of(st.none(), strategy), min_size=1, max_size=6))
    path = tmp_path_factory.mktemp("t")
    table = pa.table({"p": pa.array(values, arrow), "k": pa.array(range(len(values)), pa.int64())})
    write_deltalake(str(path), table, partition_by=["p"], configuration=FEED)
    adds = pa.table(DeltaTable(str(path)).get_add_actions(flatten=False)).to_pylist()
    typed = {one["path"]: one["partition"]["p"] for one in adds}
    for add in actions(path, 0, "add"):
        ours, library = partition_value(add["partitionValues"]["p"], kind), typed[add["path"]]
        assert same(ours, library), (add["partitionValues"], ours, library)


@pytest.mark.parametrize("name", TYPED)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_we_write_comes_back(name: str, data: st.DataObject) -> None:
    kind, _, strategy = TYPED[name]
    value = data.draw(st.one_of(st.none(), strategy))
    back = partition_value(partition_text(value), kind)
    assert partition_key({"p": back}) == partition_key({"p": single(value) if name == "f" and value is not None else value})


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (None, BIGINT, None),
        ("", VARCHAR, None),
        ("", BYTEA, None),
        ("", BIGINT, None),
        ("\x01é", BYTEA, b"\x01\xc3\xa9"),
        ("TRUE", DataType("BOOLEAN"), True),
        ("+7", BIGINT, 7),
        ("0001-01-01", DataType("DATE"), dt.date(1, 1, 1)),
        ("2020-1-2", DataType("DATE"), dt.date(2020, 1, 2)),
        ("NaN", DataType("DOUBLE"), math.nan),
        ("Infinity", DataType("FLOAT"), math.inf),
        ("-inf", DataType("DOUBLE"), -math.inf),
        ("-1.5", decimal(5, 2), Decimal("-1.50")),
        ("1E+2", decimal(5, 2), Decimal("100.00")),
        ("1.500", decimal(5, 2), Decimal("1.50")),
        ("2020-01-02 03:04:05", ZONED, dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        ("2020-01-02T03:04:05.000006Z", ZONED, dt.datetime(2020, 1, 2, 3, 4, 5, 6, dt.UTC)),
        ("2020-01-02T03:04:05+02:00", ZONED, dt.datetime(2020, 1, 2, 1, 4, 5, tzinfo=dt.UTC)),
        ("9999-12-31 23:59:59.999999", ZONELESS, dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_spellings_of_the_protocol(text: str | None, kind: DataType, value: object) -> None:
    assert repr(partition_value(text, kind)) == repr(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x", BIGINT),
        ("1_000", BIGINT),
        ("128", DataType("TINYINT")),
        ("yes", DataType("BOOLEAN")),
        ("1.555", decimal(5, 2)),
        ("12345", decimal(5, 2)),
        ("NaN", decimal(5, 2)),
        ("2020-13-01", DataType("DATE")),
        ("soon", ZONED),
        ("{}", DataType("STRUCT")),
    ],
)
def test_what_is_no_value_of_the_type(text: str, kind: DataType) -> None:
    with pytest.raises(ValueError, match="."):
        partition_value(text, kind)


SPECIAL = ["a b", "é", "100%", "a/b", "it's", 'say "x"', "%20", "{x}", "#1", "a+b=c", "\\", "~`^|<>[]*?", " "]


def test_special_values_and_paths_are_read(tmp_path: Path) -> None:
    """The library's reader looks for such files under a name that is encoded once more, and fails."""
    path = tmp_path / "a table's % folder"
    table = pa.table({"p": [*SPECIAL, None], "k": range(len(SPECIAL) + 1)})
    write_deltalake(str(path), table, partition_by=["p"], configuration=FEED)
    DeltaTable(str(path)).update({"k": "k + 100"}, predicate="k >= 0")
    DeltaTable(str(path)).delete()
    expected = [*SPECIAL, None]
    for kind, version, more in (("insert", 0, 0), ("update_preimage", 1, 0), ("update_postimage", 1, 100), ("delete", 2, 100)):
        sql = f"SELECT p, k FROM {window(path, 0)} WHERE _change_type = '{kind}' AND _commit_version = {version} ORDER BY k"
        found = queried(tmp_path, sql)
        assert list(zip(found["p"].to_pylist(), found["k"].to_pylist(), strict=True)) == [(p, k + more) for k, p in enumerate(expected)]


def test_typed_partition_columns_of_changes(tmp_path: Path) -> None:
    path = tmp_path / "t"
    columns = {name: pa.array([None, value], arrow) for name, arrow, value in (
        ("d", pa.date32(), dt.date(1, 1, 1)),
        ("z", pa.timestamp("us", "UTC"), dt.datetime(1960, 1, 1, 1, 2, 3, 4, dt.UTC)),
        ("n", pa.timestamp("us"), dt.datetime(9999, 1, 1)),
        ("f", pa.float64(), -math.inf),
        ("dec", pa.decimal128(30, 2), Decimal("99999999999999999999.50")),
        ("b", pa.bool_(), False),
    )}  # fmt: skip
    write_deltalake(str(path), pa.table({**columns, "k": [1, 2]}), partition_by=list(columns), configuration=FEED)
    found = queried(tmp_path, f"SELECT * EXCLUDE (k, _change_type, _commit_version, _commit_timestamp) FROM {window(path, 0)} ORDER BY k")
    assert [found.schema.field(name).type for name in columns] == [column.type for column in columns.values()]
    assert [found[name].to_pylist() for name in columns] == [column.to_pylist() for column in columns.values()]
    assert changes(tmp_path, path, 0, columns="k") == [(1,), (2,)]
