"""Owns the cases of `benchmarks.joins` that look for one row: ASOF joins, and the best row of each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars
import pyarrow as pa

if TYPE_CHECKING:
    from benchmarks.joins import Case

TRADES, QUOTES, ORDERS = 1_000_000, 1_000_000, 5_000_000
TOTALS = "count(*) AS n, sum(t.v) AS v, sum(q.bid) AS bid, sum(q.ask) AS ask"
BEST = "SELECT count(*) AS n, sum(v) AS v, sum(s) AS s, sum(w) AS w FROM"
UNION = """
SELECT count(*) AS n, sum(l.v) AS v, sum(q.bid) AS bid, sum(q.ask) AS ask FROM (
  SELECT k, v, last_at FROM (
    SELECT k, v, own, max(own) OVER (PARTITION BY k ORDER BY at, own NULLS LAST ROWS UNBOUNDED PRECEDING) AS last_at FROM (
      SELECT k, ts AS at, v, NULL AS own FROM t UNION ALL SELECT k, ts AS at, NULL AS v, ts AS own FROM q) AS u) AS m
  WHERE own IS NULL) AS l
JOIN (SELECT k, ts, max(bid) AS bid, max(ask) AS ask FROM q GROUP BY k, ts) AS q ON l.k = q.k AND l.last_at = q.ts
"""
"""An ASOF join by hand, as a window over both sides; of several rows at one time it takes the greatest of each column."""


def asof_cases(scale: float) -> list[Case]:
    """Return ASOF joins of a million by a million rows: with many groups, few, and none."""
    return [_asof_case(scale, groups) for groups in (1, 100, 10_000)]


def _asof_case(scale: float, groups: int) -> Case:
    from benchmarks.joins import Case

    made, trades, quotes = np.random.default_rng(11), int(TRADES * scale), int(QUOTES * scale)
    span = 10 * (trades + quotes)

    def side(rows: int) -> dict[str, np.ndarray]:
        ts = made.integers(0, span, rows).astype("datetime64[s]").astype("datetime64[us]")
        return {"k": made.integers(0, groups, rows), "ts": ts, "v": made.integers(0, 1000, rows)}

    left, right = side(trades), side(quotes)
    right |= {"bid": right.pop("v"), "ask": made.integers(0, 1000, quotes)}
    frames = {"t": pa.table(left), "q": pa.table(right)}
    keys = "t.k = q.k AND " if groups > 1 else ""
    sql = f"SELECT {TOTALS} FROM t ASOF JOIN q ON {keys}t.ts >= q.ts"
    words = f"{groups:,} groups" if groups > 1 else "no groups"

    def in_polars(known: Mapping[str, polars.DataFrame]) -> object:
        by = "k" if groups > 1 else None
        joined = known["t"].sort("ts").join_asof(known["q"].sort("ts"), on="ts", by=by, check_sortedness=False).drop_nulls("bid")
        return joined.select(polars.len(), polars.col("v").sum(), polars.col("bid").sum(), polars.col("ask").sum())

    return Case(f"ASOF: {trades:,} by {quotes:,}, {words}", frames, sql, 1, plain=UNION, polars=in_polars)


def dedupe_cases(scale: float) -> list[Case]:
    """Return the best rows of five million, for few keys and for many."""
    return [_dedupe_case(scale, keys) for keys in (100, 10_000, 500_000)]


def _dedupe_case(scale: float, keys: int) -> Case:
    from benchmarks.joins import Case

    made, rows = np.random.default_rng(13), int(ORDERS * scale)
    numbers: Sequence[np.ndarray] = [made.integers(0, 1_000_000, rows) for _ in range(3)]
    names = pa.array([f"name {n}" for n in range(1000)]).take(pa.array(numbers[0] % 1000))
    columns = {"k": made.integers(0, keys, rows), "s": made.random(rows), "v": numbers[0], "w": numbers[1], "x": numbers[2], "name": names}
    best = "SELECT * FROM r QUALIFY row_number() OVER (PARTITION BY k ORDER BY s DESC NULLS LAST) = 1"

    def in_polars(known: Mapping[str, polars.DataFrame]) -> object:
        kept = known["r"].lazy().sort("s", descending=True, nulls_last=True).unique("k", keep="first")
        return kept.select(polars.len(), polars.col("v").sum(), polars.col("s").sum(), polars.col("w").sum()).collect()

    sql = f"{BEST} ({best}) AS z WHERE x >= 0 AND name <> ''"
    return Case(f"best row of each of {keys:,} keys in {rows:,} rows", {"r": pa.table(columns)}, sql, 1, polars=in_polars)
