"""Owns what the command line does round a run of tests: progress, the page or JSON, the report in XML, the exit status."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from .console import Console
from .progress import DELAY_SECONDS, bars
from .running import CANCELLED
from .test_page import failure_lines, show_report
from .text import Paint

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from ..testing.outcome import Outcome
    from ..workspace import Workspace

JUNIT_WIDTH = 100


def test_project(
    console: Console,
    workspace: Workspace,
    words: Sequence[str],
    pattern: str | None,
    *,
    fail_fast: bool,
    jobs: int | None,
    junit: str | None,
) -> int:
    """Run a project's tests with progress on stderr, print what they came to, and return the exit status."""
    from ..cancel import interruptible
    from ..testing.junit import write_junit
    from ..testing.testing import Wanted, run_tests

    with interruptible() as cancel, Counting(console) as counting:
        report = run_tests(workspace, Wanted(words, pattern, fail_fast, jobs), cancel=cancel, done=counting.on_done)
    if junit is not None:
        details = {one.name: "\n".join(failure_lines(one, JUNIT_WIDTH, Paint(False))) for one in report if one.diagnostics}
        write_junit(report, Path(junit), workspace.folder().name, details)
    if console.json:
        console.print_json(report.as_json())
    else:
        show_report(console, report)
    if report.cancelled:
        return CANCELLED
    return 0 if report.passed else 1


class Counting:
    """A bar over all tests, on terminals only, once they take longer than a moment; it leaves nothing behind."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet; `with` starts the clock."""
        self._console = console
        self._enabled = console.stderr.isatty() and not console.json
        self._lock = threading.Lock()
        self._timer = threading.Timer(DELAY_SECONDS, self._appear)
        self._timer.daemon = True
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._done, self._failed, self._total = 0, 0, 0

    def on_done(self, outcome: Outcome, total: int) -> None:
        """Count a test that ended."""
        with self._lock:
            self._done, self._total = self._done + 1, total
            self._failed += not outcome.passed
            if self._bars is not None and self._task is not None:
                self._bars.update(self._task, completed=self._done, total=total, note=self._note())

    def _note(self) -> str:
        return f"✗ {self._failed}" if self._failed else ""

    def _appear(self) -> None:
        with self._lock:
            if self._enabled and self._bars is None:
                self._bars = bars(self._console)
                self._task = self._bars.add_task("tests", total=self._total or None, completed=self._done, note=self._note())
                self._bars.start()

    def __enter__(self) -> Counting:
        """Start the clock after which the bar appears."""
        if self._enabled:
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        self._timer.cancel()
        with self._lock:
            self._enabled = False
            if self._bars is not None:
                self._bars.stop()
