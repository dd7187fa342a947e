"""Statistics of the log: what is decoded in bulk is what each text says when it is read by itself."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dialect.types import BIGINT, VARCHAR, DataType, decimal, timestamp
from treadle.runtime.lake.log_statistics import _at, _read, _typed, _whole, rows_said, statistics
from treadle.runtime.lake.schemas import arrow_type

PATHS: dict[tuple[str, ...], DataType] = {
    ("i",): BIGINT,
    ("t",): DataType("TINYINT"),
    ("f",): DataType("DOUBLE"),
    ("g",): DataType("FLOAT"),
    ("b",): DataType("BOOLEAN"),
    ("s",): VARCHAR,
    ("d",): DataType("DATE"),
    ("at",): timestamp(6, "UTC"),
    ("ntz",): timestamp(6),
    ("n",): decimal(10, 2),
    ("x", "y.z"): BIGINT,
    ("x", "w"): VARCHAR,
    ('odd"name',): BIGINT,
    ("bytes",): DataType("BYTEA"),
}
NUMBERS = """1 -128 300 9223372036854775807 9223372036854775808 -9223372036854775808 1.5 -0.0 0.1 1e3 1e400 5e-324 3.4e39
    123456789.125 12345678.12 true null [] {} {"y.z":7} {"y.z":7,"w":"q","more":1}""".split()
QUOTED = """NaN -Infinity a 1 1.50 é\\u0000\\n \\ud83d\\ude00 2024-02-29 2023-02-29 1-1-1 9999-12-31 0001-01-01 2024-02-29T23:59:59.999Z
    2024-02-29T23:59:59.999 2024-02-29T01:02:03.123456+05:30 1969-12-31T23:59:59.999999Z 2024-02-29T01:02:03.123456789Z""".split()
VALUES = st.sampled_from([*NUMBERS, '""', *(f'"{one}"' for one in QUOTED)])
NAMES = st.sampled_from([path[0] for path in PATHS] + ["other"])
PARTS = st.dictionaries(NAMES, VALUES, max_size=6).map(lambda part: "{" + ",".join(f"{json.dumps(k)}:{v}" for k, v in part.items()) + "}")
WHOLE = ("", "{", "[]", "null", "{}", '{"numRecords":7}', ' { "numRecords" : 8 , "x":1}', '{"numRecords":"9"}', "[" * 5000)
KINDS = {"minValues": PARTS, "maxValues": PARTS, "nullCount": PARTS | st.just("null"), "numRecords": VALUES, "tightBounds": VALUES}
SAID = st.fixed_dictionaries({}, optional=KINDS).map(lambda said: "{" + ",".join(f'"{k}":{v}' for k, v in said.items()) + "}")
TEXTS = st.none() | st.sampled_from(WHOLE) | SAID


def alone(text: str | None, kind: str, path: tuple[str, ...], type_: DataType) -> Any:
    found = _at(_read(text), (kind, *path))
    return _whole(found) if kind == "nullCount" else _typed(found, type_)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=5), st.lists(st.sampled_from(sorted(PATHS)), min_size=1, max_size=4, unique=True))
def test_decoded_in_bulk_or_alone_is_the_same(texts: list[str | None], paths: list[tuple[str, ...]]) -> None:
    rows, known = statistics(texts, [(path, path, PATHS[path]) for path in paths])
    assert rows.to_pylist() == [_whole(_read(text).get("numRecords")) for text in texts]
    for path in paths:
        kind, found = arrow_type(PATHS[path], "c"), known[path]
        for which, column in (("minValues", found.low), ("maxValues", found.high), ("nullCount", found.nulls)):
            expected = pa.array([alone(text, which, path, PATHS[path]) for text in texts], pa.int64() if which == "nullCount" else kind)
            assert column is not None and column.type == expected.type
            assert repr(column.to_pylist()) == repr(expected.to_pylist()), (which, path)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=5))
def test_rows_are_those_that_the_texts_say(texts: list[str | None]) -> None:
    found = rows_said(pa.chunked_array([pa.array(texts, pa.string())]))
    assert found.to_pylist() == [_whole(_read(text).get("numRecords")) for text in texts]
