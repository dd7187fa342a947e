"""Owns the spans of a run: `treadle.run` with digests and counts, a child per stage, an event per commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..dialect.diagnostics import TreadleError
from ..planner.bundle import PlanBundle, Stage
from ..planner.spec import OutputSpec
from .receipt import Receipt, StageReceipt
from .tracing import NOTHING, Trace, start

if TYPE_CHECKING:
    from .lake.write import Written


def start_run(bundle: PlanBundle, run_id: str) -> Trace:
    """Start the span of a run, unless `observe.trace` is off."""
    if not bundle.spec.observe.trace:
        return NOTHING
    return start(
        "treadle.run",
        {
            "treadle.run_id": run_id,
            "treadle.project": bundle.spec.project,
            "treadle.digest.project": bundle.digests.project,
            "treadle.digest.spec": bundle.digests.spec,
            "treadle.digest.envelope": bundle.digests.envelope,
            "treadle.stages": len(bundle.stages),
            "treadle.sources": len(bundle.spec.sources),
            "treadle.outputs": len(bundle.spec.outputs),
        },
    )


def end_run(root: Trace, receipt: Receipt, defect: str | None) -> None:
    """End the span of a run with what its receipt says; `defect` names an exception of treadle's own."""
    states = Counter(output.state for output in receipt.outputs)
    root.set(
        {
            "treadle.status": "defect" if defect else receipt.status,
            "treadle.warnings": len(receipt.warnings),
            "treadle.rows_read": receipt.totals.rows_read,
            "treadle.bytes_read": receipt.totals.bytes_read,
            "treadle.rows_written": receipt.totals.rows_written,
            "treadle.bytes_written": receipt.totals.bytes_written,
            **{f"treadle.outputs.{state.replace(' ', '_')}": count for state, count in states.items()},
        }
    )
    codes = ", ".join(dict.fromkeys(str(one["code"]) for one in receipt.diagnostics))
    root.end(defect or codes or (receipt.status if receipt.status != "done" else None))


def start_stage(bundle: PlanBundle, stage: Stage, root: Trace, links: Sequence[Trace]) -> Trace:
    """Start the span of a stage, linked to the stages whose rows or tables it reads."""
    if not bundle.spec.observe.trace:
        return NOTHING
    attributes = {
        "treadle.stage": stage.name,
        "treadle.stage.kind": stage.kind,
        "treadle.stage.digest": stage.digest,
        "treadle.views": (*stage.inlined, stage.name),
        "treadle.sources": tuple(dict.fromkeys(scan.source for scan in stage.scans)),
    }
    return start("treadle.stage", attributes, root, links)


def commit_event(trace: Trace, output: OutputSpec, written: Written) -> None:
    """Tell of a commit in the stage's span."""
    trace.event(
        "treadle.commit",
        {
            "treadle.table": output.location or "",
            "treadle.version": written.version,
            "treadle.mode": output.mode,
            "treadle.rows": written.rows,
            "treadle.files_added": written.files_added,
            "treadle.files_removed": written.files_removed,
        },
    )


def end_stage(trace: Trace, receipt: StageReceipt, problem: TreadleError | None) -> None:
    """End the span of a stage with rows, files and a summary of its operators."""
    operators = Counter(one.name for one in receipt.operators)
    trace.set(
        {
            "treadle.state": receipt.state,
            "treadle.rows": receipt.rows,
            "treadle.files_read": sum(scan.files_read for scan in receipt.scans),
            "treadle.bytes_scanned": sum(scan.bytes_scanned or 0 for scan in receipt.scans),
            "treadle.operators": tuple(f"{name} × {count}" for name, count in sorted(operators.items())),
            "treadle.spilled_bytes": sum(one.spilled_bytes for one in receipt.operators),
        }
    )
    if problem is not None:
        trace.end(", ".join(one.code for one in problem.diagnostics))
    else:
        trace.end(receipt.reason if receipt.state in ("failed", "cancelled") else None)
