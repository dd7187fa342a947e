"""Benchmark of compiling: 200 and 1,000 layered views, a diamond of 30 layers, and starting.

    python -m benchmarks.compile [--repeats 3] [--small]

Goals, start-up included: 200 views checked in 1.5 s, 1,000 in 6 s, 200 formatted in 2 s, `--help` within 150 ms of `python -c pass`.
Floors beside them: raw `sqlglot.parse`, and the engine planning the same SQL.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import floors, shares
from benchmarks.arms import Arm, Race, command, duration, race, record
from benchmarks.projects import diamond, layered

HELP_GOAL = 0.150
CHECK_GOALS = {200: 1.5, 1000: 6.0}
FORMAT_GOALS = {200: 2.0}


def compiling(folder: Path, layers: int, width: int, repeats: int) -> list[Race]:
    """Race `check` and `plan` of one layered project with its floors, and print the shares of an in-process check."""
    views = layers * width
    root = layered(folder / str(views), layers, width)
    project = str(root)
    result = race(
        f"{views} views, commands with start-up",
        [
            Arm("check", command("-m", "treadle", "check", "--project", project), CHECK_GOALS.get(views)),
            Arm("plan", command("-m", "treadle", "plan", "--project", project)),
            Arm("fmt --diff", command("-m", "treadle", "fmt", "--diff", "--project", project), FORMAT_GOALS.get(views)),
        ],
        repeats=repeats,
        warm=1,
    )
    texts = [path.read_text("utf-8") for path in sorted(root.glob("*.sql"))]
    inside = race(
        f"{views} views, in this process, with floors",
        [
            Arm("floor: sqlglot.parse", lambda: floors.parse(texts)),
            Arm("floor: engine plans each view", lambda: floors.plan(root, layers, width)),
            Arm("treadle check", lambda: shares.check(root)),
        ],
        repeats=repeats,
    )
    print(shares.table(shares.measure(root)), flush=True)
    return [result, inside]


def starting(repeats: int) -> Race:
    """Race `treadle --help` against an empty interpreter."""
    arms = [Arm("python -c pass", command("-c", "pass")), Arm("treadle --help", command("-m", "treadle", "--help"))]
    result = race("starting", arms, repeats=repeats * 4)
    added = result.median("treadle --help") - result.median("python -c pass")
    print(f"  --help adds {duration(added)}, goal {duration(HELP_GOAL)}: {'met' if added < HELP_GOAL else 'MISSED'}")
    return result


def main() -> None:
    """Run all races; `--small` leaves out the 1,000 views."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="200 views only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        races = [starting(options.repeats), *compiling(folder, 10, 20, options.repeats)]
        if not options.small:
            races += compiling(folder, 10, 100, options.repeats)
        deep = diamond(folder / "diamond", 30)
        arms = [Arm("plan", command("-m", "treadle", "plan", "--project", str(deep)))]
        races.append(race("a diamond of 30 layers", arms, repeats=1, warm=0))
    record("compile", races)


if __name__ == "__main__":
    main()
