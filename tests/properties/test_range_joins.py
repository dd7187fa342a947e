"""Joins on ranges give the same rows with the planner `ranges` and without: over generated spans of every type with coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from tests.support.planner_pair import planner_pair

DAYS = [date(2024, 1, d) for d in range(1, 9)] + [date(1, 1, 1), date(9999, 12, 31)]
MOMENTS = [datetime(2024, 1, 1, h) for h in range(0, 24, 3)] + [datetime(2024, 1, d) for d in range(2, 6)]
FAR = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)]
SMALL = list(range(-3, 12))
NEAR = [datetime(1678, 1, 1), datetime(2262, 1, 1)]
CENTS = [Decimal(n) / 4 for n in range(-4, 24)]

VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "BIGINT": (pa.int64(), [*SMALL, 2**63 - 1, -(2**63), 2**53, 2**53 + 1, 2**62]),
    "INT": (pa.int32(), [*SMALL, 2**31 - 1, -(2**31)]),
    "TINYINT": (pa.int8(), [*SMALL, 127, -128]),
    "UBIGINT": (pa.uint64(), [*range(12), 2**64 - 1, 2**63]),
    "DATE": (pa.date32(), DAYS),
    "SECONDS": (pa.timestamp("s"), MOMENTS + FAR),
    "MILLIS": (pa.timestamp("ms"), MOMENTS + FAR),
    "MICROS": (pa.timestamp("us"), MOMENTS + FAR),
    "NANOS": (pa.timestamp("ns"), MOMENTS + NEAR),
    "INSTANT": (pa.timestamp("us", "UTC"), [m.replace(tzinfo=UTC) for m in MOMENTS]),
    "DECIMAL(10, 2)": (pa.decimal128(10, 2), [*CENTS, Decimal("99999999.99"), Decimal("-99999999.99")]),
    "DECIMAL(38, 10)": (pa.decimal128(38, 10), [*CENTS, Decimal(10) ** 27, -(Decimal(10) ** 27), Decimal("0.0000000001")]),
    "DOUBLE": (pa.float64(), [*(n / 4 for n in range(-4, 24)), math.inf, -math.inf, math.nan, -0.0, 1e308, -1e308, 5e-324]),
    "FLOAT": (pa.float32(), [*(n / 4 for n in range(-4, 24)), math.inf, math.nan]),
}
KINDS = [(name, name) for name in VALUES] + [
    ("INT", "BIGINT"),
    ("TINYINT", "DECIMAL(10, 2)"),
    ("DECIMAL(10, 2)", "DECIMAL(38, 10)"),
    ("BIGINT", "DOUBLE"),
    ("DATE", "MICROS"),
    ("NANOS", "NANOS"),
]
RANGES = [
    "a.p >= b.lo AND a.p < b.hi",
    "a.p BETWEEN b.lo AND b.hi",
    "b.p > a.lo AND b.p <= a.hi",
    "a.lo < b.hi AND b.lo < a.hi",
    "a.lo <= b.hi AND a.hi >= b.lo",
    "a.lo <= b.lo AND b.hi <= a.hi",
    "a.lo > b.lo AND b.hi > a.hi",
    "a.p >= b.lo AND (b.hi IS NULL OR a.p < b.hi)",
    "(b.lo IS NULL OR b.lo <= a.p) AND (a.p < b.hi OR b.hi IS NULL)",
    "(a.hi IS NULL OR a.hi > b.lo) AND (b.hi IS NULL OR a.lo < b.hi)",
    "(b.hi IS NULL OR a.lo IS NULL OR a.lo <= b.hi) AND (b.lo IS NULL OR b.lo <= a.hi)",
    "a.p >= b.lo AND a.p < coalesce(b.hi, b.lo)",
    "a.p >= b.lo AND b.p <= a.hi",
]
BESIDE = ["", " AND a.g = b.g", " AND a.g = b.g AND a.id <> b.id", " AND a.id < b.id + 4", " AND (a.g = 1 OR b.g = 2)"]
FORMS = [
    "SELECT a.id, b.id AS other FROM a JOIN b ON {on}",
    "SELECT a.id, b.id AS other, b.hi FROM a, b WHERE {on}",
    "SELECT a.id, b.id AS other FROM a CROSS JOIN b WHERE {on} AND a.id > 1",
    "SELECT a.id, a.p, b.id AS other, b.lo FROM a LEFT JOIN b ON {on}",
    "SELECT a.id, b.id AS other FROM a RIGHT JOIN b ON {on}",
    "SELECT a.id, b.id AS other FROM a FULL JOIN b ON {on}",
    "SELECT a.id, a.hi FROM a LEFT SEMI JOIN b ON {on}",
    "SELECT a.id, a.lo FROM a LEFT ANTI JOIN b ON {on}",
    "SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE {on})",
    "SELECT a.id FROM a WHERE a.id > 0 AND NOT EXISTS (SELECT 1 FROM b WHERE {on})",
    "SELECT a.id, b.id AS other, c.id AS third FROM a JOIN b ON {on} JOIN a AS c ON c.p >= b.lo AND c.p <= b.hi",
    "SELECT a.id, b.id AS other, c.id AS third FROM a LEFT JOIN b ON {on} LEFT JOIN b AS c ON a.lo < c.hi AND c.lo < a.hi",
    "SELECT c.id, a.id AS other FROM b AS c LEFT JOIN a ON c.id = a.id WHERE EXISTS (SELECT 1 FROM b WHERE {on})",
    "WITH x AS (SELECT * FROM b WHERE id > 0) SELECT a.id, count(b.id) AS n FROM a LEFT JOIN x AS b ON {on} GROUP BY a.id",
    "SELECT a.id, (SELECT count(*) FROM b WHERE {on}) AS n FROM a",
    "SELECT c.id, a.id AS other, b.id AS third FROM b AS c LEFT JOIN a ON c.id = a.id + 1 JOIN b ON {on}",
    "SELECT c.id, a.id AS other, b.id AS third FROM a JOIN b ON a.id < 3 RIGHT JOIN a AS c ON c.id = b.id + 1 WHERE {on}",
    "SELECT c.id, a.lo, b.id AS other FROM b AS c JOIN a ON c.g = a.g JOIN b ON {on}",
    "SELECT c.id, a.id AS middle, b.id AS other FROM b AS c LEFT JOIN a ON c.id = a.id LEFT JOIN b ON {on}",
    "SELECT a.id, c.id AS middle, b.id AS other, b.tags, b.pair FROM a LEFT JOIN b AS c ON a.id = c.id LEFT JOIN b ON {on} WHERE a.id <> 2",
    "SELECT a.id, a.tags FROM a JOIN b AS c ON a.id = c.id WHERE NOT EXISTS (SELECT 1 FROM b, a AS d WHERE {on} AND d.id = b.id)",
    "SELECT a.pair, b.pair AS other, row_number() OVER (PARTITION BY a.id ORDER BY b.id) AS n FROM a JOIN b ON {on}",
    "SELECT a.id FROM (SELECT * FROM a WHERE id < 9) AS a JOIN (SELECT * FROM b WHERE g = 1) AS b ON {on} UNION ALL SELECT 0 AS id",
    "SELECT x.id FROM (SELECT a.id, b.lo FROM a LEFT JOIN b ON {on}) AS x WHERE x.lo IS NULL OR x.id IN (SELECT a.id FROM a, b WHERE {on})",
    "SELECT a.id, b.id AS other FROM a LEFT JOIN b ON {on} WHERE EXISTS (SELECT 1 FROM b AS c WHERE a.lo <= c.hi AND c.lo <= a.hi)",
    "SELECT a.id, c.id AS middle, b.id AS other FROM a, b AS c JOIN b ON c.g = b.g WHERE {on}",
    "SELECT a.g, count(*) AS n, max(b.hi) AS top FROM a RIGHT JOIN b ON {on} GROUP BY ALL HAVING count(*) > 0",
]


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[treadle.Project, treadle.Project]]:
    """Give a connection with the planner and one without."""
    with planner_pair(tmp_path_factory.mktemp("pair"), ("ranges",), {}) as pair:
        yield pair


@st.composite
def frames(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Give two relations whose columns have types that can be compared."""
    kind, other = draw(st.sampled_from(KINDS))
    return {"a": _frame(draw, kind), "b": _frame(draw, other)}


def _frame(draw: st.DrawFn, kind: str) -> pa.Table:
    type_, pool = VALUES[kind]
    value = st.one_of(st.sampled_from(pool[:8]), st.sampled_from(pool), st.none())
    rows = draw(st.lists(st.tuples(value, value, value, st.sampled_from([1, 1, 2, None])), max_size=draw(st.sampled_from([0, 3, 12]))))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    made = {name: pa.array(columns[at], type_) for at, name in enumerate(("lo", "hi", "p"))}
    nested = {"tags": pa.array([[n, None] for n in range(len(rows))], pa.list_(pa.int64())), "pair": _pairs(len(rows))}
    return pa.table({"id": pa.array(range(len(rows)), pa.int64()), **made, "g": pa.array(columns[3], pa.int64()), **nested})


def _pairs(count: int) -> pa.Array:
    return pa.array([{"x": n, "y": str(n)} for n in range(count)], pa.struct([("x", pa.int64()), ("y", pa.string())]))


def rows_of(connection: treadle.Project, given_frames: dict[str, pa.Table], sql: str) -> list[str]:
    """Return the rows of a query as texts, sorted."""
    for name, frame in given_frames.items():
        connection.register(name, frame)
    return sorted(map(str, connection.query(sql).to_arrow().to_pylist()))


@settings(max_examples=16)
@given(frames(), st.sampled_from(RANGES), st.sampled_from(BESIDE), st.sampled_from(FORMS))
def test_on_and_off_agree(connections: Any, made: dict[str, pa.Table], test: str, beside: str, form: str) -> None:
    planned, plain = connections
    sql = form.format(on=test + beside)
    assert rows_of(planned, made, sql) == rows_of(plain, made, sql), sql


NEARLY = [0.1, 0.1 + 0.2, 0.3, 1e6, 1e6 + 1e-9, -1e-11, 1e-11, 0.0, -0.0, 1e16, 1e16 + 2, 2.5, math.nan, math.inf, -math.inf, 1e308, -1e308]
APART = {"DOUBLE": (pa.float64(), NEARLY), "DECIMAL(10, 2)": VALUES["DECIMAL(10, 2)"], "BIGINT": VALUES["BIGINT"], "FLOAT": VALUES["FLOAT"]}
DISTANCES = [
    "abs(a.p - b.p) <= {c}",
    "abs(b.lo - a.p) < {c}",
    "{c} >= abs(a.p - b.hi)",
    "abs((a.p) - (b.p)) <= ({c}) AND abs(a.lo - b.lo) <= 2",
    "abs(a.p - b.p) <= {c} AND a.p < b.hi",
    "abs(a.p * 2 - coalesce(b.p, b.lo)) <= {c}",
]


@settings(max_examples=10)
@given(st.data())
def test_distances_agree(connections: Any, data: st.DataObject) -> None:
    planned, plain = connections
    kinds = [data.draw(st.sampled_from(["DOUBLE", "DOUBLE", "DECIMAL(10, 2)", *APART])) for _ in range(2)]
    made = {}
    for name, kind in zip("ab", kinds, strict=True):
        type_, pool = APART[kind]
        rows = data.draw(st.lists(st.tuples(*[st.one_of(st.sampled_from(pool), st.none())] * 3, st.sampled_from([1, 2])), max_size=12))
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        values = {column: pa.array(columns[at], type_) for at, column in enumerate(("lo", "hi", "p"))}
        nested = {"tags": pa.array([[1]] * len(rows), pa.list_(pa.int64())), "pair": _pairs(len(rows))}
        made[name] = pa.table({"id": pa.array(range(len(rows)), pa.int64()), **values, "g": pa.array(columns[3], pa.int64()), **nested})
    width = data.draw(st.sampled_from(["0", "0.25", "0.2", "1", "1e-9", "1e6", "1e300"]))
    test = data.draw(st.sampled_from(DISTANCES)).format(c=width) + data.draw(st.sampled_from(BESIDE[:2]))
    sql = data.draw(st.sampled_from(FORMS)).format(on=test)
    assert rows_of(planned, made, sql) == rows_of(plain, made, sql), sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x.n, b.lo FROM x LEFT JOIN a ON a.n = x.n JOIN b ON coalesce(a.p, 0) BETWEEN b.lo AND b.hi",
        "SELECT x.n, b.lo FROM a RIGHT JOIN x ON a.n = x.n JOIN b ON b.lo <= greatest(a.p, 2) AND b.hi >= greatest(a.p, 1)",
        "SELECT x.n, a.p FROM x LEFT JOIN a ON a.n = x.n WHERE EXISTS (SELECT 1 FROM b WHERE coalesce(a.p, 0) BETWEEN b.lo AND b.hi)",
        "SELECT x.n, b.p FROM x LEFT JOIN b ON b.n = x.n JOIN a ON (b.lo IS NULL OR b.lo <= a.p) AND (b.hi IS NULL OR a.p <= b.hi)",
    ],
)
def test_rows_of_nulls_that_an_outer_join_gives_may_lie_in_spans(connections: Any, sql: str) -> None:
    planned, plain = connections
    numbers = {"a": {"n": [1], "p": [4]}, "b": {"n": [2], "lo": [0], "hi": [5], "p": [7]}, "x": {"n": [1, 3]}}
    made = {name: pa.table({key: pa.array(values, pa.int64()) for key, values in one.items()}) for name, one in numbers.items()}
    assert rows_of(planned, made, sql) == rows_of(plain, made, sql) != []
