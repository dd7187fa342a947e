"""Functions in Python beside the kernels that they call: vectorised, strict, row by row, over two million rows.

Run it with `python benchmarks/functions.py`. Every arm sums the same column; the ratios are to the first arm,
which calls the pyarrow kernels directly on the same arrays, a batch at a time as the engine does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

import treadle

ROWS = 2_000_000
BATCH = 8192
TURNS = 5
NAMES = ("lat1", "lon1", "lat2", "lon2")
TYPES = dict.fromkeys(NAMES, "DOUBLE")


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


def directly(table: pa.Table) -> float:
    """Return the sum of all distances by the kernels alone."""
    batches = table.to_batches(BATCH)
    return float(sum(pc.sum(haversine(*batch.columns)).as_py() for batch in batches))


def best(work: Callable[[], object]) -> float:
    """Return the least of some times, in seconds."""
    times = []
    for _ in range(TURNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Print the arms side by side."""
    numbers = pa.array([(i * 37 % 18000) / 100 - 90 for i in range(ROWS)])
    table = pa.table([numbers, pc.negate(numbers), pc.multiply(numbers, 0.5), pc.multiply(numbers, 0.25)], names=NAMES)
    connection = treadle.connect()
    connection.register("t", table)
    for name, strict in (("vectorised", False), ("strict", True)):
        made = treadle.function(name=name, arguments=TYPES, returns="DOUBLE", vectorized=True, strict=strict, volatility="immutable")
        connection.register_function(made(haversine))
    connection.register_function(treadle.function(volatility="immutable")(one_by_one))
    arms: dict[str, Callable[[], object]] = {"pyarrow directly": lambda: directly(table)}
    for name in ("vectorised", "strict", "one_by_one"):
        arms[name] = lambda name=name: connection.query(f"SELECT sum({name}({', '.join(NAMES)})) AS s FROM t").fetchall()  # type: ignore[misc]
    expected = directly(table)
    first = 0.0
    print(f"{ROWS:,} rows, best of {TURNS}")
    for name, work in arms.items():
        found = work()
        total = found if isinstance(found, float) else found[0][0]  # type: ignore[index]
        assert math.isclose(total, expected, rel_tol=1e-9), (name, total, expected)
        seconds = best(work)
        first = first or seconds
        print(f"{name:18} {seconds * 1000:8.1f} ms  {seconds / first:6.2f} x")


if __name__ == "__main__":
    main()
