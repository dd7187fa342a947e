"""Owns how large the right side of an ASOF join may be to be kept in memory, and how large it is at most by what is pinned."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.types import DataType
from ..cuts import estimated_rows
from ..trees import table_name, walk_tables
from ..views import PlannedView
from .base import DomainContext

MOST_BYTES = 2**28
"""What may be kept: the right side's keys, times and columns that are read. While an index is made it takes about three times as much."""
_TEXT, _OTHER = 24, 8
_READ = frozenset({"delta", "parquet", "csv", "json", "memory"})


def most_rows(view: PlannedView, relation: exp.Expr, context: DomainContext) -> int | None:
    """Return how many rows a relation of a view has at most, as far as its sources tell; None where that can't be said."""
    meant = {id(table): cte for table, cte in walk_tables(relation.root())}
    return _rows(view, relation, meant, context, 0)


def bytes_of(rows: int, types: Sequence[DataType]) -> int:
    """Return about how many bytes rows of some types have."""
    return rows * sum(_TEXT if one.name in ("VARCHAR", "BYTEA") else _OTHER for one in types)


def _rows(view: PlannedView, tree: exp.Expr, meant: dict[int, exp.CTE | None], context: DomainContext, depth: int) -> int | None:
    if depth > 50:
        return None
    if isinstance(tree, exp.Table):
        cte = meant.get(id(tree))
        return _of_table(view, tree, context, depth) if cte is None else _rows(view, cte.this, meant, context, depth + 1)
    if tree.args.get("joins"):
        return None
    if isinstance(tree, exp.Subquery):
        return _rows(view, tree.this, meant, context, depth + 1)
    if isinstance(tree, exp.Values):
        return len(tree.expressions)
    if isinstance(tree, exp.SetOperation):
        parts = [_rows(view, part, meant, context, depth + 1) for part in (tree.this, tree.expression)]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == 2 else None
    from_ = tree.args.get("from_")
    if not isinstance(tree, exp.Select) or _multiplies(tree):
        return None
    return _rows(view, from_.this, meant, context, depth + 1) if from_ is not None else 1


def _multiplies(select: exp.Select) -> bool:
    """Say whether a select may give several rows for one that it reads."""
    group = select.args.get("group")
    sets = group is not None and any(group.args.get(key) for key in ("grouping_sets", "cube", "rollup"))
    return sets or any(isinstance(node, exp.Anonymous) and str(node.this).lower() == "unnest" for node in select.walk())


def _of_table(view: PlannedView, table: exp.Table, context: DomainContext, depth: int) -> int | None:
    name = table_name(table)
    if name in view.relations:
        pin = context.pins.get(view.relations[name])
        return estimated_rows(pin) if pin is not None and pin.ref.kind in _READ else None
    if name not in context.rules.views.by_name:
        return None
    other = context.rules.views[name]
    return _rows(other, other.tree, {id(table): cte for table, cte in walk_tables(other.tree)}, context, depth + 1)
