"""Aggregates, window and table functions in Python: what they are given, what may stand around them, what is told and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

import treadle
from tests.support.command import inside
from tests.support.place import Place
from treadle.dialect.diagnostics import TreadleError

CODE = """
import pathlib
import pyarrow as pa
import pyarrow.compute as pc
import treadle
pathlib.Path(__file__).with_name("marker").write_text("imported")
def total(x):
    assert isinstance(x, pa.Array)
    return pc.sum(x)
@treadle.aggregate(vectorized=True, arguments={"x": "DOUBLE"}, returns="BIGINT")
def size(x):
    return pc.list_value_length(x)
@treadle.window(arguments={"x": "BIGINT"}, returns="BIGINT")
def backwards(x):
    return pa.array(x.to_pylist()[::-1])
def squares(n, label):
    return {"N": list(range(n)), "l": [label] * n}
def boom(x):
    raise ValueError("no")
def words(s):
    return s
"""
SQL = """
CREATE AGGREGATE FUNCTION total(x DOUBLE) RETURNS DOUBLE STRICT LANGUAGE PYTHON AS 'mine:total';
CREATE AGGREGATE FUNCTION size(x DOUBLE) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:size';
CREATE WINDOW FUNCTION backwards(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:backwards';
CREATE FUNCTION squares(n BIGINT, label VARCHAR DEFAULT 'x') RETURNS TABLE (n BIGINT, l VARCHAR) LANGUAGE PYTHON AS 'mine:squares';
CREATE AGGREGATE FUNCTION doubled(x DOUBLE) RETURNS DOUBLE RETURN 2 * total(x) + count(x);
CREATE VIEW t AS SELECT * FROM (VALUES (1, 1, 5.0), (1, 2, 1.0), (2, 1, NULL)) AS q(p, o, x);
CREATE MATERIALIZED VIEW grouped INTO 'out/grouped' AS SELECT p, total(x) AS a, size(x) AS b, doubled(x) AS c FROM t GROUP BY p;
CREATE MATERIALIZED VIEW windowed INTO 'out/windowed' AS
  SELECT o, total(x) OVER (PARTITION BY p ORDER BY o) AS a, backwards(o) OVER (PARTITION BY p ORDER BY o) AS b FROM t;
CREATE MATERIALIZED VIEW listed INTO 'out/listed' AS SELECT s.n, s.l FROM squares(3) AS s WHERE s.n > 0;
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with functions of every kind."""
    place = Place(tmp_path)
    place.file("treadle.toml")
    place.sql(SQL)
    place.file("mine.py", CODE)
    return tmp_path


def test_a_subquery_tied_to_the_rows_around_it_is_computed_for_each(root: Path) -> None:
    with treadle.open(root) as project:
        found = project.query("SELECT t.o, (SELECT total(u.x) FROM t AS u WHERE u.p = t.p) AS a FROM t ORDER BY t.p, t.o").fetchall()
        assert found == [(1, 6.0), (2, 6.0), (1, None)]
        with pytest.raises(TreadleError, match="the aggregate `total` can't stand in WHERE"):
            project.query("SELECT p FROM t WHERE total(x) > 1")


def test_nothing_runs_before_a_run_and_the_receipt_names_every_way(root: Path) -> None:
    for command in (["check"], ["plan"], ["spec"], ["lineage"], ["show", "functions"], ["query", "DESCRIBE windowed"]):
        assert inside(root, *command).status == 0, command
        assert not (root / "marker").exists(), command
    planned = inside(root, "plan", "--plain").stdout
    assert "aggregate path of doubled: rewrite" in planned and "aggregate path of total: in Python, over groups" in planned
    (root / "s.json").write_text(inside(root, "spec").stdout, "utf-8")
    ended = inside(root, "run", "--spec", "s.json")
    assert ended.status == 0, ended.stderr
    receipt = json.loads(inside(root, "show", "runs", "last", "--json").stdout)
    ways = {(one["name"], one["aggregate_path"]) for stage in receipt["stages"] for one in stage["functions"]}
    assert ways == {
        ("total", "one group at a time"), ("total", "one frame at a time"), ("size", "vectorised over groups"), ("doubled", "rewrite"),
        ("backwards", "one partition at a time"), ("squares", ""),
    }  # fmt: skip
    with treadle.open(root) as project:
        assert project.query("SELECT * FROM read_delta('out/grouped') ORDER BY p").fetchall() == [(1, 6.0, 2, 14.0), (2, None, 1, None)]
        assert project.query("SELECT * FROM read_delta('out/listed') ORDER BY n").fetchall() == [(1, "x"), (2, "x")]
        assert sorted(project.query("SELECT b FROM read_delta('out/windowed')").fetchall()) == [(1,), (1,), (2,)]
        assert project.query("SELECT total(x) AS a, size(x) AS b FROM t WHERE false").fetchall() == [(None, 0)]


@pytest.mark.parametrize(
    ("sql", "code", "words"),
    [
        ("SELECT total(DISTINCT x) OVER (ORDER BY o) AS a FROM t", "T2130", "can't take DISTINCT under OVER"),
        ("SELECT total(x ORDER BY o) OVER (ORDER BY o) AS a FROM t", "T2130", "sorts rows by itself"),
        ("SELECT backwards(o) AS a FROM t", "T2132", "OVER is missing"),
        ("SELECT backwards(o) OVER (ORDER BY o ROWS 1 PRECEDING) AS a FROM t", "T2130", "given whole partitions"),
        ("SELECT backwards(o) FILTER (WHERE o > 1) OVER (ORDER BY o) AS a FROM t", "T2130", "is no aggregate"),
        ("SELECT total(p, o) AS a FROM t", "T2023", "takes 1 argument"),
        ("SELECT * FROM squares(p)", "T2040", "constant"),
        ("SELECT squares(1) AS a", "T2026", "gives a table"),
    ],
)
def test_what_they_cannot_take_is_refused_by_name(sql: str, code: str, words: str, root: Path) -> None:
    with treadle.open(root) as project, pytest.raises(TreadleError) as refused:
        project.query(sql)
    found = refused.value.diagnostics[0]
    assert found.code == code and words in found.message, found


def test_errors_point_at_the_call_and_at_the_line(root: Path) -> None:
    (root / "more.sql").write_text(
        "CREATE AGGREGATE FUNCTION boom(x DOUBLE) RETURNS DOUBLE LANGUAGE PYTHON AS 'mine:boom';\n"
        "CREATE AGGREGATE FUNCTION words(s VARCHAR) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:words';\n"
        "CREATE FUNCTION broken(n DOUBLE) RETURNS TABLE (n BIGINT) LANGUAGE PYTHON AS 'mine:boom';\n"
        "CREATE FUNCTION misfit(n VARCHAR) RETURNS TABLE (n BIGINT) LANGUAGE PYTHON AS 'mine:words';\n",
        "utf-8",
    )
    for sql, code, words in [
        ("SELECT boom(x) AS a FROM t", "T6120", "`boom` raised ValueError: no"),
        ("SELECT boom(x) OVER (ORDER BY o) AS a FROM t", "T6120", "`boom` raised ValueError: no"),
        ("SELECT words('a') AS a FROM t", "T6122", "`words` returned"),
        ("SELECT * FROM broken(1)", "T6120", "`broken` raised ValueError: no"),
        ("SELECT * FROM misfit('a')", "T6122", "`misfit` returned a str, which is no table"),
    ]:
        ended = inside(root, "query", sql, "--plain")
        assert ended.status == 1 and f"error {code}: {words}" in ended.stderr, ended.stderr
        assert "mine.py:" in ended.stderr, ended.stderr
    ended = inside(root, "query", "--safe", "SELECT total(x) AS a FROM t", "--plain")
    assert "T3040" in ended.stderr
    assert "T3040" in inside(root, "query", "--safe", "SELECT * FROM squares(1)", "--plain").stderr


def test_a_function_is_decorated_as_it_is_declared(root: Path) -> None:
    (root / "more.sql").write_text("CREATE FUNCTION wrong(x DOUBLE) RETURNS BIGINT LANGUAGE PYTHON AS 'mine:size';\n", "utf-8")
    ended = inside(root, "query", "SELECT wrong(x) AS a FROM t", "--plain")
    assert "T2123" in ended.stderr and "declared as a scalar function, and decorated as an aggregate" in ended.stderr
    (root / "more.sql").write_text("CREATE FUNCTION rows(x DOUBLE) RETURNS TABLE LANGUAGE PYTHON AS 'mine:total';\n", "utf-8")
    assert "error T2071" in inside(root, "check", "--plain").stderr


def test_structs_lists_and_texts_go_in_and_out() -> None:
    @treadle.aggregate(arguments={"p": "STRUCT(x INT, y VARCHAR)", "l": "VARCHAR[]"}, returns="STRUCT(n BIGINT, l VARCHAR[])")
    def gathered(p: pa.Array, l: pa.Array) -> object:  # noqa: E741
        return {"n": len(p), "l": [one["y"] for one in p.to_pylist()] + [text for texts in l.to_pylist() for text in texts]}

    @treadle.aggregate
    def joined(s: list[str | None], mark: list[str]) -> str:
        return mark[0].join(one or "?" for one in s)

    with treadle.connect() as connection:
        connection.register_function(gathered)
        connection.register_function(joined)
        connection.register("t", pa.table({"s": ["b", None, "c"], "o": [2, 1, 3]}))
        found = connection.query("SELECT gathered({'x': o, 'y': s}, [s] ORDER BY o) AS a FROM t WHERE o > 1").fetchall()
        assert found == [({"n": 2, "l": ["b", "c", "b", "c"]},)]
        assert connection.query("SELECT joined(s, '-' ORDER BY o) AS b FROM t").fetchall() == [("?-b-c",)]


def test_any_number_of_further_arguments() -> None:
    @treadle.function
    def glue(sep: str, *parts: str) -> str:
        return sep.join(parts)

    @treadle.function(vectorized=True, arguments={"xs": "DOUBLE"}, returns="BIGINT")
    def many(*xs: pa.Array) -> pa.Array:
        return pa.array([len(one) for one in xs[0].to_pylist()])

    @treadle.table_function(columns={"x": "BIGINT"})
    def each(*xs: int) -> dict[str, list[int]]:
        return {"x": list(xs)}

    with treadle.connect() as connection:
        for one in (glue, many, each):
            connection.register_function(one)
        sql = "SELECT glue('-', 'a', 'b') AS a, glue('-') AS b, glue(parts => ['x'], sep => '+') AS c, many(1, 2) AS d, many() AS e"
        assert connection.query(sql).fetchall() == [("a-b", "", "x", 2, 0)]
        assert connection.query("SELECT x FROM each(3, 4) ORDER BY x").fetchall() == [(3,), (4,)]
        with pytest.raises(TreadleError, match="misses its argument `sep`"):
            connection.query("SELECT glue() AS a")


def test_sorted_rows_of_several_columns_take_no_more_memory_than_they_are() -> None:
    @treadle.aggregate(vectorized=True, arguments={"x": "BIGINT", "s": "VARCHAR"}, returns="VARCHAR")
    def ends(x: pa.ListArray, s: pa.ListArray) -> pa.Array:
        return pa.array([f"{a[0]}{b[0]}{a[-1]}{b[-1]}" for a, b in zip(x.to_pylist(), s.to_pylist(), strict=True)])

    numbers = list(range(60_000))
    with treadle.connect() as connection:
        connection.register_function(ends)
        connection.register("t", pa.table({"g": [n % 4 for n in numbers], "x": numbers, "s": [str(n) for n in numbers]}))
        found = connection.query("SELECT g, ends(x, s ORDER BY x DESC) AS a FROM t GROUP BY g ORDER BY g LIMIT 1").fetchall()
    assert found == [(0, "599965999600")]
