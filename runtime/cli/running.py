"""Owns what the command line does round a run: progress, tracing, the page or the receipt at the end, the exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .console import Console
from .events import LoggedProgress, log_receipt
from .progress import TerminalProgress
from .receipt_page import show_receipt

if TYPE_CHECKING:
    from ...planner.bundle import PlanBundle
    from ..workspace import Workspace

CANCELLED = 130


def run_bundle(console: Console, workspace: Workspace, bundle: PlanBundle) -> int:
    """Run a bundle with progress on stderr, print what became of it, and return the exit status."""
    from ..cancel import interruptible

    with interruptible() as cancel, shown_progress(console) as progress:
        run = workspace.run(bundle, progress, cancel)
    receipt = run.receipt
    if console.json:
        if console.log_json:
            log_receipt(console, receipt)
        console.data(receipt.model_dump_json(indent=2) + "\n")
    else:
        if run.diagnostics:
            console.report(run.diagnostics)
            console.say()
        show_receipt(console, receipt, told=True)
    if receipt.status == "cancelled":
        return CANCELLED
    return 0 if receipt.status == "done" else 1


def shown_progress(console: Console) -> TerminalProgress | LoggedProgress:
    """Return what tells of a run while it goes on: bars on a terminal, events with `--log-format json`."""
    return LoggedProgress(console) if console.log_json else TerminalProgress(console)


@contextmanager
def traced(wanted: bool, console: Console) -> Iterator[None]:
    """Trace what happens inside as `--trace` or `TREADLE_TRACE` ask, and send what is left at the end; raises T6045, T3001."""
    import os

    from ..tracing import SWITCH, configure

    provider = configure("console" if wanted else os.environ.get(SWITCH), console.stderr)
    try:
        yield
    finally:
        if provider is not None:
            provider.shutdown()
