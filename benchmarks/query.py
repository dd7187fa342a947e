"""Benchmark of what treadle adds to plain DataFusion on the same data: a warm small query, and TPC-H.

    python -m benchmarks.query [--scale 0.1] [--repeats 5] [--over memory parquet delta]

A warm small query should cost less than 10 ms more; TPC-H in sum less than 3 % more. At small scales the
cost per query, which is fixed, weighs more than it ever does on real data: use `--scale 1` to judge the second.
Two plain arms: one with the engine's own defaults, one with the settings that treadle measured to be better for
selective queries; the second shows what treadle itself adds. Over Delta both have the library's own table
provider, which is what one would use without treadle.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import SessionConfig, SessionContext
from deltalake import DeltaTable

import treadle
from benchmarks.arms import Arm, Race, duration, race, record
from tests.support import tpch
from treadle.runtime.profiles import DEFAULTS

SMALL = "SELECT n_regionkey, count(*) AS nations FROM nation WHERE n_name > 'B' GROUP BY n_regionkey"
SMALL_GOAL = 0.010
TPCH_GOAL = 1.03
SAME = "datafusion, same settings"
PLACES = ("memory", "parquet", "delta")


def frames(data: Path) -> Mapping[str, pa.Table]:
    """Return all tables in memory."""
    return {table: pq.read_table(data / "parquet" / f"{table}.parquet") for table in tpch.TABLES}


def plain(data: Path, over: str, settings: Mapping[str, str]) -> SessionContext:
    """Return a plain DataFusion session with these settings that knows the tables."""
    context = SessionContext(SessionConfig().with_target_partitions(os.cpu_count() or 1))
    for name, value in settings.items():
        context.sql(f"SET {name} = '{value}'")
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


def arms(contexts: Mapping[str, SessionContext], connection: treadle.Connection, sql: str) -> list[Arm]:
    """Return the ways of running one query to its last row, plain ones first."""
    ways = [Arm(name, _collect(context, sql)) for name, context in contexts.items()]
    return [*ways, Arm("treadle", lambda: connection.query(sql).to_arrow())]


def _collect(context: SessionContext, sql: str) -> Callable[[], object]:
    return lambda: context.sql(sql).collect()


def small(contexts: Mapping[str, SessionContext], connection: treadle.Connection, over: str, repeats: int) -> Race:
    """Race a warm small query and say what treadle adds."""
    result = race(f"a warm small query over {over}", arms(contexts, connection, SMALL), repeats=repeats * 4, warm=3)
    added = result.median("treadle") - result.median("datafusion")
    print(f"  treadle adds {duration(added)}, goal {duration(SMALL_GOAL)}: {'met' if added < SMALL_GOAL else 'MISSED'}", flush=True)
    return result


def suite(contexts: Mapping[str, SessionContext], connection: treadle.Connection, what: str, repeats: int) -> list[Race]:
    """Race the 22 queries and compare the sums of medians."""
    with tpch.connect() as reference:
        texts = tpch.queries(reference)
    races = [race(f"{what}, {name}", arms(contexts, connection, sql), repeats=repeats, quiet=True) for name, sql in texts.items()]
    sums = {name: sum(r.median(name) for r in races) for name in races[0].times}
    print(f"\n{what}: sum of medians over 22 queries")
    for name, seconds in sums.items():
        ratios = "  ".join(f"{seconds / other:5.3f} of {against}" for against, other in sums.items() if against != name)
        print(f"  {name:28} {duration(seconds):>9}  {ratios}")
    added = (sums["treadle"] - sums[SAME]) / len(races)
    print(f"  treadle adds {duration(added)} to a query of {duration(sums[SAME] / len(races))} on average")
    met = "met" if sums["treadle"] / sums[SAME] < TPCH_GOAL else "MISSED"
    print(f"  goal {TPCH_GOAL} of {SAME}: {met}", flush=True)
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
            contexts = {"datafusion": plain(data, over, {}), SAME: plain(data, over, DEFAULTS)}
            connection = ours(data, over, Path(folder))
            races.append(small(contexts, connection, over, options.repeats))
            races += suite(contexts, connection, f"TPC-H at scale {options.scale:g} over {over}", options.repeats)
    record("query", races, scale=options.scale)


if __name__ == "__main__":
    main()
