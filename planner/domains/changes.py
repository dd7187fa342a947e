"""Owns the planner `changes`: the difference of two versions of a Delta table reads only files that one of them lacks.

A row of a file that both versions have, with the same deleted rows, stands on both sides of
`EXCEPT` equally often. `EXCEPT ALL` subtracts counts, so such files can be left out on both sides;
the plain `EXCEPT` asks whether a row stands on the right at all, so they are left out on the left.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.walk import find_all, nodes
from ..ports import PinnedSource
from ..trees import table_name
from ..views import Beside, PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome

_READ = ("expressions", "from_", "where")
_ONE = exp.to_identifier("t", quoted=True)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a difference: the SELECT, the relation that it reads, and that one's pin."""

    select: exp.Select
    relation: str
    pin: PinnedSource


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return which relations of a view are read beside another version of their table."""
    claims: list[Claim] = []
    beside: list[Beside] = []
    for node in view.find_all(exp.Except):
        left, right = (_side(one, view, context) for one in (node.this, node.expression))
        if left is None or right is None or not _is_one_table(left.pin, right.pin):
            continue
        why = _unfit(node, left, right, view, context)
        if why is not None:
            claims.append(Claim(False, why))
            continue
        beside.append(Beside(left.relation, right.relation))
        if not node.args.get("distinct"):
            beside.append(Beside(right.relation, left.relation))
        sides = "its left side leaves" if node.args.get("distinct") else "both sides leave"
        claims.append(Claim(True, f"{sides} out files that versions {left.pin.version} and {right.pin.version} share"))
    return Outcome(None, tuple(claims), tuple(beside)) if claims else NOTHING


def _side(node: exp.Expr, view: PlannedView, context: DomainContext) -> Side | None:
    """Return a side that is a SELECT from one relation of a Delta table; None for every other."""
    while isinstance(node, exp.Subquery) and not any(node.args.get(key) for key in ("with_", "order", "limit", "offset", "alias")):
        node = node.this
    if not isinstance(node, exp.Select) or not isinstance(node.args.get("from_"), exp.From):
        return None
    table = node.args["from_"].this
    name = table_name(table) if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier) else ""
    pin = context.pins.get(view.relations.get(name, ""))
    return Side(node, name, pin) if pin is not None and pin.ref.kind == "delta" else None


def _is_one_table(a: PinnedSource, b: PinnedSource) -> bool:
    return a.ref.location == b.ref.location and a.table_id is not None and a.table_id == b.table_id


def _unfit(node: exp.Except, left: Side, right: Side, view: PlannedView, context: DomainContext) -> str | None:
    """Return why files may not be left out, or None."""
    if left.pin.version == right.pin.version:
        return "both sides read one version"
    if [(one.name, one.type) for one in left.pin.schema] != [(one.name, one.type) for one in right.pin.schema]:
        return "the two versions have other columns"
    if any(_has_map(one.type) for one in left.pin.schema):
        return "the table has maps, whose files are not always read one by one"
    if node.args.get("by_name"):
        return "columns are matched by their names"
    for side in (left, right):
        if any(value for key, value in side.select.args.items() if key not in _READ and key != "kind"):
            return "a side does more than choose and compute from single rows"
        if sum(1 for one in view.references if one.name == side.relation) != 1:
            return "a side's rows are read elsewhere too"
        if (why := _uneven(side.select, context)) is not None:
            return why
    return None if _alike(left.select) == _alike(right.select) else "the sides choose or compute differently"


def _has_map(kind: DataType) -> bool:
    return kind.name == "MAP" or any(_has_map(one.type) for one in kind.fields)


def _uneven(select: exp.Select, context: DomainContext) -> str | None:
    """Return what may give one row another value on the other side, or several rows one; None where nothing does."""
    changing = context.rules.volatile | context.rules.functions
    for node in nodes(select):
        name = str(node.name).lower() if isinstance(node, exp.Anonymous) else ""
        if node is not select and isinstance(node, exp.Query | exp.Window | exp.Star):
            return "a side does more than choose and compute from single rows"
        if name in context.rules.aggregates or name == "unnest":
            return "a side does more than choose and compute from single rows"
        if name in changing:
            return f"`{name}` may give another value on the other side"
    return None


def _alike(select: exp.Select) -> list[str]:
    """Return what a SELECT computes and chooses by, whatever its relation and its columns are called."""
    copy = clone(select)
    for column in find_all(copy, exp.Column):
        column.set("table", _ONE.copy())
    items = [to_sql(one.unalias()) for one in copy.expressions]
    where = copy.args.get("where")
    return [*items, to_sql(where) if where is not None else ""]


PLANNER = DomainPlanner("changes", "relation", "the difference of two versions of a table reads only files that one of them lacks", plan)
