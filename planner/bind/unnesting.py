"""Owns lowering of UNNEST in FROM: the engine unnests in select lists only, so what stands before it is folded round it.

`FROM t, UNNEST(t.l) AS u(x)` is `FROM (SELECT t.a, unnest(t.l) AS x FROM t) AS f`.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.nodes import clone
from .columns import copy_place
from .context import Binding
from .folding import aliases, fold, mentions
from .lateral import length
from .refusals import unavailable

ON_TRUE = "write LEFT JOIN UNNEST(…) ON true, and put the condition into a CASE round the column"


def lower_first(binding: Binding, select: exp.Select) -> None:
    """Replace an UNNEST at the beginning of FROM by a derived table, in place."""
    node = select.args["from_"].this
    select.args["from_"].set("this", _rows(node))


def lower_join(binding: Binding, select: exp.Select, at: int) -> bool:
    """Lower the UNNEST of one join in place; return whether the joins before it were folded away with it."""
    join = select.args["joins"][at]
    node, side = join.this, str(join.args.get("side") or "").upper()
    if side in ("RIGHT", "FULL"):
        message = f"{side} JOIN of UNNEST: a list is there only with the row that it stands in"
        binding.fail("T2065", message, join, help="write LEFT JOIN UNNEST(…) ON true, or CROSS JOIN")
        return False
    before = exp.Select(from_=select.args["from_"].copy(), joins=[one.copy() for one in select.args["joins"][:at]])
    condition = join.args.get("on")
    if next(mentions(node, aliases(before)), None) is None:
        join.set("this", _rows(node))
        return False
    if side == "LEFT" and not _is_true(condition):
        unavailable(binding, condition, "sql.unnest_on", "LEFT JOIN of UNNEST on a condition is not lowered", ON_TRUE)
        return False
    lists = [clone(one) for one in node.expressions]
    if side == "LEFT":
        lists = _kept(lists)
    name = str(node.alias)
    columns = [str(one.name) for one in node.args["alias"].args["columns"]]
    joins = list(select.args["joins"])
    del joins[at]
    select.set("joins", joins)
    if condition is not None and not _is_true(condition):
        add_condition(select, condition)
    values = [_unnested(one) for one in lists]
    fold(binding, select, at, [(name, (column, value)) for column, value in zip(columns, values, strict=True)])
    return True


def add_condition(select: exp.Select, condition: exp.Expr) -> None:
    """Add a condition to a select's WHERE, in place."""
    where = select.args.get("where")
    select.set("where", exp.Where(this=condition if where is None else exp.and_(where.this, condition, copy=False)))


def _is_true(node: exp.Expr | None) -> bool:
    return node is None or isinstance(node, exp.Boolean) and bool(node.this)


def _unnested(value: exp.Expr) -> exp.Expr:
    made = exp.Anonymous(this="unnest", expressions=[value])
    copy_place(made, value)
    return made


def _kept(lists: list[exp.Expr]) -> list[exp.Expr]:
    """Return lists that have one NULL where all of them are empty or NULL, so that the row stays."""
    tests: list[exp.Expr] = [exp.EQ(this=length(clone(one)), expression=exp.Literal.number(0)) for one in lists]
    empty = exp.and_(*tests, copy=False)
    return [
        exp.Case(ifs=[exp.If(this=clone(empty), true=exp.Array(expressions=[exp.Null()]))], default=one) for one in lists
    ]  # the engine makes the list of NULL one of the elements' type


def _rows(node: exp.Expr) -> exp.Subquery:
    """Return an UNNEST that reads no relation beside it as a derived table."""
    alias = node.args["alias"]
    names = alias.args["columns"]
    items = [exp.Alias(this=_unnested(one), alias=name.copy()) for one, name in zip(node.expressions, names, strict=True)]
    made = exp.Subquery(this=exp.Select(expressions=items), alias=exp.TableAlias(this=alias.this.copy()))
    copy_place(made, node)
    copy_place(made.this, node)
    return made
