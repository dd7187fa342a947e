"""What a function gives, written into its callers, equals the query with the body written in by hand."""

from __future__ import annotations

import collections
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from treadle.runtime.api import Connection

NUMBERS = st.one_of(st.none(), st.integers(0, 4))
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8)

BODIES = [
    "SELECT * FROM r WHERE r.k >= lowest",
    "SELECT r.k, count(*) + step AS x FROM r GROUP BY r.k HAVING r.k <> lowest",
    "WITH s AS (SELECT k + step AS k, x FROM r) SELECT s.k, r.x FROM s LEFT JOIN r ON r.k = s.k AND r.x > lowest",
    "SELECT k, x FROM r WHERE k = lowest UNION ALL SELECT step, x FROM r",
    "SELECT DISTINCT k, first_value(x) OVER (PARTITION BY k ORDER BY x) AS x FROM r WHERE EXISTS (SELECT 1 FROM s WHERE s.k = r.k + step)",
    "SELECT value AS k, lowest AS x FROM generate_series(1, 3) WHERE value > step",
    "VALUES (lowest, step), (step, NULL)",
]
CALLERS = [
    "SELECT * FROM {f}",
    "SELECT f.k, r.x FROM {f} AS f(k, y) JOIN r ON r.k = f.k WHERE f.y IS NOT NULL",
    "WITH s AS (SELECT x AS k FROM r), r AS (SELECT 7 AS k, 8 AS x) SELECT * FROM {f} AS f(a, b) CROSS JOIN r",
    "SELECT a.k FROM {f} AS a(k, x) WHERE a.x IN (SELECT b.x FROM {f} AS b(k, x) WHERE b.k > 1)",
    "SELECT count(*) AS n FROM (SELECT * FROM {f} UNION SELECT * FROM {f}) AS u",
]
Key = int | None
Pairs = list[tuple[Key, Key]]


def _tied(rows: Pairs, n: Key) -> list[Key]:
    return [x for k, x in rows if k is not None and k == n]


def _total(found: list[Key]) -> int:
    values = [x for x in found if x is not None]
    return sum(values) + len(values) if values else -1


def _is_among(rows: Pairs, n: Key) -> bool | None:
    found = [x for _, x in rows]
    if not found:
        return False
    if n is None:
        return None
    return True if n in found else None if None in found else False


SCALARS: dict[str, Callable[[Pairs, Key], object]] = {
    "(SELECT max(x) FROM s WHERE s.k = {n})": lambda rows, n: max((x for x in _tied(rows, n) if x is not None), default=None),
    "(SELECT count(*) FROM s WHERE {n} = s.k)": lambda rows, n: len(_tied(rows, n)),
    "(SELECT count(*) FROM s WHERE s.k < {n})": lambda rows, n: sum(k is not None and n is not None and k < n for k, _ in rows),
    "coalesce((SELECT sum(s.x) + count(s.x) FROM s WHERE s.k = {n}), -1)": lambda rows, n: _total(_tied(rows, n)),
    "EXISTS (SELECT * FROM s WHERE s.k = {n} AND s.x > 1)": lambda rows, n: any(x is not None and x > 1 for x in _tied(rows, n)),
    "NOT EXISTS (SELECT s.x FROM s WHERE s.k = {n})": lambda rows, n: not _tied(rows, n),
    "{n} IN (SELECT x FROM s)": _is_among,
}


@dataclass(frozen=True)
class Place:
    """A connection and how to declare functions in it."""

    connection: Connection

    def rows(self, query: str) -> collections.Counter[str]:
        """Return the rows of a query as a multiset."""
        return collections.Counter(repr(row) for row in self.connection.query(query).fetchall())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A project that declares every body as a function."""
    root = tmp_path_factory.mktemp("inlining")
    (root / "treadle.toml").write_text("")
    tables = [f"CREATE FUNCTION t{at}(lowest BIGINT, step BIGINT DEFAULT 1) RETURNS TABLE RETURN {b};" for at, b in enumerate(BODIES)]
    types = [*["BIGINT"] * 4, *["BOOLEAN"] * 3]
    scalars = [
        f"CREATE FUNCTION f{at}(n BIGINT) RETURNS {type_} RETURN {body.format(n='n')};"
        for at, (type_, body) in enumerate(zip(types, SCALARS, strict=True))
    ]
    views = "CREATE VIEW r AS SELECT * FROM left_rows; CREATE VIEW s AS SELECT * FROM right_rows;"
    (root / "functions.sql").write_text("\n".join([*tables, *scalars, views]))
    with treadle.open(root) as opened:
        yield Place(opened)


def register(place: Place, left: Pairs, right: Pairs) -> None:
    """Put the rows of both tables in place."""
    for name, rows in (("left_rows", left), ("right_rows", right)):
        columns = {"k": pa.array([r[0] for r in rows], pa.int64()), "x": pa.array([r[1] for r in rows], pa.int64())}
        place.connection.register(name, pa.table(columns))


@settings(max_examples=30)
@given(left=ROWS, right=ROWS, at=st.integers(0, len(BODIES) - 1), caller=st.sampled_from(CALLERS), lowest=st.integers(0, 3), step=NUMBERS)
def test_a_table_function_equals_its_body(
    place: Place,
    left: Pairs,
    right: Pairs,
    at: int,
    caller: str,
    lowest: int,
    step: int | None,
) -> None:
    register(place, left, right)
    second = "" if step == 1 else f", step => {'NULL' if step is None else step}"
    called = place.rows(caller.format(f=f"t{at}({lowest}{second})"))
    literal = "CAST(NULL AS BIGINT)" if step is None else f"CAST({step} AS BIGINT)"
    body = re.sub(r"\bstep\b", literal, re.sub(r"\blowest\b", f"CAST({lowest} AS BIGINT)", BODIES[at]))
    if "WITH s" in caller:  # by hand, the names of WITH have to step aside
        caller = caller.replace("s AS (", "s_ AS (").replace(" r AS (", " r_ AS (").replace("CROSS JOIN r", "CROSS JOIN r_ AS r")
    by_hand = re.sub(r"\{f\}(?! AS)", f"({body}) AS hand", caller).replace("{f}", f"({body})")
    assert called == place.rows(by_hand)


@settings(max_examples=30)
@given(left=ROWS, right=ROWS, at=st.integers(0, len(SCALARS) - 1), constant=NUMBERS)
def test_a_query_in_a_scalar_function_is_computed_for_each_row(
    place: Place, left: Pairs, right: Pairs, at: int, constant: int | None
) -> None:
    register(place, left, right)
    expected = list(SCALARS.values())[at]

    def of(key: Key) -> object:
        return expected(right, key)

    found = place.rows(f"SELECT s.k, s.x, f{at}(s.k) AS a, f{at}(n => s.x + 1) AS b, f{at}({constant or 2}) AS c FROM r AS s")
    wanted = [(k, x, of(k), of(None if x is None else x + 1), of(constant or 2)) for k, x in left]
    assert found == collections.Counter(map(repr, wanted))
    kept = place.rows(f"SELECT k FROM r WHERE f{at}(k) IS NOT NULL AND k > 0")
    assert kept == collections.Counter(repr((k,)) for k, _ in left if k is not None and k > 0 and of(k) is not None)
