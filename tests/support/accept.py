"""Expected outputs as files: compared as they are, rewritten when a person accepts a difference."""

from __future__ import annotations

import difflib
from pathlib import Path


def expect_text(path: Path, actual: str, accept: bool) -> None:
    """Assert that a file holds exactly this text; with `accept`, write it and print the difference."""
    expected = path.read_text("utf-8") if path.exists() else ""
    if expected == actual:
        return
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="")
    difference = "\n".join(lines)
    if not accept:
        raise AssertionError(f"{path.name} differs (`make accept` takes it over, after you read it):\n{difference}")
    print(f"{path}:\n{difference}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(actual, "utf-8", newline="\n")
