"""Owns reading what operators measured: a physical plan that ran becomes `OperatorMetrics`.

A counter that is 0 or missing is no evidence: the engine does not give all of them to Python
(row groups pruned by statistics stay at none); rows, bytes scanned and files opened are good.
"""

from __future__ import annotations

from collections.abc import Iterator

from datafusion import ExecutionPlan
from datafusion.plan import MetricsSet

from ..receipt import OperatorMetrics
from .errors import refusals

# Given by the engine under fields of their own.
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
    """Return the further counters by name, summed over partitions; those without a value are left out."""
    found: dict[str, int] = {}
    for metric in measured.metrics():
        value = metric.value
        if metric.name not in _FIELDS and isinstance(value, int):
            found[metric.name] = found.get(metric.name, 0) + value
    return dict(sorted(found.items()))
