"""Benchmark of what `treadle.connect().query(q)` adds to plain DataFusion on the same data.

    python -m benchmarks.query [--scale 0.1] [--repeats 5]

A warm small query should cost less than 10 ms more; TPC-H in sum less than 3 % more.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from datafusion import SessionConfig, SessionContext

import treadle
from benchmarks.arms import Arm, Race, duration, race, record
from tests.support import tpch

SMALL = "SELECT n_regionkey, count(*) AS nations FROM nation WHERE n_name > 'B' GROUP BY n_regionkey"
SMALL_GOAL = 0.010
TPCH_GOAL = 1.03


def plain(parquet: Path) -> SessionContext:
    """Return a plain DataFusion session with the tables as Parquet, set as treadle sets its own."""
    context = SessionContext(SessionConfig().with_target_partitions(2))
    for table in tpch.TABLES:
        context.register_parquet(table, str(parquet / f"{table}.parquet"))
    return context


def ours(parquet: Path) -> treadle.Connection:
    """Return a treadle connection that knows the same files under the same names."""
    connection = treadle.connect()
    for table in tpch.TABLES:
        connection.register(table, str(parquet / f"{table}.parquet"))
    return connection


def arms(context: SessionContext, connection: treadle.Connection, sql: str) -> tuple[Arm, Arm]:
    """Return both ways of running one query to its last row."""
    return Arm("datafusion", _collect(context, sql)), Arm("treadle", lambda: connection.query(sql).to_arrow())


def _collect(context: SessionContext, sql: str) -> Callable[[], object]:
    return lambda: context.sql(sql).collect()


def small(context: SessionContext, connection: treadle.Connection, repeats: int) -> Race:
    """Race a warm small query and say what treadle adds."""
    result = race("a warm small query", arms(context, connection, SMALL), repeats=repeats * 4, warm=3)
    added = result.median("treadle") - result.median("datafusion")
    print(f"  treadle adds {duration(added)}, goal {duration(SMALL_GOAL)}: {'met' if added < SMALL_GOAL else 'MISSED'}")
    return result


def suite(context: SessionContext, connection: treadle.Connection, repeats: int, scale: float) -> list[Race]:
    """Race the 22 queries and compare the sums of medians."""
    with tpch.connect() as reference:
        texts = tpch.queries(reference)
    races = [race(f"TPC-H {name}, scale {scale:g}", arms(context, connection, sql), repeats=repeats) for name, sql in texts.items()]
    base, total = (sum(r.median(name) for r in races) for name in ("datafusion", "treadle"))
    met = "met" if total / base < TPCH_GOAL else "MISSED"
    print(f"\nTPC-H at scale {scale:g}, sum of medians: datafusion {duration(base)}, treadle {duration(total)}")
    print(f"  ratio {total / base:.3f}, goal {TPCH_GOAL}: {met}")
    return races


def main() -> None:
    """Run both benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    parquet = tpch.generate(options.scale) / "parquet"
    rows = pq.read_metadata(parquet / "lineitem.parquet").num_rows
    context, connection = plain(parquet), ours(parquet)
    races = [small(context, connection, options.repeats), *suite(context, connection, options.repeats, options.scale)]
    record("query", races, scale=options.scale, lineitems=rows)


if __name__ == "__main__":
    main()
