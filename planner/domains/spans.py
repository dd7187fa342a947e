"""Owns the planner `spans`: ends of spans that a query makes itself are asked for as what they were made of.

`span_make(s, e)` is a struct under a CASE, and its field `bstart` is `s` again, null where `e` is.
In a condition of rows, where null is as good as false, that is `s` alone, with `e IS NOT NULL` beside
it. So no struct is built, files are judged by `s` and `e`, and joins of spans are joins of ranges.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .column_types import ColumnTypes
from .span_guards import drop_implied
from .span_values import Made, atoms, made_struct, reduced
from .temporal_conditions import SIGNS, bare
from .temporal_ranges import filters

_COMPARED: tuple[type[exp.Expr], ...] = tuple(SIGNS)


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with ends of made spans as what they were made of."""
    if not any(_is_end(node) for node in view.nodes):
        return NOTHING
    tree = clone(view.tree)
    claims = [*_derived(tree), *_compared(tree), *_others(tree)]
    if claims:
        _drop_repeats(tree)
        drop_implied(tree, ColumnTypes(view, context.rules, tree))
    return Outcome(tree if claims else None, tuple(claims))


def _is_end(node: exp.Expr) -> bool:
    """Say whether a node asks a struct that a query makes for a field, or a column that may be one."""
    key = node.expressions[0] if isinstance(node, exp.Bracket) and len(node.expressions) == 1 else None
    if not isinstance(key, exp.Literal) or not key.is_string:
        return False
    return isinstance(node.this, exp.Column) or made_struct(node.this) is not None


def _field(node: exp.Expr) -> Made | None:
    """Return what a field of a struct that is made right there is, and when it is."""
    if not isinstance(node, exp.Bracket) or not _is_end(node):
        return None
    whole = made_struct(node.this)
    value = whole.fields.get(str(node.expressions[0].this)) if whole is not None else None
    return Made({"": value}, whole.present) if whole is not None and value is not None else None


def _compared(tree: exp.Expr) -> Iterator[Claim]:
    """Compare plain ends in conditions of rows, in place."""
    for node in find_all(tree, *_COMPARED):
        ends = [(one, made) for side in (node.this, node.expression) for one in _operands(side) if (made := _field(one)) is not None]
        if not ends or not filters(node):
            continue
        wanted: dict[str, exp.Expr] = {}
        for one, made in ends:
            value = reduced(made.fields[""])
            one.replace(_enclosed(value))
            known = {to_sql(one) for one in atoms(value)}
            wanted |= {to_sql(column): column for column in made.present if to_sql(column) not in known}
        _add_conditions(node, list(wanted.values()))
        yield Claim(True, "spans that are made in a condition are compared by their ends")


def _operands(side: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what a side of a comparison adds and subtracts: it is null where one of those is."""
    waiting = [side]
    while waiting:
        one = bare(waiting.pop())
        if isinstance(one, exp.Add | exp.Sub):
            waiting += [one.this, one.expression]
        else:
            yield one


def _add_conditions(node: exp.Expr, columns: list[exp.Expr]) -> None:
    if not columns:
        return
    made: exp.Expr = clone(node)
    for column in columns:
        present = exp.Not(this=exp.Is(this=clone(column), expression=exp.Null()))
        made = exp.And(this=made, expression=exp.Paren(this=present))
    node.replace(exp.Paren(this=made) if not isinstance(node.parent, exp.And | exp.Where) else made)


def _others(tree: exp.Expr) -> Iterator[Claim]:
    """Take the value of a field itself everywhere else, null where the struct is, in place."""
    for node in find_all(tree, exp.Bracket):
        made = _field(node)
        if made is None:
            continue
        node.replace(_exactly(made))
        yield Claim(True, "an end of a span that is made there is taken itself")


def _exactly(made: Made) -> exp.Expr:
    value = reduced(made.fields[""])
    known = {to_sql(one) for one in atoms(value)}
    rest = [column for column in made.present if to_sql(column) not in known]
    if not rest:
        return _enclosed(value)
    present: exp.Expr | None = None
    for column in rest:
        one = exp.Paren(this=exp.Not(this=exp.Is(this=clone(column), expression=exp.Null())))
        present = one if present is None else exp.And(this=present, expression=one)
    return exp.Case(ifs=[exp.If(this=present, true=value)])


def _derived(tree: exp.Expr) -> Iterator[Claim]:
    """Hand ends of spans that a derived table or a common table expression makes out beside them, in place."""
    ctes = {cte.alias: cte for cte in find_all(tree, exp.CTE)}
    for node in find_all(tree, exp.Bracket):
        if not _is_end(node) or not isinstance(node.this, exp.Column):
            continue
        select = _maker(node.this, ctes)
        item = next((one for one in select.expressions if one.alias_or_name == node.this.name), None) if select is not None else None
        whole = made_struct(item.unalias()) if item is not None else None
        field = str(node.expressions[0].this)
        if select is None or whole is None or field not in whole.fields:
            continue
        name = f"{node.this.name}.{field}~"
        if all(one.alias_or_name != name for one in select.expressions):
            value = _exactly(Made({"": whole.fields[field]}, whole.present))
            select.append("expressions", exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True)))
        node.replace(exp.Column(this=exp.to_identifier(name, quoted=True), table=node.this.args["table"].copy()))
        yield Claim(True, f"`{field}` of `{node.this.name}` is handed out beside the span")


def _maker(column: exp.Column, ctes: dict[str, exp.CTE]) -> exp.Select | None:
    """Return the SELECT that makes a column, where a further column changes nothing else of it."""
    around = column.find_ancestor(exp.Select)
    if around is None:
        return None
    joins = [join.this for join in around.args.get("joins") or ()]
    sources = [around.args["from_"].this, *joins] if around.args.get("from_") else joins
    source = next((one for one in sources if one.alias_or_name == column.table), None)
    if isinstance(source, exp.Table) and not source.args.get("db") and source.name in ctes:
        holder: exp.Expr | None = ctes[source.name]
        if ctes[source.name].args["alias"].args.get("columns"):
            return None
    else:
        holder = source if isinstance(source, exp.Subquery) else None
    alias = source.args.get("alias") if source is not None else None
    if holder is None or isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        return None
    made = holder.this
    plain = isinstance(made, exp.Select) and not any(made.args.get(key) for key in ("group", "distinct", "having"))
    return made if plain else None


def _drop_repeats(tree: exp.Expr) -> None:
    """Leave out conditions that stand twice in one AND of a condition of rows."""
    for top in find_all(tree, exp.And):
        if isinstance(top.parent, exp.And) or not filters(top):
            continue
        kept: dict[str, exp.Expr] = {}
        waiting: list[exp.Expr] = [top]
        while waiting:
            one = waiting.pop()
            inner = bare(one)
            if isinstance(inner, exp.And):
                waiting += [inner.expression, inner.this]
            else:  # of what calls something, each is kept: it may give another value each time
                calls = inner.find(exp.Anonymous, exp.Query) is not None
                kept.setdefault(f"{len(kept)}" if calls else to_sql(inner), one)
        whole: exp.Expr | None = None
        for one in kept.values():
            part = clone(one)
            whole = part if whole is None else exp.And(this=whole, expression=part)
        assert whole is not None
        top.replace(whole)


def _enclosed(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node, exp.Column | exp.Literal | exp.Cast | exp.Paren | exp.Case) else exp.Paren(this=node)


PLANNER = DomainPlanner("spans", "expression", "ends of spans that a query makes are asked for as what they were made of", plan)
