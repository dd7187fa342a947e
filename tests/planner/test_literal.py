"""Proves that `literal_sql` writes every value of every type so that the engine reads back exactly it."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import datafusion
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from treadle.dialect.types import (
    BIGINT, BOOLEAN, BYTEA, DATE, DOUBLE, INTEGERS, INTERVAL, NULL, TIME, UNSIGNED, VARCHAR,
    DataType, Field, decimal, list_of, map_of, struct, timestamp,
)
from treadle.planner.literal import fits, integer_range, literal_sql
from treadle.planner.values import Value

CTX = datafusion.SessionContext()
UNITS = {0: "s", 3: "ms", 6: "us", 9: "ns"}
SIMPLE_ARROW = {
    "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INT": pa.int32(), "BIGINT": pa.int64(),
    "TINYINT UNSIGNED": pa.uint8(), "SMALLINT UNSIGNED": pa.uint16(), "INT UNSIGNED": pa.uint32(), "BIGINT UNSIGNED": pa.uint64(),
    "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "VARCHAR": pa.string(), "BYTEA": pa.binary(),
    "DATE": pa.date32(), "TIME": pa.time64("ns"), "INTERVAL": pa.month_day_nano_interval(), "NULL": pa.null(),
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


NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=4)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    ["'", "''", "\\", "\\'", "a\0b", "\n\r\t", "$x", "$1", "--", "/*", ";", "'; DROP TABLE t; --", "é😀\u2028", "{}", "?"]
)
KEYS = [BIGINT, VARCHAR, DATE, BOOLEAN]
SIMPLE = [BOOLEAN, DOUBLE, VARCHAR, BYTEA, DATE, TIME, INTERVAL, DataType("FLOAT"), *map(DataType, (*INTEGERS, *UNSIGNED))]


def decimals() -> st.SearchStrategy[DataType]:
    return st.integers(1, 76).flatmap(lambda p: st.integers(0, p).map(lambda s: decimal(p, s)))


def scalar_types() -> st.SearchStrategy[DataType]:
    stamps = st.tuples(st.sampled_from([0, 3, 6, 9]), st.sampled_from([None, "UTC"])).map(lambda a: timestamp(*a))
    durations = st.sampled_from([0, 3, 6, 9]).map(lambda p: DataType("DURATION", p))
    return st.sampled_from(SIMPLE) | decimals() | stamps | durations


def types() -> st.SearchStrategy[DataType]:
    def nest(inner: st.SearchStrategy[DataType]) -> st.SearchStrategy[DataType]:
        fields = st.lists(NAMES, min_size=1, max_size=3, unique=True).flatmap(
            lambda names: st.tuples(*(inner.map(lambda t, n=n: Field(n, t)) for n in names))
        )
        return inner.map(list_of) | fields.map(lambda f: struct(*f)) | st.tuples(st.sampled_from(KEYS), inner).map(lambda a: map_of(*a))

    return st.recursive(scalar_types(), nest, max_leaves=4)


def stamps(type: DataType) -> st.SearchStrategy[object]:
    low, high = (datetime(1678, 1, 1), datetime(2262, 1, 1)) if type.precision == 9 else (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59))
    step = 10 ** max(0, 6 - type.precision)
    found = st.datetimes(low, high).map(lambda d: d.replace(microsecond=d.microsecond // step * step))
    return found.map(lambda d: d.replace(tzinfo=UTC)) if type.zone else found


def items(type: DataType, nulls: bool = True) -> st.SearchStrategy[object]:
    made = _items(type)
    return st.none() | made if nulls else made


def _items(type: DataType) -> st.SearchStrategy[object]:
    if type.is_integer:
        low, high = integer_range(type)
        return st.integers(low, high) | st.sampled_from([low, high, 0])
    if type.name == "DECIMAL":
        top = 10**type.precision - 1
        return st.integers(-top, top).map(lambda n: Decimal((n < 0, tuple(map(int, str(abs(n)))), -type.scale)))
    if type.name == "TIMESTAMP":
        return stamps(type)
    if type.name == "DURATION":
        step = 10 ** max(0, 6 - type.precision)
        return st.integers(-(2**50), 2**50).map(lambda n: timedelta(microseconds=n // step * step))
    if type.name == "LIST":
        return st.lists(items(type.fields[0].type), max_size=3).map(tuple)
    if type.name == "STRUCT":
        return st.tuples(*(items(f.type) for f in type.fields))
    if type.name == "MAP":
        keys = st.lists(items(type.fields[0].type, nulls=False), max_size=3, unique=True)
        return keys.flatmap(lambda k: st.tuples(*(st.tuples(st.just(one), items(type.fields[1].type)) for one in k)))
    return {
        "BOOLEAN": st.booleans(), "DOUBLE": st.floats(), "FLOAT": st.floats(width=32), "VARCHAR": TEXT, "BYTEA": st.binary(max_size=8),
        "DATE": st.dates(), "TIME": st.times(),
        "INTERVAL": st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)),
    }[type.name]


VALUES = types().flatmap(lambda t: items(t).map(lambda item: Value(t, item)))


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_the_engine_reads_back_the_value_and_its_type(value: Value) -> None:
    check(value)


@pytest.mark.parametrize("value", [
    Value(BIGINT, -(2**63)), Value(DataType("BIGINT UNSIGNED"), 2**64 - 1), Value(DOUBLE, math.nan), Value(DOUBLE, -math.inf),
    Value(DOUBLE, -0.0), Value(DOUBLE, 5e-324), Value(decimal(38, 38), Decimal("-1e-38")), Value(decimal(38, 0), Decimal(10**38 - 1)),
    Value(decimal(5, 0), Decimal("1E+3")), Value(VARCHAR, "a\0b"), Value(VARCHAR, "\\' \n'"), Value(DATE, date(1, 1, 1)),
    Value(DATE, date(9999, 12, 31)), Value(TIME, time(23, 59, 59, 999999)), Value(timestamp(), datetime(1, 1, 1)),
    Value(timestamp(zone="UTC"), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)), Value(NULL, None), Value(list_of(NULL), ()),
    Value(list_of(VARCHAR), None), Value(struct(Field('a"b\\', BIGINT)), None), Value(map_of(VARCHAR, list_of(BIGINT)), None),
    Value(INTERVAL, (1, -2, -3)),
], ids=str)
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


@pytest.mark.parametrize("value", [
    Value(BIGINT, 2**63), Value(BIGINT, True), Value(BIGINT, 1.0), Value(DataType("TINYINT UNSIGNED"), -1), Value(DOUBLE, 1),
    Value(DataType("FLOAT"), 0.1), Value(decimal(3, 1), Decimal("1.55")), Value(decimal(3, 1), Decimal("100")), Value(decimal(3, 1), Decimal("NaN")),
    Value(VARCHAR, b"x"), Value(VARCHAR, "\ud800"), Value(BYTEA, "x"), Value(DATE, datetime(2020, 1, 1)), Value(TIME, time(1, tzinfo=UTC)),
    Value(timestamp(), datetime(2020, 1, 1, tzinfo=UTC)), Value(timestamp(zone="UTC"), datetime(2020, 1, 1)),
    Value(timestamp(3), datetime(2020, 1, 1, 0, 0, 0, 1)), Value(timestamp(9), datetime(1600, 1, 1)), Value(INTERVAL, (2**31, 0, 0)),
    Value(INTERVAL, timedelta(1)), Value(list_of(BIGINT), [1]), Value(list_of(BIGINT), ("x",)), Value(struct(Field("a", BIGINT)), (1, 2)),
    Value(struct(Field("", BIGINT)), (1,)), Value(map_of(VARCHAR, BIGINT), (("a", 1), ("a", 2))), Value(map_of(VARCHAR, BIGINT), ((None, 1),)), Value(NULL, 1),
], ids=str)
def test_a_misfit_is_refused(value: Value) -> None:
    assert not fits(value.type, value.value)
    with pytest.raises(ValueError):
        literal_sql(value)
