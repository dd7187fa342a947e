"""Owns the display of a run while it goes on: stages done, rows so far, on stderr, on terminals only.

It appears when a run takes longer than a moment, so short runs stay quiet, and it leaves nothing behind.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from .console import Console
from .text import clip, visible

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

DELAY_SECONDS = 0.4
REFRESH_SECONDS = 0.1
NAME_WIDTH = 32


class TerminalProgress:
    """Implements `runtime.progress.Progress` with a bar over all stages and a line for each that is running."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet; `with` starts the clock."""
        self._console = console
        self._enabled = console.stderr.isatty() and not console.json
        self._lock = threading.RLock()
        self._timer = threading.Timer(DELAY_SECONDS, self._appear)
        self._timer.daemon = True
        self._bars: Bars | None = None
        self._overall: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._running: dict[str, str] = {}
        self._shown_at: dict[str, float] = {}
        self._done, self._total = 0, 0

    def __enter__(self) -> TerminalProgress:
        """Start the clock after which the display appears."""
        if self._enabled:
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Take the display away."""
        self.hide()

    def hide(self) -> None:
        """Take the display away, since something is about to be printed; it does not come back."""
        self._timer.cancel()
        with self._lock:
            self._enabled = False
            if self._bars is not None:
                self._bars.stop()

    def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
        """Take note of a stage that starts."""
        with self._lock:
            self._total = total
            self._running[name] = {"write": "writing", "shared": "computing"}.get(kind, "reading")
            self._begin(name)

    def on_rows(self, name: str, rows: int, bytes: int) -> None:
        """Show rows and bytes so far, ten times a second at most."""
        now = time.monotonic()
        if self._bars is None or now - self._shown_at.get(name, 0.0) < REFRESH_SECONDS:
            return
        with self._lock:
            self._shown_at[name] = now
            if self._bars is not None and name in self._tasks:
                self._bars.update(self._tasks[name], note=f"{rows:,} rows, {bytes / 1e6:,.1f} MB")

    def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
        """Count a stage that ended."""
        with self._lock:
            self._done += 1
            self._running.pop(name, None)
            if self._bars is not None:
                if name in self._tasks:
                    self._bars.remove_task(self._tasks.pop(name))
                if self._overall is not None:
                    self._bars.update(self._overall, completed=self._done, total=self._total)

    def on_message(self, name: str, text: str) -> None:
        """Print a line above the bars, or on its own before they appear."""
        with self._lock:
            line = visible(f"{name}: {text}")
            if self._bars is not None:
                self._bars.console.print(line, markup=False, highlight=False)
            elif self._enabled:
                self._console.say(line)

    def _appear(self) -> None:
        with self._lock:
            if not self._enabled or self._bars is not None:
                return
            self._bars = bars(self._console)
            self._overall = self._bars.add_task("stages", total=self._total or None, completed=self._done, note="")
            for name in self._running:
                self._begin(name)
            self._bars.start()

    def _begin(self, name: str) -> None:
        if self._bars is not None and name not in self._tasks:
            label = f"{self._running[name]} {clip(visible(name), NAME_WIDTH)}"
            self._tasks[name] = self._bars.add_task(label, total=None, note="")
            if self._overall is not None:
                self._bars.update(self._overall, total=self._total)


def bars(console: Console) -> Bars:
    """Return bars on stderr that leave nothing behind."""
    from rich.console import Console as Screen
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    screen = Screen(file=console.stderr, highlight=False)
    name, note = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[note]}", markup=False)
    columns = (name, BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), note)
    return Progress(*columns, console=screen, transient=True)
