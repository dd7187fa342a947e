"""ASOF joins give what a loop over all pairs gives, and the same rows with the planner `asof` as without it."""

from __future__ import annotations

import datetime as dt
import operator
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from tests.support.planner_pair import planner_pair

SEEDS, CHUNK = 60, 20
COMPARED: dict[str, Callable[[Any, Any], bool]] = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
Row = tuple[Any, ...]


def _day(n: int) -> dt.datetime:
    return dt.datetime(2024, 1, 1) + dt.timedelta(hours=n)


TIMES: dict[str, tuple[pa.DataType, pa.DataType, Callable[[int], Any], str]] = {
    "integers": (pa.int64(), pa.int32(), lambda n: n, "2"),
    "timestamps": (pa.timestamp("us"), pa.timestamp("us"), _day, "INTERVAL '2 hours'"),
    "dates": (pa.timestamp("us"), pa.date32(), lambda n: _day(24 * n), "INTERVAL '2 days'"),
    "decimals": (pa.decimal128(10, 2), pa.decimal128(10, 2), lambda n: Decimal(n), "2.0"),
    "floats": (pa.float64(), pa.float64(), float, "2.0"),
    "unsigned": (pa.uint64(), pa.uint64(), lambda n: 2**63 - 5 + n, ""),
    "days": (pa.date32(), pa.date32(), lambda n: _day(24 * n), ""),
    "zoned": (pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC"), lambda n: _day(n).replace(tzinfo=dt.UTC), "INTERVAL '2 hours'"),
    "texts": (pa.string(), pa.string(), lambda n: f"t{n:03}", ""),
}
"""Types of both sides' times, the value of a number, and a tolerance of two."""


@dataclass(frozen=True, slots=True)
class Case:
    """Two tables and a join of them: the left rows are (id, k, t), the right ones (id, k, t, x)."""

    left: list[Row]
    right: list[Row]
    times: str
    sign: str
    grouped: bool
    outer: bool
    width: int | None
    order: str
    spelling: str
    nested: bool

    @property
    def sql(self) -> str:
        """Return the query, in one of the spellings."""
        read = "a.id, b.id AS other" + (", b.l" if self.nested else "")
        words, width = "ASOF LEFT JOIN" if self.outer else "ASOF INNER JOIN", TIMES[self.times][3]
        tolerance = f" TOLERANCE {width}" if self.width is not None else ""
        if self.spelling == "match":
            keys = " ON a.k = b.k" if self.grouped else ""
            return f"SELECT {read} FROM a {words} b MATCH_CONDITION (a.t {self.sign} b.t{self.order}{tolerance}){keys}"
        near = f" AND {'b.t >= a.t - ' if '>' in self.sign else 'b.t <= a.t + '}{width}" if self.width is not None else ""
        return f"SELECT {read} FROM a {words} b ON {'a.k = b.k AND ' if self.grouped else ''}a.t {self.sign} b.t{near}"

    def rows(self) -> Counter[Row]:
        """Return what a loop over all pairs gives."""
        found: Counter[Row] = Counter()
        for identity, key, time in self.left:
            pairs = [
                row
                for row in self.right
                if None not in (time, row[2])
                and COMPARED[self.sign](time, row[2])
                and (not self.grouped or (key is not None and key == row[1]))
            ]
            down = ">" in self.sign
            nearest = max((row[2] for row in pairs), default=None) if down else min((row[2] for row in pairs), default=None)
            ties = [row for row in pairs if row[2] == nearest]
            best = (
                max(ties, key=lambda row: row[0], default=None)
                if not self.order
                else min(ties, key=lambda row: (row[3], row[0]), default=None)
            )
            near = best is not None and (self.width is None or abs(time - best[2]) <= self.width)
            if near or self.outer:
                found[identity, best[0] if near and best is not None else None] += 1
        return found


def case(seed: int) -> Case:
    """Return a random case; equal seeds give equal ones."""
    rng = random.Random(seed)
    span = rng.choice((3, 12, 40))

    def rows(count: int) -> list[Row]:
        return [(n, rng.choice((None, "u", "v", "w")), rng.choice((None, *range(span))), n % 3) for n in range(count)]

    times = rng.choice(sorted(TIMES))
    width = rng.choice((None, 2)) if TIMES[times][3] else None
    spelling = rng.choice(("match", "on"))
    order = " ORDER BY b.x, b.id" if spelling == "match" and rng.random() < 0.4 else ""
    left, right = [row[:3] for row in rows(rng.choice((0, 5, 30)))], rows(rng.choice((0, 1, 30, 60)))
    flags = rng.random() < 0.6, rng.random() < 0.5
    return Case(left, right, times, rng.choice(sorted(COMPARED)), *flags, width, order, spelling, rng.random() < 0.25)


def tables(one: Case, suffix: str) -> dict[str, pa.Table]:
    """Return a case's tables under their names with a suffix."""
    mine, theirs, value, _ = TIMES[one.times]
    kept = {}
    for name, rows, kind in (("a", one.left, mine), ("b", one.right, theirs)):
        times = [None if row[2] is None else value(row[2]) for row in rows]
        times = [-0.0 if time == 0.0 and row[0] % 2 and one.times == "floats" else time for time, row in zip(times, rows, strict=True)]
        columns = {"id": pa.array([row[0] for row in rows], pa.int64()), "k": pa.array([row[1] for row in rows], pa.string())}
        columns["t"] = pa.array(times, pa.timestamp("us") if pa.types.is_date(kind) else kind).cast(kind)
        kept[name + suffix] = pa.table(columns | (_more(rows) if name == "b" else {}))
    return kept


def _more(rows: list[Row]) -> dict[str, pa.Array[Any]]:
    return {"x": pa.array([row[3] for row in rows], pa.int64()), "l": pa.array([[row[0]] for row in rows], pa.list_(pa.int64()))}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[treadle.Project, treadle.Project]]:
    """Two projects over all cases' tables: with the planner, and without."""
    root: Path = tmp_path_factory.mktemp("asof")
    found = {name: table for seed in range(SEEDS) for name, table in tables(case(seed), str(seed)).items()}
    with planner_pair(root, ("asof",), found) as both:
        yield both


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_asof_joins_give_what_a_loop_gives(pair: tuple[treadle.Project, treadle.Project], first: int) -> None:
    ways: Counter[bool] = Counter()
    for seed in range(first, first + CHUNK):
        one = case(seed)
        sql = one.sql.replace("FROM a ", f"FROM a{seed} AS a ").replace("JOIN b ", f"JOIN b{seed} AS b ")
        wanted = one.rows()
        for at, project in enumerate(pair):
            found = project.query(sql).fetchall()
            assert all(row[2:] in ((), (None,), ([row[1]],)) for row in found)
            assert Counter(row[:2] for row in found) == wanted, f"{seed}, planner {'on' if at == 0 else 'off'}: {sql}"
        told = [one.reason for one in pair[0]._workspace.plan_query(sql).decisions if one.choice == "planned by asof"]
        ways.update("searched" in one for one in told)
        assert ("searched" in told[0]) == (not one.nested and one.times != "texts")
        assert not any(one.choice == "planned by asof" for one in pair[1]._workspace.plan_query(sql).decisions)
    assert ways.total() == CHUNK and ways[True] and ways[False]
