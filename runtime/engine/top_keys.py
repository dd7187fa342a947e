"""Owns finding first rows of an order whose keys the engine cuts short: their partitions would throw each other's rows away.

Over a union in whose branches a key is constant (partition columns are such), the engine sorts each partition by the other
keys alone and merges by all. All partitions' heaps share one threshold, which then is one of the other keys alone, so that a
branch loses rows to rows of a branch that comes later. With one sort over all partitions no key is constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from datafusion import DataFrame

from .errors import refusals

SORTED_AT_ONCE: Mapping[str, str] = {"datafusion.optimizer.repartition_sorts": "false"}
"""Settings with which the engine sorts the rows of all partitions together."""

_MERGE = re.compile(r"SortPreservingMergeExec: \[(.*?)\](?:, fetch=\d+)?$")
_TOP = re.compile(r"SortExec: TopK\(.*?\), expr=\[(.*?)\], preserve_partitioning=\[true\]")


def may_cut_keys(plan: str) -> bool:
    """Say whether an optimised logical plan, as text, takes first rows of an order over a union."""
    lines = [line.lstrip() for line in plan.splitlines()]
    return any(line.startswith("Sort: ") and "fetch=" in line for line in lines) and any(line.startswith("Union") for line in lines)


def cuts_keys(frame: DataFrame) -> bool:
    """Say whether a frame's physical plan takes first rows of partitions by other keys than it merges them by."""
    with refusals("plan"):
        text = frame.execution_plan().display_indent()
    return any(merged != sorted_ for merged, sorted_ in _orders(text))


def _orders(plan: str) -> Iterator[tuple[str | None, str]]:
    """Yield for each sort that takes first rows of every partition the keys of the merge right above, None without one, and its own."""
    above = ""
    for line in map(str.strip, plan.splitlines()):
        found = _TOP.match(line)
        if found is not None:
            merge = _MERGE.match(above)
            yield (None if merge is None else merge[1]), found[1]
        above = line
