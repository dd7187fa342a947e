"""Proves that `literal_sql` writes every value of every type so that the engine reads back exactly it."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import datafusion
import pyarrow as pa
import pytest
from hypothesis import given, settings

from tests.support.values import VALUES, types
from treadle.dialect.types import (
    BIGINT,
    BYTEA,
    DATE,
    DOUBLE,
    INTERVAL,
    NULL,
    TIME,
    VARCHAR,
    DataType,
    Field,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.literal import fits, literal_sql
from treadle.planner.values import Value

CTX = datafusion.SessionContext()
UNITS = {0: "s", 3: "ms", 6: "us", 9: "ns"}
SIMPLE_ARROW = {
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "TINYINT UNSIGNED": pa.uint8(),
    "SMALLINT UNSIGNED": pa.uint16(),
    "INT UNSIGNED": pa.uint32(),
    "BIGINT UNSIGNED": pa.uint64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "BYTEA": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time64("ns"),
    "INTERVAL": pa.month_day_nano_interval(),
    "NULL": pa.null(),
}


def arrow(type: DataType) -> pa.DataType:
    if type.name == "DECIMAL":
        return (pa.decimal128 if type.precision <= 38 else pa.decimal256)(type.precision, type.scale)
    if type.name == "TIMESTAMP":
        return pa.timestamp(UNITS[type.precision], type.zone)
    if type.name == "DURATION":
        return pa.duration(UNITS[type.precision])
    if type.name == "LIST":
        return pa.list_(arrow(type.fields[0].type))
    if type.name == "STRUCT":
        return pa.struct([(f.name, arrow(f.type)) for f in type.fields])
    if type.name == "MAP":
        return pa.map_(arrow(type.fields[0].type), arrow(type.fields[1].type))
    return SIMPLE_ARROW[type.name]


def plain(type: DataType, scalar: pa.Scalar) -> object:
    """Return an Arrow scalar as the Python object that `Value` uses."""
    if not scalar.is_valid:
        return None
    if type.name == "TIME":
        return (datetime(2000, 1, 1) + timedelta(microseconds=scalar.value // 1000)).time()
    if type.name == "TIMESTAMP":
        micros = scalar.value * 10**6 // 10**type.precision
        return datetime(1970, 1, 1, tzinfo=UTC if type.zone else None) + timedelta(microseconds=micros)
    if type.name == "DURATION":
        return timedelta(microseconds=scalar.value * 10**6 // 10**type.precision)
    if type.name == "LIST":
        return tuple(plain(type.fields[0].type, one) for one in scalar.values)
    if type.name == "STRUCT":
        return tuple(plain(f.type, scalar[at]) for at, f in enumerate(type.fields))
    if type.name == "MAP":
        return tuple((plain(type.fields[0].type, e[0]), plain(type.fields[1].type, e[1])) for e in scalar.values)
    found = scalar.as_py()
    return tuple(found) if type.name == "INTERVAL" else found


def same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isnan(left) and math.isnan(right) or (left == right and math.copysign(1, left) == math.copysign(1, right))
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def evaluate(sql: str) -> pa.ChunkedArray:
    return pa.Table.from_batches(CTX.sql(f"SELECT {sql} AS x").collect())["x"]


def check(value: Value) -> None:
    column = evaluate(literal_sql(value))
    assert column.type == arrow(value.type)
    assert same(plain(value.type, column[0]), value.value)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_the_engine_reads_back_the_value_and_its_type(value: Value) -> None:
    check(value)


@pytest.mark.parametrize(
    "value",
    [
        Value(BIGINT, -(2**63)),
        Value(DataType("BIGINT UNSIGNED"), 2**64 - 1),
        Value(DOUBLE, math.nan),
        Value(DOUBLE, -math.inf),
        Value(DOUBLE, -0.0),
        Value(DOUBLE, 5e-324),
        Value(decimal(38, 38), Decimal("-1e-38")),
        Value(decimal(38, 0), Decimal(10**38 - 1)),
        Value(decimal(5, 0), Decimal("1E+3")),
        Value(VARCHAR, "a\0b"),
        Value(VARCHAR, "\\' \n'"),
        Value(DATE, date(1, 1, 1)),
        Value(DATE, date(9999, 12, 31)),
        Value(TIME, time(23, 59, 59, 999999)),
        Value(timestamp(), datetime(1, 1, 1)),
        Value(timestamp(zone="UTC"), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        Value(NULL, None),
        Value(list_of(NULL), ()),
        Value(list_of(VARCHAR), None),
        Value(struct(Field('a"b\\', BIGINT)), None),
        Value(map_of(VARCHAR, list_of(BIGINT)), None),
        Value(INTERVAL, (1, -2, -3)),
    ],
    ids=str,
)
def test_values_at_the_edges(value: Value) -> None:
    if value.type == decimal(5, 0):
        assert evaluate(literal_sql(value))[0].as_py() == 1000
        return
    check(value)


def test_nulls_keep_their_type() -> None:
    @settings(max_examples=100, deadline=None)
    @given(types())
    def nulls(type: DataType) -> None:
        column = evaluate(literal_sql(Value(type, None)))
        assert column.type == arrow(type) and column.to_pylist() == [None]

    nulls()


@pytest.mark.parametrize(
    "value",
    [
        Value(BIGINT, 2**63),
        Value(BIGINT, True),
        Value(BIGINT, 1.0),
        Value(DataType("TINYINT UNSIGNED"), -1),
        Value(DOUBLE, 1),
        Value(DataType("FLOAT"), 0.1),
        Value(decimal(3, 1), Decimal("1.55")),
        Value(decimal(3, 1), Decimal("100")),
        Value(decimal(3, 1), Decimal("NaN")),
        Value(VARCHAR, b"x"),
        Value(VARCHAR, "\ud800"),
        Value(BYTEA, "x"),
        Value(DATE, datetime(2020, 1, 1)),
        Value(TIME, time(1, tzinfo=UTC)),
        Value(timestamp(), datetime(2020, 1, 1, tzinfo=UTC)),
        Value(timestamp(zone="UTC"), datetime(2020, 1, 1)),
        Value(timestamp(3), datetime(2020, 1, 1, 0, 0, 0, 1)),
        Value(timestamp(9), datetime(1600, 1, 1)),
        Value(INTERVAL, (2**31, 0, 0)),
        Value(INTERVAL, timedelta(1)),
        Value(list_of(BIGINT), [1]),
        Value(list_of(BIGINT), ("x",)),
        Value(struct(Field("a", BIGINT)), (1, 2)),
        Value(struct(Field("", BIGINT)), (1,)),
        Value(map_of(VARCHAR, BIGINT), (("a", 1), ("a", 2))),
        Value(map_of(VARCHAR, BIGINT), ((None, 1),)),
        Value(NULL, 1),
    ],
    ids=str,
)
def test_a_misfit_is_refused(value: Value) -> None:
    assert not fits(value.type, value.value)
    with pytest.raises(ValueError):
        literal_sql(value)
