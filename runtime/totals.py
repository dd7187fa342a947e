"""Owns the sums of a run, `Totals`: every row and byte counted once, at scans and at outputs.

Rows that pass from a shared stage to later ones are neither read nor written: they are in
memory, or in a file that nobody sees. A table that one stage wrote and another reads is both.
"""

from __future__ import annotations

from collections.abc import Iterable

from .receipt import OutputReceipt, StageReceipt, Totals

MEMORY = "memory"
DISK = "disk"
WITHIN_THE_RUN = frozenset({MEMORY, DISK})


def totals(stages: Iterable[StageReceipt], outputs: Iterable[OutputReceipt], seconds: float) -> Totals:
    """Sum up what stages read and outputs wrote.

    Args:
        stages: what was run; scans whose reader is `memory` or `disk` are of the run's own rows.
        outputs: what came of it.
        seconds: wall time of the run.
    """
    ran = tuple(stages)
    scans = [scan for stage in ran for scan in stage.scans if scan.reader not in WITHIN_THE_RUN]
    written = [output for output in outputs if output.state == "written"]
    return Totals(
        rows_read=sum(scan.rows or 0 for scan in scans),
        bytes_read=sum(scan.bytes_scanned or 0 for scan in scans),
        files_read=sum(scan.files_read for scan in scans),
        files_total=sum(scan.files_total for scan in scans),
        rows_written=sum(output.rows or 0 for output in written),
        bytes_written=sum(output.bytes_written or 0 for output in written),
        spilled_bytes=sum(operator.spilled_bytes for stage in ran for operator in stage.operators),
        seconds=seconds,
    )
