"""Owns hypothesis strategies over every type and its values, as `planner.values.Value` holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INTEGERS,
    INTERVAL,
    TIME,
    UNSIGNED,
    VARCHAR,
    DataType,
    Field,
    decimal,
    list_of,
    map_of,
    struct,
    timestamp,
)
from treadle.planner.literal import integer_range
from treadle.planner.values import Value

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
    wide = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)
    low, high = (datetime(1678, 1, 1), datetime(2262, 1, 1)) if type.precision == 9 else wide
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
        "BOOLEAN": st.booleans(),
        "DOUBLE": st.floats(),
        "FLOAT": st.floats(width=32),
        "VARCHAR": TEXT,
        "BYTEA": st.binary(max_size=8),
        "DATE": st.dates(),
        "TIME": st.times(),
        "INTERVAL": st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)),
    }[type.name]


VALUES = types().flatmap(lambda t: items(t).map(lambda item: Value(t, item)))
