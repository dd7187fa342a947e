"""Owns relations with PIVOT or UNPIVOT behind them, or as `(PIVOT t ON …)`: each clause becomes a derived table."""

from __future__ import annotations

from sqlglot import exp

from .columns import copy_place
from .context import Binding
from .pivot import bind_pivot
from .query import rename_columns
from .scope import Column, Relation, Scope
from .unpivot import bind_unpivot

Columns = tuple[Column, ...] | None


def is_pivoted(node: exp.Expr) -> bool:
    """Say whether a relation of FROM has a PIVOT or UNPIVOT."""
    return bool(node.args.get("pivots")) or isinstance(node.this, exp.Pivot)


def bind_pivoted(binding: Binding, node: exp.Expr) -> tuple[exp.Expr, Columns]:
    """Return a pivoted relation as a derived table, and its columns before the derived table's own names."""
    from .relations import bind_relation

    pivots = list(node.args.get("pivots") or ())
    joins, alias = node.args.get("joins"), None
    node.set("pivots", None)
    node.set("joins", None)
    first = node
    if isinstance(node.this, exp.Pivot):
        pivots, first, alias = [node.this, *pivots], node.this.this, node.args.get("alias")
    scope = Scope()
    made, columns = bind_relation(binding, first, scope), scope.relations[0].columns
    for at, pivot in enumerate(pivots):
        bind = bind_unpivot if pivot.args.get("unpivot") else bind_pivot
        query, columns = bind(binding, pivot, made, scope)
        last = at + 1 == len(pivots)
        made = _derived(binding, query, pivot, (alias if last else None) or pivot.args.get("alias"))
        renamed = columns if last else rename_columns(binding, columns, made.args["alias"])
        scope = Scope(relations=[Relation(str(made.alias), renamed, binding.span(pivot))], sources=[made])
    made.set("joins", joins)
    return made, columns


def _derived(binding: Binding, query: exp.Expr, pivot: exp.Expr, alias: exp.Expr | None) -> exp.Subquery:
    given = alias.copy() if isinstance(alias, exp.TableAlias) else exp.TableAlias()
    if given.this is None:
        given.set("this", exp.to_identifier(binding.fresh_alias()))
    given.this.set("quoted", True)
    made = exp.Subquery(this=query, alias=given)
    copy_place(made, pivot)
    return made
