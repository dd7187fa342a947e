"""The fit between a view and its table: nothing is lost on the way in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.support.lake import raised
from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    NULL,
    VARCHAR,
    DataType,
    Field,
    Schema,
    decimal,
    list_of,
    struct,
    timestamp,
)
from treadle.runtime.lake.fit import caster, differences, fits
from treadle.runtime.lake.schemas import arrow_schema, arrow_type

SMALLINT, FLOAT, UINT = DataType("SMALLINT"), DataType("FLOAT"), DataType("INT UNSIGNED")


@pytest.mark.parametrize(
    ("given", "held", "well"),
    [
        (INT, BIGINT, True),
        (BIGINT, INT, False),
        (UINT, BIGINT, True),
        (UINT, INT, False),
        (DOUBLE, BIGINT, False),
        (FLOAT, DOUBLE, True),
        (DOUBLE, FLOAT, False),
        (INT, DOUBLE, True),
        (BIGINT, DOUBLE, False),
        (SMALLINT, FLOAT, True),
        (INT, FLOAT, False),
        (INT, decimal(12, 2), True),
        (INT, decimal(11, 2), False),
        (decimal(10, 2), decimal(12, 4), True),
        (decimal(10, 2), decimal(11, 4), False),
        (decimal(10, 3), decimal(12, 2), False),
        (decimal(10, 0), BIGINT, False),
        (VARCHAR, BIGINT, False),
        (BIGINT, VARCHAR, False),
        (BOOLEAN, INT, False),
        (DATE, timestamp(), False),
        (timestamp(3), timestamp(), True),
        (timestamp(9), timestamp(), True),  # the rows are checked
        (timestamp(zone="UTC"), timestamp(), False),
        (NULL, struct(Field("a", INT)), True),
        (list_of(INT), list_of(BIGINT), True),
        (struct(Field("a", INT)), struct(Field("a", BIGINT)), True),
        (struct(Field("a", INT)), struct(Field("b", INT)), False),
    ],
)
def test_what_holds_what(given: DataType, held: DataType, well: bool) -> None:
    assert fits(given, held) is well


def test_differences_column_by_column() -> None:
    view = Schema((Field("id", BIGINT), Field("Name", VARCHAR), Field("delay", DOUBLE), Field("new one", INT)))
    table = Schema((Field("delay", BIGINT), Field("id", BIGINT), Field("name", VARCHAR), Field("gone", DATE)))
    assert differences(view, table) == (
        "delay: the view gives DOUBLE, the table holds BIGINT",
        "name: the view spells it Name",
        "gone DATE: missing in the view",
        '"new one" INT: not in the table',
    )
    assert differences(table, table) == ()


def cast(target: Schema, partitions: tuple[str, ...] = (), **columns: Any) -> list[dict[str, Any]]:
    batch = pa.RecordBatch.from_pydict(columns)
    return list(caster(arrow_schema(target), partitions, "t")(batch).to_pylist())


def test_columns_go_by_name_and_keep_their_values() -> None:
    target = Schema((Field("b", BIGINT), Field("a", VARCHAR), Field("d", decimal(5, 2))))
    columns = {"a": pa.array(["x", None], pa.string_view()), "d": pa.array([1, -2], pa.int8()), "b": pa.array([1, 2], pa.uint8())}
    assert cast(target, **columns) == [{"b": 1, "a": "x", "d": Decimal("1.00")}, {"b": 2, "a": None, "d": Decimal("-2.00")}]


@pytest.mark.parametrize(
    ("type_", "array"),
    [
        (timestamp(), pa.array([1001], pa.timestamp("ns"))),
        (list_of(timestamp()), pa.array([[1001]], pa.list_(pa.timestamp("ns")))),
        (timestamp(), pa.array([2**61], pa.timestamp("s"))),
        (INT, pa.array([2**40], pa.int64())),
    ],
)
def test_values_that_would_change(type_: DataType, array: Any) -> None:
    assert "`c`" in raised("T4036", lambda: cast(Schema((Field("c", type_),)), c=array))


def test_values_that_stay_the_same() -> None:
    array = pa.array([1000], pa.timestamp("ns", "Europe/Berlin"))
    assert cast(Schema((Field("c", timestamp(zone="UTC")),)), c=array)[0]["c"] == dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)


def test_nulls_and_empty_partitions() -> None:
    assert "NOT NULL" in raised("T4036", lambda: cast(Schema((Field("c", INT, False),)), c=pa.array([1, None])))
    assert "NULLIF(c, '')" in raised("T4036", lambda: cast(Schema((Field("c", VARCHAR),)), ("c",), c=pa.array(["x", ""])))
    assert cast(Schema((Field("c", VARCHAR),)), ("c",), c=pa.array([None, "x"])) == [{"c": None}, {"c": "x"}]


@pytest.mark.parametrize("name", ["TIME", "INTERVAL", "DURATION"])
def test_types_that_delta_lacks(name: str) -> None:
    type_ = DataType(name, 6 if name == "DURATION" else None)
    assert "`c`" in raised("T4033", lambda: arrow_type(list_of(type_), "c"))


def test_unsigned_numbers_take_the_next_type() -> None:
    wider = {"TINYINT": pa.int16(), "SMALLINT": pa.int32(), "INT": pa.int64(), "BIGINT": pa.decimal128(20, 0)}
    assert {name: arrow_type(DataType(f"{name} UNSIGNED"), "c") for name in wider} == wider
