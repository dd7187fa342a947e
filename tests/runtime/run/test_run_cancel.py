"""Cancelling a run: within a second, tables as they were, nothing committed afterwards, a receipt that says so."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.support.bundles import Bench
from treadle.planner.bundle import Stage
from treadle.runtime.cancel import Cancel, Cancelled, interruptible
from treadle.runtime.run import Run
from treadle.runtime.store import ReceiptStore

SECOND = 1.3  # a second, and some room for a machine that does other things as well

# Hours of work, in three shapes: rows all the time, one row at the very end, a sort before any
# row. One side is small, since the engine looks at nothing while it joins a batch to all of it.
PAIRS = "FROM generate_series(1, 20000) AS a CROSS JOIN generate_series(1, 1000000000) AS b"
LONG = {
    "streams": f"SELECT a.value AS x, b.value AS y {PAIRS}",
    "aggregates": f"SELECT sum(a.value % 7 * b.value) AS x {PAIRS}",
    "sorts": f"SELECT a.value % 1000 AS x, b.value AS y {PAIRS} ORDER BY 1",
}


def stages(at: Bench, shape: str) -> tuple[Stage, ...]:
    first = at.stage("first", "write", 'SELECT "id" FROM "r0"', [at.delta("r0", "flights")])
    long = at.stage("long", "write", LONG[shape])
    last = at.stage("last", "write", 'SELECT "origin" FROM "r0"', [at.delta("r0", "flights")])
    return first, long, last


def check(at: Bench, done: Run, began: float) -> None:
    assert time.monotonic() - began < SECOND
    assert done.finished and done.receipt.status == "cancelled"
    assert {one.view: one.state for one in done.receipt.outputs} == {"first": "written", "long": "cancelled", "last": "not run"}
    assert (at.version("first"), at.version("long"), at.version("last")) == (0, None, None)
    time.sleep(0.7)
    assert (at.version("first"), at.version("long"), at.version("last")) == (0, None, None)


class WhenItRuns:
    """Progress that does something a moment after the long stage began."""

    def __init__(self, what: str, act: object) -> None:
        self.what, self.act, self.began = what, act, 0.0

    def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
        if name == self.what:
            threading.Timer(0.4, self._act).start()

    def _act(self) -> None:
        self.began = time.monotonic()
        self.act()  # type: ignore[operator]

    def on_rows(self, name: str, rows: int, bytes: int) -> None: ...

    def on_done(self, name: str, state: str, rows: int, seconds: float) -> None: ...

    def on_message(self, name: str, text: str) -> None: ...


@pytest.mark.parametrize("shape", sorted(LONG))
def test_a_token_stops_a_run(at: Bench, tmp_path: Path, shape: str) -> None:
    cancel, store = Cancel(), ReceiptStore(tmp_path)
    timer = WhenItRuns("long", cancel.cancel)
    done = at.run(*stages(at, shape), cancel=cancel, progress=timer, store=store)
    check(at, done, timer.began)
    assert store.get("last").status == "cancelled"


@pytest.mark.parametrize("handled", [True, False])
def test_ctrl_c_stops_a_run(at: Bench, handled: bool) -> None:
    timer = WhenItRuns("long", lambda: os.kill(os.getpid(), signal.SIGINT))
    if handled:
        with interruptible() as cancel:
            done = at.run(*stages(at, "aggregates"), cancel=cancel, progress=timer)
    else:
        done = at.run(*stages(at, "aggregates"), progress=timer)
    check(at, done, timer.began)


def test_a_shared_stage_stops_too(at: Bench) -> None:
    base = at.stage("base", "shared", LONG["streams"])
    copy = at.stage("copy", "write", 'SELECT * FROM "r0"', [at.earlier("r0", base)])
    cancel = Cancel()
    timer = WhenItRuns("base", cancel.cancel)
    done = at.run(base, copy, cancel=cancel, progress=timer)
    assert time.monotonic() - timer.began < SECOND
    assert {one.name: one.state for one in done.receipt.stages} == {"base": "cancelled", "copy": "not run"}


def test_a_result_stops_too(at: Bench) -> None:
    cancel = Cancel()
    timer = WhenItRuns("long", cancel.cancel)
    done = at.run(at.stage("long", "result", LONG["aggregates"]), cancel=cancel, progress=timer)
    with pytest.raises(Cancelled):
        list(done.results[0])
    assert time.monotonic() - timer.began < SECOND
    assert done.finished and done.receipt.outputs[0].state == "cancelled"


def test_a_run_cancelled_beforehand_does_nothing(at: Bench) -> None:
    cancel = Cancel()
    cancel.cancel()
    done = at.run(*stages(at, "streams"), cancel=cancel)
    assert done.receipt.status == "cancelled"
    assert {one.state for one in done.receipt.outputs} == {"not run"}
    assert at.version("first") is None


def test_a_session_runs_on_after_a_cancel(at: Bench) -> None:
    cancel = Cancel()
    at.run(at.stage("long", "write", LONG["aggregates"]), cancel=cancel, progress=WhenItRuns("long", cancel.cancel))
    done = at.run(at.stage("first", "write", 'SELECT "id" FROM "r0"', [at.delta("r0", "flights")]))
    assert done.receipt.status == "done" and at.version("first") == 0
