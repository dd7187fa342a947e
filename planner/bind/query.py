"""Owns binding of whole queries: WITH, set operations, VALUES, parenthesised queries, and SELECT's order.

In: a query node. Out: the bound node and its output columns (None when they can't be known,
because something upstream failed; its error is told there).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...dialect.diagnostics import counted
from ...dialect.types import DataType
from .columns import copy_place
from .context import Binding
from .infer import family
from .refusals import unavailable
from .scope import Column, Scope
from .select import bind_select, bind_tail

Columns = tuple[Column, ...] | None
SAME_WIDTH = "give both the same columns, or write UNION BY NAME"
SET_OPERATIONS = (exp.Union, exp.Except, exp.Intersect)


def bind_query(binding: Binding, node: exp.Expr, parent: Scope | None) -> tuple[exp.Expr, Columns]:
    """Bind a query in place and return it with its output columns."""
    refuse_odd_parts(binding, node)
    mark = (len(binding.ctes), binding.recursive)
    frame = bind_with(binding, node, parent)
    try:
        if isinstance(node, exp.Select):
            return node, bind_select(binding, node, parent)
        if isinstance(node, SET_OPERATIONS):
            return node, _bind_set_operation(binding, node, parent)
        if isinstance(node, exp.Values):
            return node, bind_values(binding, node)
        if isinstance(node, exp.Subquery):
            return _bind_parenthesised(binding, node, parent)
    finally:
        if frame:
            binding.frames.pop()
            del binding.ctes[mark[0] :]
            binding.recursive = mark[1]
    binding.fail("T2009", "this is no query that treadle can read", node, help="write SELECT …, VALUES …, or FROM …")
    return node, None


def refuse_odd_parts(binding: Binding, node: exp.Expr) -> None:
    """Refuse clauses of a query that nothing lowers, at their place."""
    from .refusals import refuse_clauses

    refuse_clauses(binding, node)


def bind_with(binding: Binding, node: exp.Expr, parent: Scope | None) -> bool:
    """Bind the common table expressions of a query; return whether a frame of names was pushed."""
    with_ = node.args.get("with_")
    if with_ is None:
        return False
    frame: dict[str, Columns] = {}
    binding.frames.append(frame)
    recursive = bool(with_.args.get("recursive"))
    binding.recursive = binding.recursive or recursive
    for cte in with_.expressions:
        name = cte.args["alias"].this
        if any(existing.lower() == str(name.this).lower() for existing in frame):
            binding.fail("T2007", f"the name `{name.this}` is used twice in WITH", name)
        frame[str(name.this)] = _bind_cte(binding, cte, frame, recursive)
        name.set("this", cte_name(binding, str(name.this)))
        name.set("quoted", True)
        _settle_materialized(binding, cte)
        binding.ctes.append(cte)
    return True


def cte_name(binding: Binding, name: str) -> str:
    """Return the name of a common table expression in the bound tree: another one than any view's.

    A function's body that is written into the query reads views under their names, whatever the query calls its own.
    """
    while name in binding.catalog.views:
        name += "~"
    return name


def _settle_materialized(binding: Binding, cte: exp.CTE) -> None:
    """Drop NOT MATERIALIZED, which says what is so; refuse MATERIALIZED."""
    if cte.args.get("materialized"):
        name = cte.args["alias"].this
        remedy = f"leave the word out, or make `{name.this}` a view: what many read is computed once"
        detail = "common table expressions are written into the query that reads them"
        unavailable(binding, name, "sql.materialized", detail, remedy)
    cte.set("materialized", None)


def _bind_cte(binding: Binding, cte: exp.CTE, frame: dict[str, Columns], recursive: bool) -> Columns:
    from .recursion import bind_recursive, is_recursive

    if recursive and is_recursive(cte):
        return bind_recursive(binding, cte, frame)
    bound, columns = bind_query(binding, cte.this, None)
    cte.set("this", bound)
    return rename_columns(binding, columns, cte.args["alias"])


def rename_columns(binding: Binding, columns: Columns, alias: exp.TableAlias | None) -> Columns:
    """Return columns under the names of an alias list `t(a, b)`; too many or too few are an error."""
    names: Sequence[exp.Expr] = (alias.args.get("columns") or []) if alias is not None else []
    if not names or columns is None:
        for one in names:
            _identifier(one).set("quoted", True)
        return columns
    if len(names) != len(columns):
        binding.fail(
            "T2013",
            f"{counted(len(names), 'column name')} for {counted(len(columns), 'column')}",
            names[0],
            help="name every column, or none",
        )
        return None
    for one in names:
        _identifier(one).set("quoted", True)
    return tuple(Column(str(_identifier(n).this), c.type) for n, c in zip(names, columns, strict=True))


def _identifier(node: exp.Expr) -> exp.Identifier:
    return node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)  # type: ignore[return-value]


def _bind_set_operation(binding: Binding, node: exp.Expr, parent: Scope | None) -> Columns:
    left, first = bind_query(binding, node.this, parent)
    right, second = bind_query(binding, node.expression, parent)
    node.set("this", left)
    node.set("expression", right)
    columns = _combine(binding, node, first, second)
    bind_tail(binding, node, columns, None)
    return columns


def _combine(binding: Binding, node: exp.Expr, first: Columns, second: Columns) -> Columns:
    if first is None or second is None:
        return None
    if node.args.get("by_name"):
        lowered = {c.name.lower() for c in first}
        return (*first, *(c for c in second if c.name.lower() not in lowered))
    if len(first) != len(second):
        word = type(node).__name__.upper()
        binding.fail(
            "T2014", f"the sides of {word} have {len(first)} and {counted(len(second), 'column')}", node.expression, help=SAME_WIDTH
        )
        return None
    for a, b in zip(first, second, strict=True):
        if not unites(a.type, b.type):
            message = f"`{a.name}` is {a.type} on one side and {b.type} on the other"
            binding.fail("T2030", message, node.expression, help="CAST one of them to the type that you mean")
    return tuple(Column(a.name, a.type if a.type == b.type else None) for a, b in zip(first, second, strict=True))


def unites(one: DataType | None, other: DataType | None) -> bool:
    """Say whether values of two types may stand in one column; the engine would make days since 1970 of numbers beside dates."""
    families = {family(one), family(other)}
    return None in families or len(families) == 1 or "text" in families


def bind_values(binding: Binding, node: exp.Values) -> Columns:
    """Bind the rows of VALUES; columns are called column1, column2, … unless an alias names them."""
    from .expressions import bind_expression

    width: int | None = None
    for row in node.expressions:
        items = row.expressions if isinstance(row, exp.Tuple) else [row]
        if width is not None and len(items) != width:
            binding.fail(
                "T2014", f"this row has {counted(len(items), 'value')}, the first has {width}", row, help="give every row the same"
            )
            return None
        width = len(items)
        bound = [bind_expression(binding, i, Scope()) for i in items]
        if isinstance(row, exp.Tuple):
            row.set("expressions", bound)
    return tuple(Column(f"column{i + 1}") for i in range(width or 0))


def _bind_parenthesised(binding: Binding, node: exp.Subquery, parent: Scope | None) -> tuple[exp.Expr, Columns]:
    bound, columns = bind_query(binding, node.this, parent)
    node.set("this", bound)
    if not any(node.args.get(k) for k in ("order", "limit", "offset", "with_", "alias")):
        copy_place(bound, node)
        return (node, columns) if isinstance(node.parent, SET_OPERATIONS) else (bound, columns)
    bind_tail(binding, node, columns, None)
    return node, columns
