"""Random stacks of projections against a plan without the engine's rule that drops repeated ones (FACTS 0)."""

from __future__ import annotations

import random

import pyarrow as pa
from datafusion import SessionContext

import treadle

LAYERS = (
    "SELECT a + 1 AS a, s FROM ({inner})",
    "SELECT a * 2 AS a, s FROM ({inner})",
    "SELECT a, s || 'x' AS s FROM ({inner})",
    "SELECT a, substr(s, 2) AS s FROM ({inner})",
    "SELECT CASE WHEN a > 3 THEN a - 1 ELSE a + 2 END AS a, s FROM ({inner})",
    "SELECT a + 1 AS a, s FROM ({inner}) WHERE a > 0",
    "SELECT a + 1 AS a, s FROM ({inner}) AS q",
    "SELECT max(a) AS a, s FROM ({inner}) GROUP BY s",
    "SELECT DISTINCT a + 1 AS a, s FROM ({inner})",
)


def stack(seed: int) -> str:
    """Return a query of two to six layers, a layer often repeated."""
    chance = random.Random(seed)
    sql, layer = "SELECT a, s FROM t", chance.choice(LAYERS)
    for _ in range(chance.randint(2, 6)):
        if chance.random() < 0.5:
            layer = chance.choice(LAYERS)
        sql = layer.format(inner=sql)
    return sql


def test_stacks_equal_the_plan_without_that_rule() -> None:
    data = pa.table({"a": [1, 2, 5, None], "s": ["abcdefgh", "bcdefghi", "q", None]})
    plain = SessionContext()
    plain.from_arrow(data, "t")
    plain.remove_optimizer_rule("optimize_projections")
    wrong, connection = [], treadle.connect()
    connection.register("t", data)
    for seed in range(250):
        sql = stack(seed)
        expected = sorted((tuple(r.values()) for b in plain.sql(sql).collect() for r in b.to_pylist()), key=str)
        found = sorted((tuple(r.values()) for r in pa.table(connection.query(sql)).to_pylist()), key=str)
        if found != expected:
            wrong.append((seed, sql, expected, found))
    assert not wrong, f"{len(wrong)} of 250 stacks differ, first: {wrong[0]}"
