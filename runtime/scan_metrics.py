"""Owns matching the operators of a plan that ran to the scans that were planned.

The engine's operators don't know relations by name. Those that read files show some of their
paths, so an operator belongs to a scan whose files it shows (or links to them); where several scans read one
table, to one that reads the very columns, then to the one that has the fewest yet. Each operator is counted once,
so sums stay right.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

from .receipt import OperatorMetrics, ScanReceipt

TOTAL = "_of"
"""Behind the name of a counter of what was pruned: what was looked at."""
READERS = ("DataSourceExec", "DeltaScanExec", "DeltaScan", "ParquetExec")
_FILE = re.compile(r"[^\[\]{}, ]+\.parquet")
_PROJECTION = re.compile(r"projection=\[([^\]]*)\]")
STATISTICS = "row_groups_pruned_statistics"
GROUPS = (STATISTICS, "row_groups_pruned_bloom_filter", "limit_pruned_row_groups", "row_groups_pruned_dynamic_filter")
PAGES = "page_index_pages_pruned"


def measured(scans: Sequence[ScanReceipt], files: Sequence[Sequence[str]], operators: Sequence[OperatorMetrics]) -> tuple[ScanReceipt, ...]:
    """Return scans with the rows and bytes that their operators read; None where no operator was found.

    Args:
        scans: the scans of a stage.
        files: for each scan, the absolute paths it reads.
        operators: the operators of the stage's plan.
    """
    found: list[list[OperatorMetrics]] = [[] for _ in scans]
    sets = [frozenset(paths) for paths in files]
    for operator in operators:
        if operator.name not in READERS:
            continue
        owners = [i for i, paths in enumerate(files) if _shows(operator.display, paths)] or _behind_links(operator.display, sets)
        if owners:
            found[min(owners, key=lambda i: (not _same_columns(operator.display, scans[i].columns), len(found[i])))].append(operator)
    return tuple(_with_measures(scan, mine) for scan, mine in zip(scans, found, strict=True))


def _shows(display: str, paths: Sequence[str]) -> bool:
    """Say whether an operator shows one of the files; the engine drops the leading slash and may encode."""
    return any(name in display for path in paths for name in {path.lstrip("/"), quote(path.lstrip("/"))})


def _behind_links(display: str, files: Sequence[frozenset[str]]) -> list[int]:
    """Return the scans of whose files an operator shows a link."""
    shown = {os.path.realpath("/" + unquote(path)) for path in _FILE.findall(display)}
    return [i for i, paths in enumerate(files) if not shown.isdisjoint(paths)]


def _same_columns(display: str, columns: Sequence[str]) -> bool:
    """Say whether an operator reads exactly a scan's columns, as far as its text tells."""
    told = _PROJECTION.search(display)
    return told is not None and {part.strip() for part in told[1].split(",")} == set(columns)


def _with_measures(scan: ScanReceipt, operators: Sequence[OperatorMetrics]) -> ScanReceipt:
    if not operators:
        return scan
    found: dict[str, int | None] = {
        "rows": sum(one.output_rows or 0 for one in operators),
        "bytes_scanned": sum(one.metrics.get("bytes_scanned", 0) for one in operators) or None,  # text files aren't measured
    }
    groups = _sum(operators, STATISTICS + TOTAL)
    if groups is not None:
        pruned = sum(_sum(operators, name) or 0 for name in GROUPS)
        found |= {"row_groups_total": groups, "row_groups_read": groups - pruned}
    pages = _sum(operators, PAGES + TOTAL)
    if pages is not None:
        found |= {"pages_total": pages, "pages_read": pages - (_sum(operators, PAGES) or 0)}
    return scan.model_copy(update=found)


def _sum(operators: Sequence[OperatorMetrics], name: str) -> int | None:
    """Return the sum of a counter over the operators that have it, None when none has."""
    values = [one.metrics[name] for one in operators if name in one.metrics]
    return sum(values) if values else None
