"""Owns parameters whose types the engine asks for before it knows their values: there they stand in a CAST.

A bound value gives its type only once the engine has read the whole text. By then it has refused
`unnest($p1)`, taken `$p1 || [4]` for another operator, and given a recursive query no type.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import Param
from ...dialect.types_sql import type_node
from ...dialect.walk import find_all
from .context import Binding


def type_early(binding: Binding, tree: exp.Expr) -> None:
    """Put a CAST to its declared type around every such parameter of a bound query, in place."""
    for node in find_all(tree, Param):
        declared = binding.catalog.parameters.get(str(node.name).lower())
        if declared is None or declared.type.name == "NULL" or not _early(node, declared.type.name == "LIST"):
            continue
        made = exp.Cast(this=node.copy(), to=type_node(declared.type))
        made.meta.update(node.meta)
        node.replace(made)


def _early(node: Param, is_list: bool) -> bool:
    outer = node.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    unnested = isinstance(outer, exp.Anonymous) and str(outer.this).lower() == "unnest"
    return unnested or is_list and isinstance(outer, exp.DPipe) or not isinstance(outer, exp.Cast) and _in_first_term(node)


def _in_first_term(node: exp.Expr) -> bool:
    """Say whether a node stands in a branch of a UNION of a recursive WITH."""
    cte = node.find_ancestor(exp.CTE)
    while cte is not None:
        if isinstance(cte.parent, exp.With) and cte.parent.args.get("recursive") and isinstance(cte.this, exp.Union):
            return True
        cte = cte.find_ancestor(exp.CTE)
    return False
