"""Owns the events of a run on stderr under `--log-format json`: stages as they go, warnings, the end; one object a line."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from .console import Console

if TYPE_CHECKING:
    from ..receipt import Receipt

ROWS_EVERY_SECONDS = 5.0


class LoggedProgress:
    """Implements `runtime.progress.Progress` with events: `stage_started`, `stage_rows`, `stage_done`, `message`."""

    def __init__(self, console: Console) -> None:
        """Write to a console's log."""
        self._console = console
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}

    def __enter__(self) -> LoggedProgress:
        """Return itself: there is nothing to open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Do nothing: every event is written already."""

    def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
        """Tell that a stage starts."""
        self._log("stage_started", stage=name, kind=kind, number=index, of=total)
        self._told[name] = time.monotonic()

    def on_rows(self, name: str, rows: int, bytes: int) -> None:
        """Tell how far a long stage is, every few seconds."""
        now = time.monotonic()
        if now - self._told.get(name, now) >= ROWS_EVERY_SECONDS:
            self._told[name] = now
            self._log("stage_rows", stage=name, rows=rows, bytes=bytes)

    def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
        """Tell how a stage ended."""
        self._log("stage_done", "error" if state == "failed" else "info", stage=name, state=state, rows=rows, seconds=round(seconds, 6))

    def on_message(self, name: str, text: str) -> None:
        """Tell what else is worth knowing."""
        self._log("message", stage=name, text=text)

    def _log(self, event: str, level: str = "info", **facts: object) -> None:
        with self._lock:
            self._console.log(event, level, **facts)


def log_receipt(console: Console, receipt: Receipt) -> None:
    """Write a run's warnings, its outputs and its end."""
    log_warnings(console, receipt)
    for output in receipt.outputs:
        facts = output.model_dump(mode="json", exclude={"preview"})
        console.log("output", "error" if output.state == "failed" else "info", **facts)
    ended = {"run": receipt.run_id, "status": receipt.status, **receipt.totals.model_dump(mode="json")}
    console.log("run_finished", "info" if receipt.status == "done" else "error", **ended)


def log_warnings(console: Console, receipt: Receipt) -> None:
    """Write a run's typed warnings."""
    for warning in receipt.warnings:
        console.log("warning", "warning", **warning.model_dump(mode="json"))
