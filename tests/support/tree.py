"""Where things lie in this repository, for tests that read the code base itself."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("dialect", "planner", "runtime", "grammar")
CODE = (*LAYERS, "treadle", "tests", "benchmarks", "examples", "docs")


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Return every Python file under these top folders (all of them when none is named), links not followed."""
    found = [p for folder in (folders or CODE) for p in (ROOT / folder).rglob("*.py")]
    return tuple(sorted(p for p in found if not any(q.is_symlink() for q in p.parents if q.is_relative_to(ROOT))))


@cache
def committed_files() -> tuple[Path, ...]:
    """Return what git keeps or is about to keep: tracked and untracked files that no ignore rule hides."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(p for p in (ROOT / name for name in names) if p.is_file() and not p.is_symlink())
