"""Functions beside what they stand for: rewrites and the built-ins written by hand, Python and its kernels, checked arithmetic.

    python -m benchmarks.functions [ROWS]

Rewrites of packs should stay within 1.1 of the fastest expression of built-ins, vectorised functions in Python near the
pyarrow call that they wrap. Every arm of a race gives the same number, which is asserted before it is timed. The ratios are
medians of ratios to the first arm of the same turn; goals are of the least processor time, which other programs disturb
less. Numbers go to `.bench/functions.json`.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

import treadle
from benchmarks.arms import Arm, Race, race, record

ROWS = 2_000_000
BATCH = 8192
GROUPS = 20_000
GOAL = 1.1
NAMES = ("lat1", "lon1", "lat2", "lon2")
TYPES = dict.fromkeys(NAMES, "DOUBLE")

REWRITES: Mapping[str, tuple[str, str]] = {
    "span_len": ("sum(span_len(span_make(n, n + 7)))", "sum(CASE WHEN n IS NOT NULL THEN (n + 7) - n END)"),
    "span_overlaps": (
        "count_if(span_overlaps(span_make(n, n + 7), span_make(m, m + 9)))",
        "count(CASE WHEN n < m + 9 AND m < n + 7 THEN 1 END)",
    ),
    "cdf_is_upsert": ("count_if(cdf_is_upsert(kind))", "count(CASE WHEN kind IN ('insert', 'update_postimage') THEN 1 END)"),
    "iff": ("sum(iff(n > 50, n, m))", "sum(CASE WHEN n > 50 THEN n ELSE m END)"),
    "zeroifnull": ("sum(zeroifnull(n))", "sum(coalesce(n, 0))"),
    "div0": ("sum(div0(x, y))", "sum(CASE WHEN y = 0 THEN 0 ELSE x / y END)"),
    "utf8_null_if_blank": ("count(utf8_null_if_blank(s))", r"count(CASE WHEN regexp_like(s, '\S') THEN s END)"),
    "charindex": ("sum(charindex('7', s))", "sum(strpos(s, '7'))"),
    "year": ("sum(year(d))", "sum(date_part('year', d))"),
    "last_day": (
        "max(last_day(d))",
        "max(CAST(date_trunc('month', d) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE))",
    ),
    "list_unique_sorted": ("sum(array_length(list_unique_sorted(l)))", "sum(array_length(array_sort(array_distinct(array_compact(l)))))"),
    "count_if": ("count_if(n > 50)", "count(CASE WHEN n > 50 THEN 1 END)"),
    "arg_max": (
        "arg_max(n, x)",
        "first_value(CASE WHEN x IS NOT NULL THEN n END ORDER BY x DESC NULLS LAST) IGNORE NULLS",
    ),
}
"""A function of a pack in use, and the same by built-ins."""


def haversine(lat1: pa.Array, lon1: pa.Array, lat2: pa.Array, lon2: pa.Array) -> pa.Array:
    """Return great-circle distances in kilometres (R. W. Sinnott, Sky and Telescope 68, 1984)."""
    a, b, c, d = (pc.multiply(one, math.pi / 180) for one in (lat1, lon1, lat2, lon2))
    across = pc.power(pc.sin(pc.divide(pc.subtract(c, a), 2.0)), 2.0)
    along = pc.power(pc.sin(pc.divide(pc.subtract(d, b), 2.0)), 2.0)
    return pc.multiply(pc.asin(pc.sqrt(pc.add(across, pc.multiply(pc.multiply(pc.cos(a), pc.cos(c)), along)))), 12742.0)


def one_by_one(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return one distance."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    inner = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(inner))


def spread(x: pa.ListArray) -> pa.Array:
    """Return for each list the sum of squares of its values."""
    squares = pa.table({"at": pc.list_parent_indices(x), "square": pc.multiply(pc.list_flatten(x), pc.list_flatten(x))})
    found = squares.group_by("at", use_threads=False).aggregate([("square", "sum")])
    return found["square_sum"].combine_chunks().take(pc.sort_indices(found["at"].combine_chunks()))


def directly(table: pa.Table) -> float:
    """Return the sum of all distances by the kernels alone, a batch at a time as the engine does."""
    return float(sum(pc.sum(haversine(*batch.columns)).as_py() for batch in table.to_batches(BATCH)))


def rows(count: int) -> pa.Table:
    """Return the table of the rewrites, without chance: whole numbers, fractions, texts, days, lists, kinds of changes."""
    n = pa.array([None if i % 97 == 0 else i * 37 % 101 for i in range(count)], pa.int64())
    kinds = ("insert", "delete", "update_preimage", "update_postimage")
    return pa.table(
        {
            "n": n,
            "m": pa.array([i * 53 % 89 for i in range(count)], pa.int64()),
            "x": pa.array([i * 7919 % 2_000_003 / 7 for i in range(count)]),
            "y": pa.array([float(i % 5) for i in range(count)]),
            "s": pa.array(["  " if i % 11 == 0 else f"row {i * 31 % 1009}" for i in range(count)]),
            "d": pa.array([i % 20_000 for i in range(count)], pa.int32()).cast(pa.date32()),
            "l": pa.array([[i % 3, i % 5, None, i % 3] for i in range(count)], pa.list_(pa.int64())),
            "kind": pa.array([kinds[i % 4] for i in range(count)]),
            "k": pa.array([i * 7919 % GROUPS for i in range(count)], pa.int64()),
        }
    )


def asked(connection: treadle.Connection | treadle.Project, sql: str) -> Callable[[], object]:
    """Return an arm's body that asks for one value."""
    return lambda: connection.query(sql).fetchall()[0][0]


def compared(title: str, arms: Mapping[str, Callable[[], object]], goals: Mapping[str, float], repeats: int = 5) -> Race:
    """Race arms that give one number, after holding them to each other; goals are ratios to the first arm."""
    wanted: object = None
    for name, run in arms.items():
        found = run()
        wanted = found if wanted is None else wanted
        same = math.isclose(found, wanted, rel_tol=1e-9) if isinstance(found, float) and isinstance(wanted, float) else found == wanted
        assert same, (title, name, found, wanted)
    result = race(title, [Arm(name, run) for name, run in arms.items()], repeats=repeats)
    for name, goal in goals.items():
        ratio = min(result.cpu[name]) / min(result.cpu[next(iter(arms))])
        print(f"  {name}: {ratio:.2f} of {next(iter(arms))} in processor time, goal {goal:.2f}{'' if ratio <= goal else '  MISSED'}")
    return result


def rewrites(count: int) -> Iterator[Race]:
    """Race functions of packs against built-ins written by hand, through the same door."""
    with treadle.connect() as connection:
        connection.register("t", rows(count))
        for name, (ours, by_hand) in REWRITES.items():
            arms = {"by hand": asked(connection, f"SELECT {by_hand} AS v FROM t"), name: asked(connection, f"SELECT {ours} AS v FROM t")}
            yield compared(f"rewrite: {name}", arms, {name: GOAL})


def in_python(count: int) -> Iterator[Race]:
    """Race functions in Python against the kernels that they call, and aggregates over many groups."""
    numbers = pa.array([(i * 37 % 18000) / 100 - 90 for i in range(count)])
    table = pa.table([numbers, pc.negate(numbers), pc.multiply(numbers, 0.5), pc.multiply(numbers, 0.25)], names=NAMES)
    with treadle.connect() as connection:
        connection.register("t", table)
        connection.register("g", rows(count))
        for name, strict in (("vectorised", False), ("strict", True)):
            made = treadle.function(name=name, arguments=TYPES, returns="DOUBLE", vectorized=True, strict=strict, volatility="immutable")
            connection.register_function(made(haversine))
        connection.register_function(treadle.function(volatility="immutable")(one_by_one))
        calls = {name: f"SELECT sum({name}({', '.join(NAMES)})) AS s FROM t" for name in ("vectorised", "strict", "one_by_one")}
        arms: dict[str, Callable[[], object]] = {"pyarrow directly": lambda: directly(table)}
        yield compared(
            "Python: one row, one value", arms | {name: asked(connection, sql) for name, sql in calls.items()}, {"vectorised": GOAL}
        )
        squares = treadle.aggregate(vectorized=True, arguments={"x": "DOUBLE"}, returns="DOUBLE", volatility="immutable")
        connection.register_function(squares(spread))
        grouped = {"built-in": "sum(x * x)", "spread": "spread(x)"}
        queries = {name: f"SELECT sum(v) AS s FROM (SELECT {call} AS v FROM g GROUP BY k) AS q" for name, call in grouped.items()}
        yield compared(f"Python: {GROUPS:,} groups", {name: asked(connection, sql) for name, sql in queries.items()}, {})


def checked(count: int) -> Iterator[Race]:
    """Race arithmetic that wraps against arithmetic that is checked, and against decimals."""
    with tempfile.TemporaryDirectory() as folder:
        plain, strict = (Path(folder) / name for name in ("plain", "strict"))
        for root, rules in ((plain, ""), (strict, "[rules]\nadd = ['checked_arithmetic']\n")):
            root.mkdir()
            (root / "treadle.toml").write_text(rules)
            (root / "one.sql").write_text("CREATE VIEW one AS SELECT 1 AS one;")
        with treadle.open(plain) as wraps, treadle.open(strict) as checks:
            for project in (wraps, checks):
                project.register("t", rows(count))
            for call, exact in (
                ("n + m", "CAST(n AS DECIMAL(38, 0)) + m"),
                ("n * m - 3", "CAST(n AS DECIMAL(38, 0)) * m - 3"),
                ("n * 100 + m", "CAST(n AS DECIMAL(38, 0)) * 100 + m"),
            ):
                sql = f"SELECT max({call}) AS v FROM t"
                arms = {
                    "wraps": asked(wraps, sql),
                    "checked": asked(checks, sql),
                    "decimals": asked(wraps, f"SELECT CAST(max({exact}) AS BIGINT) AS v FROM t"),
                }
                yield compared(f"arithmetic: {call}", arms, {})


def main(count: int) -> None:
    """Run all races and record them."""
    races = [*rewrites(count), *in_python(count), *checked(count)]
    print(f"\nwritten to {record('functions', races, rows=count)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
