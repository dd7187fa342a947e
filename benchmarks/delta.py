"""Benchmark of reading Delta tables: treadle beside other readers and beside the best SQL by hand, 2 threads each.

    python -m benchmarks.delta [--rows 10000000] [--repeats 7] [--layouts plain month day deleted] [--arms treadle] [--data DIR]

Sales of a thousand days, sorted by time, in four layouts (`benchmarks.delta_tables`); ten queries. All arms of a query
run in one process, in a new random order each turn, and must give equal rows before they are timed. Every arm is warm:
tables are open, sessions keep their caches, and every other arm than treadle has its snapshot pinned, which is what it is
quickest with; treadle looks for a newer version in every query. `treadle, new text` is a query that it has not met yet.
`--arms` names those that run beside the floor. Below the ratios of times stand those of the processors' time, which is the
better measure while others use the machine.
Goals: 10 times the provider on selective queries, within 1.15 of the floor on each layout, ahead of Polars on the whole,
ahead of DuckDB wherever pruning and metadata decide; geometric means. Where DuckDB stays ahead is said by query.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import random
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import duckdb
import polars
import pyarrow as pa
from datafusion import SessionContext
from deltalake import DeltaTable, QueryBuilder

import treadle
from benchmarks.arms import ROOT, Arm, Race, duration, race, record
from benchmarks.delta_floor import Floor, session
from benchmarks.delta_queries import PARTITION, QUERIES, Query
from benchmarks.delta_tables import LAYOUTS, tables

THREADS = 2
OURS, ANEW, FLOOR, PROVIDER, BUILDER, DUCKDB, POLARS = (
    "treadle",
    "treadle, new text",
    "floor",
    "provider",
    "QueryBuilder",
    "DuckDB",
    "Polars",
)
ARMS = (FLOOR, OURS, ANEW, PROVIDER, BUILDER, DUCKDB, POLARS)
PROVIDER_GOAL, FLOOR_GOAL = 10.0, 1.15
Table = pa.Table


def project(folder: Path, data: Path, layout: str) -> Path:
    """Return a project whose sources are the tables of a layout, with two threads."""
    root = folder / f"{layout}-{len(list(folder.iterdir()))}"
    root.mkdir()
    (root / "treadle.toml").write_text(f"[profile]\nthreads = {THREADS}\n", "utf-8")
    names = {"t": data / layout, "dim": data / "dim"}
    (root / "sources.sql").write_text("".join(f"CREATE SOURCE {name} FROM DELTA '{path}';\n" for name, path in names.items()), "utf-8")
    return root


class Others:
    """The other readers over one layout, opened once; each gives a query as something to call, or refuses it."""

    def __init__(self, data: Path, layout: str, total: int) -> None:
        """Open the tables everywhere."""
        self._layout, self._total = layout, total
        self._tables = {"t": DeltaTable(str(data / layout)), "dim": DeltaTable(str(data / "dim"))}
        self._context: SessionContext = session()
        self._builder = QueryBuilder()
        self._duckdb = connect_duckdb()
        for name, table in self._tables.items():
            self._context.register_table(name, table)
            self._builder.register(name, table)
            path = data / (layout if name == "t" else name)
            self._duckdb.execute(f"ATTACH '{path}' AS at_{name} (TYPE delta, PIN_SNAPSHOT)")
            self._duckdb.execute(f"CREATE VIEW {name} AS SELECT * FROM at_{name}")
        self._polars = polars.SQLContext({name: polars.scan_delta(table) for name, table in self._tables.items()})

    def arms(self, query: Query) -> Mapping[str, Callable[[], Table]]:
        """Return the ways of running one query to its last row."""
        sql = query.sql(self._layout, self._total)
        quack = query.sql(self._layout, self._total, "duckdb")
        bear = query.sql(self._layout, self._total, "polars")
        return {
            PROVIDER: lambda: _collected(self._context.sql(sql)),
            BUILDER: lambda: pa.table(self._builder.execute(sql).read_all()),
            DUCKDB: lambda: self._duckdb.execute(quack).to_arrow_table(),
            POLARS: lambda: self._polars.execute(bear, eager=True).to_arrow(),
        }


def _collected(frame: Any) -> Table:
    batches = frame.collect()
    return pa.Table.from_batches(batches, batches[0].schema if batches else frame.schema())


def connect_duckdb() -> duckdb.DuckDBPyConnection:
    """Return DuckDB with its delta extension and two threads."""
    spec = importlib.util.find_spec("duckdb_extension_delta")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("duckdb-extension-delta is not installed")
    extension = next(Path(spec.submodule_search_locations[0]).rglob("*.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": str(THREADS)})
    connection.execute(f"LOAD '{extension}'")
    connection.execute("SET timezone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # it stops a process that has no terminal to draw on
    return connection


def ways(
    query: Query, layout: str, total: int, connection: treadle.Connection, others: Others, floor: Floor, names: Collection[str]
) -> list[Arm]:
    """Return all arms of a query that give the floor's rows; what refuses it or gives other ones is told and left out."""
    sql, numbers = query.sql(layout, total), itertools.count()
    found: dict[str, Callable[[], Table]] = {
        FLOOR: floor.query(query, QUERIES.index(query)),
        OURS: lambda: connection.query(sql).to_arrow(),
        ANEW: lambda: connection.query(f"{sql} -- {next(numbers)}").to_arrow(),
        **others.arms(query),
    }
    wanted = _rows(found[FLOOR](), "ORDER BY" in sql)
    sound: list[Arm] = []
    for name, run in ((one, run) for one, run in found.items() if one in names):
        try:
            rows = _rows(run(), "ORDER BY" in sql)
        except BaseException as refused:  # engines raise what they like, panics too
            if name in (OURS, ANEW, FLOOR) or isinstance(refused, KeyboardInterrupt):
                raise
            print(f"  {name} refuses `{query.name}`: {str(refused).splitlines()[0][:100]}")
            continue
        if rows != wanted:
            told = f"{name} gives other rows for `{query.name}` over {layout}: {rows[:1]} and not {wanted[:1]}"
            if name in (OURS, ANEW):
                raise SystemExit(told)
            print(f"  {told}")
            continue
        sound.append(Arm(name, run))
    return sound


def _rows(table: Table, ordered: bool) -> list[tuple[object, ...]]:
    """Return rows for comparing; sums of floats differ in their last digits from run to run."""
    rows = [tuple(float(f"{v:.10g}") if isinstance(v, float) else v for v in row.values()) for row in table.to_pylist()]
    return rows if ordered else sorted(rows, key=repr)


def cold(root: Path, sql: str) -> float:
    """Return the seconds from opening a project to the last row of its first query, in a process that is up."""
    begun = time.perf_counter()
    with treadle.open(root) as connection:
        connection.query(sql).to_arrow()
    return time.perf_counter() - begun


def run(layout: str, data: Path, total: int, repeats: int, folder: Path, chance: random.Random, names: Collection[str]) -> dict[str, Race]:
    """Race the arms of these names with all queries over one layout, and print medians and ratios."""
    others, floor = Others(data, layout, total), Floor(data, layout, total)
    print(f"\n{layout}: {total:,} rows, partition column {PARTITION[layout]}", flush=True)
    races = {}
    with treadle.open(project(folder, data, layout)) as connection:
        for query in QUERIES:
            arms = ways(query, layout, total, connection, others, floor, names)
            races[query.name] = race(f"{layout}, {query.name}", arms, repeats=repeats, warm=2, quiet=True, order=chance)
    print(_table(races), flush=True)
    first = [cold(project(folder, data, layout), query.sql(layout, total)) for query in QUERIES]
    print(f"  a cold query, median of {len(first)}, opening included: {duration(median(first))}", flush=True)
    return races


def _table(races: Mapping[str, Race]) -> str:
    names = [name for name in ARMS if any(name in one.times for one in races.values())]
    lines = [f"  {'ms':20}" + "".join(f"{name[:12]:>13}" for name in names)]
    for title, one in races.items():
        cells = (f"{one.median(name) * 1000:13.1f}" if name in one.times else f"{'–':>13}" for name in names)
        lines.append(f"  {title:20}" + "".join(cells))
    means = (f"{ratio(races, name, FLOOR):13.2f}" for name in names)
    used = (f"{ratio(races, name, FLOOR, measure=Race.used):13.2f}" for name in names)
    return "\n".join([*lines, f"  {'of the floor':20}" + "".join(means), f"  {'processors':20}" + "".join(used)])


def ratio(
    races: Mapping[str, Race],
    arm: str,
    to: str,
    queries: Sequence[Query] = QUERIES,
    measure: Callable[[Race, str], float] = Race.median,
) -> float:
    """Return the geometric mean of an arm's medians by another's, over queries that both answer; 0 when there are none."""
    both = [races[query.name] for query in queries if {arm, to} <= set(races[query.name].times)]
    return geometric_mean([measure(one, arm) / measure(one, to) for one in both]) if both else 0.0


def verdicts(found: Mapping[str, Mapping[str, Race]]) -> None:
    """Print every goal with what was reached, and each query on which DuckDB stays ahead."""
    selective = [query for query in QUERIES if query.selective]
    metadata = [query for query in QUERIES if query.metadata]
    print("\ngoals (geometric means)")
    for layout, races in found.items():
        times = ratio(races, PROVIDER, OURS, selective)
        if times:
            _goal(f"{layout}: times the provider on selective queries", times, times >= PROVIDER_GOAL, PROVIDER_GOAL)
        over = ratio(races, OURS, FLOOR)
        _goal(f"{layout}: of the floor", over, over <= FLOOR_GOAL, FLOOR_GOAL)
        used = ratio(races, OURS, FLOOR, measure=Race.used)
        _goal(f"{layout}: of the floor, processors' time", used, used <= FLOOR_GOAL, FLOOR_GOAL)
    for name, queries, what in ((POLARS, QUERIES, "on the whole"), (DUCKDB, metadata, "where pruning and metadata decide")):
        means = [one for races in found.values() if (one := ratio(races, OURS, name, queries))]
        if not means:
            continue
        reached = geometric_mean(means)
        _goal(f"of {name} {what}", reached, reached < 1, 1.0)
    print("\nwhere DuckDB is ahead, treadle's time by DuckDB's")
    for layout, races in found.items():
        behind = [(name, one.median(OURS) / one.median(DUCKDB)) for name, one in races.items() if DUCKDB in one.times]
        told = ", ".join(f"{name} {times:.2f}" for name, times in behind if times > 1)
        print(f"  {layout:10}{told or 'nowhere'}")


def _goal(what: str, reached: float, met: bool, goal: float) -> None:
    print(f"  {what:58} {reached:7.2f}  goal {goal:5.2f}: {'met' if met else 'MISSED'}", flush=True)


def main() -> None:
    """Race all layouts and print the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=LAYOUTS)
    parser.add_argument("--arms", nargs="*", choices=ARMS, default=ARMS, help="that run beside the floor")
    parser.add_argument("--data", type=Path, default=ROOT / ".bench", help="where the tables are kept")
    parser.add_argument("--seed", type=int, default=0, help="of the order of running")
    options = parser.parse_args()
    data, chance = tables(options.data, options.rows), random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        found = {
            one: run(one, data, options.rows, options.repeats, Path(folder), chance, {FLOOR, OURS, *options.arms})
            for one in options.layouts
        }
    verdicts(found)
    record("delta", [one for races in found.values() for one in races.values()], rows=options.rows)


if __name__ == "__main__":
    main()
