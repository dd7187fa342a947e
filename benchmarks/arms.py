"""Measures arms side by side: interleaved repetitions, medians, ratios to the first arm, goals beside them.

The arms of one race run in turns, A B C A B C …, so that a slow moment of the machine hits all of
them; beside the time on the clock stands the processors' time, which a busy machine disturbs less.
Numbers go to the terminal as a table and to `.bench/NAME.json` for comparing over time.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Arm:
    """One thing that is timed; `goal` is what its median should stay under, in seconds."""

    name: str
    run: Callable[[], object]
    goal: float | None = None


@dataclass(slots=True)
class Race:
    """Times of one race in seconds, by arm and in the order of running; ratios refer to the first arm."""

    title: str
    times: dict[str, list[float]]
    cpu: dict[str, list[float]]
    goals: dict[str, float] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Return an arm's median in seconds."""
        return median(self.times[name])

    def used(self, name: str) -> float:
        """Return the median of the processors' time that an arm used, in seconds."""
        return median(self.cpu[name])

    def ratio(self, name: str) -> float:
        """Return the median of an arm's ratios to the first arm of the same turn."""
        base = self.times[next(iter(self.times))]
        return median(t / b for t, b in zip(self.times[name], base, strict=True))

    def as_json(self) -> dict[str, object]:
        """Return times, medians, ratios and goals for the record."""
        names = list(self.times)
        return {"title": self.title, "arms": {name: self._row(name) for name in names}}

    def _row(self, name: str) -> dict[str, object]:
        measured = {"seconds": self.times[name], "cpu": self.cpu[name]}
        return {**measured, "median": self.median(name), "ratio": self.ratio(name), "goal": self.goals.get(name)}


def race(title: str, arms: Sequence[Arm], repeats: int = 5, warm: int = 1, quiet: bool = False, order: random.Random | None = None) -> Race:
    """Run every arm `warm` times unmeasured, then all in turns `repeats` times; print (unless `quiet`) and return the times.

    With `order` each turn has an order of its own.
    """
    for arm in arms:
        for _ in range(warm):
            arm.run()
    times: dict[str, list[float]] = {arm.name: [] for arm in arms}
    cpu: dict[str, list[float]] = {arm.name: [] for arm in arms}
    for _ in range(repeats):
        for arm in arms if order is None else order.sample(arms, len(arms)):
            begun, start = _processor_seconds(), time.perf_counter()
            arm.run()
            times[arm.name].append(time.perf_counter() - start)
            cpu[arm.name].append(_processor_seconds() - begun)
    result = Race(title, times, cpu, {arm.name: arm.goal for arm in arms if arm.goal is not None})
    if not quiet:
        print(table(result), flush=True)
    return result


def _processor_seconds() -> float:
    """Return what this process, its threads and its ended children have used of the processors."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def duration(seconds: float) -> str:
    """Return a time as people read it.

    >>> duration(0.0123)
    '12.3 ms'
    """
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def table(result: Race) -> str:
    """Return a race as text: a line per arm with median, range, ratio and goal."""
    width = max(len(name) for name in result.times)
    lines = [f"\n{result.title}", f"  {'':{width}}  {'median':>10}  {'range':>21}  {'cpu':>10}  {'ratio':>6}"]
    for name, times in result.times.items():
        goal = ""
        if name in result.goals:
            met = "met" if result.median(name) < result.goals[name] else "MISSED"
            goal = f"  goal {duration(result.goals[name])}: {met}"
        spread = f"{duration(min(times))} – {duration(max(times))}"
        clock, cpu = duration(result.median(name)), duration(median(result.cpu[name]))
        lines.append(f"  {name:{width}}  {clock:>10}  {spread:>21}  {cpu:>10}  {result.ratio(name):6.2f}{goal}")
    return "\n".join(lines)


def record(name: str, races: Sequence[Race], **facts: object) -> Path:
    """Write races with what they ran on to `.bench/NAME.json`, and return its path."""
    BENCH.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit, "python": platform.python_version()}
    path = BENCH / f"{name}.json"
    path.write_text(json.dumps({**about, **facts, "races": [r.as_json() for r in races]}, indent=1) + "\n", "utf-8")
    print(f"\nrecorded in {path.relative_to(ROOT)}")
    return path


def command(*arguments: str, cwd: Path | None = None) -> Callable[[], object]:
    """Return an arm's body that runs a program with this interpreter and insists that it succeeds; bytecode is kept, as in use."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run() -> object:
        done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=surroundings, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}{done.stdout}")
        return done.stdout

    return run
