"""Arrow and treadle: every type and every value there and back, and through the live engine."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.values import items, types
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.types import BYTEA, DATE, INT, TIME, VARCHAR, DataType, Field, Schema, list_of, map_of, struct, timestamp
from treadle.planner.literal import bindable
from treadle.planner.values import Value
from treadle.runtime.engine.arrow_types import arrow_schema, arrow_type, data_type, same_columns, scalar, schema, value
from treadle.runtime.engine.datafusion import DataFusionEngine
from treadle.runtime.session import Session

values = types().flatmap(lambda type: items(type).map(lambda item: Value(type, item)))


@given(types(), st.booleans())
def test_a_type_comes_back_through_arrow(type: DataType, views: bool) -> None:
    assert data_type(arrow_type(type, views=views)) == type


@given(st.lists(types(), min_size=1, max_size=3))
def test_a_schema_comes_back_through_arrow(kinds: list[DataType]) -> None:
    columns = Schema(tuple(Field(f"c {i}", kind, i % 2 == 0) for i, kind in enumerate(kinds)))
    assert schema(arrow_schema(columns)) == columns


@given(values)
def test_a_value_comes_back_through_arrow(given: Value) -> None:
    assert told(value(scalar(given)).value) == told(given.value)


def told(item: object) -> str:
    """Return a value's text, in which NaN equals itself and the fold of a time, which no engine has, is left out."""
    return repr(item).replace(", fold=1", "")


@settings(max_examples=150)
@given(given=values.filter(bindable))
def test_a_bound_parameter_comes_back_from_the_engine(opened: Session, given: Value) -> None:
    oracle = DataFusionEngine(opened).oracle()
    found = oracle.evaluate("$p1", {"p1": given})
    oracle.close()
    assert (told(found.value), same_columns(_one(found.type), _one(given.type))) == (told(given.value), True)


def _one(kind: DataType) -> Schema:
    return Schema((Field("v", kind),))


@pytest.mark.parametrize(
    ("arrow", "expected"),
    [
        (pa.string_view(), VARCHAR),
        (pa.large_string(), VARCHAR),
        (pa.dictionary(pa.int32(), pa.string()), VARCHAR),
        (pa.dictionary(pa.int8(), pa.int32()), INT),
        (pa.run_end_encoded(pa.int32(), pa.string()), VARCHAR),
        (pa.large_binary(), BYTEA),
        (pa.binary_view(), BYTEA),
        (pa.binary(16), BYTEA),
        (pa.uuid(), BYTEA),
        (pa.date64(), DATE),
        (pa.time32("s"), TIME),
        (pa.large_list(pa.int32()), list_of(INT)),
        (pa.list_(pa.int32(), 3), list_of(INT)),
        (pa.list_view(pa.int32()), list_of(INT)),
        (pa.map_(pa.large_string(), pa.int32()), map_of(VARCHAR, INT)),
        (pa.struct([("A", pa.timestamp("ms", "+00:00"))]), struct(Field("A", timestamp(3, "UTC")))),
        (pa.timestamp("us", "Europe/Berlin"), timestamp(6, "Europe/Berlin")),
        (pa.decimal32(5, 2), DataType("DECIMAL", 5, 2)),
        (pa.null(), DataType("NULL")),
    ],
    ids=str,
)
def test_layouts_of_one_type_are_that_type(arrow: pa.DataType, expected: DataType) -> None:
    assert data_type(arrow) == expected


@pytest.mark.parametrize("arrow", [pa.float16(), pa.sparse_union([pa.field("a", pa.int32())])], ids=str)
def test_types_without_a_name_are_refused(arrow: pa.DataType) -> None:
    with pytest.raises(TreadleError, match="T6063"):
        data_type(arrow)


@pytest.mark.parametrize(
    "item",
    [pa.scalar(1, pa.timestamp("ns")), pa.scalar(2**62, pa.timestamp("s")), pa.scalar(10**7, pa.date32()), pa.scalar(1, pa.time64("ns"))],
    ids=["finer", "beyond", "day beyond", "time finer"],
)
def test_what_python_cannot_hold_exactly_is_refused(item: pa.Scalar) -> None:
    with pytest.raises(ValueError, match="finer|outside"):
        value(item)


@pytest.mark.parametrize("wrong", [Value(INT, "x"), Value(INT, 2**40), Value(timestamp(), "2013-01-01"), Value(list_of(INT), ("a",))])
def test_a_value_that_does_not_fit_is_refused(wrong: Value) -> None:
    with pytest.raises(ValueError, match="no value of type"):
        scalar(wrong)
