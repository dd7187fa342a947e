"""Owns how large the right side of an ASOF join may be to be kept in memory, and how large it is at most by what is pinned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.types import DataType
from ..cuts import estimated_rows
from ..ports import PinnedSource
from ..trees import table_name, walk_tables
from ..views import PlannedView
from .base import DomainContext

MOST_BYTES = 2**29
"""What may be kept: the right side's keys, times and columns that are read. While an index is made it takes about five times as much."""
_TEXT, _OTHER = 24, 8
_READ = frozenset({"delta", "parquet", "csv", "json", "memory"})
_UNSURE = 4
"""By how much a guess of a file's rows from its bytes may be too low, as Parquet packs equal values."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a relation has at most, and how many bytes its sources have."""

    rows: int
    bytes: int

    def of(self, types: Sequence[DataType]) -> int:
        """Return about how many bytes rows of some types take; texts may be all that the sources hold."""
        texts = sum(one.name in ("VARCHAR", "BYTEA") for one in types)
        taken = self.rows * (_TEXT * texts + _OTHER * (len(types) - texts))
        return max(taken, self.bytes) if texts else taken


def size_of(view: PlannedView, relation: exp.Expr, context: DomainContext) -> Size | None:
    """Return how large a relation of a view is at most, as far as its sources tell; None where that can't be said."""
    return _Sizes(context).of(view, relation, {id(table): cte for table, cte in walk_tables(relation.root())})


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Works out sizes; views and common table expressions don't go in circles here, except for recursive ones."""

    context: DomainContext
    around: frozenset[int] = frozenset()

    def of(self, view: PlannedView, tree: exp.Expr, meant: Mapping[int, exp.CTE | None]) -> Size | None:
        """Return the size of a table or query."""
        if isinstance(tree, exp.Table):
            cte = meant.get(id(tree))
            if cte is None:
                return self._of_table(view, tree)
            inside = _Sizes(self.context, self.around | {id(cte)})
            return None if id(cte) in self.around else inside.of(view, cte.this, meant)
        if tree.args.get("joins"):
            return None
        if isinstance(tree, exp.Subquery):
            return self.of(view, tree.this, meant)
        if isinstance(tree, exp.SetOperation):
            parts = [self.of(view, part, meant) for part in (tree.this, tree.expression)]
            known = [part for part in parts if part is not None]
            return Size(sum(one.rows for one in known), sum(one.bytes for one in known)) if len(known) == 2 else None
        if isinstance(tree, exp.Values):
            return Size(len(tree.expressions), 0)
        from_ = tree.args.get("from_")
        if not isinstance(tree, exp.Select) or _multiplies(tree):
            return None
        return self.of(view, from_.this, meant) if from_ is not None else Size(1, 0)

    def _of_table(self, view: PlannedView, table: exp.Table) -> Size | None:
        name = table_name(table)
        if name in view.relations:
            pin = self.context.pins.get(view.relations[name])
            return _of_pin(pin) if pin is not None and pin.ref.kind in _READ else None
        if name not in self.context.rules.views.by_name:
            return None
        other = self.context.rules.views[name]
        return self.of(other, other.tree, {id(table): cte for table, cte in walk_tables(other.tree)})


def _of_pin(pin: PinnedSource) -> Size:
    unsure = 1 if pin.row_count is not None else _UNSURE
    return Size(estimated_rows(pin) * unsure, pin.byte_count)


def _multiplies(select: exp.Select) -> bool:
    """Say whether a select may give several rows for one that it reads."""
    group = select.args.get("group")
    sets = group is not None and any(group.args.get(key) for key in ("grouping_sets", "cube", "rollup"))
    return sets or any(isinstance(node, exp.Anonymous) and str(node.this).lower() == "unnest" for node in select.walk())
