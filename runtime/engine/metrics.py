"""Owns reading what operators measured: a physical plan that ran becomes `OperatorMetrics`.

A counter that is 0 or missing is no evidence. What was pruned (row groups, pages) the engine gives to
Python without a value, but as text, `8 total → 1 matched`, so that is where those numbers come from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from datafusion import ExecutionPlan
from datafusion.plan import MetricsSet

from ..receipt import OperatorMetrics
from ..scan_metrics import TOTAL
from .errors import refusals

# Given by the engine under fields of their own.
_PRUNED = re.compile(r"([\d.]+)(?: ([KMBT]))? total → ([\d.]+)(?: ([KMBT]))? matched")
_TIMES = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_FIELDS = frozenset({"output_rows", "elapsed_compute", "spill_count", "spilled_bytes", "start_timestamp", "end_timestamp"})


def operators(plan: ExecutionPlan) -> tuple[OperatorMetrics, ...]:
    """Return all operators from the root down, parents before children, with their metrics so far."""
    with refusals("execute"):
        return tuple(_operator(depth, node) for depth, node in _walk(plan))


def _walk(plan: ExecutionPlan) -> Iterator[tuple[int, ExecutionPlan]]:
    waiting = [(0, plan)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting += [(depth + 1, child) for child in reversed(node.children())]


def _operator(depth: int, node: ExecutionPlan) -> OperatorMetrics:
    display = node.display().strip()
    name = display.split(":", 1)[0].strip()
    measured = node.metrics()
    if measured is None:
        return OperatorMetrics(depth=depth, name=name, display=display)
    return OperatorMetrics(
        depth=depth,
        name=name,
        display=display,
        output_rows=measured.output_rows,
        elapsed_ns=measured.elapsed_compute,
        spill_count=measured.spill_count or 0,
        spilled_bytes=measured.spilled_bytes or 0,
        metrics=_counters(measured),
    )


def _counters(measured: MetricsSet) -> dict[str, int]:
    """Return the further counters by name, summed over partitions and files; those without a value are left out.

    What was pruned stands under its own name as what was left out, and with `TOTAL` behind it as what was looked at.
    """
    found: Counter[str] = Counter()
    for metric in measured.metrics():
        value = metric.value
        if metric.name in _FIELDS:
            continue
        if isinstance(value, int):
            found[metric.name] += value
        elif value is None and (told := _PRUNED.match(repr(metric))):
            total, matched = (round(float(told[n]) * _TIMES[told[n + 1] or ""]) for n in (1, 3))
            found[metric.name] += total - matched
            found[metric.name + TOTAL] += total
    return dict(sorted(found.items()))
