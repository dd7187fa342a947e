"""Owns the replacement of one range join: its two relations get buckets, and the condition gets their equality.

Everything else stays as it is written, the tests themselves as well. A relation whose rows the join keeps where they meet
none, or gives once where they meet many, may have one bucket alone; where it has spans, `preserved.py` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from .conditions import Range
from .nodes import column, named_table
from .scale import OVERLAPS, POINTS, scale
from .sides import Buckets, TypedSide, buckets_of, covered, left_pieces, pieces, point_bucket, right_pieces, with_column
from .work import Declined, Work, used_columns

WIDTHS = "buckets of 1/{} of the mean span, worked out by the query from {}"


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


def claim(work: Work, site: Site) -> str:
    """Replace a range join in place, and return how it is planned.

    Raises:
        Declined: it keeps its plain meaning.
    """
    require_plain(work, site)
    left, right = work.typed(site.range.left, site.left), work.typed(site.range.right, site.right)
    work.require_alike(left, right)
    name = work.fresh()
    how = buckets_of(left, right, f"{name}_scale", f"{name}_bucket")
    if left.side.is_point and site.how != "RIGHT":
        return _points_in_spans(work, site, how, left, right)
    if right.side.is_point and site.how in ("INNER", "RIGHT"):
        return _points_in_spans(work, site, how, right, left)
    if site.how == "INNER":
        return _overlaps(work, site, how, left, right)
    raise Declined(f"{site.how} joins that keep spans are not planned yet")


def require_plain(work: Work, site: Site) -> None:
    """Decline joins and relations that can't be given buckets."""
    if site.how == "FULL":
        raise Declined("a FULL join keeps rows of both sides")
    for node in (site.left, site.right):
        named = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
        if not named and not (isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query)):
            raise Declined(f"`{node.alias_or_name}` is no table, view or derived table")
        if any(node.args.get(key) for key in ("joins", "pivots", "laterals", "sample", "match_recognize")):
            raise Declined(f"`{node.alias_or_name}` is more than a table, view or derived table")
    for test in site.tests:
        for one in test.walk():
            if isinstance(one, exp.Anonymous) and str(one.name).lower() in work.context.rules.volatile:
                raise Declined(f"`{str(one.name).lower()}` in its condition gives another value each time")


def _points_in_spans(work: Work, site: Site, how: Buckets, points: TypedSide, spans: TypedSide) -> str:
    work.require_steady(spans)
    _add_scale(site, how, scale([spans.sample(how.unit)], how.alias, POINTS))
    _replace(work, site, points, how, point_bucket(points, how))
    first, last = covered(spans, how, ordered=False)
    _replace(work, site, spans, how, _unnested(pieces(first, last)))
    _require_equal(site, how)
    return WIDTHS.format(POINTS, shown(spans))


def _overlaps(work: Work, site: Site, how: Buckets, left: TypedSide, right: TypedSide) -> str:
    work.require_steady(left, right)
    _add_scale(site, how, scale([left.sample(how.unit), right.sample(how.unit)], how.alias, OVERLAPS))
    _replace(work, site, left, how, _unnested(left_pieces(*covered(left, how, ordered=True))))
    _replace(work, site, right, how, _unnested(right_pieces(*covered(right, how, ordered=True))))
    _require_equal(site, how)
    return WIDTHS.format(OVERLAPS, f"{shown(left)} and {shown(right)}")


def shown(one: TypedSide) -> str:
    """Return a span's start and end in words: `s.lo` and `s.hi`."""
    ends = [
        end.sql(dialect=None) if not isinstance(end, exp.Column) else f"`{end.table}.{end.name}`" for end in (one.side.low, one.side.high)
    ]
    return " and ".join(dict.fromkeys(ends))


def _unnested(list_: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="unnest", expressions=[list_])


def _add_scale(site: Site, how: Buckets, row: exp.Select) -> None:
    """Add the relation of one row to the common table expressions of the select around both sides."""
    cte = exp.CTE(this=row, alias=exp.TableAlias(this=exp.to_identifier(how.alias, quoted=True)))
    with_ = site.outer.args.get("with_")
    if with_ is None:
        site.outer.set("with_", exp.With(expressions=[cte]))
    else:
        with_.append("expressions", cte)


def _replace(work: Work, site: Site, one: TypedSide, how: Buckets, value: exp.Expr) -> None:
    used = used_columns(site.outer, one.side.relation, one.node)
    one.node.replace(with_column(one, used, how.key, value, named_table(how.alias)))


def _require_equal(site: Site, how: Buckets) -> None:
    """Add the equality of buckets to the condition of a join, or to WHERE where there is none."""
    left, right = site.range.left.relation, site.range.right.relation
    test = exp.EQ(this=column(left, how.key), expression=column(right, how.key))
    if isinstance(site.at, exp.Join) and site.at.args.get("on") is not None:
        site.at.set("on", exp.And(this=test, expression=site.at.args["on"]))
        return
    where = site.inner.args.get("where")
    site.inner.set("where", exp.Where(this=test if where is None else exp.And(this=test, expression=where.this)))
