"""Types in text: every type's spelling is read back as itself, as is the spelling of others for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.dialect import parse_type
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.types import SIMPLE, DataType, Field, decimal, list_of, map_of, struct, timestamp
from treadle.dialect.types_sql import node_type, type_node

DIGITS = st.sampled_from((0, 3, 6, 9))
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
FLAT = st.one_of(
    st.sampled_from(SIMPLE).map(DataType),
    st.integers(1, 76).flatmap(lambda p: st.integers(0, p).map(lambda s: decimal(p, s))),
    st.builds(timestamp, DIGITS, st.sampled_from((None, "UTC"))),
    DIGITS.map(lambda d: DataType("DURATION", d)),
)
TYPES = st.recursive(
    FLAT,
    lambda inner: st.one_of(
        inner.map(list_of),
        st.lists(st.builds(Field, NAMES, inner), min_size=1, max_size=3).map(lambda fields: struct(*fields)),
        st.builds(map_of, inner, inner),
    ),
    max_leaves=4,
)


@given(TYPES)
def test_a_types_text_is_read_back_as_the_type(wanted: DataType) -> None:
    assert parse_type(wanted.sql()) == wanted
    assert node_type(type_node(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("integer", "INT"),
        ("int8", "BIGINT"),
        ("Double Precision", "DOUBLE"),
        ("real", "FLOAT"),
        ("text", "VARCHAR"),
        ("character varying", "VARCHAR"),
        ("numeric(10)", "DECIMAL(10, 0)"),
        ("numeric", "DECIMAL(38, 10)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp(3) without time zone", "TIMESTAMP(3)"),
        ("blob", "BYTEA"),
        ("int unsigned[][]", "INT UNSIGNED[][]"),
        ("array<list<text>>", "VARCHAR[][]"),
        ("struct<a: int, b text>", 'STRUCT("a" INT, "b" VARCHAR)'),
        ("map<text, int>", "MAP(VARCHAR, INT)"),
    ],
)
def test_other_spellings(text: str, wanted: str) -> None:
    assert parse_type(text).sql() == wanted


@pytest.mark.parametrize("text", ["", "int int", "list<int", "varcher", "decimal(0)", "timestamp(1)", "'int'", "struct()", "map(int)"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(TreadleError) as caught:
        parse_type(text)
    assert caught.value.diagnostics[0].code in ("T1001", "T1010")
