"""Benchmark of joins by order: points in ranges, overlaps, ASOF, best rows, beside plain DataFusion, DuckDB and Polars.

    python -m benchmarks.joins [--repeats 3] [--cases ranges] [--scale 1]

Rows are counted and summed, so that every arm makes every pair. A plain arm that compares all pairs runs on fewer
rows, as its name says, and its time is multiplied by the pairs left out. Goals: 20 times plain DataFusion without an
equality beside the range, 3 times with one, and ahead of DuckDB in the geometric mean.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import duckdb
import numpy as np
import polars
import pyarrow as pa
from datafusion import SessionConfig, SessionContext

import treadle
from benchmarks.arms import Arm, Race, duration, race, record
from benchmarks.nearest import asof_cases, dedupe_cases

TREADLE, PLAIN, DUCKDB, POLARS = "treadle", "datafusion", "DuckDB", "Polars"
POINTS, SPANS, GROUPS = 200_000, 40_000, 100
PAIRS_AT_ONCE = 400_000_000
"""How many pairs plain DataFusion compares at most in one run of its arm."""


@dataclass(frozen=True, slots=True)
class Case:
    """One query over some frames.

    Args:
        name: says what is joined.
        frames: by the name that the query reads them under.
        sql: the query that treadle runs.
        goal: how many times faster than plain DataFusion treadle should be.
        plain: what DataFusion runs; the same query by default, None where it can't.
        duck: what DuckDB runs; the same query by default.
        polars: what Polars does, None where it can't.
        compared: pairs that the plain form compares; more than `PAIRS_AT_ONCE` run on a part of the rows.
        part: the frame of which plain DataFusion then reads a part.
    """

    name: str
    frames: Mapping[str, pa.Table]
    sql: str
    goal: float
    plain: str | None = ""
    duck: str = ""
    polars: Callable[[Mapping[str, polars.DataFrame]], object] | None = None
    compared: int = 0
    part: str = ""


def range_frames(scale: float, length: int, groups: int, skew: bool) -> dict[str, pa.Table]:
    """Return points and spans over as many places as there are points.

    Args:
        scale: of the numbers of rows.
        length: of spans on average.
        groups: of the equality; 1 for none.
        skew: a twentieth of the points in one place, and three spans that cover everything.
    """
    made, points, spans = np.random.default_rng(7), int(POINTS * scale), int(SPANS * scale)
    at, lo = made.integers(0, points, points), made.integers(0, points, spans)
    hi = lo + made.integers(0, 2 * length + 1, spans)
    if skew:
        at[: points // 20] = points // 3
        lo[:3], hi[:3] = 0, points
    narrow = made.integers(0, max(length // 4, 2), points)
    return {
        "p": pa.table({"at": at, "until": at + narrow, "g": made.integers(0, groups, points), "v": made.integers(0, 1000, points)}),
        "s": pa.table({"lo": lo, "hi": hi, "g": made.integers(0, groups, spans), "w": made.integers(0, 1000, spans)}),
    }


def range_cases(scale: float) -> list[Case]:
    """Return points in ranges and overlaps, dense and sparse, with and without an equality and skew."""
    cases = []
    for skew in (False, True):
        for groups, length in ((1, 500), (1, 25), (GROUPS, 5000), (GROUPS, 250)):
            frames = range_frames(scale, length, groups, skew)
            words = f"{'skewed, ' if skew else ''}spans of {length:,}{f', {groups} groups' if groups > 1 else ''}"
            cases.append(_range_case(f"points in ranges: {words}", frames, groups, "p.at >= s.lo", "p.at < s.hi"))
            if length <= 250:
                cases.append(_range_case(f"overlaps: {words}", frames, groups, "p.at < s.hi", "s.lo < p.until"))
    return cases


def _range_case(name: str, frames: Mapping[str, pa.Table], groups: int, *tests: str) -> Case:
    keys = ["p.g = s.g"] if groups > 1 else []
    sql = f"SELECT count(*) AS pairs, sum(p.v + s.w) AS total FROM p JOIN s ON {' AND '.join([*tests, *keys])}"
    lower = "at" if "p.at >= s.lo" in tests else "until"

    def in_polars(known: Mapping[str, polars.DataFrame]) -> object:
        col = polars.col
        starts = col("at") >= col("lo") if lower == "at" else col("lo") < col("until")
        matched = [starts, col("at") < col("hi"), *([col("g") == col("g_right")] if groups > 1 else [])]
        joined = known["p"].lazy().join_where(known["s"].lazy(), *matched)
        return joined.select(polars.len(), (col("v") + col("w")).sum()).collect()

    compared = frames["p"].num_rows * frames["s"].num_rows // groups
    return Case(name, frames, sql, 3 if groups > 1 else 20, polars=in_polars, compared=compared, part="p")


CASES: dict[str, Callable[[float], Sequence[Case]]] = {"ranges": range_cases, "asof": asof_cases, "dedupe": dedupe_cases}
"""Families of cases by the name that the command line takes; each gives its cases at a scale."""


def arms(case: Case) -> tuple[list[Arm], float]:
    """Return the ways of running a case, treadle first, and by how much the plain one's time is to be multiplied."""
    connection = treadle.connect()
    for name, frame in case.frames.items():
        connection.register(name, frame)
    ways = [Arm(TREADLE, lambda: connection.query(case.sql).to_arrow())]
    share = min(PAIRS_AT_ONCE / case.compared, 1.0) if case.compared else 1.0
    if case.plain is not None:
        ways.append(Arm(PLAIN, _in_datafusion(case, share)))
    ways.append(Arm(DUCKDB, _in_duckdb(case)))
    if case.polars is not None:
        known = {name: polars.from_arrow(frame) for name, frame in case.frames.items()}
        ways.append(Arm(POLARS, lambda: case.polars(known)))  # type: ignore[misc, arg-type]
    return ways, 1 / share


def _in_datafusion(case: Case, share: float) -> Callable[[], object]:
    context = SessionContext(SessionConfig().with_target_partitions(os.cpu_count() or 1))
    for name, frame in case.frames.items():
        read = frame.slice(0, int(frame.num_rows * share)) if name == case.part else frame
        batches = read.to_batches(max_chunksize=8192)
        context.register_record_batches(name, [batches[::2], batches[1::2] or batches[:0]])
    return lambda: context.sql(case.plain or case.sql).collect()


def _in_duckdb(case: Case) -> Callable[[], object]:
    connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
    for name, frame in case.frames.items():
        connection.register("given", frame)
        connection.execute(f"CREATE TABLE {name} AS FROM given")
    return lambda: connection.execute(case.duck or case.sql).to_arrow_table()


def run(case: Case, repeats: int) -> tuple[Race, dict[str, float]]:
    """Race a case, print it with its goal, and return it with each arm's seconds for all rows."""
    ways, factor = arms(case)
    result = race(case.name, ways, repeats=repeats)
    seconds = {name: result.median(name) * (factor if name == PLAIN else 1) for name in result.times}
    if PLAIN in seconds:
        times = seconds[PLAIN] / seconds[TREADLE]
        shown = f" on 1/{factor:.0f} of the rows, so {duration(seconds[PLAIN])} for all" if factor > 1 else ""
        print(f"  {PLAIN}{shown}: {times:.1f} times treadle, goal {case.goal:g}: {'met' if times >= case.goal else 'MISSED'}", flush=True)
    return result, seconds


def main() -> None:
    """Run the cases that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    options = parser.parse_args()
    begun = time.perf_counter()
    races: list[Race] = []
    for family in options.cases:
        ratios = []
        for case in CASES[family](options.scale):
            result, seconds = run(case, options.repeats)
            races.append(result)
            ratios.append(seconds[DUCKDB] / seconds[TREADLE])
        mean = geometric_mean(ratios)
        met = "met" if mean > 1 else "MISSED"
        print(f"\n{family}: DuckDB takes {mean:.2f} of treadle's time in the geometric mean, goal above 1: {met}", flush=True)
    record("joins", races, scale=options.scale, seconds=time.perf_counter() - begun)


if __name__ == "__main__":
    main()
