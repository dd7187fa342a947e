"""The display of a run while it goes on: on terminals only, only when a run takes long, and gone at its end."""

from __future__ import annotations

import io
import time

import pytest

from treadle.runtime.cli import progress
from treadle.runtime.cli.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _run(stream: io.StringIO, seconds: float) -> str:
    with progress.TerminalProgress(Console(io.StringIO(), stream)) as shown:
        shown.on_stage("late_by_day", "write", 1, 2)
        shown.on_rows("late_by_day", 1_234_567, 8_000_000)
        time.sleep(seconds)
        shown.on_rows("late_by_day", 2_345_678, 9_000_000)
        shown.on_message("late_by_day", "spilled to disk")
        time.sleep(0.25 if seconds else 0)
        shown.on_done("late_by_day", "done", 2_345_678, seconds)
    return stream.getvalue()


def test_long_runs_are_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.01)
    text = _run(Terminal(), 0.2)
    for part in ("stages", "writing late_by_day", "2,345,678 rows, 9.0 MB", "late_by_day: spilled to disk"):
        assert part in text


def test_short_runs_stay_quiet() -> None:
    assert _run(Terminal(), 0.0) == "late_by_day: spilled to disk\n"


def test_nothing_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.01)
    assert _run(io.StringIO(), 0.1) == ""
