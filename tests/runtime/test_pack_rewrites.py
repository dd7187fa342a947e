"""Calls of treadle's own functions equal the expressions that they stand for, wherever they stand; what can't be is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import treadle
from tests.support.command import inside
from treadle import TreadleError
from treadle.planner.functions.packs import PACKS
from treadle.runtime.api import Connection

ROWS = 40
WORDS = st.lists(st.one_of(st.none(), st.text("aAéß 1.x", max_size=5)), min_size=1, max_size=ROWS)
NUMBERS = st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=1, max_size=ROWS)
PAIRS = (
    ("utf8_null_if_blank(s)", r"CASE WHEN regexp_like(s, '\S') THEN s END"),
    ("regexp_extract(s, pattern => 'a(.)', part => 1)", "coalesce(regexp_match(s, '(a(.))')[2], left(s, 0))"),
    ("charindex(text => s, part => 'a')", "strpos(s, 'a')"),
    ("iff(n > 2, s, 'no')", "CASE WHEN n > 2 THEN s ELSE 'no' END"),
    ("span_len(span_make(n, n + 3, line_base => 1))", "CASE WHEN n IS NOT NULL THEN n + 3 - n END"),
    ("try_divide(6, n)", "CAST(6 AS DOUBLE) / nullif(CAST(n AS DOUBLE), 0)"),
    ("pmod(n, 4)", "(n % 4 + 4) % 4"),
    ("list_unique_sorted([n, 3, n, NULL])", "array_sort(array_distinct(array_compact([n, 3, n, NULL])), 'ASC', 'NULLS LAST')"),
    ("list_transform([1, n], x -> list_count(list_where([x, n], [true, x > n])))",
     "list_transform([1, n], x -> CASE WHEN x IS NULL THEN 0 ELSE 1 END + CASE WHEN x > n AND n IS NOT NULL THEN 1 ELSE 0 END)"),
    ("map_get_default(MAP {'k': n}, 'k', -1)", "n"),
    ("year(DATE '2000-01-01' + n)", "date_part('year', DATE '2000-01-01' + n)"),
    ("stable_hash64(s) = stable_hash64(s || '')", "s IS NOT NULL OR NULL"),
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Treadle with an empty table `t`."""
    with treadle.connect(tmp_path_factory.mktemp("rewrites")) as made:
        yield made


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(words=WORDS, numbers=NUMBERS)
def test_a_call_equals_its_expression_over_any_rows(connection: Connection, words: list[str | None], numbers: list[int | None]) -> None:
    count = max(len(words), len(numbers))
    table = pa.table(
        {
            "i": pa.array(range(count), pa.int64()),
            "s": pa.array([words[i % len(words)] for i in range(count)], pa.string()),
            "n": pa.array([numbers[i % len(numbers)] for i in range(count)], pa.int64()),
        }
    )
    connection.register("t", table)
    items = ", ".join(f"{call} AS c{at}, {plain} AS p{at}" for at, (call, plain) in enumerate(PAIRS))
    found = connection.query(f"SELECT {items} FROM t ORDER BY i").to_arrow()
    for at, (call, _) in enumerate(PAIRS):
        assert found[f"c{at}"].to_pylist() == found[f"p{at}"].to_pylist(), call


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT year(d) AS y, count(*) AS n FROM t GROUP BY year(d) ORDER BY year(d)", [(2023, 1), (2024, 2)]),
        ("SELECT y, n FROM (SELECT list_count(l) AS y, count(*) AS n FROM t GROUP BY list_count(l)) AS q ORDER BY 1", [(1, 2), (2, 1)]),
        ("SELECT list_where(l, [true, true]) AS y, max(year(d)) AS n FROM t GROUP BY list_where(l, [true, true]) ORDER BY 2",
         [([1, 2], 2023), ([3, None], 2024)]),
        ("SELECT i AS y, row_number() OVER (PARTITION BY year(d) ORDER BY iff(i > 2, 0, 1)) AS n FROM t ORDER BY i",
         [(1, 1), (2, 2), (3, 1)]),
        ("SELECT i AS y, 1 AS n FROM t WHERE EXISTS (SELECT 1 FROM t AS u WHERE month(u.d) = month(t.d) AND u.i <> t.i) ORDER BY 1",
         [(1, 1), (3, 1)]),
        ("SELECT max(div0(i, year(d) - 2023)) AS y, 1 AS n FROM t HAVING zeroifnull(max(i)) = 3", [(3.0, 1)]),
    ],
)  # fmt: skip
def test_calls_stand_in_every_clause(connection: Connection, sql: str, rows: list[tuple[object, ...]]) -> None:
    days = pa.array(["2023-01-05", "2024-02-29", "2024-01-31"]).cast(pa.date32())
    connection.register("t", pa.table({"i": [1, 2, 3], "d": days, "l": [[1, 2], [3, None], [3, None]]}))
    assert [tuple(row.values()) for row in connection.query(sql).to_arrow().to_pylist()] == rows


def test_the_names_of_a_project_win_and_those_of_rewrites_stay_treadles_own(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "CREATE FUNCTION year(d DATE) RETURNS BIGINT RETURN 1;\n"
        "CREATE FUNCTION zeroifnull(n BIGINT) RETURNS BIGINT RETURN -7;\n"
        "CREATE FUNCTION span_len(n BIGINT) RETURNS BIGINT RETURN zeroifnull(n);\n"
        "CREATE FUNCTION json_valid(t VARCHAR) RETURNS BOOLEAN RETURN false;\n"
    )
    text = "SELECT year(DATE '2024-01-01') AS a, span_len(4) AS b, get_json_object('{\"x\": 1}', '$.x') AS c, month(DATE '2024-05-01') AS d"
    with treadle.open(tmp_path) as project:
        assert project.query(text).to_arrow().to_pylist() == [{"a": 1, "b": -7, "c": "1", "d": 5}]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT span_len(span_make(CAST(random() * 9 AS BIGINT), 12)) AS a", "T2027"),
        ("SELECT list_where([1], [random() < 2]) AS a", "T2027"),
        ("SELECT pmod(1, CAST(random() * 9 AS BIGINT)) AS a", "T2027"),
        ("SELECT year() AS a", "T2024"),
        ("SELECT year(DATE '2024-01-01', 2) AS a", "T2023"),
        ("SELECT year(times => DATE '2024-01-01') AS a", "T2020"),
        ("SELECT regexp_extract('a', 'a', text => 'b') AS a", "T2021"),
        ("SELECT regexp_extract(text => 'a', 'a') AS a", "T2022"),
        ("SELECT year(true) AS a", "T2032"),
        ("SELECT year(DISTINCT DATE '2024-01-01') AS a", "T2036"),
    ],
)
def test_what_does_not_fit_is_one_error(connection: Connection, sql: str, code: str) -> None:
    with pytest.raises(TreadleError) as caught:
        connection.query(sql)
    assert [one.code for one in caught.value.diagnostics] == [code]


def test_show_tells_forms_other_names_and_null_rules(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("")
    ended = inside(tmp_path, "show", "functions", "map_get_default")
    assert ended.status == 0 and "map_get_default(map MAP, key ANY, default ANY)" in ended.stdout and "A null map gives the" in ended.stdout
    assert inside(tmp_path, "show", "functions", "decode").stdout.count("\ndecode(") == 2
    assert "also locate" in inside(tmp_path, "show", "functions", "locate").stdout
    both = inside(tmp_path, "show", "functions", "nullif").stdout
    assert both.index("-0.0 equals 0.0") > 0 and both.count("nullif(expression1 ANY, expression2 ANY)") == 2


def test_function_registry_has_every_form_of_every_pack_and_what_the_project_declares(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "CREATE FUNCTION is_late(m DOUBLE, grace DOUBLE DEFAULT 15) RETURNS BOOLEAN COMMENT 'late' RETURN m > grace;\n"
        "CREATE FUNCTION abs_of(n BIGINT) RETURNS TABLE RETURN SELECT abs(n) AS a;\n"
        "CREATE FUNCTION year(d DATE) RETURNS BIGINT RETURN 1;\n"
    )
    with treadle.open(tmp_path) as project:
        rows = project.query("SELECT * FROM function_registry() AS r").to_arrow().to_pylist()
        told = project.query("SELECT name, doc, example FROM function_docs() WHERE origin <> 'project'").to_arrow().to_pylist()
    signatures = {row["signature"] for row in rows if row["origin"] == "treadle"}
    assert {one.shown for pack in PACKS for one in pack.functions if one.name != "year"} <= signatures
    own = {row["name"]: (row["kind"], row["returns"]) for row in rows if row["origin"] == "project"}
    assert own == {"is_late": ("scalar", "BOOLEAN"), "abs_of": ("table", "TABLE"), "year": ("scalar", "BIGINT")}
    assert [row["origin"] for row in rows if row["name"] == "year"] == ["project"]
    assert all(row["doc"] and row["example"] for row in told)


def test_replace_where_refuses_functions_that_the_delta_library_has_not(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "CREATE VIEW a AS SELECT value AS v FROM generate_series(1, 3);\n"
        "CREATE MATERIALIZED VIEW b INTO 'b' REPLACE WHERE (zeroifnull(v) > 0 AND stable_hash64(CAST(v AS VARCHAR)) > 0)"
        " AS SELECT * FROM a;\n"
    )
    ended = inside(tmp_path, "check")
    assert ended.status == 1 and "T3001" in ended.stdout + ended.stderr and "none of treadle's own functions" in ended.stdout + ended.stderr
