"""Owns where a range stands: the two relations, their selects, and the join or EXISTS whose condition it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from .conditions import Range


@dataclass(frozen=True, slots=True)
class Site:
    """A range between two relations, and where its condition stands.

    Args:
        how: `INNER`, `LEFT`, `RIGHT`, `FULL`, `SEMI` or `ANTI`.
        outer: the select that the left relation stands in.
        inner: the select that the right one stands in: the same, or that of an EXISTS.
        range: what the condition says of them.
        at: the join, or the test with the EXISTS.
        tests: all conjuncts of the condition.
    """

    how: str
    outer: exp.Select
    inner: exp.Select
    range: Range
    at: exp.Expr
    tests: Sequence[exp.Expr]

    @property
    def left(self) -> exp.Expr:
        """Return the left relation as it stands now."""
        return own_relations(self.outer)[self.range.left.relation]

    @property
    def right(self) -> exp.Expr:
        """Return the right relation as it stands now."""
        return own_relations(self.inner)[self.range.right.relation]


def own_relations(select: exp.Select) -> dict[str, exp.Expr]:
    """Return the relations of a select's FROM and joins by alias."""
    from_ = select.args.get("from_")
    nodes = [from_.this] if from_ is not None else []
    nodes += [join.this for join in select.args.get("joins") or ()]
    return {str(node.alias_or_name): node for node in nodes}


def gives_nulls(select: exp.Select, relation: str, at: exp.Expr) -> bool:
    """Say whether joins of a select other than `at` may give nulls for all columns of a relation."""
    others = [join for join in select.args.get("joins") or () if join is not at]
    sides = [(str(join.args.get("side") or "").upper(), str(join.this.alias_or_name)) for join in others]
    return any(side in ("RIGHT", "FULL") or (side == "LEFT" and name == relation) for side, name in sides)
