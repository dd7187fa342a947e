"""Where compiling spends its time: parsing, binding, and the engine's part of binding, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import treadle
from benchmarks.arms import duration
from treadle.planner.bind import bind
from treadle.runtime.parameters import from_config, provide
from treadle.runtime.workspace import Situation, Workspace


class Stopwatch:
    """Stands before an object and adds up the time that its methods take, those of what they return included."""

    def __init__(self, inner: Any, spent: list[float]) -> None:
        """Take the object, and a list of one number that the seconds are added to."""
        self._inner, self._spent = inner, spent

    def __getattr__(self, name: str) -> Any:
        """Return the object's attribute, methods timed."""
        found = getattr(self._inner, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            result = method(*arguments, **named)
            self._spent[0] += time.perf_counter() - start
            return Stopwatch(result, self._spent) if hasattr(result, "declare") else result

        return call


def check(root: Path) -> None:
    """Check a project from its text, with nothing kept from before."""
    project = treadle.open(root)
    problems = project.check()
    project.close()
    if any(p.severity == "error" for p in problems):
        raise SystemExit(f"the project has errors: {problems[0].message}")


def measure(root: Path) -> Mapping[str, float]:
    """Return the seconds of each part of compiling a project: parse, bind without the engine, engine."""
    from treadle.dialect.diagnostics import Problems
    from treadle.planner.spec import RuleOverlay, RuntimeProfile

    workspace = Workspace(root, True, Situation())
    _, engine = workspace.engine(RuntimeProfile(), RuleOverlay())
    folder = workspace.folder()
    start = time.perf_counter()
    scripts = workspace.scripts(folder)
    parsed = time.perf_counter()
    spent = [0.0]
    provided = provide(from_config(folder.config, None), scripts, Problems())
    bind(scripts, Stopwatch(engine, spent), workspace.lake, provided=provided, frames={})
    bound = time.perf_counter()
    workspace.close()
    return {"parse": parsed - start, "bind": bound - parsed - spent[0], "engine": spent[0]}


def table(shares: Mapping[str, float]) -> str:
    """Return the shares as text, a line each."""
    whole = sum(shares.values())
    return "\n".join(f"  of which {name:7} {duration(seconds):>10}  {seconds / whole:4.0%}" for name, seconds in shares.items())
