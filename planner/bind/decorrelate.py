"""Owns lowering of subqueries that the engine can't do or gets wrong: joins with the subquery's rows for all values at once.

LATERAL subqueries, and those in expressions that take columns from outside. What can't be done is refused at its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from ...dialect.nodes import Param, clone
from ..trees import output_names
from .columns import copy_place, make_column
from .context import Binding
from .correlation import Site, aggregates, is_plain, is_tied, own, sites
from .domains import AS_JOIN, domain_of, is_tangled, untangle
from .folding import aliases, fold, outside
from .one_row import WIDTH, only_row
from .pushing import derived, pushed
from .quantified import as_conditions, as_member, as_value
from .refusals import unavailable

UNKNOWN = "sql.correlated_subquery"
FOLDED = (exp.Null, Param, exp.Case, exp.Connector, exp.Mul, exp.Mod, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
"""What the engine may compute without its columns."""
FIRST = frozenset(("coalesce", "nvl", "ifnull", "nvl2", "nullif"))
"""Functions of which the same is true."""


@dataclass(slots=True)
class Done:
    """The subqueries of one select that are lowered: their trees and what stands for them, so that equal ones are one."""

    found: list[tuple[exp.Expr, exp.Expr]] = field(default_factory=list)


def lower_lateral(binding: Binding, select: exp.Select, at: int) -> None:
    """Lower the LATERAL subquery of one join in place."""
    join = select.args["joins"][at]
    lateral, side = join.this, str(join.args.get("side") or "").upper()
    if side in ("RIGHT", "FULL"):
        message = f"{side} JOIN of LATERAL: its rows are there only with the row that they are asked for"
        binding.fail("T2065", message, join, help="write LEFT JOIN LATERAL (…) ON true, or CROSS JOIN LATERAL (…)")
        return
    alias = lateral.args["alias"]
    query = lateral.this.this
    before = exp.Select(from_=select.args["from_"].copy(), joins=[one.copy() for one in select.args["joins"][:at]])
    taken = [column for column in outside(query) if column.table in aliases(before)]
    if not taken:
        join.set("this", _named(query, alias, ()))
        return
    if is_tangled(select):
        message = "LATERAL beside a comma and a RIGHT or FULL JOIN: which tables it may ask for depends on what the comma binds"
        binding.fail("T2065", message, join, help="write CROSS JOIN for the commas of this FROM")
        return
    untangle(binding, select)
    taken = list(outside(query))
    domain = domain_of(binding, select, taken, lateral, at)
    made = pushed(binding, query, domain) if domain is not None else None
    if domain is None or made is None:
        return
    query, names = made
    own_keys: list[exp.Expr] = [make_column(str(alias.this.this), name, lateral, None) for name in names]
    conditions = [domain.joined(own_keys, lateral), *([join.args["on"]] if join.args.get("on") is not None else [])]
    join.set("this", _named(query, alias, names))
    join.set("kind", None)
    join.set("on", exp.and_(*conditions, copy=False))


def _named(query: exp.Expr, alias: exp.TableAlias, keys: tuple[str, ...]) -> exp.Subquery:
    """Return a query as a derived table under an alias whose own column names come first."""
    given = alias.copy()
    if given.args.get("columns"):
        given.set("columns", [*given.args["columns"], *(exp.to_identifier(key, quoted=True) for key in keys)])
    return exp.Subquery(this=query, alias=given)


def lower_subqueries(binding: Binding, select: exp.Select) -> None:
    """Lower the subqueries in a select's expressions that the engine can't do, in place."""
    done = Done()
    while True:
        waiting = [site for site in sites(binding, select) if not _is_left(binding, select, site)]
        if not waiting:
            for site in list(sites(binding, select)):
                _name_apart(binding, site)
            return
        before = len(binding.problems.errors)
        _lower(binding, select, waiting[0], done)
        if len(binding.problems.errors) > before:
            return


def _name_apart(binding: Binding, site: Site) -> None:
    """Give the columns of a subquery that the engine joins in names of their own; it takes equal ones for each other. In place."""
    query = site.query
    if not isinstance(query, exp.Select) or query.args.get("from_") is None or next(outside(query), None) is None:
        return
    if query.args.get("joins"):
        fold(binding, query, len(query.args["joins"]))
    if site.kind == "exists":
        query.set("expressions", [exp.Alias(this=exp.Literal.number(1), alias=exp.to_identifier("one", quoted=True))])
    for item in query.expressions:
        item.set("alias", exp.to_identifier(binding.fresh_alias(), quoted=True))


def _is_left(binding: Binding, select: exp.Select, site: Site) -> bool:
    """Say whether the engine does a subquery rightly itself."""
    taken = list(outside(site.query))
    wide = len(output_names(site.query)) > 1 or isinstance(site.node.this, exp.Tuple)
    if site.kind == "scalar":
        return not taken or (is_tied(binding, site.query) and not _is_grouped(binding, select) and site.clause in ("where", "expressions"))
    if site.kind == "quantified" or (site.kind == "in" and (wide or site.negated and _may_be_constant(site.node.this))):
        return False
    if site.kind == "in" and site.clause == "having" and not taken:
        return True
    if not site.whole:
        return False
    return not taken or (is_plain(binding, site.query) and not (site.kind == "in" and site.negated))


def _may_be_constant(tree: exp.Expr) -> bool:
    """Say whether the engine may make one value of what stands before NOT IN; it forgets the query's nulls then."""
    return (
        tree.find(exp.Column) is None
        or tree.find(*FOLDED) is not None
        or any(str(c.this).lower() in FIRST for c in tree.find_all(exp.Anonymous))
    )


def _is_grouped(binding: Binding, select: exp.Select) -> bool:
    return select.args.get("group") is not None or bool(aggregates(binding, select))


def _lower(binding: Binding, select: exp.Select, site: Site, done: Done) -> None:
    for tree, value in done.found:
        if tree == site.node:
            site.node.replace(value.copy())
            return
    if site.kind in ("in", "quantified"):
        if site.whole and as_conditions(binding, site):
            return
        if not as_member(binding, select, site):
            as_value(binding, site)
        return
    taken = list(outside(site.query))
    if not taken:  # EXISTS that is no condition of its own, of a query that stands alone
        site.node.replace(_any_row(binding, site.query))
        return
    if not _can_join(binding, select, site, taken):
        return
    tree = clone(site.node)
    joined = _joined(binding, select, site, taken)
    if joined is not None:
        done.found.append((tree, joined))


def _any_row(binding: Binding, query: exp.Expr) -> exp.Expr:
    """Return `(SELECT count(*) FROM (SELECT … LIMIT 1)) > 0`."""
    alias, outer = binding.fresh_alias(), exp.Select(expressions=[])
    outer.set(
        "expressions", [exp.Alias(this=exp.Anonymous(this="count", expressions=[exp.Star()]), alias=exp.to_identifier("n", quoted=True))]
    )
    outer.set("from_", exp.From(this=derived(query, alias)))
    made = exp.GT(this=exp.Subquery(this=outer), expression=exp.Literal.number(0))
    copy_place(made, query)
    return made


def _can_join(binding: Binding, select: exp.Select, site: Site, taken: list[exp.Column]) -> bool:
    """Say whether a subquery's rows can be joined to a select's FROM; refuse it where not."""
    detail = None
    known = aliases(select)
    if select.args.get("from_") is None or any(column.table not in known for column in taken):
        detail = "a subquery that takes columns from further out than the query around it"
    elif site.clause == "joins" and not _to_where(select, site):
        detail = "a subquery in the ON of an outer, semi or anti join that takes columns from outside"
    elif not site.aggregated and site.clause in ("expressions", "having", "qualify", "order") and _is_grouped(binding, select):
        detail = _grouping_fault(select, taken)
    if detail is None:
        return True
    unavailable(binding, site.node, UNKNOWN, detail, AS_JOIN)
    return False


def _grouping_fault(select: exp.Select, taken: list[exp.Column]) -> str | None:
    """Return what hinders a subquery of a grouped select, whose columns from outside have to be groups."""
    group = select.args.get("group")
    if group is None:
        return "a subquery beside aggregates that takes columns from outside"
    if any(group.args.get(k) for k in ("cube", "rollup", "grouping_sets")):
        return "a subquery beside grouping sets that takes columns from outside"
    if group.args.get("all"):
        keys = [item.unalias() for item in select.expressions]
    else:
        keys = [select.expressions[int(str(one.this)) - 1].unalias() if isinstance(one, exp.Literal) else one for one in group.expressions]
    named = {(one.table, one.name) for one in keys if isinstance(one, exp.Column)}
    if all((column.table, column.name) in named for column in taken):
        return None
    return "a subquery of a grouped query that takes columns from outside which are no groups"


def _to_where(select: exp.Select, site: Site) -> bool:
    """Move the ON that a subquery stands in to WHERE, which means the same for inner joins; say whether that could be done."""
    joins = select.args.get("joins") or ()
    mine = next(join for join in joins if join.args.get("on") is not None and _holds(join.args["on"], site.node))
    odd = any(str(join.args.get("side") or "").upper() in ("RIGHT", "FULL") for join in joins)
    if odd or mine.args.get("side") or str(mine.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
        return False
    on, where = mine.args["on"], select.args.get("where")
    mine.set("on", None)
    mine.set("kind", "CROSS")
    select.set("where", exp.Where(this=on if where is None else exp.and_(where.this, on, copy=False)))
    return True


def _holds(tree: exp.Expr, node: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not tree:
        at = at.parent
    return at is tree


def _joined(binding: Binding, select: exp.Select, site: Site, taken: list[exp.Column]) -> exp.Expr | None:
    """Join a subquery's rows to a select, and put what stands for its value in its place; None after refusing."""
    untangle(binding, select)
    taken = list(outside(site.query))  # the commas' fold may have renamed them
    domain = domain_of(binding, select, taken, site.node)
    query = site.query if site.kind == "scalar" else _trimmed(site.query)
    single = site.kind == "scalar" and _is_single(binding, query)
    shown = _clipped(binding, site.node)
    made = pushed(binding, query, domain) if domain is not None else None
    if domain is None or made is None:
        return None
    alias = binding.fresh_alias()
    query, keys = made
    if site.kind == "scalar":
        query, value, used = only_row(binding, query, keys, alias, single, site.node, shown)
    else:
        query, value, used = _present(binding, query, keys, alias)
    own_keys: list[exp.Expr] = [make_column(alias, name, site.node, None) for name in keys]
    join = exp.Join(this=derived(query, alias), side="LEFT", on=domain.joined(own_keys, site.node))
    select.append("joins", join)
    copy_place(value, site.node)
    site.node.replace(value)
    group = select.args.get("group")
    if group is not None and not group.args.get("all") and not site.aggregated and site.clause not in ("where", "joins"):
        group.set("expressions", [*group.expressions, *(make_column(alias, name, site.node, None) for name in used)])
    return value


def _clipped(binding: Binding, node: exp.Expr) -> str:
    """Return the text of a subquery as it was written, in one line."""
    text = " ".join(binding.span(node).text.split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _trimmed(query: exp.Expr) -> exp.Expr:
    """Return the query of an EXISTS without what doesn't matter to it."""
    limit = query.args.get("limit")
    one = limit is not None and isinstance(limit.expression, exp.Literal) and str(limit.expression.this) != "0"
    if one and query.args.get("offset") is None:
        query.set("limit", None)
    if query.args.get("limit") is None and query.args.get("offset") is None:
        query.set("order", None)
    return query


def _is_single(binding: Binding, query: exp.Expr) -> bool:
    """Say whether a query gives one row at most for sure."""
    if not isinstance(query, exp.Select):
        return False
    limit = query.args.get("limit")
    if limit is not None and isinstance(limit.expression, exp.Literal) and str(limit.expression.this) in ("0", "1"):
        return True
    unnests = any(isinstance(node, exp.Anonymous) and str(node.this).lower() == "unnest" for node in own(query))
    if query.args.get("from_") is None:
        return not unnests
    return bool(aggregates(binding, query)) and query.args.get("group") is None and not unnests


def _present(binding: Binding, query: exp.Expr, keys: tuple[str, ...], alias: str) -> tuple[exp.Expr, exp.Expr, list[str]]:
    """Return the distinct values for which a query has rows, and the test whether there is one."""
    inner, mark = binding.fresh_alias(), f"{alias}_present"
    items = [exp.Alias(this=make_column(inner, key, query, None), alias=exp.to_identifier(key, quoted=True)) for key in keys]
    items.append(exp.Alias(this=exp.true(), alias=exp.to_identifier(mark, quoted=True)))
    made = exp.Select(expressions=items, distinct=exp.Distinct(), from_=exp.From(this=derived(query, inner)))
    return made, exp.Not(this=exp.Is(this=make_column(alias, mark, query, None), expression=exp.Null())), [mark]
