"""Benchmark of what constraints cost a run that writes two million rows.

    python -m benchmarks.expectations [--rows 2000000] [--repeats 3]

Row conditions are columns of the very query that is written and should cost less than a tenth more; UNIQUE
and PRIMARY KEY … CHECKED group all staged rows once more.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

import treadle
from benchmarks.arms import Arm, race, record

ARMS = {
    "no constraint": "",
    "two row conditions": "CONSTRAINT a EXPECT (x >= 0) CONSTRAINT b EXPECT (name IS NOT NULL AND k < 5000)",
    "a condition that drops": "CONSTRAINT a EXPECT (k <> 7) ON VIOLATION DROP",
    "aggregates": "CONSTRAINT a EXPECT (count(*) > 0 AND max(x) < 2)",
    "REFERENCES": "CONSTRAINT a EXPECT REFERENCES keys (k)",
    "UNIQUE": "CONSTRAINT a EXPECT UNIQUE (id)",
    "PRIMARY KEY CHECKED": "PRIMARY KEY (id) CHECKED",
}
SOURCES = "CREATE SOURCE rows FROM DELTA 'lake/rows'; CREATE SOURCE keys FROM DELTA 'lake/keys';"


def build(root: Path, count: int) -> None:
    """Write the rows and the keys that they refer to."""
    numbers = pa.array(range(count), pa.int64())
    k = pc.subtract(numbers, pc.multiply(pc.divide(numbers, 500), 500))
    names = pc.binary_join_element_wise(pa.scalar("name"), pc.cast(k, pa.string()), " ")
    write_deltalake(
        str(root / "lake" / "rows"), pa.table({"id": numbers, "k": k, "x": pc.divide(pc.cast(k, pa.float64()), 500.0), "name": names})
    )
    write_deltalake(str(root / "lake" / "keys"), pa.table({"k": pa.array(range(500), pa.int64())}))


def arm(root: Path, constraint: str) -> Callable[[], object]:
    """Return what writes all rows under a constraint, anew each time."""
    turns = iter(range(1_000_000))

    def run() -> object:
        view = f"CREATE MATERIALIZED VIEW out INTO 'out/t' {constraint} AS SELECT id, k, x, name, {next(turns)} AS turn FROM rows;"
        (root / "views.sql").write_text(SOURCES + view)
        with treadle.open(root) as project:
            done = project.run()
            if done.receipt.status != "done":
                raise SystemExit(str(done.diagnostics))
            return done

    return run


def main() -> None:
    """Run all arms in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), options.rows)
        (Path(folder) / "treadle.toml").write_text("")
        arms = [Arm(name, arm(Path(folder), constraint)) for name, constraint in ARMS.items()]
        done = race(f"a run that writes {options.rows:,} rows", arms, repeats=options.repeats)
    record("expectations", [done], rows=options.rows)


if __name__ == "__main__":
    main()
