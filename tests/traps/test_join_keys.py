"""The engine's traps of join keys, each walked into through treadle's own door, and by the bare engine, which still falls."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datafusion import SessionConfig, SessionContext
from deltalake import write_deltalake

import treadle

PUSHING = {"datafusion.execution.parquet.pushdown_filters": "true"}
SOURCES = {"parquet": "read_parquet('{}.parquet')", "delta": "read_delta('{}')"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `a`, `b` and `c`, each as a Parquet file and as a Delta table."""
    folder = tmp_path_factory.mktemp("keys")
    for name in "abc":
        table = pa.table(
            {
                "i": [1, 2, 3, 4],
                "k": pa.array([1, 2, None, None], pa.int64()),
                "j": pa.array([None, 7, None, 7], pa.int64()),
                "l": pa.array([[1], [2], None, None], pa.list_(pa.int64())),
                "m": pa.array([None, {"x": 7}, None, {"x": 7}], pa.struct([("x", pa.int64())])),
            }
        )
        pq.write_table(table, folder / f"{name}.parquet")
        write_deltalake(folder / name, table)
    return folder


def count(tables: Path, source: str, query: str) -> int:
    """Return how many rows a query has by treadle."""
    named = ", ".join(f"{name} AS (SELECT * FROM {SOURCES[source].format(name)})" for name in "abc")
    with treadle.connect(tables) as con:
        return len(pa.table(con.query(f"WITH {named} {query}")))


def plain(tables: Path, query: str) -> int:
    """Return how many rows a query has by the bare engine over Parquet files."""
    context = SessionContext(SessionConfig(PUSHING))
    for name in "abc":
        context.register_parquet(name, str(tables / f"{name}.parquet"))
    return context.sql(query).count()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT a.i FROM a JOIN b ON make_array(a.k) = make_array(b.k)", 6),
        ("SELECT a.i FROM a JOIN b ON a.i = b.i AND make_array(a.k) = make_array(b.k)", 4),
        ("SELECT a.i FROM b JOIN a ON b.l = make_array(a.k)", 2),
        ("SELECT a.i FROM a JOIN b ON named_struct('x', a.j) = named_struct('x', b.j)", 8),
        ("SELECT p.q FROM (SELECT make_array(k) AS q FROM a) AS p JOIN (SELECT make_array(k) AS q FROM b) AS o ON p.q = o.q", 6),
        ("SELECT i FROM a WHERE make_array(k) IN (SELECT make_array(k) AS q FROM b)", 4),
        ("SELECT make_array(k) AS q FROM a INTERSECT SELECT make_array(k) AS q FROM b", 3),
        ("SELECT i FROM a WHERE (SELECT count(*) AS n FROM b JOIN c ON make_array(b.k) = make_array(c.k)) = 6", 4),
    ],
)
def test_joins_on_lists_and_structs_keep_their_rows(tables: Path, source: str, query: str, expected: int) -> None:
    """The filter that a join builds of its keys while running finds no values made of others."""
    assert count(tables, source, query) == expected


@pytest.mark.parametrize("made", ["make_array({})", "named_struct('x', {})"])
def test_the_engine_still_loses_rows_of_joins_on_lists_and_structs(tables: Path, made: str) -> None:
    """Once it doesn't, `runtime/engine/nested_keys.py` can go."""
    assert plain(tables, f"SELECT a.i FROM a JOIN b ON {made.format('a.k')} = {made.format('b.k')}") < 6


NULL_SAFE = [
    ("SELECT a.i FROM a JOIN b ON {} JOIN c ON b.j = c.j", 6),
    ("SELECT a.i FROM a, b, c WHERE {} AND (b.j = c.j)", 6),
    ("SELECT a.i FROM a JOIN b ON {} JOIN c ON b.m = c.m", 6),
    ("SELECT v.i FROM (SELECT a.i, {} AS same FROM a JOIN b ON a.i <> b.i) AS v JOIN c ON v.i = c.k WHERE v.same", 0),
    ("SELECT a.k, b.k AS o FROM a JOIN b ON a.j = b.j JOIN c ON a.i = c.i GROUP BY a.k, b.k HAVING {}", 2),
]
SAME = [
    "(a.k IS NOT DISTINCT FROM b.k)",
    "NOT (a.k IS DISTINCT FROM b.k)",
    "(a.k IS NOT DISTINCT FROM b.k) = true",
    "CASE WHEN true THEN a.k IS NOT DISTINCT FROM b.k END",
    "(a.l IS NOT DISTINCT FROM b.l)",
    "(named_struct('x', a.k) IS NOT DISTINCT FROM named_struct('x', b.k))",
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("same", SAME)
def test_null_safe_equality_leaves_its_neighbours_alone(tables: Path, source: str, same: str) -> None:
    """One IS NOT DISTINCT FROM among inner joins made every equality there join NULL to NULL, or none."""
    for query, expected in NULL_SAFE:
        if "GROUP BY" not in query or ".l " not in same:
            assert count(tables, source, query.format(same)) == expected, query


def test_the_engine_still_mixes_null_safe_and_plain_equality(tables: Path) -> None:
    """Once it doesn't, `planner/bind/null_safe.py` can go."""
    assert [plain(tables, NULL_SAFE[0][0].format(same)) for same in SAME[:4]] != [6] * 4


def test_null_safe_comparisons_are_never_null(tables: Path) -> None:
    query = "SELECT a.i, b.i AS o FROM a, b WHERE ({0} IS NOT DISTINCT FROM {1}) IS NULL OR ({0} IS DISTINCT FROM {1}) IS NULL"
    for left, right in (("a.k", "b.k"), ("a.l", "b.l"), ("a.m", "b.m"), ("a.k", "abs(b.j)"), ("CAST(a.k AS VARCHAR)", "upper('x' || b.j)")):
        assert count(tables, "parquet", query.format(left, right)) == 0


OUTSIDE = "(SELECT count(*) AS n FROM {u} AS u WHERE u.i < w.r) AS s"


@pytest.mark.parametrize(
    ("rows", "steady"),
    [
        ("SELECT i, row_number() OVER (ORDER BY j) AS r FROM {t}", False),
        ("SELECT i, sum(i) OVER (ORDER BY j ROWS UNBOUNDED PRECEDING) AS r FROM {t}", False),
        ("SELECT i, i AS r FROM {t} LIMIT 2", False),
        ("SELECT i, row_number() OVER (ORDER BY j, i) AS r FROM {t}", True),
        ("SELECT i, rank() OVER (ORDER BY j) AS r FROM {t}", True),
        ("SELECT i, sum(i) OVER (ORDER BY j) AS r FROM {t}", True),
    ],
)
@pytest.mark.parametrize("form", ["WITH w AS ({}) SELECT w.i, {} FROM w", "SELECT w.i, {1} FROM ({0}) AS w", "view"])
def test_rows_that_are_read_twice_are_the_same_twice(tables: Path, tmp_path: Path, rows: str, steady: bool, form: str) -> None:
    """What a subquery takes from outside is read apart from the rows around it, where ties may be numbered otherwise."""
    source = f"read_parquet('{tables / 'a.parquet'}')"
    rows, asked = rows.format(t=source), OUTSIDE.format(u=source)
    if form == "view":
        (tmp_path / "p.sql").write_text(f"CREATE VIEW given AS {rows}; CREATE VIEW w AS SELECT * FROM given;")
        form = "SELECT w.i, {1} FROM w"
    else:
        (tmp_path / "p.sql").write_text("")
    project = treadle.open(tmp_path)
    if steady or form.endswith("FROM w") and not form.startswith("WITH"):  # a view is computed once
        assert None not in pa.table(project.query(form.format(rows, asked)))["s"].to_pylist()
        return
    with pytest.raises(treadle.TreadleError) as caught:
        project.query(form.format(rows, asked)).to_arrow()
    assert [one.code for one in caught.value.diagnostics] == ["T3001"]
