"""The best row of each key is one of its best rows, and with a total order the same with the planner `dedupe` as without it."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from tests.support.planner_pair import claims, planner_pair

SEEDS, CHUNK = 48, 16
Row = tuple[Any, ...]
VALUES: dict[str, tuple[pa.DataType, Callable[[int], Any]]] = {
    "BIGINT": (pa.int64(), lambda n: n),
    "DOUBLE": (pa.float64(), lambda n: (math.nan, math.inf, -0.0, 0.0, 1.5, -math.inf)[n % 6]),
    "DATE": (pa.date32(), lambda n: dt.date(2024, 1, 1) + dt.timedelta(days=n)),
    "TIMESTAMP": (pa.timestamp("us"), lambda n: dt.datetime(2024, 1, 1) + dt.timedelta(hours=n)),
    "DECIMAL": (pa.decimal128(12, 2), lambda n: Decimal(n) / 4),
    "VARCHAR": (pa.string(), lambda n: f"v{n}"),
}
KEYS: dict[str, tuple[pa.DataType, Callable[[int], Any]]] = {"text": (pa.string(), str), "number": (pa.int32(), lambda n: n)}


def rows(seed: int) -> tuple[list[Row], pa.Table, str]:
    """Return random rows (id, k, s) with NULLs and ties, as values and as a table, and the type of `s`."""
    rng = random.Random(seed)
    kind, key = rng.choice(sorted(VALUES)), rng.choice(sorted(KEYS))
    count, keys, span = rng.choice((0, 1, 40, 200)), rng.choice((1, 5, 40)), rng.choice((2, 30))
    made = [
        (
            n,
            None if rng.random() < 0.1 else KEYS[key][1](rng.randrange(keys)),
            None if rng.random() < 0.2 else VALUES[kind][1](rng.randrange(span)),
        )
        for n in range(count)
    ]
    columns = {"id": pa.array([r[0] for r in made], pa.int64()), "k": pa.array([r[1] for r in made], KEYS[key][0])}
    return made, pa.table(columns | {"s": pa.array([r[2] for r in made], VALUES[kind][0])}), kind


def rank(value: Any) -> tuple[Any, ...]:
    """Return where a value stands in the engine's order: NaN above all, -0.0 below 0.0."""
    if isinstance(value, float):
        return (1,) if math.isnan(value) else (0, value, math.copysign(1, value))
    return (0, value)


def best(made: list[Row], desc: bool, nulls_first: bool, total: bool) -> dict[Any, set[int]]:
    """Return the ids of the best rows of each key."""
    found: dict[Any, set[int]] = {}
    for key in {row[1] for row in made}:
        mine = [row for row in made if row[1] == key]
        nulls, others = [r for r in mine if r[2] is None], [r for r in mine if r[2] is not None]
        if nulls and (nulls_first or not others):
            ties = nulls
        else:
            edge = (max if desc else min)(rank(r[2]) for r in others)
            ties = [r for r in others if rank(r[2]) == edge]
        found[key] = {max(r[0] for r in ties)} if total else {r[0] for r in ties}
    return found


def query(seed: int) -> tuple[str, bool, bool, bool]:
    """Return a query over `t` and the seed, and whether its order descends, has NULLs first, is total."""
    rng = random.Random(seed + 1000)
    desc, first, total = (rng.random() < 0.5 for _ in range(3))
    order = f"s {'DESC' if desc else 'ASC'} NULLS {'FIRST' if first else 'LAST'}{', id DESC' if total else ''}"
    number = f"row_number() OVER (PARTITION BY k ORDER BY {order})"
    forms = (
        f"SELECT id, k FROM t{seed} QUALIFY {number} = 1",
        f"SELECT id, k, {number} AS n FROM t{seed} WHERE id >= 0 QUALIFY n <= 1 AND id < 1000",
        f"SELECT id, k FROM (SELECT *, {number} AS n FROM t{seed}) AS q WHERE 1 = n",
        f"WITH q AS (SELECT id, k, {number} AS n FROM t{seed}) SELECT id, k FROM q WHERE n < 2",
        f"SELECT DISTINCT ON (k) id, k FROM t{seed} ORDER BY k, {order}",
    )
    return rng.choice(forms), desc, first, total


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[treadle.Project, treadle.Project]]:
    """Two projects over all cases' tables: with the planner, and without."""
    root: Path = tmp_path_factory.mktemp("dedupe")
    with planner_pair(root, ("dedupe",), {f"t{seed}": rows(seed)[1] for seed in range(SEEDS)}) as both:
        yield both


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_the_row_that_is_kept_is_a_best_one(pair: tuple[treadle.Project, treadle.Project], first: int) -> None:
    for seed in range(first, first + CHUNK):
        sql, desc, nulls_first, total = query(seed)
        made, _, kind = rows(seed)
        wanted = best(made, desc, nulls_first, total)
        for project in pair:
            found = [row[:2] for row in project.query(sql).fetchall()]
            assert len(found) == len(wanted) == len({key for _, key in found}), f"{kind}: {sql}"
            assert all(identity in wanted[key] for identity, key in found), f"{seed} {kind}: {sql}"
        assert claims(pair[0], sql, "dedupe") and not claims(pair[1], sql, "dedupe"), sql


DECLINED = {
    "SELECT id FROM t1 QUALIFY row_number() OVER (PARTITION BY k ORDER BY s) = 1 AND count(*) OVER () > 1": "other windows",
    "SELECT k, count(*) AS n FROM t1 GROUP BY k, s QUALIFY row_number() OVER (PARTITION BY k ORDER BY s) = 1": "GROUP BY",
    "SELECT a.id FROM t1 AS a JOIN t1 AS b USING (id) QUALIFY row_number() OVER (PARTITION BY a.k ORDER BY a.s) = 1": "a join",
    "SELECT id FROM t1 QUALIFY row_number() OVER (PARTITION BY CAST(id AS DOUBLE) ORDER BY s) = 1": "floats",
    "SELECT id FROM t1 QUALIFY row_number() OVER (PARTITION BY k ORDER BY [id]) = 1": "no greatest value",
    "SELECT id FROM t1 WHERE random() < 2 QUALIFY row_number() OVER (PARTITION BY k ORDER BY s) = 1": "random",
    "SELECT id FROM (SELECT id, k, s FROM t1 LIMIT 5) AS q QUALIFY row_number() OVER (PARTITION BY k ORDER BY s) = 1": "worked out",
    "SELECT DISTINCT ON (k) id FROM t1": "any row",
}


@pytest.mark.parametrize("sql", DECLINED)
def test_what_is_declined_says_why(pair: tuple[treadle.Project, treadle.Project], sql: str) -> None:
    decisions = [one for one in pair[0]._workspace.plan_query(sql).decisions if one.choice == "not planned by dedupe"]
    assert len(decisions) == 1 and DECLINED[sql] in decisions[0].reason
