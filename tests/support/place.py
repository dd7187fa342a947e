"""A folder to spoil: files and tables put in place, commands run on it, and which codes they gave."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from deltalake import write_deltalake

from tests.support.command import Ended, inside


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said: its status, and its diagnostics and typed warnings as they stand in its JSON."""

    ended: Ended
    diagnostics: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]

    @property
    def status(self) -> int:
        """Return the exit status."""
        return self.ended.status

    @property
    def errors(self) -> tuple[dict[str, Any], ...]:
        """Return the diagnostics that are errors."""
        return tuple(one for one in self.diagnostics if one["severity"] == "error")

    @property
    def codes(self) -> set[str]:
        """Return all codes, of diagnostics and of warnings."""
        return {one["code"] for one in (*self.diagnostics, *self.warnings)}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that commands are run in."""

    root: Path

    def file(self, name: str, content: str | bytes = "") -> Path:
        """Write a file, and the folders above it."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def sql(self, text: str) -> Path:
        """Write the project's one SQL file."""
        return self.file("views.sql", text)

    def table(self, name: str = "lake/t", rows: Mapping[str, Any] | None = None, **options: Any) -> Path:
        """Write a Delta table of one column `a` with 1 and 2, or of these rows; options are those of `write_deltalake`."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_deltalake(str(path), pa.table(dict(rows or {"a": [1, 2]})), **options)
        return path

    def treadle(self, *arguments: str, stdin: str = "", **environment: str) -> Said:
        """Run a command with `--json`; a traceback or a fault of treadle's own fails the test."""
        with patch.dict(os.environ, environment):
            ended = inside(self.root, *arguments, "--json", stdin=stdin)
        assert ended.status in (0, 1), f"{arguments}: {ended}"
        assert "Traceback" not in ended.stdout + ended.stderr
        return said(ended)

    def spec(self, *arguments: str) -> dict[str, Any]:
        """Return the specification of a run as JSON."""
        ended = inside(self.root, "spec", *arguments)
        assert ended.status == 0, ended
        found: dict[str, Any] = json.loads(ended.stdout)
        return found

    def run_spec(self, spec: Mapping[str, Any]) -> Said:
        """Run a specification from a file."""
        self.file("spec.json", json.dumps(spec))
        return self.treadle("run", "--spec", "spec.json")


def said(ended: Ended) -> Said:
    """Return what a command's JSON says; commands that print rows or lists say nothing there."""
    try:
        found = json.loads(ended.stdout) if ended.stdout else {}
    except json.JSONDecodeError:
        found = {}
    if not isinstance(found, dict):
        found = {}
    tests = (one for test in found.get("tests", ()) for one in test["diagnostics"])
    return Said(ended, (*found.get("diagnostics", ()), *tests), tuple(found.get("warnings", ())))
