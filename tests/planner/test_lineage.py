"""Lineage: kinds of influence as data, and that nothing an edit changes is missing from the graph.

An edit replaces the expression of one column by another of its type. Whatever rows differ then,
column by column, must have been reachable before.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from sqlglot import exp

from tests.support.flights import build_lake, copy_project
from tests.support.place import Place
from treadle.dialect import parse
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.source import Source
from treadle.dialect.statements.materialized_view import MaterializedViewStatement
from treadle.dialect.statements.view import ViewStatement
from treadle.planner.lineage import LineageGraph, Node
from treadle.runtime.workspace import Situation, Workspace

T = "CREATE VIEW t AS SELECT * FROM (VALUES (1, 2, 'x'), (2, 3, 'y'), (2, 5, 'x')) AS v(a, b, c);"

KINDS = {
    "SELECT t.a + 1 AS o FROM t": {("t (rows)", "rows"), ("t.a", "value")},
    "SELECT 1 AS o": set(),
    "SELECT PARAM p AS o": {("PARAM p", "value")},
    "SELECT count(*) AS o FROM t": {("t (rows)", "rows"), ("t (rows)", "value")},
    "SELECT sum(a) FILTER (WHERE b > 1) AS o FROM t": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "filter")},
    "SELECT array_agg(a ORDER BY b) AS o FROM t": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "order")},
    "SELECT row_number() OVER (PARTITION BY c ORDER BY b) AS o FROM t": {("t (rows)", "rows"), ("t.c", "group"), ("t.b", "order")},
    "SELECT sum(a) OVER w AS o FROM t WINDOW w AS (PARTITION BY c)": {("t (rows)", "rows"), ("t.a", "value"), ("t.c", "group")},
    "SELECT a AS o FROM t WHERE b > PARAM p": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "filter"), ("PARAM p", "filter")},
    "SELECT l.a AS o FROM t AS l JOIN t AS r ON l.b = r.a": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "join"), ("t.a", "join")},
    "SELECT a AS o FROM t ORDER BY b LIMIT 1": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "order")},
    "SELECT sum(a) AS o FROM t GROUP BY c HAVING max(b) > 1": {
        ("t (rows)", "rows"), ("t.a", "value"), ("t.c", "group"), ("t.b", "filter"),
    },
    "SELECT DISTINCT a AS o FROM t": {("t (rows)", "rows"), ("t.a", "value"), ("t.a", "group")},
    "SELECT a AS o FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.k = t.b)": {
        ("t (rows)", "rows"), ("s (rows)", "filter"), ("t.a", "value"), ("t.b", "filter"), ("s.k", "filter"),
    },
    "SELECT (SELECT max(s.k) FROM s WHERE s.v = t.b) AS o FROM t": {
        ("t (rows)", "rows"), ("s (rows)", "value"), ("s.k", "value"), ("s.v", "filter"), ("t.b", "filter"),
    },
    "WITH x AS (SELECT a AS y, b FROM t) SELECT y AS o FROM x WHERE b = 1": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "filter")},
    "SELECT a AS o FROM t EXCEPT SELECT k FROM s": {
        ("t (rows)", "rows"), ("s (rows)", "rows"), ("t.a", "value"), ("t.a", "filter"), ("s.k", "filter"),
    },
    "SELECT b AS o FROM t UNION ALL SELECT k FROM s": {("t (rows)", "rows"), ("s (rows)", "rows"), ("t.b", "value"), ("s.k", "value")},
    "SELECT a AS o FROM t LEFT SEMI JOIN s ON s.k = t.b": {
        ("t (rows)", "rows"), ("s (rows)", "filter"), ("t.a", "value"), ("t.b", "filter"), ("s.k", "filter"),
    },
    "SELECT s.q['f'] AS o FROM (SELECT {'f': a, 'g': b} AS q FROM t) AS s": {("t (rows)", "rows"), ("t.a", "value"), ("t.b", "value")},
    "WITH RECURSIVE n AS (SELECT a FROM t UNION ALL SELECT n.a + s.k FROM n JOIN s ON s.v = n.a WHERE n.a < 9) SELECT a AS o FROM n": {
        ("t (rows)", "rows"), ("s (rows)", "rows"), ("t.a", "value"), ("s.k", "value"),
        ("s.v", "join"), ("t.a", "join"), ("s.k", "join"), ("t.a", "filter"), ("s.k", "filter"),
    },
}  # fmt: skip


def graph_of(root: Path) -> LineageGraph:
    return Workspace(root, True, Situation()).lineage()


@pytest.mark.parametrize("query", KINDS)
def test_kinds_of_influence(query: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.sql(f"PARAM p BIGINT DEFAULT 1;\n{T}\nCREATE VIEW s AS SELECT a AS k, b AS v FROM t;\nCREATE VIEW o AS {query};")
    edges = [edge for edge in graph_of(tmp_path).edges if edge.target.relation == "o" and not edge.is_own]
    assert {(str(edge.origin), kind) for edge in edges for kind in edge.kinds} == KINDS[query]


def test_walks_go_through_rows_and_stop_at_a_depth(tmp_path: Path) -> None:
    Place(tmp_path).sql(f"{T}\nCREATE VIEW u AS SELECT a, b FROM t WHERE c = 'x';\nCREATE VIEW w AS SELECT b FROM u;")
    graph = graph_of(tmp_path)
    c, deep = Node("view", "t", "c"), Node("view", "w", "b")
    assert deep in graph.reach([c], "down") and c in graph.reach([deep], "up")
    assert deep not in graph.reach([c], "down", 1) and Node("view", "u", "a") in graph.reach([c], "down", 1)
    assert Node("view", "t", "b") not in graph.reach([c], "down")


def test_the_filter_of_a_parameter_reaches_the_rows_of_its_source(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.file("s.csv", "a,b\n1,2\n")
    place.sql("PARAM p BIGINT DEFAULT NULL FILTER s.a; CREATE SOURCE s FROM CSV 's.csv'; CREATE VIEW v AS SELECT b FROM s;")
    found = graph_of(tmp_path).reach([Node("view", "v", "b")], "up")
    assert {Node("parameter", "p"), Node("source", "s", "a")} <= set(found)


SHAPES = 30
FUNCTIONS = [
    "CREATE FUNCTION above(low BIGINT) RETURNS TABLE RETURN SELECT v0.a AS a, v0.b AS b FROM v0 WHERE v0.c >= low",
    "CREATE FUNCTION best(k BIGINT) RETURNS BIGINT RETURN (SELECT max(v0.b) FROM v0 WHERE v0.a = k)",
]

# -- edits -----------------------------------------------------------------------------------


class Project:
    """A generated project: views above each other over one table of few values, so that all clauses bite."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        rows = ", ".join(f"({self.rng.randrange(4)}, {self.rng.randrange(4)}, {self.rng.randrange(3)})" for _ in range(12))
        self.views = [f"CREATE VIEW v0 AS SELECT r.a AS a, r.b AS b, r.c AS c FROM (VALUES {rows}) AS r(a, b, c)"]
        self.views += [f"CREATE VIEW v{at} AS {self.query(at)}" for at in range(1, 5)]
        self.views += FUNCTIONS

    def view(self, at: int) -> str:
        return f"v{self.rng.randrange(max(0, at - 3), at)}"

    def query(self, at: int) -> str:
        one, two, shape = self.view(at), self.view(at), self.rng.randrange(SHAPES)
        x, y, z = self.rng.sample("abc", 3)
        n = self.rng.randrange(4)
        return (
            f"SELECT t.{x} + t.{y} AS a, t.{z} AS b, {n} AS c FROM {one} AS t WHERE t.{y} <> {n}",
            f"SELECT DISTINCT t.{x} AS a, t.{y} AS b, t.{x} * 2 AS c FROM {one} AS t",
            f"SELECT t.{x} AS a, sum(t.{y}) AS b, count(*) AS c FROM {one} AS t GROUP BY t.{x}",
            f"SELECT t.{x} + 1 AS a, max(t.{y}) AS b, count(*) AS c FROM {one} AS t GROUP BY ALL",
            f"SELECT t.{x} AS a, count(*) FILTER (WHERE t.{y} > {n}) AS b, min(t.{z}) AS c FROM {one} AS t GROUP BY 1 HAVING count(*) > 1",
            f"SELECT l.{x} AS a, r.{y} AS b, l.{z} AS c FROM {one} AS l JOIN {two} AS r ON l.{y} = r.{x}",
            f"SELECT l.{x} AS a, coalesce(r.{y}, 9) AS b, l.{z} AS c FROM {one} AS l LEFT JOIN {two} AS r ON l.{y} = r.{x} AND r.{z} > {n}",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t WHERE EXISTS (SELECT 1 FROM {two} AS s WHERE s.{y} = t.{z})",
            f"SELECT t.{x} AS a, t.{y} AS b, (SELECT max(s.{z}) FROM {two} AS s WHERE s.{x} = t.{y}) AS c FROM {one} AS t",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t"
            f" WHERE t.{x} NOT IN (SELECT s.{z} FROM {two} AS s WHERE s.{z} IS NOT NULL)",
            f"SELECT t.{x} AS a, t.{y} AS b, 0 AS c FROM {one} AS t UNION SELECT s.{z}, s.{x}, s.{y} FROM {two} AS s",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t"
            f" UNION ALL BY NAME SELECT s.{z} AS c, s.{x} AS b, s.{y} AS a FROM {two} AS s",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t EXCEPT SELECT s.{z}, s.{x}, s.{y} FROM {two} AS s",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t INTERSECT SELECT s.a, s.b, s.c FROM {two} AS s",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t QUALIFY rank() OVER (PARTITION BY t.{z} ORDER BY t.{y}) < 3",
            f"SELECT t.{x} AS a, rank() OVER (ORDER BY t.{y}) AS b, sum(t.{z}) OVER (PARTITION BY t.{y}) AS c FROM {one} AS t",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t ORDER BY 2, 3, 1 LIMIT 3",
            f"WITH q AS (SELECT s.{x} AS k, sum(s.{y}) AS n FROM {two} AS s GROUP BY s.{x})"
            f" SELECT t.{x} AS a, q.n AS b, t.{z} AS c FROM {one} AS t, q WHERE q.k = t.{y}",
            f"SELECT t.{x} AS a, unnest([t.{y}, t.{y} * 2]) AS b, {n} AS c FROM {one} AS t",
            f'SELECT p.k AS a, p."1" AS b, p."2" AS c FROM (SELECT t.{x} AS k, t.{y} AS w, t.{z} AS v FROM {one} AS t)'
            " PIVOT (sum(v) FOR w IN (1, 2)) AS p",
            f"SELECT u.v AS a, u.{z} AS b, {n} AS c FROM {one} UNPIVOT (v FOR m IN ({x}, {y})) AS u",
            f"SELECT t.{x} AS a, u.e AS b, t.{z} AS c FROM {one} AS t, UNNEST([t.{y}, t.{z}]) AS u(e)",
            f"SELECT t.{x} AS a, l.m AS b, t.{z} AS c FROM {one} AS t,"
            f" LATERAL (SELECT max(s.{y}) AS m FROM {two} AS s WHERE s.{x} < t.{z}) AS l",
            f"SELECT t.{x} AS a, (SELECT sum(s.{y}) FROM {two} AS s WHERE s.{z} <= t.{x}) AS b, t.{z} AS c FROM {one} AS t",
            f"SELECT t.{x} AS a, (SELECT s.{y} FROM {two} AS s WHERE s.{x} = t.{z} ORDER BY s.{y}, s.{z} LIMIT 1) AS b, t.{z} AS c"
            f" FROM {one} AS t",
            f"SELECT array_sum(list_transform([t.{x}, t.{y}], e -> e + t.{z})) AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t",
            f"SELECT f.a AS a, f.b AS b, t.{z} AS c FROM {one} AS t JOIN above({n}) AS f ON f.a = t.{x}",
            f"SELECT t.{x} AS a, best(t.{y}) AS b, t.{z} AS c FROM {one} AS t",
            f"SELECT t.{x} AS a, t.{y} AS b, t.{z} AS c FROM {one} AS t"
            f" WHERE t.{x} >= ALL (SELECT s.{y} FROM {two} AS s WHERE s.{z} = t.{z})",
            f"SELECT t.s.p AS a, t.s.q AS b, t.{z} AS c FROM (SELECT {{'p': r.{x}, 'q': r.{y}}} AS s, r.{z} FROM {one} AS r) AS t",
        )[shape]


def places(text: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Return view, column and place of every select item that can be edited in a file: of first branches, no stars."""
    found = []
    for statement in parse(Source("views.sql", text)).statements:
        if not isinstance(statement, ViewStatement | MaterializedViewStatement):
            continue
        query = statement.query.tree if hasattr(statement.query, "tree") else statement.query
        while isinstance(query, exp.SetOperation):
            query = query.this
        for item in query.expressions if isinstance(query, exp.Select) else ():
            place = item.this.meta.get("span") if isinstance(item, exp.Alias) else None
            if place:
                found.append((statement.name.text, item.alias, place))
    return found


def rows_of(root: Path, graph: LineageGraph) -> dict[Node, Counter[str]]:
    """Return the values of every column of every view, each counted; of the demo a part of a month is enough."""
    known = Node("parameter", "since") in graph.nodes
    workspace = Workspace(root, True, Situation(arguments={"since": "2013-12-20"} if known else {}))
    found: dict[Node, Counter[str]] = {}
    for view in {node.relation: None for node in graph.nodes if node.kind == "view"}:
        with workspace.query(f'SELECT * FROM "{view}"', {}) as result:
            table = result.to_arrow()
        for name in table.column_names:
            found[Node("view", view, name)] = Counter(map(repr, table[name].to_pylist()))
    workspace.close()
    return found


def expect_reached(root: Path, files: list[Path], edits: int, rng: random.Random) -> int:
    """Edit columns one after the other, each from the original; return how many edits changed anything."""
    graph = graph_of(root)
    before = rows_of(root, graph)
    told = 0
    choices = [(file, *place) for file in files for place in places(file.read_text())]
    for file, view, column, (start, end) in rng.sample(choices, min(edits, len(choices))):
        text = file.read_text()
        node = next(n for n in graph.nodes if n.relation == view and n.column == column)
        made = text[start:end]
        other = f"nullif({made}, {made})" if rng.random() < 0.4 or graph.types[node] not in ("INT", "BIGINT", "DOUBLE") else f"({made}) + 1"
        file.write_text(f"{text[:start]}{other}{text[end:]}")
        try:
            after = rows_of(root, graph)
        except TreadleError:
            continue
        finally:
            file.write_text(text)
        differing = {one for one in before if before[one] != after.get(one)}
        missing = differing - set(graph.reach([node], "down"))
        assert not missing, f"{view}.{column} as {other} changes {sorted(map(str, missing))}, which the graph does not tell:\n{text}"
        told += bool(differing)
    return told


@pytest.mark.parametrize("seed", range(8))
def test_what_an_edit_changes_is_reached(seed: int, tmp_path: Path) -> None:
    file = Place(tmp_path).sql(";\n".join(Project(seed).views) + ";\n")
    assert expect_reached(tmp_path, [file], 3, random.Random(seed)) >= 1


def test_what_an_edit_of_the_demo_changes_is_reached(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "flights")
    build_lake(root / "lake")
    assert expect_reached(root, [root / "4_views.sql", root / "5_tables.sql"], 4, random.Random(5)) >= 2
