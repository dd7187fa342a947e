"""Checked arithmetic against Python's integers: the same numbers where everything fits, else an error with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import treadle
from treadle import TreadleError
from treadle.planner.integer_bounds import range_of

WIDTHS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
COLUMNS = {"t": "TINYINT", "s": "SMALLINT", "i": "INT", "a": "BIGINT", "b": "BIGINT"}
ARROW = {"TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INT": pa.int32(), "BIGINT": pa.int64()}


class Beyond(Exception):
    """An operation left its type."""


@dataclass(frozen=True)
class Tree:
    sql: str
    type: str
    columns: frozenset[str]
    sign: str = ""
    left: Tree | None = None
    right: Tree | None = None
    value: int | None = None

    def of(self, row: dict[str, int | None]) -> int | None:
        """Return the value over a row, by Python's integers; raises `Beyond`."""
        if self.left is None or self.right is None:
            return row[self.sql] if self.value is None else self.value
        left, right = self.left.of(row), self.right.of(row)
        if left is None or right is None:
            return None
        found = {"+": left + right, "-": left - right, "*": left * right}[self.sign]
        low, high = range_of(self.type)
        if not low <= found <= high:
            raise Beyond
        return found


def _joined(left: Tree, sign: str, right: Tree) -> Tree:
    type_ = max(left.type, right.type, key=WIDTHS.index)
    return Tree(f"({left.sql} {sign} {right.sql})", type_, left.columns | right.columns, sign, left, right)


def numbers(type_: str) -> st.SearchStrategy[int]:
    low, high = range_of(type_)
    edges = [low, low + 1, -1, 0, 1, 2, high - 1, high, high // 2, high // 2 + 1, int(high**0.5), int(high**0.5) + 1]
    return st.one_of(st.sampled_from(edges), st.integers(-9, 9), st.integers(low, high))


leaves = st.one_of(
    st.sampled_from([Tree(name, kind, frozenset({name})) for name, kind in COLUMNS.items()]),
    st.one_of(st.integers(0, 9), st.sampled_from([2**31, 2**62, 2**63 - 1])).map(lambda n: Tree(str(n), "BIGINT", frozenset(), value=n)),
)
trees = st.recursive(leaves, lambda inner: st.builds(_joined, inner, st.sampled_from("+-*"), inner), max_leaves=5).filter(
    lambda tree: bool(tree.sign and tree.columns)
)
rows = st.lists(
    st.fixed_dictionaries({name: st.one_of(st.none(), numbers(kind)) for name, kind in COLUMNS.items()}), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[treadle.Project]:
    root = tmp_path_factory.mktemp("strict")
    (root / "treadle.toml").write_text('[rules]\npack = "strict"\n')
    (root / "one.sql").write_text("CREATE VIEW one AS SELECT 1 AS one;")
    with treadle.open(root) as connection:
        yield connection


@given(tree=trees, table=rows)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_are_pythons_or_an_error(strict: treadle.Project, tree: Tree, table: list[dict[str, int | None]]) -> None:
    columns = {name: pa.array([row[name] for row in table], ARROW[kind]) for name, kind in COLUMNS.items()}
    strict.register("r", pa.table({"at": range(len(table)), **columns}))
    try:
        wanted = [tree.of(row) for row in table]
    except Beyond:
        with pytest.raises(TreadleError) as problem:
            strict.query(f"SELECT at, {tree.sql} AS v FROM r ORDER BY at").fetchall()
        assert [one.code for one in problem.value.diagnostics] == ["T6058"]
        return
    assert [row[1] for row in strict.query(f"SELECT at, {tree.sql} AS v FROM r ORDER BY at").fetchall()] == wanted


@pytest.mark.parametrize("kind", WIDTHS)
def test_a_type_is_used_to_its_very_ends(strict: treadle.Project, kind: str) -> None:
    low, high = range_of(kind)
    ends = pa.table({"at": [1, 2], "x": pa.array([high - 1, low + 1], ARROW[kind]), "y": pa.array([1, -1], ARROW[kind])})
    strict.register("ends", ends)
    assert strict.query("SELECT x + y AS v FROM ends ORDER BY at").fetchall() == [(high,), (low,)]
    for row in (1, 2):
        with pytest.raises(TreadleError) as problem:
            strict.query(f"SELECT x + y + y AS v FROM ends WHERE at = {row}").fetchall()
        assert [one.code for one in problem.value.diagnostics] == ["T6058"]


def test_where_what_and_which_type(tmp_path: Path) -> None:
    (tmp_path / "treadle.toml").write_text("[rules]\nadd = ['checked_arithmetic']\n")
    (tmp_path / "v.sql").write_text(
        "CREATE VIEW small AS SELECT CAST(n AS SMALLINT) AS n FROM (VALUES (1), (300)) AS t(n);\n"
        "CREATE VIEW large AS SELECT n,\n  n * n AS square FROM small;\n"
    )
    with treadle.open(tmp_path) as project:
        assert project.query("SELECT square FROM large WHERE n = 1").fetchall() == [(1,)]
        with pytest.raises(TreadleError) as problem:
            project.query("SELECT max(square) AS m FROM large").fetchall()
    (told,) = problem.value.diagnostics
    assert told.span is not None and (told.code, told.span.line, told.span.column) == ("T6058", 3, 3)
    assert "`n * n` is beyond SMALLINT" in told.message and "`large`" in told.message


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT a * b + 1 AS v, count(*) AS c FROM r GROUP BY a * b + 1 ORDER BY a * b + 1", 13),
        ("SELECT sum(a * b) - count(*) * 2 AS v FROM r", 10),
        ("SELECT max(v + 1) AS v FROM (SELECT a + b AS v FROM r) AS q", 8),
        ("WITH w AS (SELECT a - b AS v FROM r) SELECT v * 2 AS v FROM w", 2),
        ("SELECT a AS v FROM r WHERE a + b > 6 AND a * 2 < 9", 4),
        ("SELECT a AS v FROM r ORDER BY v * b LIMIT 1", 4),
        ("SELECT a * 2 + lag(a, 1, 0) OVER (ORDER BY a) AS v FROM r", 8),
        ("SELECT coalesce(a + b, 0) * 2 AS v FROM r", 14),
        ("SELECT a + b AS v FROM r UNION ALL SELECT a * b FROM r ORDER BY v DESC LIMIT 1", 12),
        ("WITH RECURSIVE w(v) AS (SELECT 1 UNION ALL SELECT v * 2 + 1 FROM w WHERE v < 9) SELECT max(v) AS v FROM w", 15),
        ("SELECT x.a + y.b AS v FROM r AS x JOIN r AS y ON x.a + 1 = y.a + 1", 7),
        ("SELECT (SELECT max(q.a * r.b) FROM r AS q WHERE q.a = r.a) + 1 AS v FROM r", 13),
        ("SELECT a * 1.5 AS v FROM r", 6.0),
    ],
)
def test_every_place_of_a_query(strict: treadle.Project, sql: str, value: object) -> None:
    strict.register("r", pa.table({"a": [4], "b": [3]}))
    found = strict.query(sql).fetchall()[0][0]
    assert found == value
    if "1.5" not in sql:
        strict.register("r", pa.table({"a": [2**62], "b": [2**62]}))
        if "RECURSIVE" not in sql and "a - b" not in sql:
            with pytest.raises(TreadleError, match="T6058"):
                strict.query(sql).fetchall()


def test_lambdas_are_refused_unless_they_say_their_types(strict: treadle.Project) -> None:
    with pytest.raises(TreadleError, match="T3045"):
        strict.query("SELECT list_transform([1, 2], x -> x + 1) AS l").fetchall()


def test_without_the_rule_the_engine_wraps(tmp_path: Path) -> None:
    """Where this fails, the engine checks by itself and the rule can go."""
    with treadle.connect(tmp_path) as connection:
        assert connection.query("SELECT n + 1 AS v FROM (VALUES (9223372036854775807)) AS t(n)").fetchall() == [(-(2**63),)]
