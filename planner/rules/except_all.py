"""Owns the rule `except_all`: the engine's EXCEPT ALL and INTERSECT ALL are wrong, so others stand for them.

Each row gets its number among its equals; the numbered rows are distinct, so the engine's
plain EXCEPT and INTERSECT over them leave exactly max(m − n, 0) and min(m, n) copies. Both
group and compare NULLs as equal.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..trees import first_select
from ..views import PlannedView, Views
from .base import Context, RewriteRule

LEFT, RIGHT, BOTH, NUMBER = "left rows", "right rows", "both rows", "copy"


def rewrite(views: Views, context: Context) -> Views:
    """Return the views without EXCEPT ALL and INTERSECT ALL."""
    return views.map(_rewrite_view)


def _rewrite_view(view: PlannedView) -> PlannedView:
    if not any(_is_all(node) for node in view.find_all(exp.Except, exp.Intersect)):
        return view
    tree = clone(view.tree)
    while found := [node for node in find_all(tree, exp.Except, exp.Intersect) if _is_all(node)]:
        node = found[-1]  # the innermost come last, so that copies hold none
        made = _numbered(node)
        if node is tree:
            tree = made
        else:
            node.replace(made)
    return view.rewritten(tree)


def _is_all(node: exp.Expr) -> bool:
    return isinstance(node, exp.Except | exp.Intersect) and not node.args.get("distinct")


def _numbered(node: exp.SetOperation) -> exp.Select:
    names = _names(node)
    columns = [f"c{at}" for at in range(len(names))]
    plain = type(node)(this=_side(node.this, columns, LEFT), expression=_side(node.expression, columns, RIGHT), distinct=True)
    items = [_alias(_column(BOTH, column), name) for column, name in zip(columns, names, strict=True)]
    made = exp.Select(expressions=items, from_=exp.From(this=_derived(plain, BOTH)))
    for key in ("with_", "order", "limit", "offset"):
        made.set(key, node.args.get(key))
    made.meta.update({key: node.meta[key] for key in ("span",) if key in node.meta})
    return made


def _names(node: exp.SetOperation) -> list[str]:
    select = first_select(node)
    if select is not None:
        return [item.alias_or_name for item in select.expressions]
    values = node.find(exp.Values)
    rows = values.expressions if values is not None else []
    return [f"column{at + 1}" for at in range(len(rows[0].expressions) if rows else 0)]


def _side(query: exp.Expr, columns: list[str], alias: str) -> exp.Select:
    inner = query.unnest() if isinstance(query, exp.Subquery) and not _has_tail(query) else query
    items = [_alias(_column(alias, column), column) for column in columns]
    number = exp.Window(this=exp.Anonymous(this="row_number"), partition_by=[_column(alias, column) for column in columns], over="OVER")
    derived = _derived(inner, alias, columns)
    return exp.Select(expressions=[*items, _alias(number, NUMBER)], from_=exp.From(this=derived))


def _has_tail(query: exp.Subquery) -> bool:
    return any(query.args.get(key) for key in ("with_", "order", "limit", "offset", "alias"))


def _derived(query: exp.Expr, alias: str, columns: list[str] | None = None) -> exp.Subquery:
    names = [exp.to_identifier(column, quoted=True) for column in columns or ()]
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=names))


def _column(table: str, name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def _alias(node: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=node, alias=exp.to_identifier(name, quoted=True))


RULE = RewriteRule("except_all", "EXCEPT ALL and INTERSECT ALL become numbered rows under plain EXCEPT and INTERSECT", rewrite)
