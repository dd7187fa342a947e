"""Whatever Python gives to a query as a parameter comes back as it was: without a declaration, and with one of any type."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from tests.support.values import TEXT, items, scalar_types
from treadle.dialect.types import DataType, list_of

DATES = st.dates()
MOMENTS = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20)
PLAIN: list[st.SearchStrategy[Any]] = [
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), TEXT, st.binary(max_size=8), DATES, st.times(),
    MOMENTS, MOMENTS.map(lambda m: m.replace(tzinfo=dt.UTC)), DECIMALS,
]  # fmt: skip
VALUES = st.one_of(st.none(), *PLAIN, *(st.lists(one, min_size=1, max_size=3) for one in PLAIN))


def same(one: Any, other: Any) -> bool:
    """Compare values and their types; NaN is itself."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) and math.isnan(other) or (one, math.copysign(1, one)) == (other, math.copysign(1, other))
    if isinstance(one, dt.datetime) and isinstance(other, dt.datetime):
        return one == other and (one.tzinfo is None) == (other.tzinfo is None)
    return type(one) is type(other) and one == other


@pytest.fixture(scope="module")
def connection() -> Iterator[treadle.Connection]:
    with treadle.connect() as made:
        yield made


@settings(max_examples=200)
@given(VALUES)
def test_a_value_without_a_declaration(connection: treadle.Connection, value: object) -> None:
    assert same(connection.query("SELECT $x AS x", x=value).fetchall()[0][0], value)


@settings(max_examples=60)
@given(VALUES, TEXT)
def test_two_values_in_one_query(connection: treadle.Connection, value: object, text: str) -> None:
    (row,) = connection.query("SELECT PARAM text AS t, $x AS x WHERE $text = PARAM text", x=value, text=text).fetchall()
    assert row[0] == text and same(row[1], value)


def declared() -> st.SearchStrategy[tuple[DataType, Any]]:
    """Return types that Python has values of its own for, with such a value; seconds and parts of them keep their digits."""
    plain = scalar_types().filter(lambda t: t.name not in ("INTERVAL", "FLOAT") and not (t.name == "TIMESTAMP" and t.precision == 9))
    lists = plain.map(list_of)
    return plain.flatmap(lambda t: st.tuples(st.just(t), items(t))) | lists.flatmap(
        lambda t: st.tuples(st.just(t), st.lists(items(t.fields[0].type, nulls=False), max_size=3))
    )


@settings(max_examples=60)
@given(declared())
def test_a_value_of_a_declared_type(tmp_path_factory: pytest.TempPathFactory, pair: tuple[DataType, Any]) -> None:
    type_, value = pair
    root: Path = tmp_path_factory.mktemp("project")
    (root / "views.sql").write_text(f"PARAM p {type_.sql()};\nCREATE VIEW v AS SELECT PARAM p AS x;\n", "utf-8")
    with treadle.open(root) as project:
        result = project.query("FROM v", p=value)
        assert str(result.schema.field("x").type) != "null"
        found = result.fetchall()[0][0]
    assert _plain(found) == _plain(value), (type_.sql(), found, value)


def _plain(value: Any) -> Any:
    """Return a value so that equal ones compare equal: decimals by value, zones as UTC, NaN as text."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, Decimal):
        return value.normalize() if value else Decimal(0)
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo else value
