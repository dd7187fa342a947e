"""Owns the page that ends a run: every output with what became of it, then what the run read and took."""

from __future__ import annotations

import re

from ..receipt import BucketReceipt, ExpectationReceipt, FunctionReceipt, OutputReceipt, Receipt, ScanReceipt
from .console import Console
from .events import log_receipt, log_warnings
from .text import Column, plural, visible, wrap

_COLORS = {"written": "green", "handed out": "green", "repeat": "cyan", "failed": "bold red", "not run": "yellow", "cancelled": "yellow"}


def show_receipt(console: Console, receipt: Receipt, *, told: bool = False) -> None:
    """Print the outputs to stdout; warnings and totals to stderr.

    Args:
        console: where to.
        receipt: of the run.
        told: whether the failures were printed in full already, so that they need no line here.
    """
    seconds = {stage.name: stage.seconds for stage in receipt.stages}
    columns = [
        Column("output"),
        Column("state", shrinks=False),
        Column("version", right=True, shrinks=False),
        Column("rows", right=True, shrinks=False),
        Column("size", right=True, shrinks=False),
        Column("time", right=True, shrinks=False),
        Column("where"),
    ]
    console.table(columns, [_row(output, seconds.get(output.view)) for output in receipt.outputs])
    _show_expectations(console, receipt)
    if console.log_json:
        return log_receipt(console, receipt)
    for output in receipt.outputs:
        if output.reason and output.state not in ("written", "handed out", "failed" if told else ""):
            head = f"{output.state} "
            reason = re.sub(r"\n\s*", "; ", re.sub(r":\n\s*", ": ", output.reason))
            lines = wrap(f"{output.view}: {reason}", console.width, head, "  ")
            console.say(console.err(_COLORS[output.state], output.state) + "\n".join(lines).removeprefix(output.state))
    for one in _functions(receipt):
        console.say(
            f"Python {visible(one.name)}: {_way(one)}{plural(one.calls, 'call')}, {plural(one.rows, 'row')}, {duration(one.seconds)}"
        )
    for bucket in (bucket for stage in receipt.stages for bucket in stage.buckets):
        console.say("\n".join(wrap(_width(bucket), console.width, "ranges: ", "  ")))
    show_warnings(console, receipt)
    console.say(_totals(receipt))
    return None


def _show_expectations(console: Console, receipt: Receipt) -> None:
    """Print what every constraint came to, if there are any."""
    rows = [
        (visible(one.name), visible(output.view), visible(one.rule), *_numbers(one), _outcome(one))
        for output in receipt.outputs
        for one in output.expectations
    ]
    if not rows:
        return
    numbers = (Column("rows", right=True, shrinks=False), Column("violations", right=True, shrinks=False))
    console.data("\n")
    console.table([Column("constraint"), Column("output"), Column("rule"), *numbers, Column("outcome", shrinks=False)], rows)


def _numbers(one: ExpectationReceipt) -> tuple[str, str]:
    return tuple("" if count is None else f"{count:,}" for count in (one.rows, one.violations))  # type: ignore[return-value]


def _outcome(one: ExpectationReceipt) -> str:
    if one.state != "violated":
        return one.state
    return {"FAIL": "failed", "WARN": "warned", "DROP": "dropped"}[one.on_violation]


def show_warnings(console: Console, receipt: Receipt) -> None:
    """Print a run's typed warnings to stderr, equal ones once with their count; each as an event with `--log-format json`."""
    if console.log_json:
        return log_warnings(console, receipt)
    counts: dict[tuple[str, str], list[str]] = {}
    for warning in receipt.warnings:
        counts.setdefault((warning.code, warning.message), []).append(warning.stage)
    for (code, message), stages in counts.items():
        times = f" ({len(stages)} times)" if len(stages) > 1 else ""
        head = f"warning[{code}] "
        lines = wrap(f"{stages[0]}: {message}{times}", console.width, head, "  ")
        console.say(console.err("yellow", head.rstrip()) + lines[0].removeprefix(head.rstrip()))
        for line in lines[1:]:
            console.say(line)
    return None


def _functions(receipt: Receipt) -> list[FunctionReceipt]:
    """Return what every Python function did in each of its ways, over all stages."""
    found: dict[tuple[str, str], FunctionReceipt] = {}
    for one in (function for stage in receipt.stages for function in stage.functions):
        if one.aggregate_path == "rewrite":
            continue
        key = (one.name, one.aggregate_path)
        before = found.get(key, one.model_copy(update={"calls": 0, "rows": 0, "seconds": 0.0}))
        counts = {"calls": before.calls + one.calls, "rows": before.rows + one.rows, "seconds": before.seconds + one.seconds}
        found[key] = one.model_copy(update=counts)
    return [one for _, one in sorted(found.items())]


def _width(one: BucketReceipt) -> str:
    wide = "" if one.width is None else f" of {one.width:,.4g} {one.unit}".rstrip()
    return f"{plural(one.count, 'bucket')}{wide} for {visible(one.ends)}"


def _way(one: FunctionReceipt) -> str:
    return f"{one.aggregate_path}, " if one.aggregate_path else ""


def _row(output: OutputReceipt, seconds: float | None) -> tuple[str, ...]:
    version = "" if output.version is None else str(output.version)
    if output.previous_version is not None and output.version not in (None, output.previous_version):
        version = f"{output.previous_version} → {output.version}"
    return (
        visible(output.view),
        output.state,
        version,
        "" if output.rows is None else f"{output.rows:,}",
        "" if output.bytes_written is None else size(output.bytes_written),
        "" if seconds is None or output.state == "not run" else duration(seconds),
        output.location or "",
    )


def _totals(receipt: Receipt) -> str:
    totals = receipt.totals
    files = plural(totals.files_read, "file")
    if totals.files_total > totals.files_read:
        files = f"{totals.files_read:,} of {plural(totals.files_total, 'file')}"
    read = f"read {plural(totals.rows_read, 'row')} from {files}"
    read += f" ({size(totals.bytes_read)})" if totals.bytes_read else ""
    spilled = f", spilled {size(totals.spilled_bytes)}" if totals.spilled_bytes else ""
    locked = f", locked by {receipt.locked[:12]}" if receipt.locked else ""
    where = f", environment {receipt.environment}" if receipt.environment else ""
    return f"run {receipt.run_id} {receipt.status} in {duration(totals.seconds)}{where}{locked}: {read}{spilled}"


def show_scans(console: Console, receipt: Receipt) -> None:
    """Print what every scan read of its source: files, row groups and pages out of how many, rows, bytes."""
    scans = [(stage.name, scan) for stage in receipt.stages for scan in stage.scans]
    if not scans or console.log_json:
        return
    counts = ("files", "row groups", "pages", "rows", "deleted", "read")
    rows = [(visible(scan.source), *_read(scan)) for _, scan in scans]
    kept = [0, *(n for n in range(1, len(counts) + 1) if any(row[n] for row in rows))]
    columns = [Column("scan"), *(Column(counts[n - 1], right=True, shrinks=False) for n in kept[1:])]
    console.data("\n")
    console.table(columns, [[row[n] for n in kept] for row in rows])


def _read(scan: ScanReceipt) -> tuple[str, ...]:
    return (
        _part(scan.files_read, scan.files_total),
        _part(scan.row_groups_read, scan.row_groups_total),
        _part(scan.pages_read, scan.pages_total),
        "" if scan.rows is None else f"{scan.rows:,}",
        f"{scan.rows_deleted:,}" if scan.rows_deleted else "",
        "" if scan.bytes_scanned is None else size(scan.bytes_scanned),
    )


def _part(read: int | None, total: int | None) -> str:
    return f"{read:,} of {total:,}" if read is not None and total else ""


def size(count: int) -> str:
    """Return a number of bytes for people.

    >>> size(999), size(1_536_000)
    ('999 B', '1.5 MB')
    """
    number = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time span for people.

    >>> duration(0.0421), duration(75)
    ('0.04 s', '1 min 15 s')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
