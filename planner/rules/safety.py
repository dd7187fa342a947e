"""Owns the rule `safety`: warns of SQL that is allowed and seldom meant; `strict_safety` makes it errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic, Severity
from ..trees import table_name
from ..views import PlannedView
from .base import AnalyseRule, Context, finding

Found = tuple[exp.Expr, str, str, str]


def check(view: PlannedView, context: Context) -> tuple[Diagnostic, ...]:
    """Return a warning for everything in a view that is seldom meant."""
    return findings(view, context, "warning")


def findings(view: PlannedView, context: Context, severity: Severity) -> tuple[Diagnostic, ...]:
    """Return all findings of a view with a severity."""
    found = (*_crosses(view), *_not_in(view, context), *_limits(view, context), *_orders(view, context))
    return tuple(finding(view, node, code, f"in `{view.name}` {message}", help, severity) for node, code, message, help in found)


_OURS = re.compile(r"(domain|subquery)_\d+\Z")  # the binder's names: for values from outside, and lists of UNPIVOT


def _is_ours(select: exp.Select, join: exp.Join) -> bool:
    """Say whether the binder made a cross join: of UNPIVOT's list, or of the values that a subquery takes from outside."""
    values = join.this.this if isinstance(join.this, exp.Subquery) else join.this
    listed = isinstance(values, exp.Values) and _OURS.match(join.this.alias_or_name)
    first = select.args["from_"].this.alias_or_name if select.args.get("from_") is not None else ""
    return bool(listed) or bool(_OURS.match(first)) and first.startswith("domain_")


def _crosses(view: PlannedView) -> Iterator[Found]:
    for select in view.find_all(exp.Select):
        for join in select.args.get("joins") or ():
            if _is_ours(select, join):
                continue
            if _is_unconditional(join) and not _is_one_row(join.this) and not _is_tied(select, join.this.alias_or_name):
                name = join.this.alias_or_name
                message = f"every row is joined with every row of `{name}`"
                yield join, "T3150", message, "join it ON a condition, or state one in WHERE that compares both sides"


def _is_unconditional(join: exp.Join) -> bool:
    kind = f"{join.args.get('method') or ''} {join.args.get('kind') or ''}".upper()
    condition = join.args.get("on")
    always = isinstance(condition, exp.Boolean) and bool(condition.this)
    if isinstance(join.this, exp.Unnest | exp.Lateral) or "NATURAL" in kind or "ASOF" in kind or join.args.get("using"):
        return False
    return condition is None or always


def _is_one_row(node: exp.Expr) -> bool:
    """Say whether a derived table has at most one row for sure: an aggregate without GROUP BY can't be told from a call."""
    query = node.this if isinstance(node, exp.Subquery) else None
    if isinstance(query, exp.Values):
        return len(query.expressions) == 1
    if not isinstance(query, exp.Select):
        return False
    limit = query.args.get("limit")
    one = limit is not None and isinstance(limit.expression, exp.Literal) and str(limit.expression.this) in ("0", "1")
    calls = all(isinstance(item.unalias(), exp.Anonymous | exp.AggFunc) for item in query.expressions)
    return one or query.args.get("from_") is None or (calls and not query.args.get("group"))


def _is_tied(select: exp.Select, alias: str) -> bool:
    """Say whether WHERE compares a column of this table with one of another."""
    where = select.args.get("where")
    for part in where.this.flatten() if where is not None and isinstance(where.this, exp.And) else [where.this] if where else []:
        tables = {column.table for column in part.find_all(exp.Column)}
        if alias in tables and len(tables) > 1:
            return True
    return False


def _not_in(view: PlannedView, context: Context) -> Iterator[Found]:
    for node in view.find_all(exp.In):
        query = node.args.get("query")
        if query is None or not isinstance(node.parent, exp.Not):
            continue
        select = query.this if isinstance(query, exp.Subquery) else query
        if isinstance(select, exp.Select) and len(select.expressions) == 1 and _may_be_null(view, context, select):
            message = "NOT IN over a subquery that may give NULL keeps no row as soon as one is there"
            yield node, "T3151", message, "write NOT EXISTS, or add IS NOT NULL to the subquery"


def _may_be_null(view: PlannedView, context: Context, select: exp.Select) -> bool:
    column = select.expressions[0].unalias()
    if isinstance(column, exp.Literal):
        return False
    if not isinstance(column, exp.Column):
        return True
    where = select.args.get("where")
    for test in where.find_all(exp.Is) if where is not None else ():
        negated = isinstance(test.parent, exp.Not)
        if negated and isinstance(test.expression, exp.Null) and test.this == column:
            return False
    return _nullable(view, context, select, column)


def _nullable(view: PlannedView, context: Context, select: exp.Select, column: exp.Column) -> bool:
    for table in select.find_all(exp.Table):
        if table.alias_or_name == column.table:
            schema = context.schemas.get(table_name(table))
            field = schema.get(column.name) if schema is not None else None
            return field is None or field.nullable
    return True


def _limits(view: PlannedView, context: Context) -> Iterator[Found]:
    if view.name not in context.materialized:
        return
    for node in view.find_all(exp.Query):
        if node.args.get("limit") is not None and node.args.get("order") is None:
            message = "LIMIT without ORDER BY keeps other rows in every run"
            yield node.args["limit"], "T3152", message, "sort by columns that make the order unique"


def _orders(view: PlannedView, context: Context) -> Iterator[Found]:
    order = view.tree.args.get("order")
    if order is None or view.tree.args.get("limit") is not None or view.tree.args.get("offset") is not None:
        return
    readers = sorted(one.name for one in context.views.in_order() if view.name in one.spec.depends_on)
    if readers:
        message = f"ORDER BY has no effect: `{readers[0]}` reads the rows in any order"
        yield order, "T3153", message, "sort where the rows are handed out or limited"


RULE = AnalyseRule("safety", "warns of cross joins, NOT IN over NULLs, LIMIT without an order, orders without effect", check)
