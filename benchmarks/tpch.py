"""Benchmark of TPC-H's 22 queries from Delta tables: treadle beside itself over bare Parquet files, DuckDB and Polars.

    python -m benchmarks.tpch [--scale 1] [--repeats 3] [--queries q01 q06]

treadle over Delta should take at most 1.05 of what it takes over the same rows in Parquet files; the Parquet arm reads
the very files that the Delta tables consist of. DuckDB reads the tables through its delta extension with pinned
snapshots, Polars through `scan_delta`, each opened once. What an arm can't run is told and left out of its sums.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from math import isclose
from pathlib import Path
from statistics import geometric_mean

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import duckdb
import polars
import pyarrow as pa
from deltalake import DeltaTable

import treadle
from benchmarks.arms import ROOT, Arm, Race, duration, race, record
from benchmarks.delta import DUCKDB, POLARS, connect_duckdb
from tests.support import tpch

DELTA, PARQUET = "treadle, Delta", "treadle, Parquet"
GOAL = 1.05


def projects(folder: Path, data: Path) -> Mapping[str, Path]:
    """Return a project over the Delta tables and one over the files that they consist of, two threads each."""
    made = {}
    for name, kind in ((DELTA, "DELTA"), (PARQUET, "PARQUET")):
        made[name] = root = folder / kind
        root.mkdir()
        (root / "treadle.toml").write_text("[profile]\nthreads = 2\n", "utf-8")
        places = {t: str(data / "delta" / t) for t in tpch.TABLES}
        if kind == "PARQUET":
            places = {t: f"{path}/*.parquet" for t, path in places.items()}
        (root / "sources.sql").write_text("".join(f"CREATE SOURCE {t} FROM {kind} '{p}';\n" for t, p in places.items()), "utf-8")
    return made


def quack(data: Path) -> duckdb.DuckDBPyConnection:
    """Return DuckDB with the Delta tables under their names."""
    connection = connect_duckdb()
    for table in tpch.TABLES:
        connection.execute(f"ATTACH '{data}/delta/{table}' AS at_{table} (TYPE delta, PIN_SNAPSHOT)")
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM at_{table}")
    return connection


def arms(sql: str, ours: Mapping[str, treadle.Connection], duck: duckdb.DuckDBPyConnection, bear: polars.SQLContext) -> list[Arm]:  # type: ignore[type-arg]
    """Return the ways of running one query that work and give as many rows as treadle does, which are told otherwise."""
    found: dict[str, Callable[[], pa.Table]] = {
        PARQUET: lambda: ours[PARQUET].query(sql).to_arrow(),
        DELTA: lambda: ours[DELTA].query(sql).to_arrow(),
        DUCKDB: lambda: duck.execute(sql).to_arrow_table(),
        POLARS: lambda: bear.execute(sql, eager=True).to_arrow(),
    }
    wanted = _rows(found[PARQUET]())
    sound = []
    for name, run in found.items():
        try:
            rows = _rows(run())
        except BaseException as refused:  # engines raise what they like, panics too
            if name in ours or isinstance(refused, KeyboardInterrupt):
                raise
            print(f"    {name} refuses it: {str(refused).splitlines()[0][:90]}")
            continue
        if not _alike(rows, wanted):
            print(f"    {name} gives other rows: {rows[:1]} and not {wanted[:1]}")
            continue
        sound.append(Arm(name, run))
    return sound


def _rows(table: pa.Table) -> list[tuple[object, ...]]:
    """Return rows for comparing: numbers as floats, in an order of their own."""
    rows = [tuple(_cell(v) for v in row.values()) for row in table.to_pylist()]
    return sorted(rows, key=lambda row: [f"{v:.2g}" if isinstance(v, float) else str(v) for v in row])


def _cell(value: object) -> object:
    if isinstance(value, int | float | Decimal):
        return float(value)
    return str(value.date() if isinstance(value, datetime) else value).strip()


def _alike(rows: list[tuple[object, ...]], wanted: list[tuple[object, ...]]) -> bool:
    """Say whether rows are equal, but for the scale to which an engine rounds the mean of decimals."""
    if [len(row) for row in rows] != [len(row) for row in wanted]:
        return False
    pairs = [pair for mine, theirs in zip(rows, wanted, strict=True) for pair in zip(mine, theirs, strict=True)]
    return all(isclose(a, b, rel_tol=1e-4) if isinstance(a, float) and isinstance(b, float) else a == b for a, b in pairs)


def verdict(races: Mapping[str, Race]) -> None:
    """Print sums and ratios over the queries that both arms of a ratio run."""
    print("\ntreadle over Delta, by the same queries over …")
    for other in (PARQUET, DUCKDB, POLARS):
        both = [one for one in races.values() if other in one.times]
        if not both:
            continue
        ours, theirs = (sum(one.median(name) for one in both) for name in (DELTA, other))
        mean = geometric_mean([one.median(DELTA) / one.median(other) for one in both])
        goal = f"  goal {GOAL}: {'met' if ours / theirs <= GOAL else 'MISSED'}" if other == PARQUET else ""
        print(f"  {other:18} {len(both):2} queries  sum {duration(ours)} / {duration(theirs)} = {ours / theirs:.3f}, mean {mean:.3f}{goal}")


def main() -> None:
    """Race the queries and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--queries", nargs="+")
    parser.add_argument("--data", type=Path, default=ROOT / ".bench", help="where the tables are kept")
    options = parser.parse_args()
    data, chance = tpch.generate(options.scale, options.data), random.Random(0)
    with tpch.connect() as reference:
        texts = tpch.queries(reference)
    races: dict[str, Race] = {}
    with tempfile.TemporaryDirectory() as folder:
        ours = {name: treadle.open(root) for name, root in projects(Path(folder), data).items()}
        duck = quack(data)
        bear = polars.SQLContext({t: polars.scan_delta(DeltaTable(str(data / "delta" / t))) for t in tpch.TABLES})
        for name, sql in texts.items():
            if options.queries and name not in options.queries:
                continue
            print(f"  {name}", flush=True)
            races[name] = race(f"TPC-H {name}", arms(sql, ours, duck, bear), repeats=options.repeats, quiet=True, order=chance)
            print("   " + "".join(f"  {arm} {duration(races[name].median(arm))}" for arm in races[name].times), flush=True)
        for connection in ours.values():
            connection.close()
    verdict(races)
    record("tpch", list(races.values()), scale=options.scale)


if __name__ == "__main__":
    main()
