"""Owns matching the operators of a plan that ran to the scans that were planned.

The engine's operators don't know relations by name. Those that read files show some of their
paths, so an operator belongs to a scan whose files it shows; where several scans read one
table, to the one that has the fewest yet. Each operator is counted once, so sums stay right.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from .receipt import OperatorMetrics, ScanReceipt

READERS = ("DataSourceExec", "DeltaScanExec", "DeltaScan", "ParquetExec")


def measured(scans: Sequence[ScanReceipt], files: Sequence[Sequence[str]], operators: Sequence[OperatorMetrics]) -> tuple[ScanReceipt, ...]:
    """Return scans with the rows and bytes that their operators read; None where no operator was found.

    Args:
        scans: the scans of a stage.
        files: for each scan, the absolute paths it reads.
        operators: the operators of the stage's plan.
    """
    found: list[list[OperatorMetrics]] = [[] for _ in scans]
    for operator in operators:
        owners = [i for i, paths in enumerate(files) if operator.name in READERS and _shows(operator.display, paths)]
        if owners:
            found[min(owners, key=lambda i: len(found[i]))].append(operator)
    return tuple(_with_measures(scan, mine) for scan, mine in zip(scans, found, strict=True))


def _shows(display: str, paths: Sequence[str]) -> bool:
    """Say whether an operator shows one of the files; the engine drops the leading slash and may encode."""
    return any(name in display for path in paths for name in {path.lstrip("/"), quote(path.lstrip("/"))})


def _with_measures(scan: ScanReceipt, operators: Sequence[OperatorMetrics]) -> ScanReceipt:
    if not operators:
        return scan
    rows = sum(one.output_rows or 0 for one in operators)
    read = sum(one.metrics.get("bytes_scanned", 0) for one in operators)
    return scan.model_copy(update={"rows": rows, "bytes_scanned": read})
