"""Benchmark of `treadle test`: 100 tests of a project of six views, with start-up.

    python -m benchmarks.tests [--repeats 3]

Goal: 100 tests in 10 s on two processors.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.arms import Arm, command, race, record
from benchmarks.projects import tested

TESTS, GOAL = 100, 10.0


def main() -> None:
    """Run the benchmark and keep its numbers."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repeats", type=int, default=3)
    repeats = arguments.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        root = str(tested(Path(folder) / "tested", TESTS))
        arms = [
            Arm("check", command("-m", "treadle", "check", "--project", root)),
            Arm("test", command("-m", "treadle", "test", "--project", root), GOAL),
            Arm("test --jobs 1", command("-m", "treadle", "test", "--project", root, "--jobs", "1")),
        ]
        record("tests", [race(f"{TESTS} tests, commands with start-up", arms, repeats=repeats)])


if __name__ == "__main__":
    main()
