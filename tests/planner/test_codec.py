"""Values through JSON, text and Python objects: what they mean, what they refuse, and why."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings

from tests.planner.test_literal import same
from tests.support.values import VALUES
from treadle.dialect.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INT,
    INTERVAL,
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
from treadle.planner.codec import canonical, from_json, from_python, from_text, to_json
from treadle.planner.spec import TypedValue

TZ = timestamp(zone="UTC")
UTC_NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


def _id(value: object) -> str:
    """Name a case by its value, without an address, so that every process of a parallel run names it alike."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@settings(max_examples=300)
@given(VALUES)
def test_json_brings_every_value_back(value: object) -> None:
    written = to_json(value)
    through = TypedValue.model_validate(json.loads(canonical(written.model_dump())))
    read = from_json(through)
    assert read.type == value.type and same(read.value, value.value)
    assert canonical(to_json(read).model_dump()) == canonical(written.model_dump())


@pytest.mark.parametrize(
    ("text", "type", "expected"),
    [
        ("42", BIGINT, 42),
        ("-7", INT, -7),
        (" 42 ", BIGINT, 42),
        ("1.5", DOUBLE, 1.5),
        ("inf", DOUBLE, math.inf),
        ("0.1", DataType("FLOAT"), 0.10000000149011612),
        ("1.5", decimal(5, 2), Decimal("1.50")),
        ("TRUE", BOOLEAN, True),
        ("null", BIGINT, None),
        ("null", VARCHAR, "null"),
        (" it's ", VARCHAR, " it's "),
        ("2013-01-31", DATE, date(2013, 1, 31)),
        ("12:30:00.5", TIME, time(12, 30, 0, 500000)),
        ("2013-01-31 12:00:00", timestamp(), datetime(2013, 1, 31, 12)),
        ("2013-01-31", timestamp(), datetime(2013, 1, 31)),
        ("2013-01-31T12:00:00+02:00", TZ, datetime(2013, 1, 31, 10, tzinfo=UTC)),
        ("2013-01-31", TZ, datetime(2013, 1, 31, tzinfo=UTC)),
        ("1 month -2 days 3.5 hours", INTERVAL, (1, -2, 12_600_000_000_000)),
        ("1 year, 2 weeks and 3 ms", INTERVAL, (12, 14, 3_000_000)),
        ("00FF", BYTEA, b"\x00\xff"),
        ("\\x00ff", BYTEA, b"\x00\xff"),
        ("UA, AA", list_of(VARCHAR), ("UA", "AA")),
        ('["U,A", null]', list_of(VARCHAR), ("U,A", None)),
        ("", list_of(VARCHAR), ()),
        ("1,2", list_of(INT), (1, 2)),
        ('["2013-01-31"]', list_of(DATE), (date(2013, 1, 31),)),
        ('{"a": 1}', struct(Field("a", BIGINT), Field("b", VARCHAR)), (1, None)),
        ('{"a": 1}', map_of(VARCHAR, DOUBLE), (("a", 1.0),)),
    ],
    ids=str,
)
def test_text(text: str, type: DataType, expected: object) -> None:
    found = from_text(text, type)
    assert found.type == type and same(found.value, expected)


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("abc", BIGINT),
        ("1.0", BIGINT),
        ("1_000", BIGINT),
        ("9223372036854775808", BIGINT),
        ("128", DataType("TINYINT")),
        ("-1", DataType("INT UNSIGNED")),
        ("", BIGINT),
        ("x", DOUBLE),
        ("1.555", decimal(5, 2)),
        ("nan", decimal(5, 2)),
        ("yes", BOOLEAN),
        ("2013-13-01", DATE),
        ("31.01.2013", DATE),
        ("2013-01-31T12:00:00+02:00", timestamp()),
        ("1 month", DataType("DURATION", 6)),
        ("1 lightyear", INTERVAL),
        ("0.5 months", INTERVAL),
        ("", INTERVAL),
        ("0g", BYTEA),
        ("1,x", list_of(INT)),
        ("[1", list_of(INT)),
        ("[1.5]", list_of(INT)),
        ('{"c": 1}', struct(Field("a", BIGINT))),
        ("'; DROP TABLE t; --", DATE),
    ],
    ids=str,
)
def test_text_that_does_not_fit(text: str, type: DataType) -> None:
    with pytest.raises(ValueError, match="`|empty"):
        from_text(text, type)


@pytest.mark.parametrize(
    ("obj", "type", "expected"),
    [
        (True, "BOOLEAN", True),
        (1, "BIGINT", 1),
        (2**63, "BIGINT UNSIGNED", 2**63),
        (2**64, "DECIMAL(20, 0)", Decimal(2**64)),
        (1.5, "DOUBLE", 1.5),
        (Decimal("1.50"), "DECIMAL(3, 2)", Decimal("1.50")),
        (Decimal("1E+3"), "DECIMAL(4, 0)", Decimal(1000)),
        (Decimal("0.001"), "DECIMAL(3, 3)", Decimal("0.001")),
        ("it's", "VARCHAR", "it's"),
        (b"x", "BYTEA", b"x"),
        (bytearray(b"x"), "BYTEA", b"x"),
        (date(2020, 1, 1), "DATE", date(2020, 1, 1)),
        (datetime(2020, 1, 1), "TIMESTAMP", datetime(2020, 1, 1)),
        (datetime(2020, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))), "TIMESTAMP WITH TIME ZONE", UTC_NOON),
        (time(1, 2), "TIME", time(1, 2)),
        (timedelta(days=1, seconds=1), "INTERVAL", (0, 1, 10**9)),
        (-timedelta(hours=1), "INTERVAL", (0, 0, -3600 * 10**9)),
        ([1, None, 2], "BIGINT[]", (1, None, 2)),
        ((1, 2.5), "DOUBLE[]", (1.0, 2.5)),
        ([1, Decimal("0.5")], "DECIMAL(20, 1)[]", (Decimal("1.0"), Decimal("0.5"))),
        ({3, 1, 2}, "BIGINT[]", (1, 2, 3)),
        ([], "NULL[]", ()),
        ({"a": 1, "b": ["x"]}, 'STRUCT("a" BIGINT, "b" VARCHAR[])', (1, ("x",))),
        ([{"a": None}, {"a": 1}], 'STRUCT("a" BIGINT)[]', ((None,), (1,))),
        (None, "NULL", None),
        (pa.scalar(5, pa.int8()), "BIGINT", 5),
        (pa.array([1, 2]), "BIGINT[]", (1, 2)),
        (pa.scalar(date(2020, 1, 1)), "DATE", date(2020, 1, 1)),
    ],
    ids=_id,
)
def test_python_objects_have_a_type(obj: object, type: str, expected: object) -> None:
    found = from_python(obj)
    assert (found.type.sql(), found.value) == (type, expected)
    assert isinstance(found.value, bool) == isinstance(expected, bool)


@pytest.mark.parametrize(
    ("obj", "type", "expected"),
    [
        (3.0, BIGINT, 3),
        (3, DOUBLE, 3.0),
        (0.1, decimal(5, 2), Decimal("0.10")),
        (7, decimal(5, 2), Decimal("7.00")),
        (datetime(2020, 1, 1), DATE, date(2020, 1, 1)),
        (date(2020, 1, 1), timestamp(), datetime(2020, 1, 1)),
        ("2020-01-01", DATE, date(2020, 1, 1)),
        ("1 day", INTERVAL, (0, 1, 0)),
        (None, BIGINT, None),
        ({"b": 1}, map_of(VARCHAR, BIGINT), (("b", 1),)),
        ({"b": 1}, struct(Field("a", VARCHAR), Field("b", INT)), (None, 1)),
    ],
    ids=_id,
)
def test_lossless_conversions(obj: object, type: DataType, expected: object) -> None:
    assert same(from_python(obj, type).value, expected)


@pytest.mark.parametrize(
    ("obj", "type"),
    [
        (3.5, BIGINT),
        (True, BIGINT),
        (1, BOOLEAN),
        ("1", BIGINT),
        ("1.5", DOUBLE),
        (2**53 + 1, DOUBLE),
        (1e300, DataType("FLOAT")),
        (0.125, decimal(5, 2)),
        (math.nan, decimal(5, 2)),
        (1, VARCHAR),
        ("x", BYTEA),
        (datetime(2020, 1, 1, 1), DATE),
        (datetime(2020, 1, 1), TZ),
        (UTC_NOON, timestamp()),
        (datetime(2020, 1, 1, 0, 0, 0, 1), timestamp(3)),
        ([1, "x"], None),
        ([1, 2**53 + 1, 0.5], None),
        (object(), None),
        ({1: 2}, None),
        (Decimal("NaN"), None),
        (time(1, tzinfo=UTC), None),
        ({"c": 1}, struct(Field("a", VARCHAR))),
        ("UA", list_of(VARCHAR)),
    ],
    ids=_id,
)
def test_what_would_lose_something_is_refused(obj: object, type: DataType | None) -> None:
    with pytest.raises(ValueError):
        from_python(obj, type)


def test_canonical_json_has_one_form() -> None:
    assert canonical({"b": 1, "a": ["é", 1.0, None]}) == '{"a":["\\u00e9",1.0,null],"b":1}'
    with pytest.raises(ValueError):
        canonical(math.nan)
