"""Owns the planner `dedupe`: the best row of each key is looked for among the few rows that can be it.

`QUALIFY row_number() OVER (PARTITION BY k ORDER BY s DESC, …) = 1`, the same in a derived table under WHERE, and DISTINCT
ON sort all rows. Only a row whose first sort key is the greatest of its group can be the best one, so the rest is left out
before the sort: by that greatest value, which a plain aggregate gives. What is kept is a superset of the best rows, ties
and NULLs among it, and the query chooses as before; so nothing has to be known of ties, NaN or NULL keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.walk import find_all, nodes
from ..lower import types_of
from ..ports import EngineRefusal
from ..trees import conjuncts, table_name, walk_tables
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .ranges.steady import unsteady

BEST, VALUE, KEY = "best~", "value~", "key~"
FIRST_OF = frozenset({"row_number", "rank", "dense_rank"})
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
_UNSORTED = frozenset({"STRUCT", "LIST", "MAP", "INTERVAL", "DURATION", "BYTEA"})


@dataclass(frozen=True, slots=True)
class Site:
    """A select that keeps the first row of each group.

    Args:
        select: the select whose rows are numbered.
        keys: what the groups are of.
        order: the first key that rows are sorted by in a group.
        what: how it is written, for people.
    """

    select: exp.Select
    keys: tuple[exp.Expr, ...]
    order: exp.Ordered
    what: str


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with fewer rows to sort for the best ones of each key."""
    if not view.find_all(exp.Window) and not any(node.args.get("on") is not None for node in view.find_all(exp.Distinct)):
        return NOTHING
    tree = clone(view.tree)
    claims: list[Claim] = []
    changed = False
    for select in find_all(tree, exp.Select):
        found = _numbered(select)
        if found is None:
            continue
        claim = _claim(view, context, found) if isinstance(found, Site) else found
        claims.append(claim)
        changed = changed or claim.planned
    return Outcome(tree if changed else None, tuple(claims))


def _numbered(select: exp.Select) -> Site | Claim | None:
    """Return the select that keeps first rows, a decline, or None for a select that does nothing of the kind."""
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        return _distinct_on(select, distinct.args["on"])
    qualify = select.args.get("qualify")
    if qualify is not None and (windows := [w for w in map(_first, conjuncts(qualify.this)) if isinstance(w, exp.Window)]):
        return _site(select, windows[0], "QUALIFY")
    for test in conjuncts(select.args["where"].this) if select.args.get("where") is not None else ():
        column = _first(test)
        inner = _behind(select, column) if isinstance(column, exp.Column) else None
        if inner is not None and isinstance(column, exp.Column):
            window = next(_uncast(item.unalias()) for item in inner.expressions if item.alias_or_name == column.name)
            return None if not isinstance(window, exp.Window) else _site(inner, window, f"`{column.name} = 1`")
    return None


def _first(test: exp.Expr) -> exp.Expr | None:
    """Return what a condition asks to be 1."""
    test = _bare(test)
    sides: dict[type[exp.Expr], str] = {exp.EQ: "1", exp.LTE: "1", exp.LT: "2"}
    side = sides.get(type(test))
    left, right = (_bare(test.this), _bare(test.expression)) if side is not None else (None, None)
    if side == "1" and isinstance(test, exp.EQ) and left == exp.Literal.number(1):
        left, right = right, left
    return _uncast(left) if left is not None and right == exp.Literal.number(side or "") else None


def _uncast(node: exp.Expr) -> exp.Expr:
    """Return a window without the cast to a whole number that it has in bound trees."""
    return node.this if isinstance(node, exp.Cast) and isinstance(node.this, exp.Window) else node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _behind(select: exp.Select, column: exp.Column) -> exp.Select | None:
    """Return the select that makes a column by a window function, in a derived table or a name of WITH that is used once."""
    relations = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())] if select.args.get("from_") else []
    relation = next((one for one in relations if one.alias_or_name == column.table), None)
    query = relation.this if isinstance(relation, exp.Subquery) else None
    if isinstance(relation, exp.Table):
        tables = list(walk_tables(select.root()))
        meant = next(cte for table, cte in tables if table is relation)
        once = meant is not None and sum(cte is meant for _, cte in tables) == 1
        query = meant.this if meant is not None and once and not meant.args["alias"].args.get("columns") else None
    if not isinstance(query, exp.Select) or (relation is not None and (relation.args.get("alias") or exp.TableAlias()).args.get("columns")):
        return None
    made = [_uncast(item.unalias()) for item in query.expressions if item.alias_or_name == column.name]
    return query if made and isinstance(made[0], exp.Window) and _call(made[0]) in FIRST_OF else None


def _call(window: exp.Window) -> str:
    return str(window.this.name).lower() if isinstance(window.this, exp.Anonymous) else ""


def _site(select: exp.Select, window: exp.Window, what: str) -> Site | Claim | None:
    if _call(window) not in FIRST_OF:
        return None
    order = window.args.get("order")
    if window.args.get("alias") is not None or not window.args.get("partition_by") or order is None:
        return Claim(False, f"the window behind {what} has no keys or no order of its own")
    others = [
        node
        for node in _own(select)
        if isinstance(node, exp.Window) and node != window and (_call(node) not in FIRST_OF or not _alike(node, window))
    ]
    if others:
        return Claim(False, f"other windows beside {what} see all rows")
    return Site(select, tuple(window.args["partition_by"]), order.expressions[0], what)


def _alike(one: exp.Window, other: exp.Window) -> bool:
    """Say whether a window numbers the same groups in the same order, so that its first rows are numbered alike."""
    return all(one.args.get(key) == other.args.get(key) for key in ("partition_by", "order", "spec", "alias"))


def _own(select: exp.Expr) -> Iterator[exp.Expr]:
    for key, value in select.args.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, exp.Expr) and key not in ("from_", "joins", "with_"):
                yield from nodes(one)


def _distinct_on(select: exp.Select, on: exp.Expr) -> Site | Claim | None:
    """Return the site of DISTINCT ON: its keys lead the order, what follows them chooses."""
    keys = list(on.expressions)
    order = select.args.get("order")
    items = [_placed(select, one) for one in order.expressions] if order is not None else []
    rest = [one for one in items if one.this not in keys]
    if not rest or select.args.get("qualify") is not None or any(isinstance(node, exp.Window) for node in _own(select)):
        return Claim(False, "DISTINCT ON takes any row of each key, or stands beside windows")
    return Site(select, tuple(keys), rest[0], "DISTINCT ON")


def _placed(select: exp.Select, ordered: exp.Ordered) -> exp.Ordered:
    """Return a key of ORDER BY with the expression that its position means."""
    if isinstance(ordered.this, exp.Literal) and not ordered.this.is_string:
        made = clone(ordered)
        made.set("this", clone(select.expressions[int(str(ordered.this.this)) - 1].unalias()))
        return made
    return ordered


def _claim(view: PlannedView, context: DomainContext, site: Site) -> Claim:
    """Leave out rows that can't be the best in place, or say why not."""
    select = site.select
    if (fault := _shape(select)) is not None:
        return Claim(False, f"{site.what} stands {fault}")
    relation = select.args["from_"].this
    if not _is_cheap(view, context, relation):
        return Claim(False, f"the rows under {site.what} are worked out, which would be done twice")
    rows = exp.Select(
        expressions=[exp.Star()],
        from_=exp.From(this=clone(relation)),
        where=clone(select.args["where"]) if select.args.get("where") else None,
    )
    fault = unsteady(view, rows if not isinstance(relation, exp.Table) else relation, context) or _chance(select, context)
    if fault is not None:
        return Claim(False, f"the rows under {site.what} would be read twice: {fault}")
    if (fault := _types(view, context, site)) is not None:
        return Claim(False, f"{site.what} {fault}")
    _narrow(site)
    if site.select.args.get("distinct") is not None:
        _number(site)
    word = "greatest" if site.order.args.get("desc") else "least"
    return Claim(True, f"only rows that come up to the {word} first sort key of their group are sorted for {site.what}")


def _shape(select: exp.Select) -> str | None:
    if select.args.get("from_") is None or select.args.get("joins") or select.args["from_"].this.args.get("joins"):
        return "over a join"
    if any(select.args.get(key) for key in ("group", "having")):
        return "beside GROUP BY"
    if any(isinstance(node, exp.Query) for node in _own(select)):
        return "beside a subquery"
    return None


def _chance(select: exp.Select, context: DomainContext) -> str | None:
    for node in _own(select):
        if isinstance(node, exp.Anonymous) and str(node.name).lower() in context.rules.volatile:
            return f"`{node.name}` is volatile"
        if isinstance(node, exp.Anonymous) and str(node.name).lower() == "unnest":
            return "`unnest` makes rows"
    return None


def _is_cheap(view: PlannedView, context: DomainContext, relation: exp.Expr) -> bool:
    """Say whether reading a relation again costs no more than its scan: a source, or views that only choose and compute."""
    while isinstance(relation, exp.Table):
        meant = next((cte for table, cte in walk_tables(relation.root()) if table is relation), None)
        name = table_name(relation)
        if meant is not None:
            query: exp.Expr = meant.this
        elif name in context.rules.views.by_name and name not in view.relations:
            view = context.rules.views[name]
            query = view.tree
        else:
            return True
        plain = isinstance(query, exp.Select) and not any(
            query.args.get(k) for k in ("joins", "group", "distinct", "qualify", "having", "limit")
        )
        if not plain or query.args.get("from_") is None or any(isinstance(node, exp.Window | exp.Query) for node in _own(query)):
            return False
        relation = query.args["from_"].this
    return False


def _types(view: PlannedView, context: DomainContext, site: Site) -> str | None:
    """Return what is against the types of the keys and of the first sort key, as a predicate."""
    values = [site.order.this, *site.keys]
    items = [_named(clone(value), f"v{at}") for at, value in enumerate(values)]
    query = exp.Select(expressions=items, from_=clone(site.select.args["from_"]))
    try:
        order, *keys = [field.type.name for field in types_of(view, context.rules, find_all(view.tree, exp.CTE), query, {}).fields]
    except EngineRefusal:
        return "has keys whose types are not known"
    if any(key in _FLOATS or key in _UNSORTED for key in keys):
        return "has keys that are floats or nested, which groups and joins may compare otherwise"
    return f"sorts by a {order}, which has no greatest value" if order in _UNSORTED or order in ("BOOLEAN", "NULL") else None


def _narrow(site: Site) -> None:
    """Join the best first sort key of each group, and keep the rows that come up to it; in place."""
    select, desc = site.select, bool(site.order.args.get("desc"))
    call = exp.Anonymous(this="max" if desc else "min", expressions=[clone(site.order.this)])
    names = [f"{KEY}{at}" for at in range(1, len(site.keys) + 1)]
    items = [_named(clone(key), name) for key, name in zip(site.keys, names, strict=True)]
    best = exp.Select(expressions=[*items, _named(call, VALUE)], from_=clone(select.args["from_"]))
    if select.args.get("where") is not None:
        best.set("where", clone(select.args["where"]))
    best.set("group", exp.Group(expressions=[clone(key) for key in site.keys]))
    on = exp.and_(*(exp.EQ(this=clone(key), expression=_column(name)) for key, name in zip(site.keys, names, strict=True)), copy=False)
    derived = exp.Subquery(this=best, alias=exp.TableAlias(this=exp.to_identifier(BEST, quoted=True)))
    rows = select.args["from_"].this
    select.set("from_", exp.From(this=derived))  # the engine holds the first side in memory, where it knows no better
    select.set("joins", [exp.Join(this=rows, side="RIGHT", on=on)])
    # A NULL key finds no group, and a group of NULLs has no greatest value: such rows are kept, for the query to choose.
    kept: list[exp.Expr] = [exp.Is(this=_column(VALUE), expression=exp.Null())]
    if site.order.args.get("nulls_first"):
        kept.append(exp.Is(this=exp.Paren(this=clone(site.order.this)), expression=exp.Null()))
    kept.append((exp.GTE if desc else exp.LTE)(this=clone(site.order.this), expression=_column(VALUE)))
    test = exp.Paren(this=exp.or_(*kept, copy=False))
    where = select.args.get("where")
    select.set("where", exp.Where(this=exp.and_(where.this, test, copy=False) if where is not None else test))


def _number(site: Site) -> None:
    """Put QUALIFY in place of DISTINCT ON, which the engine does by an aggregate that keeps rows for each key; in place."""
    select = site.select
    keys = [_placed(select, one) for one in select.args["order"].expressions]
    rest = [clone(one) for one in keys if one.this not in site.keys]
    call = exp.Anonymous(this="row_number", expressions=[])
    window = exp.Window(this=call, partition_by=[clone(key) for key in site.keys], order=exp.Order(expressions=rest), over="OVER")
    select.set("distinct", None)
    select.set("qualify", exp.Qualify(this=exp.EQ(this=window, expression=exp.Literal.number(1))))


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(BEST, quoted=True))


def _named(value: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


PLANNER = DomainPlanner("dedupe", "relation", "the best row of each key is sorted for among those that can be it", plan)
