"""The engine's traps, each walked into through treadle's own door: what was silently wrong is right or refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datafusion import SessionContext
from deltalake import write_deltalake

import treadle
from treadle import TreadleError
from treadle.runtime.api import Connection

Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A connection with two small tables."""
    connection = treadle.connect(tmp_path_factory.mktemp("traps"))
    many = 2**62
    connection.register(
        "t",
        pa.table(
            {
                "k": [1, 2, 2, None],
                "i": pa.array([1, 2, 3, 4], pa.int32()),
                "d": [1.5, 2.5, 3.5, None],
                "b": [True, False, None, True],
                "s": ["x", "y", None, "z"],
                "big": pa.array([many, many, 1, None], pa.int64()),
            }
        ),
    )
    connection.register("u", pa.table({"k": [2, 2, 3, None], "v": [20, 21, 30, 40]}))
    yield connection
    connection.close()


def rows(con: Connection, sql: str, **values: object) -> Rows:
    """Return a query's rows as tuples."""
    return [tuple(row.values()) for row in pa.table(con.query(sql, **values)).to_pylist()]


def refused(con: Connection, sql: str, **values: object) -> str:
    """Return the code with which a query is refused."""
    with pytest.raises(TreadleError) as caught:
        con.query(sql, **values).to_arrow()
    return caught.value.diagnostics[0].code


def test_a_join_at_the_root_streams_to_the_end(con: Connection) -> None:
    """Pulled as an Arrow stream, such a join never ended."""
    found: Rows = []
    worker = threading.Thread(target=lambda: found.extend(rows(con, "SELECT t.i, u.v FROM t JOIN u ON t.k = u.k")), daemon=True)
    worker.start()
    worker.join(timeout=30)
    assert sorted(found) == [(2, 20), (2, 21), (3, 20), (3, 21)]  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("(SELECT 1 AS a UNION ALL SELECT 1 UNION ALL SELECT 1) EXCEPT ALL SELECT 1", [(1,), (1,)]),
        ("(SELECT 1 AS a UNION ALL SELECT 1 UNION ALL SELECT 2) INTERSECT ALL (SELECT 1 UNION ALL SELECT 1)", [(1,), (1,)]),
        ("SELECT k FROM t EXCEPT ALL SELECT k FROM u", [(1,)]),
        ("SELECT k FROM t INTERSECT ALL SELECT k FROM u", [(2,), (2,), (None,)]),
    ],
)
def test_except_all_and_intersect_all_count(con: Connection, operation: str, expected: Rows) -> None:
    assert sorted(rows(con, operation), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT CASE WHEN b THEN i ELSE d END AS x FROM t", [1.0, 2.5, 3.5, 4.0]),
        ("SELECT i AS x FROM t UNION ALL SELECT d FROM t WHERE d > 3", [1.0, 2.0, 3.0, 3.5, 4.0]),
        ("SELECT i AS x FROM t WHERE i = 1 UNION SELECT d FROM t WHERE d = 2.5", [1.0, 2.5]),
    ],
)
def test_streams_have_the_types_after_coercion(con: Connection, sql: str, expected: list[float]) -> None:
    result = con.query(sql)
    table = pa.table(result)
    assert table.schema.field("x").type == pa.float64()
    assert sorted(table["x"].to_pylist()) == expected


def test_a_recursion_that_changes_type_is_refused(con: Connection) -> None:
    assert refused(con, "WITH RECURSIVE c AS (SELECT 1 AS v UNION ALL SELECT v + 0.5 FROM c WHERE v < 3) SELECT * FROM c") == "T2019"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true IS DISTINCT FROM true AND false", False),
        ("1 IS NOT DISTINCT FROM 2 AND false", False),
        ("1 = 1 IS TRUE", True),
        ("NOT true = false", True),
        ("2 * 3 + 4 % 3", 7),
    ],
)
def test_precedence_is_that_of_the_text(con: Connection, expression: str, expected: object) -> None:
    assert rows(con, f"SELECT {expression} AS x") == [(expected,)]


def test_a_mix_of_bit_operators_needs_brackets(con: Connection) -> None:
    assert refused(con, "SELECT 3 | 3 & 1 AS x").startswith("T1")
    assert rows(con, "SELECT (3 | 3) & 1 AS x, 3 | (3 & 1) AS y") == [(1, 3)]


def test_stacked_anonymous_subqueries_are_all_applied(con: Connection) -> None:
    assert rows(con, "SELECT a + 1 AS a FROM (SELECT a + 1 AS a FROM (SELECT a + 1 AS a FROM (SELECT 1 AS a)))") == [(4,)]


def test_samples_and_versions_are_never_ignored(con: Connection, tmp_path: Path) -> None:
    assert refused(con, "SELECT i FROM t TABLESAMPLE (10)").startswith(("T1", "T3"))
    assert refused(con, "SELECT i FROM t TABLESAMPLE BERNOULLI (1)").startswith(("T1", "T3"))
    assert refused(con, "SELECT i FROM t VERSION AS OF 1") == "T2044"
    assert refused(con, "SELECT i FROM t FOR SYSTEM_TIME AS OF '2020-01-01'").startswith(("T1", "T2"))


def test_sorting_by_a_parameter_is_refused(con: Connection) -> None:
    assert refused(con, "SELECT i FROM t ORDER BY $n", n=1) == "T2015"


@pytest.mark.parametrize("text", ["s FROM t", "'; DROP TABLE t; --", 'a"b', "$x", "{i}", "\x00", "é\n"])
def test_values_are_never_spliced(con: Connection, text: str) -> None:
    assert rows(con, "SELECT $s AS v", s=text) == [(text,)]


def test_functions_over_columns_are_no_tables(con: Connection) -> None:
    assert refused(con, "SELECT * FROM t, read_parquet(t.s) AS g") == "T2040"
    assert refused(con, "SELECT * FROM upper('a')") == "T2045"


def test_functions_keep_their_names_and_meanings(con: Connection) -> None:
    assert rows(con, "SELECT value FROM generate_series(1, 3)") == [(1,), (2,), (3,)]
    assert rows(con, "SELECT try_cast('q' AS INT) AS x, TRY_CAST('4' AS INT) AS y") == [(None, 4)]
    assert rows(con, "SELECT concat('a', NULL) AS c, concat_ws('-', 'a', NULL, 'b') AS w") == [("a", "a-b")]
    assert rows(con, "SELECT encode(X'616263', 'base64') AS e") == [("YWJj",)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("k", [1, 2, 2, None]),
        ("k DESC", [None, 2, 2, 1]),
        ("k NULLS FIRST", [None, 1, 2, 2]),
        ("k DESC NULLS LAST", [2, 2, 1, None]),
    ],
)
def test_nulls_sort_as_in_postgresql(con: Connection, order: str, expected: list[int | None]) -> None:
    assert [k for (k,) in rows(con, f"SELECT k FROM t ORDER BY {order}")] == expected
    assert [k for (k, _) in rows(con, f"SELECT k, row_number() OVER (ORDER BY {order}) AS r FROM t ORDER BY r")] == expected


@pytest.mark.parametrize("call", ["sum(big)", "sum(big) OVER ()", "sum(big) FILTER (WHERE i < 9)", "sum(DISTINCT big + i)"])
def test_sums_of_integers_never_wrap(con: Connection, call: str) -> None:
    assert refused(con, f"SELECT {call} AS s FROM t").startswith("T6")


def test_sums_that_fit_are_whole_numbers(con: Connection) -> None:
    table = pa.table(con.query("SELECT sum(i) AS s, sum(i) FILTER (WHERE i > 9) AS none, sum(d) AS f FROM t"))
    assert table.to_pylist() == [{"s": 10, "none": None, "f": 7.5}]
    assert [str(f.type) for f in table.schema] == ["int64", "int64", "double"]


def test_output_names_are_never_doubled(con: Connection) -> None:
    assert refused(con, "SELECT t.k, u.K FROM t JOIN u ON t.k = u.k") == "T2007"


def test_a_function_of_the_engines_own_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.sql").write_text("CREATE FUNCTION abs(a DOUBLE) RETURNS DOUBLE RETURN a;")
    assert [d.code for d in treadle.open(tmp_path).check()] == ["T2029"]
    assert rows(treadle.connect(tmp_path), "SELECT abs(-1.5) AS a") == [(1.5,)]


def test_results_outlive_the_names_that_made_them(tmp_path: Path) -> None:
    """A session that is collected before its stream starts killed the query."""
    result = treadle.connect(tmp_path).query("SELECT value FROM generate_series(1, 100000)")
    assert pa.table(result).num_rows == 100_000


@pytest.mark.parametrize(
    "source", ["read_parquet('one.parquet')", "read_parquet('many/*.parquet')", "read_delta('plain')", "read_delta('parted')"]
)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT i FROM {} WHERE v > 5", [(2,)]),
        ("SELECT i FROM {} WHERE NOT v <= 5", [(2,)]),
        ("SELECT i FROM {} WHERE f = CAST('NaN' AS FLOAT)", [(2,)]),
        ("SELECT i FROM {} ORDER BY v DESC NULLS LAST LIMIT 1", [(2,)]),
        ("SELECT isnan(max(v)) AS a, min(v) AS b FROM {}", [(True, 1.0)]),
        ("SELECT a.i FROM {0} AS a JOIN {0} AS b ON a.v = b.v WHERE b.i = 2", [(2,)]),
    ],
)
def test_nan_is_no_blind_spot_of_statistics(tmp_path: Path, source: str, query: str, expected: Rows) -> None:
    """Statistics of files leave NaN out, so pruning by them lost rows, and `max` was answered without it."""
    table = pa.table({"i": [1, 2, 3, 4], "v": [1.0, float("nan"), 2.0, None], "f": pa.array([1.0, float("nan"), 2.0, None], pa.float32())})
    rest = pa.table({"i": [5], "v": [4.0], "f": pa.array([4.0], pa.float32())})
    (tmp_path / "many").mkdir()
    for name, part in (("one", pa.concat_tables([table, rest])), ("many/a", table), ("many/b", rest)):
        pq.write_table(part, tmp_path / f"{name}.parquet")
    for part in (table, rest):
        write_deltalake(tmp_path / "plain", part, mode="append")
        write_deltalake(tmp_path / "parted", part.append_column("p", pa.array(["a"] * len(part))), mode="append", partition_by=["p"])
    with treadle.connect(tmp_path) as con:
        assert rows(con, query.format(source)) == expected


@pytest.mark.parametrize("extra", [{}, {"m": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64()))}])
def test_nan_beside_one_value_is_no_constant(tmp_path: Path, extra: dict[str, pa.Array]) -> None:
    """A column whose statistics name one value was read as that value, NaN and all."""
    table = pa.table({"v": [1.5, float("nan"), 1.5], "f": pa.array([0.5, float("nan"), 0.5], pa.float32()), **extra})
    write_deltalake(tmp_path / "plain", table, mode="append")
    write_deltalake(tmp_path / "parted", table.append_column("p", pa.array(["a", "a", "b"])), partition_by=["p"])
    pq.write_table(table, tmp_path / "one.parquet")
    with treadle.connect(tmp_path) as con:
        for source in ("read_delta('plain')", "read_delta('parted')", "read_parquet('one.parquet')"):
            assert rows(con, f"SELECT count(*) AS n FROM {source} WHERE isnan(v) AND isnan(f)") == [(1,)]
            assert rows(con, f"SELECT isnan(v) AS n FROM {source} ORDER BY v DESC LIMIT 2") == [(True,), (False,)]


def test_a_field_of_a_null_struct_is_null(con: Connection) -> None:
    """The engine reads fields without a look at their struct, and pyarrow leaves zeros under null structs."""
    kind = pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.int64())]))])
    values = [None, {"a": 1, "b": {"c": 5}}, {"a": 2, "b": None}]
    lists = pa.array([[one] for one in values], pa.list_(kind))
    con.register("structs", pa.table({"i": [1, 2, 3], "s": pa.array(values, kind), "l": lists}).slice(0, 3))
    query = "SELECT i, s['a'] AS a, s['b']['c'] AS c, l[1]['a'] AS e FROM structs ORDER BY i"
    assert rows(con, query) == [(1, None, None, None), (2, 1, 5, 1), (3, 2, None, 2)]
    assert rows(con, "SELECT i FROM structs WHERE s['a'] IS NULL") == [(1,)]
    assert rows(con, "SELECT i FROM structs WHERE s['b']['c'] = 0") == []


@pytest.mark.parametrize("files", [("a", "b", "c"), ("c", "b", "a"), ("b", "a", "c"), ("b", "c", "a")])
def test_aggregates_of_one_query_do_not_prune_for_each_other(tmp_path: Path, files: tuple[str, ...]) -> None:
    """What `max(s)` had seen kept `min(n)` from files that it had not."""
    parts = {"a": ([1, 2], ["z", "z"], [None, None]), "b": ([3, 4], ["b", None], [5, 7]), "c": ([5], ["y"], [6])}
    kinds = pa.schema([("i", pa.int64()), ("s", pa.string()), ("n", pa.int64())])
    for file in files:
        write_deltalake(tmp_path / "t", pa.table(dict(zip("isn", parts[file], strict=True)), schema=kinds), mode="append")
    with treadle.connect(tmp_path) as con:
        assert rows(con, "SELECT max(s) AS s, min(n) AS n, max(n) AS m FROM read_delta('t') WHERE i > 0") == [("z", 5, 7)]


@pytest.mark.parametrize("condition", ["CAST(NULL AS BOOLEAN)", "$p", "DATE '2024-01-01' = DATE '2024-01-01' AND $p", "FALSE"])
def test_a_join_condition_without_columns_stays_above_aggregates(con: Connection, condition: str) -> None:
    """The engine moved a null condition below an aggregate without groups, which gives a row all the same."""
    query = f"SELECT 1 AS one FROM (SELECT sum(i) AS s FROM t) AS a JOIN (SELECT count(*) AS s FROM u) AS b ON {condition}"
    values = {"p": None} if "$p" in condition else {}
    assert rows(con, query, **values) == []
    assert rows(con, query.replace(condition, "TRUE")) == [(1,)]
    for join in ("LEFT JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN", "FULL JOIN"):
        assert refused(con, query.replace("AS a JOIN", f"AS a {join}"), **values) == "T2051"
    assert rows(con, query.replace("AS a JOIN", "AS a LEFT JOIN").replace(condition, "1 = 1")) == [(1,)]


def test_stacked_views_read_fields_of_structs(con: Connection) -> None:
    """The engine's rule `push_down_leaf_projections` refuses the second layer; such plans are made without it."""
    layer = "SELECT t.s['p'] AS a, t.s['q'] AS b, t.b AS c FROM (SELECT named_struct('p', r.c, 'q', r.a) AS s, r.b AS b FROM {} AS r) AS t"
    query = f"WITH v0 AS (SELECT 1 AS a, 2 AS b, 3 AS c), v1 AS ({layer.format('v0')}), v2 AS ({layer.format('v1')}) SELECT * FROM v2"
    assert con.query(query).fetchall() == [(2, 3, 1)]
    with pytest.raises(Exception, match="push_down_leaf_projections"):
        SessionContext().sql(query).collect()
