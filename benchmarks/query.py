"""Benchmark of what treadle adds to plain DataFusion on the same data: a warm small query, and TPC-H.

    python -m benchmarks.query [--scale 0.1] [--repeats 5] [--over memory parquet delta]

A warm small query should cost less than 10 ms more; TPC-H in sum less than 3 % more. At small scales the
cost per query, which is fixed, weighs more than it ever does on real data: use `--scale 1` to judge the second.
Over Delta the plain arm has the library's own table provider, which is what one would use without treadle.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionConfig, SessionContext
from deltalake import DeltaTable

import treadle
from benchmarks.arms import Arm, Race, duration, race, record
from tests.support import tpch

SMALL = "SELECT n_regionkey, count(*) AS nations FROM nation WHERE n_name > 'B' GROUP BY n_regionkey"
SMALL_GOAL = 0.010
TPCH_GOAL = 1.03
PLACES = ("memory", "parquet", "delta")


def frames(data: Path) -> Mapping[str, pa.Table]:
    """Return all tables in memory."""
    return {table: pq.read_table(data / "parquet" / f"{table}.parquet") for table in tpch.TABLES}


def plain(data: Path, over: str) -> SessionContext:
    """Return a plain DataFusion session that knows the tables."""
    context = SessionContext(SessionConfig().with_target_partitions(2))
    for table in tpch.TABLES:
        if over == "parquet":
            context.register_parquet(table, str(data / "parquet" / f"{table}.parquet"))
        elif over == "delta":
            context.register_table(table, DeltaTable(data / "delta" / table))
    for table, frame in frames(data).items() if over == "memory" else ():
        context.from_arrow(frame, table)
    return context


def ours(data: Path, over: str, folder: Path) -> treadle.Connection:
    """Return a treadle connection that knows the same tables: frames, or sources of a project."""
    if over == "memory":
        connection = treadle.connect()
        for table, frame in frames(data).items():
            connection.register(table, frame)
        return connection
    ending = ".parquet" if over == "parquet" else ""
    sources = [f"CREATE SOURCE {t} FROM {over.upper()} '{data}/{over}/{t}{ending}';\n" for t in tpch.TABLES]
    root = folder / over
    root.mkdir()
    (root / "sources.sql").write_text("".join(sources), "utf-8")
    return treadle.open(root)


def arms(context: SessionContext, connection: treadle.Connection, sql: str) -> tuple[Arm, Arm]:
    """Return both ways of running one query to its last row."""
    return Arm("datafusion", lambda: context.sql(sql).collect()), Arm("treadle", lambda: connection.query(sql).to_arrow())


def small(context: SessionContext, connection: treadle.Connection, over: str, repeats: int) -> Race:
    """Race a warm small query and say what treadle adds."""
    result = race(f"a warm small query over {over}", arms(context, connection, SMALL), repeats=repeats * 4, warm=3)
    added = result.median("treadle") - result.median("datafusion")
    print(f"  treadle adds {duration(added)}, goal {duration(SMALL_GOAL)}: {'met' if added < SMALL_GOAL else 'MISSED'}")
    return result


def suite(context: SessionContext, connection: treadle.Connection, what: str, repeats: int) -> list[Race]:
    """Race the 22 queries and compare the sums of medians."""
    with tpch.connect() as reference:
        texts = tpch.queries(reference)
    races = [race(f"{what}, {name}", arms(context, connection, sql), repeats=repeats, quiet=True) for name, sql in texts.items()]
    base, total = (sum(r.median(name) for r in races) for name in ("datafusion", "treadle"))
    added = [r.median("treadle") - r.median("datafusion") for r in races]
    print(f"\n{what}: sum of medians over 22 queries: datafusion {duration(base)}, treadle {duration(total)}")
    print(f"  added per query: {duration(min(added))} to {duration(max(added))}")
    print(f"  ratio {total / base:.3f}, goal {TPCH_GOAL}: {'met' if total / base < TPCH_GOAL else 'MISSED'}", flush=True)
    return races


def main() -> None:
    """Run both benchmarks over each kind of data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--over", nargs="+", choices=PLACES, default=["memory", "parquet"])
    options = parser.parse_args()
    data = tpch.generate(options.scale)
    races: list[Race] = []
    with tempfile.TemporaryDirectory() as folder:
        for over in options.over:
            context, connection = plain(data, over), ours(data, over, Path(folder))
            races.append(small(context, connection, over, options.repeats))
            races += suite(context, connection, f"TPC-H at scale {options.scale:g} over {over}", options.repeats)
    record("query", races, scale=options.scale)


if __name__ == "__main__":
    main()
